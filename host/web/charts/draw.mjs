// node draw.mjs < figures.json > pictures.json: each figure as two SVGs, for a
// page's width and for a telephone's.
import { readFileSync } from "node:fs";
import { draw as bars } from "./bars.mjs";
import { draw as flight } from "./flight.mjs";
import { draw as growth } from "./growth.mjs";
import { draw as memory } from "./memory.mjs";
import { draw as pairs } from "./pairs.mjs";
import { draw as workers } from "./workers.mjs";

const DRAWERS = { bars, flight, growth, memory, pairs, workers };
const WIDE = 720;
const NARROW = 340;

const figures = JSON.parse(readFileSync(0, "utf8"));
const pictures = figures.map((figure) => {
  const draw = DRAWERS[figure.kind];
  return { wide: draw(figure, WIDE), narrow: draw(figure, NARROW) };
});
process.stdout.write(JSON.stringify(pictures));
