// Work by size on two logarithmic scales, where a power of n is a line: what
// was measured, the line that fits it, and the room that its class has.
import { BLUE, COUNT, GRID, MUTED, ORANGE, Plot, logTicks, paddedLog, seconds, svg } from "./chart.mjs";

const STEPS = 24;

// Sizes from the first to the last, evenly on a logarithmic scale.
function sizes([low, high]) {
  return Array.from({ length: STEPS + 1 }, (_, i) => low * (high / low) ** (i / STEPS));
}

// The band of a class goes out from the first point.
function band({ points, low, high }, domain) {
  const { n, work } = points[0];
  return sizes([n, domain[1]]).map((size) => ({
    size, low: work * (size / n) ** low, high: work * (size / n) ** high,
  }));
}

// A line of this slope through the middle of the points, by their logarithms.
function fit({ points, exponent }, domain) {
  const mean = (values) => values.reduce((sum, value) => sum + Math.log(value), 0) / values.length;
  const n = Math.exp(mean(points.map((point) => point.n)));
  const work = Math.exp(mean(points.map((point) => point.work)));
  return sizes(domain).map((size) => ({ size, work: work * (size / n) ** exponent }));
}

function naive({ other }, domain) {
  return sizes(domain).map((size) => ({ size, work: other.work * (size / other.n) ** other.growth }));
}

export function draw(figure, width) {
  const { points, other } = figure;
  const x = paddedLog(points.map((point) => point.n), 1.15);
  const shown = figure.low === undefined ? [] : band(figure, x);
  const line = fit(figure, x);
  const rival = other ? naive(figure, x) : [];
  const values = [...points, ...line, ...rival].map((point) => point.work)
    .concat(shown.flatMap((one) => [one.low, one.high]));
  const y = paddedLog(values, 1.3);
  // Each name on the side of its line where the other line is not.
  const above = rival.length > 0 && line.at(-1).work > rival.at(-1).work;
  const write = figure.unit === "s" ? seconds : COUNT;
  return svg(figure.label, {
    width, height: 300, marginLeft: 62, marginRight: 24, marginTop: 26, marginBottom: 42,
    x: { type: "log", domain: x }, y: { type: "log", domain: y },
    marks: [
      Plot.gridY(logTicks(y), { stroke: GRID, strokeOpacity: 1 }),
      Plot.axisY(logTicks(y), { text: write, label: figure.axis, labelAnchor: "top", labelArrow: "none" }),
      Plot.axisX(points.map((point) => point.n), {
        text: COUNT, label: "n", labelAnchor: "center", labelArrow: "none",
      }),
      Plot.areaY(shown, { x: "size", y1: "low", y2: "high", fill: BLUE, fillOpacity: 0.14 }),
      Plot.line(line, { x: "size", y: "work", stroke: BLUE, strokeWidth: 1.5 }),
      Plot.dot(points, { x: "n", y: "work", fill: BLUE, r: 4 }),
      Plot.line(rival, { x: "size", y: "work", stroke: ORANGE, strokeWidth: 1.5, strokeDasharray: "5,3" }),
      Plot.dot(other ? [other] : [], { x: "n", y: "work", fill: ORANGE, r: 4 }),
      Plot.text(rival.slice(-1), {
        x: "size", y: "work", text: () => "naive", fill: ORANGE, textAnchor: "end", dy: above ? 26 : -14, dx: -8,
      }),
      Plot.text(line.slice(-1), {
        x: "size", y: "work", text: () => figure.name, fill: BLUE, textAnchor: "end", dy: above ? -16 : 28, dx: -8,
      }),
      Plot.frame({ stroke: MUTED, strokeOpacity: 0.5, anchor: "bottom" }),
    ],
  });
}
