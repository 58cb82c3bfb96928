// node page.mjs TEMPLATE SPEEDSCOPE OUTPUT: puts speedscope, whole, into the
// page's template. A profile is put in when it is saved.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [template, speedscope, output] = process.argv.slice(2);
const release = join(speedscope, "dist/release");

// Its icons are emoji, which many systems have no font for: the same in
// characters that its own font has.
const SUBSTITUTES = {
  "\\u{1F50D}": "/", // search
  "\\u2B05\\uFE0F": "\u2190", // left heavy; previous
  "\\u27A1\\uFE0F": "\u2192", // next
  "\\u{1F570}": "\u25b7", // time order
  "\\u{1F96A}": "\u2261", // sandwich
  "\\u{1F3A8}": "\u263c", // colours
  "\\u2934\\uFE0F": "\u2197", // export
  "\\u2935\\uFE0F": "\u2199", // import
  "\\u2753": "?", // help
  "\\u{1F52C}": "",
  "\\u{1F44B} ": "",
  "\\u{1F63F} ": "",
  // Profiles have no time line: contexts stand in the order of first calls.
  '"Time Order"': '"Call Order"',
};
const EMOJI = /\\u\{1F[0-9A-F]{3}\}|\\uFE0F/;

function read(pattern) {
  const found = readdirSync(release).filter((name) => pattern.test(name));
  if (found.length !== 1) throw new Error(`${release}: no single ${pattern}`);
  return readFileSync(join(release, found[0]));
}

function script() {
  let text = read(/^speedscope-.*\.js$/).toString();
  for (const [from, to] of Object.entries(SUBSTITUTES)) {
    if (!text.includes(from)) throw new Error(`speedscope has no ${from} any more`);
    text = text.replaceAll(from, to);
  }
  const left = EMOJI.exec(text);
  if (left) throw new Error(`speedscope has an icon without a substitute: ${left[0]}`);
  return text.replace(/<\/script/gi, "<\\/script").replace(/<!--/g, "<\\!--");
}

function style() {
  const font = `data:font/woff2;base64,${read(/\.woff2$/).toString("base64")}`;
  const text = read(/^speedscope-.*\.css$/).toString().replace(/\/\*# sourceMappingURL.*?\*\//, "");
  const [whole, ...others] = text.match(/url\([^)]*\)/g);
  if (others.length) throw new Error("speedscope's style has more than one font");
  return text.replace(whole, () => `url(${font})`);
}

// Emoji have colours of their own, characters those of a button.
const ICON_STYLE = "button { color: inherit; }";

function viewer() {
  const head = `<!DOCTYPE html><meta charset="utf-8"><style>${style()}${ICON_STYLE}</style>`;
  return `${head}<body><script>${script()}</script>`;
}

function quoted(text) {
  return text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
}

function licences() {
  const { version } = JSON.parse(readFileSync(join(speedscope, "package.json")));
  const texts = [
    `This page holds speedscope ${version} and its font, Source Code Pro, under these licences.`,
    readFileSync(join(speedscope, "LICENSE")).toString().trim(),
    read(/^source-code-pro\.LICENSE/).toString().trim(),
  ].join("\n\n");
  if (texts.includes("-->")) throw new Error("a licence would end the comment it stands in");
  return `<!--\n${texts}\n-->`;
}

const parts = { viewer: quoted(viewer()), licences: licences() };
const page = readFileSync(template).toString();
writeFileSync(output, page.replace(/<!-- (viewer|licences) -->/g, (_, name) => parts[name]));
