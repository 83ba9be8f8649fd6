// The Hill curve beside the dose.
import { number } from "../lib/format";
import { block, type BenchDrug } from "./drugs";

export function HillCurve({ drug, dose }: { drug: BenchDrug; dose: number }) {
  const W = 260;
  const H = 120;
  const X = (d: number) => 30 + ((Math.log10(d / drug.k) + 2) / 4) * (W - 40);
  const Y = (b: number) => H - 22 - b * (H - 32);
  let path = "";
  for (let k = 0; k <= 60; k++) {
    const d = drug.k * 10 ** (-2 + (4 * k) / 60);
    path += `${k ? "L" : "M"}${X(d).toFixed(1)} ${Y(block(drug, d)).toFixed(1)}`;
  }
  const at = Math.min(Math.max(dose, drug.k / 100), drug.k * 100);
  return (
    <svg class="hill" viewBox={`0 0 ${W} ${H}`} role="img" aria-label={`Hill curve of ${drug.name}: ${number(100 * block(drug, dose), 3)} % blocked at ${number(dose)} µM`}>
      {[0, 0.5, 1].map((b) => (
        <g key={b}>
          <line x1="30" x2={W - 10} y1={Y(b)} y2={Y(b)} class="grid-line" />
          <text x="26" y={Y(b) + 4} text-anchor="end">
            {b * 100}
          </text>
        </g>
      ))}
      {[0.01, 0.1, 1, 10, 100].map((m) => (
        <text key={m} x={X(drug.k * m)} y={H - 6} text-anchor="middle">
          {m}×
        </text>
      ))}
      <path d={path} class="curve" />
      <circle cx={X(at)} cy={Y(block(drug, dose))} r="6" class="now" />
      <text x="34" y="12">
        % blocked
      </text>
    </svg>
  );
}
