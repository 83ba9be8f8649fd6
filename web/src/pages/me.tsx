// One's own account: password and tokens.
import { useSignal } from "@preact/signals";
import { useCall } from "../admin/parts";
import { Tokens } from "../admin/tokens";
import { api, user } from "../lib/api";
import { Field } from "../ui/parts";

export default function Me() {
  const who = user.value;
  return (
    <>
      <h1>Account</h1>
      <p class="lead">
        You are {who?.name}, with the role {who?.role}. Administrators change roles.
      </p>
      <Password />
      <Tokens all={false} />
    </>
  );
}

function Password() {
  const old = useSignal("");
  const fresh = useSignal("");
  const done = useSignal(false);
  const call = useCall();
  const send = async (e: Event) => {
    e.preventDefault();
    done.value = false;
    const good = await call.run(() => api.post("/api/v1/password", { old: old.value, new: fresh.value }).then(() => true));
    if (!good) return;
    old.value = fresh.value = "";
    done.value = true;
  };
  return (
    <form class="card" onSubmit={(e) => void send(e)}>
      <h2>Change the password</h2>
      <div class="row end">
        <Field label="Password that you have">
          {(id) => <input id={id} type="password" required autoComplete="current-password" value={old.value} onInput={(e) => (old.value = e.currentTarget.value)} />}
        </Field>
        <Field label="New password" hint="At least 10 characters; a sentence is fine.">
          {(id) => <input id={id} type="password" required minLength={10} autoComplete="new-password" value={fresh.value} onInput={(e) => (fresh.value = e.currentTarget.value)} />}
        </Field>
      </div>
      <div class="row">
        <button class="main" disabled={call.busy.value}>
          {call.busy.value ? "One moment …" : "Change it"}
        </button>
        {done.value && <span role="status">Changed. You were signed out everywhere else.</span>}
      </div>
      {call.box()}
    </form>
  );
}
