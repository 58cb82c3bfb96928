// How often functions were called, on a logarithmic scale: 36 beside 30 million.
import { BLUE, COUNT, GRID, Plot, logTicks, svg } from "./chart.mjs";

export function draw(figure, width) {
  const domain = [1, Math.max(...figure.calls.map(({ calls }) => calls)) * 8];
  return svg(figure.label, {
    width, height: 54 + 38 * figure.calls.length, marginLeft: 84, marginRight: 16, marginTop: 10,
    marginBottom: 40,
    x: { type: "log", domain }, y: { domain: figure.calls.map(({ name }) => name), padding: 0.25 },
    marks: [
      Plot.gridX(logTicks(domain), { stroke: GRID, strokeOpacity: 1 }),
      Plot.axisX(logTicks(domain), { text: COUNT, label: "calls", labelAnchor: "center", labelArrow: "none" }),
      Plot.axisY({ label: null, tickSize: 0 }),
      Plot.barX(figure.calls, { x1: 1, x2: "calls", y: "name", fill: BLUE }),
      Plot.text(figure.calls, {
        x: "calls", y: "name", text: ({ calls }) => calls.toLocaleString("en"), textAnchor: "start", dx: 6,
      }),
    ],
  });
}
