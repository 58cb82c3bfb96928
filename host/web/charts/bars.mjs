// A bar for each name; on a logarithmic scale where one would hide the others,
// as 30 million does 36.
import { BLUE, COUNT, GRID, Plot, logTicks, seconds, svg, ticks } from "./chart.mjs";

const CHARACTER = 6.6; // pixels, on the average

// Powers of ten, no more than there is room for.
function powers([low, high], width) {
  const ticks = logTicks([low, high]).filter((tick) => Number.isInteger(Math.log10(tick)));
  const step = Math.ceil(ticks.length / (width / 90));
  return ticks.filter((_, i) => i % step === 0);
}

// The scale, where its bars begin, and its ticks. The longest bar leaves room
// for its text.
function scaleOf({ bars, log, unit }, room) {
  const values = bars.map(({ value }) => value);
  const most = Math.max(...values);
  const text = Math.max(...bars.map((bar) => bar.text.length)) * CHARACTER + 12;
  const share = Math.max(0.3, 1 - text / room);
  if (!log) {
    const domain = [0, most / share];
    return { x: { domain }, from: 0, ticks: ticks(0, most, Math.min(6, room / 90)) };
  }
  const low = unit === "s" ? Math.min(...values) / 3 : 1;
  const x = { type: "log", domain: [low, low * (most / low) ** (1 / share)] };
  return { x, from: low, ticks: powers([low, most], room) };
}

export function draw(figure, width) {
  const { bars, unit } = figure;
  const marginLeft = 20 + CHARACTER * Math.max(...bars.map(({ name }) => name.length));
  const scale = scaleOf(figure, width - marginLeft - 16);
  return svg(figure.label, {
    width, height: 54 + 34 * bars.length, marginLeft, marginRight: 16, marginTop: 10, marginBottom: 40,
    x: scale.x, y: { domain: bars.map(({ name }) => name), padding: 0.25 },
    marks: [
      Plot.gridX(scale.ticks, { stroke: GRID, strokeOpacity: 1 }),
      Plot.axisX(scale.ticks, {
        text: unit === "s" ? seconds : COUNT, label: figure.axis, labelAnchor: "center",
        labelArrow: "none",
      }),
      Plot.axisY({ label: null, tickSize: 0 }),
      Plot.barX(bars, { x1: scale.from, x2: "value", y: "name", fill: BLUE }),
      Plot.text(bars, { x: "value", y: "name", text: "text", textAnchor: "start", dx: 6 }),
    ],
  });
}
