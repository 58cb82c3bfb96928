// The figures of spec/bench/hit_ratio.lua.
import { sheet } from "./sheet.mjs";

const SERIES = [
  { key: "optimum", label: "optimum (Belady)", color: "var(--ink)", dash: "5,3" },
  { key: "lru", label: "LRU", color: "var(--blue)" },
  { key: "sieve", label: "SIEVE", color: "var(--orange)" },
  { key: "fifo", label: "first in, first out", color: "var(--muted)", dash: "1,2" },
];

function percentages(point) {
  return Object.fromEntries(["share", ...SERIES.map(({ key }) => key)]
    .map((key) => [key, 100 * point[key]]));
}

export function draw({ traces }) {
  return sheet("Hit ratios of cache policies on four traces, by cache size", SERIES,
    traces.map((trace) => ({
      title: trace.title,
      subtitle: `${trace.accesses.toLocaleString("en")} accesses, ` +
        `${trace.distinct.toLocaleString("en")} distinct; hit ratio, %`,
      points: trace.points.map(percentages),
      height: 220,
      x: { value: "share", type: "log", domain: [0.1, 50], label: "cache size, % of distinct ids",
        ticks: [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50], text: String },
      y: { domain: [0, 100], ticks: [0, 25, 50, 75, 100] },
    })));
}
