// Coming in: by name and password, or for the first time by an invitation (#/join/SECRET).
import { useSignal } from "@preact/signals";
import { api, type User, user } from "../lib/api";
import { useEffect } from "preact/hooks";
import { address, go, link, setQuery } from "../lib/router";
import { ErrorBox, Field } from "../ui/parts";

export default function Account() {
  const joining = address.value.page === "join";
  const secret = address.value.parts[0] ?? "";
  const name = useSignal("");
  const password = useSignal("");
  const invitation = useSignal("");
  const busy = useSignal(false);
  const error = useSignal<Error | null>(null);
  const back = address.value.query.back;
  const again = joining && address.value.query.again === "1"; // the account is there, its password was lost
  /* the link that loligo serve --demo prints: it comes in by itself, and does not stay in the address */
  useEffect(() => {
    const given = address.value.query;
    if (joining || !given.name || !given.password) return;
    name.value = given.name;
    password.value = given.password;
    setQuery({ name: "", password: "" });
    void send();
  }, []);
  const send = async (e?: Event) => {
    e?.preventDefault();
    busy.value = true;
    error.value = null;
    try {
      user.value = joining
        ? await api.post<User>("/api/v1/join", { invitation: secret || invitation.value, name: name.value, password: password.value })
        : await api.post<User>("/api/v1/session", { name: name.value, password: password.value });
      const who = await api.get<User>("/api/v1/me"); // a browser that keeps no cookie must not look signed in
      user.value = who;
      go(back?.startsWith("#/") ? back : link("jobs"));
    } catch (x) {
      error.value = x as Error;
    }
    busy.value = false;
  };
  return (
    <div class="narrow">
      <h1>{again ? "A new password" : joining ? "Make an account" : "Sign in"}</h1>
      {again && <p>Whoever holds this link sets a new password for the account it was made for, once. Type the name of the account.</p>}
      {joining && !again && <p>Whoever holds an invitation makes an account with it, once. Choose a name and a password.</p>}
      <form class="card form" onSubmit={send}>
        {joining && !secret && (
          <Field label="Invitation">
            {(id) => <input id={id} required autoComplete="off" value={invitation.value} onInput={(e) => (invitation.value = e.currentTarget.value)} />}
          </Field>
        )}
        <Field label="Name" hint={joining && !again ? "Letters, digits, . _ -" : undefined}>
          {(id) => <input id={id} name="name" required autoComplete="username" value={name.value} onInput={(e) => (name.value = e.currentTarget.value)} />}
        </Field>
        <Field label="Password" hint={joining ? "At least 10 characters; a sentence is fine." : undefined}>
          {(id) => (
            <input id={id} name="password" type="password" required autoComplete={joining ? "new-password" : "current-password"} value={password.value} onInput={(e) => (password.value = e.currentTarget.value)} />
          )}
        </Field>
        <button class="main" disabled={busy.value}>
          {busy.value ? "One moment …" : again ? "Set the password" : joining ? "Make the account" : "Sign in"}
        </button>
        {error.value && <ErrorBox error={error.value} />}
      </form>
      {!joining && <p class="hint">No account? An administrator sends you a link. The Bench works without one.</p>}
    </div>
  );
}
