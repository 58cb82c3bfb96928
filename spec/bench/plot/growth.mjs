// The figures of spec/bench/growth.lua.
import { sheet } from "./sheet.mjs";

const SERIES = [
  { key: "native", label: "perilune.hashset", color: "var(--blue)" },
  { key: "table", label: "Lua table", color: "var(--orange)" },
  { key: "python", label: "Python set", color: "var(--green)" },
  { key: "node", label: "Node Set", color: "var(--purple)" },
];

function points(sizes, figure) {
  return sizes.map((row) => ({
    size: row.size,
    ...Object.fromEntries(SERIES.filter(({ key }) => row[key])
      .map(({ key }) => [key, row[key][figure]])),
  }));
}

const COUNT = new Intl.NumberFormat("en", { notation: "compact" });

function members(sizes) {
  const largest = sizes.at(-1).size;
  return {
    value: "size", type: "log", domain: [1000, largest], label: "members", text: COUNT.format,
    ticks: [1e3, 1e4, 1e5, 1e6, 1e7, 5e7].filter((tick) => tick <= largest),
  };
}

export function draw({ sizes }) {
  return sheet("Time and bytes a member of a set of random integers, by its size", SERIES, [
    {
      title: "Time to build a set of random integers",
      subtitle: "nanoseconds of processor time a member",
      points: points(sizes, "nanoseconds"), height: 270, x: members(sizes),
      y: { type: "log", domain: [4, 1200], ticks: [5, 10, 20, 50, 100, 200, 500, 1000] },
    },
    {
      title: "Memory of the set", subtitle: "bytes a member",
      points: points(sizes, "bytes"), height: 270, x: members(sizes),
      y: { domain: [0, 160], ticks: [0, 40, 80, 120, 160] },
    },
  ]);
}
