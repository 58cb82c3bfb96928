"""Times tracemalloc on heap.lua's work: heap.py N, prints JSON of ratios and bytes a block."""
import gc
import json
import sys
import time
import tracemalloc


def allocate(count):
    keep = []
    for i in range(count):
        d = {"i": i, "s": "s" + str(i)}
        l = [i, i + 1, i + 2]
        t = [i, d, l]
        if i % 3 == 0:
            keep.append(t)
        f = lambda: (t, i)
        x = ("k" + str(i)) * 4
    return keep


def below(depth, count):
    if depth == 0:
        return allocate(count)
    return below(depth - 1, count)


def compute(count):
    total = 0
    for i in range(1, count + 1):
        x = i
        while x > 1:
            x = x // 2 if x % 2 == 0 else 3 * x + 1
            total += 1
    return total


def timed(function, *arguments):
    gc.collect()
    start = time.process_time()
    kept = function(*arguments)
    return time.process_time() - start, kept


def tracked(frames, function, *arguments):
    """Seconds, and the tracker's bytes for each live block."""
    tracemalloc.start(frames)
    taken, kept = timed(function, *arguments)
    cost = tracemalloc.get_tracemalloc_memory()
    blocks = len(tracemalloc.take_snapshot().traces)
    tracemalloc.stop()
    del kept
    return taken, cost / max(blocks, 1)


def main(n):
    bare, _ = timed(below, 30, n)
    line, each = tracked(1, below, 30, n)
    stack, _ = tracked(25, below, 30, n)
    plain, _ = timed(compute, n // 20)
    traced, _ = tracked(1, compute, n // 20)
    print(json.dumps({"line": line / bare, "stacks": stack / bare, "bytes": each,
                      "compute": traced / plain}))


main(int(sys.argv[1]))
