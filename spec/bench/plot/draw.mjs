// node draw.mjs growth|hit_ratio FIGURES.json PICTURE.svg
import { readFileSync, writeFileSync } from "node:fs";
import { draw as growth } from "./growth.mjs";
import { draw as hitRatio } from "./hit_ratio.mjs";

const DRAWERS = { growth, hit_ratio: hitRatio };

const [kind, figures, picture] = process.argv.slice(2);
writeFileSync(picture, DRAWERS[kind](JSON.parse(readFileSync(figures, "utf8"))));
