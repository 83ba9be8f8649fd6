// What runs, what ran, what came out of it.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiError, api } from "../lib/api";
import { when } from "../lib/format";
import { link } from "../lib/router";
import { Chip, Empty, ErrorBox, Loading, Table } from "../ui/parts";

interface Job {
  id: number;
  command: string;
  state: string;
  created: number;
}

export default function Jobs() {
  const jobs = useSignal<Job[] | null>(null);
  const error = useSignal<Error | null>(null);
  const load = () => {
    error.value = null;
    api.get<{ jobs: Job[] }>("/api/v1/jobs").then(
      (x) => (jobs.value = x.jobs),
      (e: Error) => (error.value = e),
    );
  };
  useEffect(load, []);
  return (
    <>
      <h1>Jobs</h1>
      {error.value ? (
        <ErrorBox error={error.value instanceof ApiError && error.value.status === 404 ? new ApiError(404, "no-jobs", "This server runs no jobs.", "Start a newer loligo serve.") : error.value} again={load} />
      ) : !jobs.value ? (
        <Loading what="Jobs" />
      ) : jobs.value.length === 0 ? (
        <Empty title="Nothing has run yet." />
      ) : (
        <Table
          caption="Jobs, the newest first"
          hideCaption
          rows={jobs.value}
          id={(j) => j.id}
          columns={[
            { title: "Job", cell: (j) => <a href={link("jobs", [String(j.id)])}>{j.id}</a> },
            { title: "Command", cell: (j) => j.command },
            { title: "State", cell: (j) => <Chip kind="run">{j.state}</Chip> },
            { title: "Made", cell: (j) => when(j.created) },
          ]}
        />
      )}
    </>
  );
}
