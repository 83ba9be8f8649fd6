// Recordings: bring a file, see what was understood of it, look at its sweeps, go on to a twin.
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { exampleRecording } from "../bench/recording";
import { api } from "../lib/api";
import { bytes, number, quantity, when } from "../lib/format";
import { fileUrl, filesOf, runNow, safeName, type Upload, upload, useAsk } from "../lib/jobs";
import { address, go, link, setQuery } from "../lib/router";
import { FactList } from "../ui/facts";
import { Chip, Empty, ErrorBox, Loading, Progress, Table } from "../ui/parts";
import { sourceQuery } from "../ui/workshop";

interface Range {
  unit: string;
  min: number;
  max: number;
}
interface Sweep {
  sweep: number;
  n_samples: number;
  rate_Hz: number;
  duration_ms: number;
  v_mV?: Range;
  i_pA?: Range;
  current?: string;
  step?: { I_hold_pA: number; I_step_pA: number; t_on_ms: number; t_off_ms: number } | null;
}
interface Info {
  kind?: string;
  format?: string;
  protocol?: string;
  pairing?: string;
  n_sweeps?: number;
  sweeps_with_step?: number;
  v_mV?: Range;
  i_pA?: Range;
  warnings?: (string | { message?: string })[];
  sweeps?: Sweep[];
}

export default function Recordings() {
  const id = Number(address.value.parts[0]);
  return id > 0 ? <One id={id} /> : <All />;
}

function All() {
  const list = useAsk(() => api.get<{ uploads: Upload[]; used_bytes: number; quota_bytes: number; most_bytes: number }>("/api/v1/uploads?limit=200"), []);
  const busy = useSignal<number | null>(null);
  const error = useSignal<Error | null>(null);
  const over = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  const bring = async (name: string, blob: Blob) => {
    error.value = null;
    busy.value = 0;
    try {
      const u = await upload(name, blob, (p) => (busy.value = p));
      go(link("recordings", [String(u.id)]));
    } catch (e) {
      error.value = e as Error;
    }
    busy.value = null;
  };
  const forget = (u: Upload) => api.delete(`/api/v1/uploads/${u.id}`).then(list.again, (e: Error) => (error.value = e));
  const found = list.value?.uploads;
  return (
    <>
      <h1>Recordings</h1>
      <p class="lead">Current-clamp recordings as NWB, ABF or CSV (t_ms, i_pA, v_mV); files are parsed in a locked child process, and nothing is guessed: units, ranges and pairing are shown.</p>
      <div
        class={`drop ${over.value ? "over" : ""}`}
        onDragOver={(e) => (e.preventDefault(), (over.value = true))}
        onDragLeave={() => (over.value = false)}
        onDrop={(e) => {
          e.preventDefault();
          over.value = false;
          const f = e.dataTransfer?.files[0];
          if (f) void bring(f.name, f);
        }}
      >
        <p>Drop a file here, or</p>
        <div class="row center">
          <button class="main" onClick={() => input.current?.click()}>
            Choose a file
          </button>
          <button onClick={() => void bring("example.csv", exampleRecording())}>Take the example</button>
          <input ref={input} type="file" class="hidden" tabIndex={-1} aria-label="Recording" onChange={(e) => e.currentTarget.files?.[0] && void bring(e.currentTarget.files[0].name, e.currentTarget.files[0])} />
        </div>
        {busy.value !== null && <Progress part={busy.value} label="Upload" />}
        {error.value && <ErrorBox error={error.value} />}
      </div>
      {list.error ? (
        <ErrorBox error={list.error} again={list.again} />
      ) : !found ? (
        <Loading what="Your files" />
      ) : found.length === 0 ? (
        <Empty title="No files yet.">
          <p>The example is a Hodgkin–Huxley axon under nine current steps, made in this browser.</p>
        </Empty>
      ) : (
        <>
          <Table
            caption="Your files, the newest first"
            hideCaption
            rows={found}
            id={(u) => u.id}
            columns={[
              { title: "File", cell: (u) => <a href={link("recordings", [String(u.id)])}>{u.name}</a> },
              { title: "What", cell: (u) => (u.info ? `${(u.info.kind as string) ?? "file"}${u.info.n_sweeps ? `, ${u.info.n_sweeps as number} sweeps` : ""}` : "is looked at …") },
              { title: "Size", cell: (u) => bytes(u.bytes), class: "num" },
              { title: "Brought", cell: (u) => when(u.created_ms) },
              {
                title: "Forget",
                cell: (u) => (
                  <button class="small" aria-label={`Forget ${u.name}`} onClick={() => void forget(u)}>
                    forget
                  </button>
                ),
              },
            ]}
          />
          <p class="hint">
            {bytes(list.value!.used_bytes)} of {bytes(list.value!.quota_bytes)} used; a file has at most {bytes(list.value!.most_bytes)}.
          </p>
        </>
      )}
    </>
  );
}

