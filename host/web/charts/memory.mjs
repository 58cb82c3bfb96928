// Memory in use over time, a panel for each way; a mark where something
// collected.
import { BLUE, GRID, MUTED, ORANGE, Plot, seconds, svg } from "./chart.mjs";

const PANEL = 120;
const MIB = 2 ** 20;

export function draw(figure, width) {
  const ways = figure.ways;
  const points = ways.flatMap(({ name, points: list }) => list.map((point) => ({ name, ...point })));
  const last = Math.max(...points.map((point) => point.time));
  const most = Math.max(...points.map((point) => point.bytes));
  return svg(figure.label, {
    width, height: 60 + PANEL * ways.length, marginLeft: 62, marginRight: 16, marginTop: 30,
    marginBottom: 38,
    x: { domain: [0, last] }, y: { domain: [0, (most / MIB) * 1.12], nice: true },
    fy: { domain: ways.map(({ name }) => name), padding: 0.22, axis: null },
    marks: [
      Plot.gridY({ stroke: GRID, strokeOpacity: 1, ticks: 3 }),
      Plot.axisY({ ticks: 3, label: "MiB in use", labelAnchor: "top", labelArrow: "none" }),
      Plot.axisX({
        ticks: width > 500 ? 6 : 3, tickFormat: seconds, label: null,
      }),
      Plot.areaY(points, {
        x: "time", y: (point) => point.bytes / MIB, fy: "name", fill: BLUE, fillOpacity: 0.18,
        curve: "linear",
      }),
      Plot.lineY(points, {
        x: "time", y: (point) => point.bytes / MIB, fy: "name", stroke: BLUE, strokeWidth: 1.5,
      }),
      Plot.dot(points.filter((point) => point.freed), {
        x: "time", y: (point) => point.bytes / MIB, fy: "name", r: 4.5, fill: ORANGE, symbol: "triangle",
      }),
      Plot.text(ways, {
        fy: "name", text: "name", frameAnchor: "top-left", dx: 6, dy: 4, fontWeight: 600,
        textAnchor: "start", lineAnchor: "top",
      }),
      Plot.ruleY([0], { stroke: MUTED }),
    ],
  });
}
