// node bundle.mjs NODE_MODULES OUTPUT: Observable Plot, and what it needs
// besides a browser, in two files that import nothing.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [modules, output] = process.argv.slice(2);

function read(path) {
  return readFileSync(join(modules, path)).toString().replace(/^\/\/# sourceMappingURL=.*$/m, "");
}

// Both are written for `require` as well, whose names they take as arguments.
const plot = `const d3 = {};
(function (exports, module) {
${read("d3/dist/d3.min.js")}
})(d3, {});
const Plot = {};
(function (exports, module, require) {
${read("@observablehq/plot/dist/plot.umd.min.js")}
})(Plot, {}, () => d3);
export { Plot, d3 };
`;

writeFileSync(join(output, "plot.mjs"), plot);
copyFileSync(join(modules, "linkedom/worker.js"), join(output, "linkedom.mjs"));
