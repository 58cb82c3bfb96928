// Which worker was at work when: a lane each, a bar for each call.
import { BLUE, GRID, Plot, seconds, svg } from "./chart.mjs";

export function draw(figure, width) {
  const workers = [...new Set(figure.spans.map((span) => span.worker))].sort();
  const last = Math.max(...figure.spans.map((span) => span.stop));
  const turns = {};
  const spans = figure.spans.map((span) => {
    turns[span.worker] = (turns[span.worker] || 0) + 1;
    return { ...span, odd: turns[span.worker] % 2 };
  });
  return svg(figure.label, {
    width, height: 54 + 34 * workers.length, marginLeft: 74, marginRight: 16, marginTop: 10,
    marginBottom: 36,
    x: { domain: [0, last] }, y: { domain: workers, padding: 0.25 },
    marks: [
      Plot.gridX({ stroke: GRID, strokeOpacity: 1, ticks: width > 500 ? 6 : 3 }),
      Plot.axisX({ ticks: width > 500 ? 6 : 3, tickFormat: seconds, label: null }),
      Plot.axisY({ tickFormat: (worker) => `worker ${worker}`, label: null, tickSize: 0 }),
      Plot.barX(spans, {
        x1: "start", x2: "stop", y: "worker", fill: BLUE,
        fillOpacity: (span) => (span.odd ? 1 : 0.55), insetLeft: 0.5,
      }),
    ],
  });
}
