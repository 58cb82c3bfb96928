// The same calls through npm's lru-cache. usage: memo.mjs ZIPF UNIFORM
//
// Prints what memo.py prints. Needs `npm ci` in the folder above.
import { readFileSync } from "node:fs";
import { LRUCache } from "lru-cache";

const RESIDENT = 128;
const CALLS = 1000000;

const nanoseconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1e3;
};

const memoise = (fn, max) => {
  const cache = new LRUCache({ max });
  let hits = 0;
  const f = (key) => {
    let value = cache.get(key);
    if (value !== undefined) {
      hits++;
      return value;
    }
    value = fn(key);
    cache.set(key, value);
    return value;
  };
  return { f, hits: () => hits };
};

let sink = 0;

const hit = (keys) => {
  const { f } = memoise((key) => key, RESIDENT);
  keys.forEach(f);
  const start = nanoseconds();
  for (let i = 0; i < CALLS; i++) sink += f(keys[i & (RESIDENT - 1)]) ? 1 : 0;
  return (nanoseconds() - start) / CALLS;
};

const read = (path) => Array.from(new BigInt64Array(readFileSync(path).buffer), Number);

const times = {};
const ratios = {};

const trace = (row, keys, max) => {
  const { f, hits } = memoise((key) => key, max);
  const start = nanoseconds();
  for (const key of keys) sink += f(key) ? 1 : 0;
  times[row] = (nanoseconds() - start) / keys.length;
  ratios[row] = hits() / keys.length;
};

const index = Array.from({ length: RESIDENT }, (_, i) => i);
times["hit, 1 integer"] = hit(index.map((i) => i * 1000003));
times["hit, 1 string"] = hit(index.map((i) => `key ${i}`));
["zipf", "uniform"].forEach((name, i) => {
  const keys = read(process.argv[2 + i]);
  for (const max of [128, 100000]) trace(`${name}, lru, ${max}`, keys, max);
  if (name === "uniform") trace("uniform, lru, 1024", keys.slice(0, Math.floor(keys.length / 50)), 1024);
});
console.log(JSON.stringify({ times, ratios }));
if (sink < 0) console.log(sink);
