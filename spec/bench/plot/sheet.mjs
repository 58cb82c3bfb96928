// Puts panels, each drawn by Observable Plot, on one sheet: an SVG with a
// legend, readable at the width of a README and on light and dark pages alike.
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

const WIDTH = 830;
const MARGIN = 16;
const GAP = 14;
const LEGEND = 34;
const TITLE = 44;

// Pages do not tell an image their own colours, so it brings its ground along.
const STYLE = `
svg { color: var(--ink); --ground: #ffffff; --ink: #1f2328; --muted: #59636e; --grid: #d8dee4;
  --blue: #0969da; --orange: #bc4c00; --green: #1a7f37; --purple: #8250df; }
@media (prefers-color-scheme: dark) {
  svg { --ground: #0d1117; --ink: #e6edf3; --muted: #9198a1; --grid: #30363d;
    --blue: #58a6ff; --orange: #f0883e; --green: #3fb950; --purple: #bc8cff; }
}
text { font: 12px system-ui, sans-serif; fill: var(--ink); }
.title { font-weight: 600; font-size: 13px; }
.muted { fill: var(--muted); }
`;

const { document } = parseHTML("<!DOCTYPE html><html><body></body></html>");

function escaped(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
}

function stroke({ color, dash }) {
  return `stroke="${color}" stroke-width="2"${dash ? ` stroke-dasharray="${dash}"` : ""}`;
}

function legend(series) {
  let x = MARGIN;
  return series.map((one) => {
    const at = x;
    x += 44 + 7.2 * one.label.length;
    return `<path d="M${at},20h22" fill="none" ${stroke(one)}/>` +
      `<text x="${at + 28}" y="24">${escaped(one.label)}</text>`;
  }).join("");
}

// One line a series, through a dot at each point where one was measured.
function marks(series, points, x) {
  return series.flatMap(({ key, color, dash }) => {
    const data = points.filter((point) => point[key] !== undefined);
    return [
      Plot.lineY(data, { x, y: key, stroke: color, strokeWidth: 1.75, strokeDasharray: dash }),
      Plot.dot(data, { x, y: key, fill: color, r: 1.8 }),
    ];
  });
}

function panel({ title, subtitle, points, x, y, height }, series, left, top, width) {
  const drawn = Plot.plot({
    document, width, height, marginLeft: 48, marginRight: 12, marginTop: 12, marginBottom: 40,
    x: { type: x.type, domain: x.domain },
    y: { type: y.type, domain: y.domain },
    marks: [
      Plot.axisX(x.ticks, { text: x.text, label: x.label, labelAnchor: "center", labelArrow: "none" }),
      Plot.axisY(y.ticks, { text: String, label: null }),
      Plot.gridY(y.ticks, { stroke: "var(--grid)", strokeOpacity: 1 }),
      Plot.ruleY([y.domain[0]], { stroke: "var(--muted)" }),
      ...marks(series, points, x.value),
    ],
  });
  return `<g transform="translate(${left},${top})">` +
    `<text class="title" y="14">${escaped(title)}</text>` +
    `<text class="muted" y="30">${escaped(subtitle)}</text>` +
    `<g transform="translate(0,${TITLE - 6})" text-anchor="middle">${drawn.innerHTML}</g></g>`;
}

// Gives the SVG's text. A series is {key, label, color, dash}; a panel {title,
// subtitle, points, x, y, height}. Points have a field for each series, and one
// for x; x and y are {type, domain, ticks}, x has {value, label, text} as well:
// its field's name, what stands below, what a tick is called.
export function sheet(description, series, panels) {
  const width = (WIDTH - 2 * MARGIN - GAP) / 2;
  const height = panels[0].height + TITLE;
  const rows = Math.ceil(panels.length / 2);
  const total = LEGEND + rows * (height + GAP);
  const drawn = panels.map((one, i) =>
    panel(one, series, MARGIN + (i % 2) * (width + GAP),
      LEGEND + Math.floor(i / 2) * (height + GAP) + 8, width));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${total}" ` +
    `viewBox="0 0 ${WIDTH} ${total}" role="img" aria-label="${escaped(description)}">` +
    `<style>${STYLE}</style><rect width="100%" height="100%" rx="6" fill="var(--ground)"/>` +
    `${legend(series)}${drawn.join("")}</svg>\n`;
}
