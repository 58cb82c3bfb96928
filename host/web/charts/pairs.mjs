// A dot for each pair of runs, its interval as a band, and the ratio asked.
import { BLUE, GREEN, GRID, MUTED, ORANGE, Plot, logTicks, paddedLog, svg } from "./chart.mjs";

export function draw(figure, width) {
  const { ratios, low, high, ratio, target } = figure;
  const domain = paddedLog([...ratios, target], 1.15);
  const rows = ratios.map((value, i) => ({ value, pair: i + 1 }));
  const height = 90 + 9 * ratios.length;
  const far = Math.log(target / domain[0]) > Math.log(domain[1] / target);
  return svg(figure.label, {
    width, height, marginLeft: 44, marginRight: 20, marginTop: 24, marginBottom: 42,
    x: { type: "log", domain },
    y: { domain: [0, ratios.length + 1], reverse: true },
    marks: [
      Plot.gridX(logTicks(domain), { stroke: GRID, strokeOpacity: 1 }),
      Plot.axisX(logTicks(domain), {
        text: (tick) => `${tick}x`, label: figure.axis, labelAnchor: "center", labelArrow: "none",
      }),
      Plot.axisY([1, ratios.length], { label: "pair", labelAnchor: "top", labelArrow: "none" }),
      Plot.rectX([figure], { x1: low, x2: high, fill: BLUE, fillOpacity: 0.15 }),
      Plot.ruleX([ratio], { stroke: BLUE, strokeWidth: 1.5 }),
      Plot.ruleX([target], { stroke: ORANGE, strokeWidth: 1.5, strokeDasharray: "5,3" }),
      Plot.text([figure], {
        x: target, frameAnchor: "top", dy: -16, dx: far ? -4 : 4, fill: ORANGE,
        textAnchor: far ? "end" : "start", text: () => `${target}x asked`,
      }),
      Plot.dot(rows, {
        x: "value", y: "pair", r: 3.2,
        fill: (row) => (row.value >= target ? GREEN : ORANGE), stroke: MUTED, strokeWidth: 0.5,
      }),
    ],
  });
}
