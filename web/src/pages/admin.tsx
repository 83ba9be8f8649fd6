// Administration: users, tokens, limits, audit.
import { useEffect } from "preact/hooks";
import { Audit } from "../admin/audit";
import { Limits } from "../admin/limits";
import { Tokens } from "../admin/tokens";
import { Users } from "../admin/users";
import { user } from "../lib/api";
import { setLocalKeys } from "../lib/keys";
import { address, go, link } from "../lib/router";

const sections = [
  { path: "users", title: "Users", show: () => <Users /> },
  { path: "tokens", title: "Tokens", show: () => <Tokens all /> },
  { path: "limits", title: "Limits", show: () => <Limits /> },
  { path: "audit", title: "Audit", show: () => <Audit /> },
];

export default function Admin() {
  useEffect(() => setLocalKeys(sections.map((s, k) => ({ keys: String(k + 1), does: s.title, run: () => go(link("admin", [s.path])) }))), []);
  const now = sections.find((s) => s.path === address.value.parts[0]) ?? sections[0]!;
  if (user.value?.role !== "admin")
    return (
      <>
        <h1>Administration</h1>
        <div class="empty">
          <p class="empty-title">This page is for administrators.</p>
          <p>
            Your own tokens and password are on the page <a href={link("account")}>Account</a>; an administrator gives roles.
          </p>
        </div>
      </>
    );
  return (
    <>
      <h1>Administration</h1>
      <nav class="row" aria-label="Administration">
        {sections.map((s) => (
          <a key={s.path} class={`button ${s === now ? "main" : ""}`} href={link("admin", [s.path])} aria-current={s === now ? "page" : undefined}>
            {s.title}
          </a>
        ))}
      </nav>
      {now.show()}
    </>
  );
}
