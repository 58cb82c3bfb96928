// What the workers of pool.mjs do.
import process from "node:process";

export const echo = (value) => value;

export const linger = (seconds) => new Promise((done) => setTimeout(done, seconds * 1e3));

// A thread has no process of its own.
export const kill = () => process.kill(process.pid, "SIGKILL");

export function factors(number) {
  const found = [];
  let n = number;
  for (let divisor = 2; divisor * divisor <= n; divisor++) {
    for (; n % divisor === 0; n /= divisor) found.push(divisor);
  }
  if (n > 1) found.push(n);
  return found;
}
