// The same work in Node. usage: duplicates.mjs FILE
//
// FILE holds 64-bit integers in this machine's byte order. Does each piece of
// work once and prints the milliseconds of processor time that each took, those
// of the collector's threads included, as JSON.
//
// Integers are numbers where all of them are safe ones, else BigInts.
import { readFileSync } from "node:fs";
import process from "node:process";

// A set that does not grow has the item: one look-up less than has and add.
function duplicates(items) {
  const seen = new Set();
  const repeated = new Set();
  let count = 0;
  for (let i = 0; i < items.length; i++) {
    seen.add(items[i]);
    if (seen.size === count) repeated.add(items[i]);
    else count++;
  }
  return repeated;
}

function union(a, b) {
  const found = new Set(a);
  for (const item of b) found.add(item);
  return found;
}

function intersection(a, b) {
  const found = new Set();
  for (const item of a) if (b.has(item)) found.add(item);
  return found;
}

function difference(a, b) {
  const found = new Set();
  for (const item of a) if (!b.has(item)) found.add(item);
  return found;
}

function symmetricDifference(a, b) {
  const found = difference(a, b);
  for (const item of b) if (!a.has(item)) found.add(item);
  return found;
}

function subset(a, b) {
  for (const item of a) if (!b.has(item)) return false;
  return true;
}

function milliseconds(work, ...args) {
  const start = process.cpuUsage();
  work(...args);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e3;
}

function readIntegers(path) {
  const { buffer, byteOffset, length } = readFileSync(path);
  const packed = new BigInt64Array(buffer.slice(byteOffset, byteOffset + length));
  const safe = packed.every((item) => Number.isSafeInteger(Number(item)));
  return safe ? Array.from(packed, Number) : Array.from(packed);
}

const integers = readIntegers(process.argv[2]);
const sequence = Array.from(integers, (_, i) => i + 1);
const strings = integers.map((item) => `key ${item}`);
const half = integers.length >> 1;
const quarter = half >> 1;
const a = new Set(integers.slice(0, half));
const b = new Set(integers.slice(quarter, quarter + half));
const all = new Set(integers);
console.log(JSON.stringify({
  "duplicates, random integers": milliseconds(duplicates, integers),
  "duplicates, sequence": milliseconds(duplicates, sequence),
  "duplicates, short strings": milliseconds(duplicates, strings),
  "set from a list": milliseconds((items) => new Set(items), integers),
  union: milliseconds(union, a, b),
  intersection: milliseconds(intersection, a, b),
  difference: milliseconds(difference, a, b),
  "symmetric difference": milliseconds(symmetricDifference, a, b),
  subset: milliseconds(subset, a, all),
}, null, 1));
