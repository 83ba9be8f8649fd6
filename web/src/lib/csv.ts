// Tables as the program writes them: lines of provenance begin with #, then names, then rows.
export interface Csv {
  names: string[];
  rows: string[][];
}

export function parseCsv(text: string): Csv {
  const lines = text.split(/\r?\n/).filter((l) => l !== "" && !l.startsWith("#"));
  const rows = lines.map(cells);
  return { names: rows.shift() ?? [], rows };
}

function cells(line: string): string[] {
  if (!line.includes('"')) return line.split(",");
  const out: string[] = [];
  let k = 0;
  while (k <= line.length) {
    if (line[k] === '"') {
      let cell = "";
      for (k++; k < line.length; k++)
        if (line[k] === '"' && line[k + 1] === '"') (cell += '"'), k++;
        else if (line[k] === '"') break;
        else cell += line[k];
      out.push(cell);
      k = line.indexOf(",", k);
      if (k < 0) break;
      k++;
    } else {
      const end = line.indexOf(",", k);
      out.push(line.slice(k, end < 0 ? undefined : end));
      if (end < 0) break;
      k = end + 1;
    }
  }
  return out;
}

export function column(c: Csv, name: string): Float64Array {
  const k = c.names.indexOf(name);
  return Float64Array.from(c.rows, (r) => (k < 0 || r[k] === "" || r[k] === undefined ? NaN : Number(r[k])));
}

/** "v_mV_soma" → ["v soma", "mV"]: the quantity and unit in a column's name. */
export function nameAndUnit(name: string): [string, string] {
  const known = "mV|uV|V|ms|s|us|pA|nA|uA_cm2|uM|nM|mM|um|Hz|nS|MOhm|pF|um_s|per_s|uM_um_s|kPa|nN|degC|percent|pct|mm|nm|px|mg|kg";
  const m = new RegExp(`^(.*?)_(${known})(?:_(.*))?$`).exec(name);
  return m ? [[m[1], m[3]].filter(Boolean).join(" ").replace(/_/g, " "), m[2]!] : [name.replace(/_/g, " "), ""];
}

const signs: Record<string, string> = { um: "µm", um_s: "µm/s", uA_cm2: "µA/cm²", per_s: "1/s", uM_um_s: "µM µm/s", uM: "µM", us: "µs", uV: "µV", MOhm: "MΩ", pct: "%", percent: "%", degC: "°C" };

/** A key or a column's name for people: "n_points" is "number of points", "tau_pct" is "tau (%)". */
export function keyWords(key: string): string {
  const [words, unit] = nameAndUnit(key);
  const said = words.replace(/^n (?=.)/, "number of ");
  return unit ? `${said} (${signs[unit] ?? unit.replace(/_/g, " ")})` : said;
}
