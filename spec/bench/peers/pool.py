"""pool.lua's work in CPython: pool.py ppe|mp WORK ARGUMENT [WORKERS]

`ppe` is concurrent.futures.ProcessPoolExecutor, `mp` multiprocessing.Pool; both fork.
"""

import contextlib
import json
import multiprocessing
import os
import signal
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor

FORK = multiprocessing.get_context("fork")
STARTS, WARM = 5, 100
BLOCK = 1000
SMALL, FEW, MANY = 8 << 20, 11, 40
PATIENCE = 3
PAUSE = 0.3


def echo(value):
    return value


class Executor:
    def __init__(self, workers):
        self.pool = ProcessPoolExecutor(workers, mp_context=FORK)

    def call(self, *arguments):
        return self.pool.submit(*arguments).result()

    def submit(self, *arguments):
        future = self.pool.submit(*arguments)
        return lambda timeout=None: future.result(timeout)

    def map(self, function, items, chunksize):
        return list(self.pool.map(function, items, chunksize=chunksize or 1))

    def imap(self, function, items):
        return self.pool.map(function, items)

    def pids(self):
        return list(self.pool._processes)

    def close(self):
        self.pool.shutdown()


class Pool:
    def __init__(self, workers):
        self.pool = FORK.Pool(workers)

    def call(self, function, *arguments):
        return self.pool.apply(function, arguments)

    def submit(self, function, *arguments):
        return self.pool.apply_async(function, arguments).get

    def map(self, function, items, chunksize):
        return self.pool.map(function, items, chunksize=chunksize)

    def imap(self, function, items):
        return self.pool.imap(function, items)

    def pids(self):
        return [worker.pid for worker in self.pool._pool]

    def close(self):
        self.pool.close()
        self.pool.join()


def timed(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def part(times, share):
    return sorted(times)[int(share * (len(times) - 1))]


def start(kind, megabytes):
    blocks = range(megabytes * 1000000 // BLOCK)
    heap = [b"x" * (BLOCK - 8) + b"%08d" % i for i in blocks]
    times = []
    for i in range(STARTS):
        begin = time.perf_counter()
        pool = kind(2)
        pool.call(echo, i)
        times.append(time.perf_counter() - begin)
        pool.close()
    assert heap
    return {"first": statistics.median(times)}


def latency(kind, calls, workers):
    pool = kind(workers)
    times = [timed(pool.call, echo, i) for i in range(WARM + calls)][WARM:]
    pool.close()
    return {"p50": part(times, 0.5), "p99": part(times, 0.99)}


def submit_each(pool, tasks):
    for get in [pool.submit(echo, i) for i in range(tasks)]:
        get()


def noop(kind, tasks):
    """`tasks` in chunks of 100, fewer in smaller ones; "auto" is mp's own choice."""
    pool = kind(2)
    pool.map(echo, range(4), 1)
    few = tasks // 20
    rates = {"submit": few / timed(submit_each, pool, few)}
    for chunksize, n in ((1, few), (10, tasks // 4), (100, tasks)):
        rates[str(chunksize)] = n / timed(pool.map, echo, range(n), chunksize)
    if kind is Pool:
        rates["auto"] = tasks / timed(pool.map, echo, range(tasks), None)
    pool.close()
    return rates


def round_trips(kind, size):
    pool = kind(2)
    text = "x" * size
    repeats = MANY if size <= SMALL else FEW
    times = [timed(pool.call, echo, text) for _ in range(repeats)]
    pool.close()
    return {"p50": statistics.median(times)}


def factors(n):
    found, divisor = [], 2
    while divisor * divisor <= n:
        while n % divisor == 0:
            found.append(divisor)
            n //= divisor
        divisor += 1
    if n > 1:
        found.append(n)
    return found


def factor(kind, path):
    with open(path, encoding="ascii") as file:
        numbers = [int(line) for line in file]

    def pooled():
        pool = kind(2)
        assert all(len(found) == 2 for found in pool.map(factors, numbers, 1))
        pool.close()

    return {"wall": timed(pooled)}


def kill_worker():
    os.kill(os.getpid(), signal.SIGKILL)


def kill(kind):
    """One task is under way, the next kills its worker, five wait."""
    pool = kind(2)
    gets = [pool.submit(time.sleep, 0.3), pool.submit(kill_worker)]
    gets += [pool.submit(echo, i) for i in range(5)]
    counts = {"ok": 0, "failed": 0, "hung": 0, "after": 0}
    end = time.monotonic() + PATIENCE
    for get in gets:
        try:
            get(max(end - time.monotonic(), 0.01))
            counts["ok"] += 1
        except (multiprocessing.TimeoutError, TimeoutError):
            counts["hung"] += 1
        except Exception:
            counts["failed"] += 1
    with contextlib.suppress(Exception):
        pool.submit(echo, 1)(PATIENCE)
        counts["after"] = 1
    print(json.dumps(counts), flush=True)
    for pid in pool.pids():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    os._exit(0)  # close() would wait for the lost task for ever


def kilobytes(pid, file, name):
    with open(f"/proc/{pid}/{file}", encoding="ascii") as lines:
        for line in lines:
            if line.startswith(name + ":"):
                return int(line.split()[1])


def share_of_descendants(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        children = file.read().split()
    own = sum(kilobytes(child, "smaps_rollup", "Pss") for child in children)
    return own + sum(map(share_of_descendants, children))


def memory(kind):
    pool = kind(2)
    pool.map(echo, range(4), 1)
    pid = pool.pids()[0]
    figures = {
        "rss": kilobytes(pid, "status", "VmRSS") * 1024,
        "pss": kilobytes(pid, "smaps_rollup", "Pss") * 1024,
        "all": share_of_descendants(os.getpid()) * 1024,
    }
    pool.close()
    return figures


def endless(kind, results):
    """How far an iterator is asked ahead while its first result is looked at.

    It ends after all, for a pool that asks it to its end before anything else.
    """
    pool = kind(2)
    asked = ahead = 0
    before = kilobytes("self", "status", "VmRSS")

    def numbers():
        nonlocal asked
        for asked in range(1, results + 1):
            yield asked

    for received in pool.imap(echo, numbers()):
        if received == 1:
            time.sleep(PAUSE)
        ahead = max(ahead, asked - received)
    grown = kilobytes("self", "status", "VmRSS") - before
    pool.close()
    return {"ahead": ahead, "grown": grown * 1024}


WORKS = {
    "start": start,
    "latency": latency,
    "noop": noop,
    "bytes": round_trips,
    "factor": factor,
    "kill": kill,
    "memory": memory,
    "endless": endless,
}


def main(kind, work, *arguments):
    pool = {"ppe": Executor, "mp": Pool}[kind]
    values = [int(text) if text.isdigit() else text for text in arguments]
    print(json.dumps(WORKS[work](pool, *values)))


main(*sys.argv[1:])
