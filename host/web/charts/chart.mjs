// What all charts share: their look, and how one becomes the text of an SVG.
// Colours are the page's, so that they follow it into the dark and onto paper.
import { Plot, d3 } from "./plot.mjs";
import { parseHTML } from "./linkedom.mjs";

export { Plot };
export const { ticks } = d3;

export const BLUE = "var(--blue)";
export const ORANGE = "var(--orange)";
export const GREEN = "var(--green)";
export const MUTED = "var(--muted)";
export const GRID = "var(--grid)";

const { document } = parseHTML("<!DOCTYPE html><html><body></body></html>");

export const COUNT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format;

const UNITS = [[1, "s"], [1e-3, "ms"], [1e-6, "us"], [0, "ns"]];

// 0.0864 -> 86.4 ms
export function seconds(value) {
  if (value === 0) return "0 s";
  const [from, name] = UNITS.find(([least]) => value >= least);
  return `${Number((value / (from || 1e-9)).toPrecision(3))} ${name}`;
}

// Powers of ten that lie in a domain, and between them their doubles and fives
// where there are few.
export function logTicks([low, high]) {
  const steps = Math.log10(high / low) > 3 ? [1] : [1, 2, 5];
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const step of steps) {
      const tick = Number(`${step}e${power}`);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

export function paddedLog(values, factor) {
  return [Math.min(...values) / factor, Math.max(...values) * factor];
}

function escaped(text) {
  return text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
}

// Plot's own style sheet would be repeated in each; the page has one for all.
export function svg(label, options) {
  const drawn = Plot.plot({ document, ...options });
  for (const style of [...drawn.querySelectorAll("style")]) style.remove();
  const { width, height } = options;
  return `<svg class="chart" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `role="img" aria-label="${escaped(label)}" text-anchor="middle">${drawn.innerHTML}</svg>`;
}
