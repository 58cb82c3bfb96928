// pool.lua's work with piscina's threads: pool.mjs piscina WORK ARGUMENT [WORKERS]
//
// Needs `npm ci` in the folder above.
import { readFileSync } from "node:fs";
import process from "node:process";
import { Piscina } from "piscina";

const STARTS = 5;
const WARM = 100;
const BLOCK = 1000;
const SMALL = 8 << 20;
const FEW = 11;
const MANY = 40;
const AT_ONCE = 10; // tasks in a worker: quicker for tasks that do nothing

const echo = { name: "echo" };

const seconds = () => performance.now() / 1e3;

function make(threads, concurrentTasksPerWorker = 1) {
  const filename = new URL("./pool_worker.mjs", import.meta.url).href;
  return new Piscina({
    filename,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker,
  });
}

async function timed(work) {
  const begin = seconds();
  await work();
  return seconds() - begin;
}

function part(times, share) {
  return times.sort((a, b) => a - b)[Math.floor(share * (times.length - 1))];
}

const works = {};

works.start = async (megabytes) => {
  const heap = Array.from({ length: megabytes * 1e6 / BLOCK }, () => Buffer.alloc(BLOCK, 1));
  const times = [];
  for (let i = 0; i < STARTS; i++) {
    let pool;
    times.push(await timed(async () => {
      pool = make(2);
      await pool.run(i, echo);
    }));
    await pool.destroy();
  }
  return { first: part(times, 0.5), blocks: heap.length };
};

works.latency = async (calls, workers) => {
  const pool = make(workers);
  const times = [];
  for (let i = 0; i < WARM + calls; i++) times.push(await timed(() => pool.run(i, echo)));
  const warm = times.slice(WARM);
  return { p50: part(warm, 0.5), p99: part(warm, 0.99) };
};

works.noop = async (tasks) => {
  const pool = make(2, AT_ONCE);
  const few = tasks / 10;
  await Promise.all([1, 2, 3, 4].map((i) => pool.run(i, echo)));
  const taken = await timed(() =>
    Promise.all(Array.from({ length: few }, (_, i) => pool.run(i, echo)))
  );
  return { submit: few / taken };
};

works.bytes = async (size) => {
  const pool = make(2);
  const text = "x".repeat(size);
  const times = [];
  for (let i = 0; i < (size <= SMALL ? MANY : FEW); i++) {
    times.push(await timed(() => pool.run(text, echo)));
  }
  return { p50: part(times, 0.5) };
};

works.factor = async (path) => {
  const numbers = readFileSync(path, "ascii").trim().split("\n").map(Number);
  const wall = await timed(async () => {
    const pool = make(2);
    await Promise.all(numbers.map((n) => pool.run(n, { name: "factors" })));
  });
  return { wall };
};

works.kill = async () => {
  const pool = make(2);
  const tasks = [pool.run(0.3, { name: "linger" }), pool.run(0, { name: "kill" })];
  for (let i = 0; i < 5; i++) tasks.push(pool.run(i, echo));
  const ended = await Promise.allSettled(tasks);
  return { ok: ended.filter(({ status }) => status === "fulfilled").length };
};

// Of the threads together, by what the process has grown.
works.memory = async () => {
  const before = process.memoryUsage.rss();
  const pool = make(2);
  await Promise.all([1, 2, 3, 4].map((i) => pool.run(i, echo)));
  return { rss: (process.memoryUsage.rss() - before) / 2 };
};

const [work, argument, more] = process.argv.slice(3);
const figures = await works[work](Number(argument) || argument, Number(more));
process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit());
