// Options of a command as a form: kinds, units, defaults and sentences come from the program's own table.
import type { Command, Option } from "../lib/jobs";
import { Field } from "./parts";
import { labelOf } from "./words";

export type Values = Record<string, string>;

export function OptionField({ command, o, value, set }: { command: string; o: Option; value: string; set: (v: string) => void }) {
  const label = labelOf(command, o);
  const hint = `${o.help}${o.default ? ` Without it: ${o.default}${o.unit ? ` ${o.unit}` : ""}.` : ""}`;
  if (o.kind === "flag")
    return (
      <p class="field">
        <label class="check">
          <input type="checkbox" checked={value === "true"} onChange={(e) => set(e.currentTarget.checked ? "true" : "")} /> {label}
        </label>
        <span class="hint block">{o.help}</span>
      </p>
    );
  return (
    <Field label={label} hint={hint}>
      {(id) =>
        o.choices && o.choices.length > 1 ? (
          <select id={id} value={value} onChange={(e) => set(e.currentTarget.value)}>
            <option value="">{o.default ?? "–"}</option>
            {o.choices.filter((c) => c !== o.default).map((c) => (
              <option key={c} value={c}>
                {c}
              </option>
            ))}
          </select>
        ) : (
          <input id={id} value={value} placeholder={o.default ?? o.value ?? ""} onInput={(e) => set(e.currentTarget.value)} />
        )
      }
    </Field>
  );
}

export function optionValues(c: Command, v: Values): Record<string, string | boolean> {
  const out: Record<string, string | boolean> = {};
  for (const o of c.options) {
    const x = v[o.name];
    if (x === undefined || x === "") continue;
    out[o.name] = o.kind === "flag" ? x === "true" : x;
  }
  return out;
}
