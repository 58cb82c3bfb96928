"""Times cProfile on calls, for profiler.lua: prints one JSON object of nanoseconds and ratios."""
import cProfile
import json
import sys
import time


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def identity(x):
    return x


def call_python(n):
    for i in range(n):
        identity(i)


def call_c(n):
    for i in range(n):
        abs(i)


def timed(function, argument):
    start = time.process_time()
    function(argument)
    return time.process_time() - start


def profiled(function, argument):
    """Seconds under cProfile, and the seconds that it accounts for."""
    profile = cProfile.Profile()
    start = time.process_time()
    profile.runcall(function, argument)
    taken = time.process_time() - start
    return taken, sum(entry.inlinetime for entry in profile.getstats())


def median(values):
    values = sorted(values)
    return values[len(values) // 2]


def compare(rounds, function, argument, calls):
    added, ratios, accounted = [], [], []
    for _ in range(rounds):
        before = timed(function, argument)
        taken, seen = profiled(function, argument)
        bare = (before + timed(function, argument)) / 2
        added.append((taken - bare) / calls * 1e9)
        ratios.append(taken / bare)
        accounted.append(seen / bare)
    return {"added": median(added), "ratio": median(ratios), "accounted": median(accounted)}


def main():
    rounds = int(sys.argv[1])
    print(json.dumps({
        "lua": compare(rounds, call_python, 100000, 100000),
        "c": compare(rounds, call_c, 100000, 100000),
        "fib": compare(rounds, fib, 21, 35421),
    }))


main()
