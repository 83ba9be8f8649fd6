// What runs, what ran, what came out of it.
import { useSignal } from "@preact/signals";
import { api } from "../lib/api";
import { duration, when } from "../lib/format";
import { setLocalKeys } from "../lib/keys";
import { type Job, over, useAsk } from "../lib/jobs";
import { address, go, link, setQuery } from "../lib/router";
import { useEffect } from "preact/hooks";
import { Facts, Figures, JobPanel, stateKind } from "../ui/job";
import { Chip, Empty, ErrorBox, Loading, Progress, Table } from "../ui/parts";

export default function Jobs() {
  const id = Number(address.value.parts[0]);
  return id > 0 ? <One id={id} /> : <List />;
}

function List() {
  const all = address.value.query.all === "1";
  const list = useAsk(() => api.get<{ jobs: Job[] }>(`/api/v1/jobs?limit=100${all ? "&all=1" : ""}`), [all]);
  const jobs = list.value?.jobs;
  const running = jobs?.some((j) => !over(j.state)) ?? false;
  useEffect(() => {
    if (!running) return;
    const t = setInterval(list.again, 2000);
    return () => clearInterval(t);
  }, [running]);
  useEffect(() => setLocalKeys([{ keys: "r", does: "look again", run: list.again }]), []);
  return (
    <>
      <div class="row">
        <h1>Jobs</h1>
        <span class="fill" />
        <label class="check">
          <input type="checkbox" checked={all} onChange={(e) => setQuery({ all: e.currentTarget.checked ? "1" : "" })} /> of everybody (administrators)
        </label>
        <button onClick={list.again}>Look again</button>
      </div>
      {list.error ? (
        <ErrorBox error={list.error} again={list.again} />
      ) : !jobs ? (
        <Loading what="Jobs" />
      ) : jobs.length === 0 ? (
        <Empty title="Nothing has run yet.">
          <p>
            Bring a recording and <a href={link("recordings")}>look at it</a>, or <a href={link("calcium")}>send a calcium wave along a dendrite</a>; both begin with an example.
          </p>
        </Empty>
      ) : (
        <Table
          caption="Jobs, the newest first"
          hideCaption
          rows={jobs}
          id={(j) => j.id}
          columns={[
            { title: "Job", cell: (j) => <a href={link("jobs", [String(j.id)])}>{j.id}</a> },
            { title: "Command", cell: (j) => j.command },
            { title: "State", cell: (j) => <Chip kind={stateKind(j.state)}>{j.state}</Chip> },
            { title: "Progress", cell: (j) => (over(j.state) ? "" : <Progress part={j.progress.total > 0 ? j.progress.done / j.progress.total : null} label={`Progress of job ${j.id}`} />) },
            { title: "By", cell: (j) => j.user },
            { title: "Made", cell: (j) => when(j.created_ms) },
            { title: "Took", cell: (j) => (j.started_ms && j.ended_ms ? duration(j.ended_ms - j.started_ms) : "–"), class: "num" },
          ]}
        />
      )}
    </>
  );
}

function One({ id }: { id: number }) {
  const error = useSignal<Error | null>(null);
  const log = useAsk(() => api.text(`/api/v1/jobs/${id}/log`), [id]);
  const forget = () => {
    api.delete(`/api/v1/jobs/${id}`).then(
      () => go(link("jobs")),
      (e: Error) => (error.value = e),
    );
  };
  return (
    <>
      <p>
        <a href={link("jobs")}>← all jobs</a>
      </p>
      <h1>Job {id}</h1>
      <JobPanel id={id}>
        {(job, files) => (
          <>
            <Figures job={job} files={files} />
            {job.summary !== null && job.summary !== undefined && (
              <div class="card">
                <h2>What it printed</h2>
                <Facts value={job.summary} />
                <details>
                  <summary>As JSON</summary>
                  <pre class="json">{JSON.stringify(job.summary, null, 1).slice(0, 60000)}</pre>
                </details>
              </div>
            )}
          </>
        )}
      </JobPanel>
      {log.value && (
        <details class="card">
          <summary>What it said</summary>
          <pre class="json">{log.value}</pre>
        </details>
      )}
      <div class="row">
        <button onClick={forget}>Forget this job and its files</button>
      </div>
      {error.value && <ErrorBox error={error.value} />}
    </>
  );
}
