"""The same calls through functools.lru_cache. usage: memo.py ZIPF UNIFORM

The files hold 64-bit integers in this machine's byte order. Prints nanoseconds
of processor time a call, microseconds for fib, and hit ratios, as JSON.
"""

import functools
import json
import sys
import time
from array import array

RESIDENT = 128
CALLS = 1000000


def seconds(work, *arguments):
    start = time.process_time()
    work(*arguments)
    return time.process_time() - start


def call_one(f, keys):
    for key in keys:
        f(key)


def call_two(f, keys):
    for key in keys:
        f(key, key)


def nothing(keys):
    for key in keys:
        pass


def hit(call, function, keys):
    keys = keys * (CALLS // len(keys))
    f = functools.lru_cache(RESIDENT)(function)
    call(f, keys[:RESIDENT])
    spent = seconds(call, f, keys) - seconds(nothing, keys)
    return spent / len(keys) * 1e9


def fib_cold():
    @functools.lru_cache(None)
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    return seconds(fib, 35) * 1e6


def read(path):
    numbers = array("q")
    with open(path, "rb") as file:
        numbers.frombytes(file.read())
    return numbers.tolist()


def trace(keys, size):
    f = functools.lru_cache(size)(lambda key: key)
    spent = seconds(call_one, f, keys)
    return spent / len(keys) * 1e9, f.cache_info().hits / len(keys)


def main(paths):
    integers = [i * 1000003 for i in range(RESIDENT)]
    strings = [f"key {i}" for i in range(RESIDENT)]
    times = {
        "hit, 1 integer": hit(call_one, lambda a: a, integers),
        "hit, 1 string": hit(call_one, lambda a: a, strings),
        "hit, 2 integers": hit(call_two, lambda a, b: a, integers),
        "fib(35), cold": fib_cold(),
    }
    ratios = {}
    for name, path in zip(("zipf", "uniform"), paths):
        keys = read(path)
        for size in (128, 100000):
            row = f"{name}, lru, {size}"
            times[row], ratios[row] = trace(keys, size)
        if name == "uniform":
            row = "uniform, lru, 1024"
            times[row], ratios[row] = trace(keys[: len(keys) // 50], 1024)
    json.dump({"times": times, "ratios": ratios}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
