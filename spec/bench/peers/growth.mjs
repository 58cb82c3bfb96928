// growth.lua's work in Node: node --expose-gc growth.mjs N
//
// The integers have 53 bits, what a number holds exactly. A Set takes at most
// 2 ** 24 members: beyond that the exit code is 1.
import process from "node:process";

const ENOUGH = 300_000;

function randomIntegers(n) {
  const integers = new Array(n);
  for (let i = 0; i < n; i++) integers[i] = Math.floor(Math.random() * 2 ** 53);
  return integers;
}

// Of all threads: the collector has some.
function processorNanoseconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1e3;
}

function build(integers, builds) {
  const sets = new Array(builds);
  globalThis.gc();
  const start = processorNanoseconds();
  for (let i = 0; i < builds; i++) sets[i] = new Set(integers);
  return [(processorNanoseconds() - start) / builds, sets];
}

function bytesUsed() {
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

const n = Number(process.argv[2]);
const integers = randomIntegers(n);
const builds = Math.max(1, Math.floor(ENOUGH / n));
const before = bytesUsed();
let [nanoseconds, sets] = build(integers, builds);
const bytes = (bytesUsed() - before) / sets.length;
sets = undefined;
if (n < ENOUGH) [nanoseconds] = build(integers, builds);
console.log(JSON.stringify({ nanoseconds: nanoseconds / n, bytes: bytes / n }));
