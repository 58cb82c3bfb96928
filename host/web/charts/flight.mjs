// How many requests were in flight when, beside how many may be.
import { BLUE, GRID, MUTED, ORANGE, Plot, seconds, svg } from "./chart.mjs";

function steps(spans) {
  const changes = spans.flatMap(({ start, stop }) => [[start, 1], [stop, -1]])
    .sort(([a, up], [b, down]) => a - b || up - down);
  let count = 0;
  return [{ time: 0, count }, ...changes.map(([time, step]) => ({ time, count: count += step }))];
}

export function draw(figure, width) {
  const points = steps(figure.spans);
  const last = points.at(-1).time;
  const top = Math.max(figure.asked, ...points.map((point) => point.count)) * 1.15;
  const ticks = width > 500 ? 6 : 3;
  return svg(figure.label, {
    width, height: 220, marginLeft: 44, marginRight: 16, marginTop: 26, marginBottom: 36,
    x: { domain: [0, last] }, y: { domain: [0, top] },
    marks: [
      Plot.gridY({ stroke: GRID, strokeOpacity: 1, ticks: 4 }),
      Plot.axisY({ ticks: 4, label: "in flight", labelAnchor: "top", labelArrow: "none" }),
      Plot.axisX({ ticks, tickFormat: seconds, label: null }),
      Plot.areaY(points, { x: "time", y: "count", curve: "step-after", fill: BLUE, fillOpacity: 0.25 }),
      Plot.lineY(points, { x: "time", y: "count", curve: "step-after", stroke: BLUE, strokeWidth: 1.5 }),
      Plot.ruleY([figure.asked], { stroke: ORANGE, strokeWidth: 1.5, strokeDasharray: "5,3" }),
      Plot.text([figure], {
        y: "asked", frameAnchor: "right", textAnchor: "end", dy: -8, fill: ORANGE,
        text: () => `${figure.asked} asked`,
      }),
      Plot.ruleY([0], { stroke: MUTED }),
    ],
  });
}