function One({ id }: { id: number }) {
  const found = useAsk(async () => {
    for (let k = 0; ; k++) {
      const u = await api.get<Upload>(`/api/v1/uploads/${id}`);
      if (u.info || k > 60) return u;
      await new Promise((r) => setTimeout(r, 300));
    }
  }, [id]);
  const u = found.value;
  if (found.error) return <ErrorBox error={found.error} again={found.again} />;
  if (!u) return <Loading what="The file" />;
  const info = (u.info ?? {}) as Info;
  const source = sourceQuery({ name: u.name, sha256: u.sha256, bytes: u.bytes, from: "" });
  const recording = (info.n_sweeps ?? 0) > 0;
  return (
    <>
      <p>
        <a href={link("recordings")}>← all files</a>
      </p>
      <div class="row">
        <h1>{u.name}</h1>
        {info.kind && <Chip kind={recording ? "good" : "plain"}>{info.kind}</Chip>}
        <span class="fill" />
        {recording && (
          <a class="button main" href={link("twin", [], { f0: source })}>
            Make a twin of it
          </a>
        )}
      </div>
      {!u.info && <p class="note">The file could not be understood, or is still being looked at. loligo info prints the reason on the command line.</p>}
      {(info.warnings ?? []).map((w, k) => (
        <p key={k} class="note">
          {typeof w === "string" ? w : (w.message ?? JSON.stringify(w))}
        </p>
      ))}
      <div class="card">
        <FactList
          facts={[
            ["format", info.format],
            ["protocol", info.protocol],
            ["pairing rule", info.pairing],
            ["sweeps", info.n_sweeps ? `${info.n_sweeps}, ${info.sweeps_with_step ?? 0} with a step of current` : null],
            ["potential", info.v_mV && `${quantity(info.v_mV.min, "mV")} to ${quantity(info.v_mV.max, "mV")}`],
            ["current", info.i_pA && `${quantity(info.i_pA.min, "pA")} to ${quantity(info.i_pA.max, "pA")}`],
            ["size", bytes(u.bytes)],
            ["SHA-256", u.sha256],
          ]}
        />
      </div>
      {recording && <Sweeps u={u} info={info} />}
    </>
  );
}

function Sweeps({ u, info }: { u: Upload; info: Info }) {
  const sweep = address.value.query.sweep ?? "";
  const name = safeName(u.name);
  const inputs = { [name]: u.sha256 };
  const drawn = useAsk(async () => {
    const { job } = await runNow<unknown>({ command: "plot", arguments: [name], inputs, options: { output: "sweeps.svg", ...(sweep ? { sweep } : {}) } });
    const f = (await filesOf(job.id)).find((x) => x.name.endsWith(".svg"));
    if (!f) throw new Error("Nothing was drawn.");
    return fileUrl(job.id, f.name);
  }, [u.sha256, sweep]);
  const features = useAsk(() => runNow<Record<string, unknown>>({ command: "features", arguments: [name], inputs }), [u.sha256]);
  const sweeps = info.sweeps ?? [];
  const per = (features.value?.summary.sweeps as Record<string, unknown>[] | undefined) ?? [];
  const value = (s: Record<string, unknown> | undefined, keys: string[]) => {
    const all = { ...s, ...((s?.features as Record<string, unknown>) ?? {}) };
    for (const k of keys) {
      const x = all[k];
      if (typeof x === "number") return number(x);
      if (x && typeof x === "object" && typeof (x as { value?: unknown }).value === "number") return number((x as { value: number }).value);
    }
    return "–";
  };
  return (
    <>
      <div class="row">
        <label class="check">
          Sweep{" "}
          <select value={sweep} onChange={(e) => setQuery({ sweep: e.currentTarget.value })}>
            <option value="">all, over each other</option>
            {sweeps.map((s) => (
              <option key={s.sweep} value={String(s.sweep)}>
                {s.sweep}
                {s.step ? `: ${number(s.step.I_step_pA)} pA` : ""}
              </option>
            ))}
          </select>
        </label>
      </div>
      {drawn.error ? (
        <ErrorBox error={drawn.error} again={drawn.again} />
      ) : drawn.value ? (
        <figure class="figure card">
          <img src={drawn.value} alt={`Potential of ${sweep ? `sweep ${sweep}` : "all sweeps"} of ${u.name} above the current`} />
          <figcaption>
            {sweep ? `Sweep ${sweep}` : `${info.n_sweeps} sweeps`}: response above, stimulus below.
          </figcaption>
        </figure>
      ) : (
        <Loading what="Drawing" />
      )}
      {features.error && <ErrorBox error={features.error} again={features.again} />}
      <Table
        caption="Sweeps"
        rows={sweeps.slice(0, 200)}
        id={(s) => s.sweep}
        columns={[
          { title: "Sweep", cell: (s) => s.sweep, class: "num" },
          { title: "Step (pA)", cell: (s) => (s.step ? number(s.step.I_step_pA) : "–"), class: "num" },
          { title: "On–off (ms)", cell: (s) => (s.step ? `${number(s.step.t_on_ms)}–${number(s.step.t_off_ms)}` : "–"), class: "num" },
          { title: "V (mV)", cell: (s) => (s.v_mV ? `${number(s.v_mV.min, 3)} … ${number(s.v_mV.max, 3)}` : "–"), class: "num" },
          { title: "Rate (kHz)", cell: (s) => number(s.rate_Hz / 1000), class: "num" },
          { title: "Length (ms)", cell: (s) => number(s.duration_ms), class: "num" },
          { title: "Current from", cell: (s) => s.current ?? "–" },
          { title: "Spikes", cell: (s) => value(per.find((x) => x.sweep === s.sweep) ?? per[s.sweep], ["n_spikes", "spikecount", "Spikecount", "spike_count"]), class: "num" },
        ]}
      />
    </>
  );
}
