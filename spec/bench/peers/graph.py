"""graph.lua's work in CPython: graph.py WORK SHAPE N"""

import gc
import json
import random
import sys
import time

SIZES = {"pairs": 2, "tens": 10, "thousands": 1000}
REPEATS = 3
GARBAGE = 1000


class Node:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a = self.b = None


def nanoseconds(work, *arguments):
    start = time.process_time_ns()
    work(*arguments)
    return time.process_time_ns() - start


def build(shape, n):
    nodes = [Node() for _ in range(n)]
    if shape == "random":
        choose = random.Random(1969).randrange
        for node in nodes:
            node.a, node.b = nodes[choose(n)], nodes[choose(n)]
        return nodes
    size = SIZES.get(shape, n)
    for first in range(0, n, size):
        for i in range(first, first + size - 1):
            nodes[i].a = nodes[i + 1]
        nodes[first + size - 1].a = nodes[first]
    return nodes


def collect(shape, n):
    gc.disable()
    nodes = build(shape, n)
    size = sys.getsizeof(nodes[0])
    drop = nanoseconds(nodes.clear)
    return {
        "drop": drop / n,
        "collect": nanoseconds(gc.collect) / n,
        "bytes": size,
    }


def live(shape, n):
    gc.disable()
    kept = build(shape, n)[:: n if shape == "random" else SIZES.get(shape, n)]
    gc.collect()
    tracked = sum(isinstance(item, Node) for item in gc.get_objects())
    times = sorted(nanoseconds(gc.collect) for _ in range(REPEATS))
    return {"collect": times[REPEATS // 2] / tracked, "kept": len(kept)}


def locality(_, n):
    gc.disable()
    kept = build("pairs", n)
    gc.collect()
    times = []
    for _ in range(REPEATS):
        build("tens", GARBAGE)
        times.append(nanoseconds(gc.collect))
    return {"collect": sorted(times)[REPEATS // 2], "kept": len(kept)}


def make_pairs(n):
    for _ in range(n):
        a, b = Node(), Node()
        a.a = b
        b.a = a


def calls(_, n):
    def whole():
        make_pairs(n // 2)
        gc.collect()

    times = [nanoseconds(whole) for _ in range(REPEATS)]
    return {"first": times[0] / n, "again": times[-1] / n}


def make_and_keep(n):
    keep = []
    for i in range(2 * n):
        a, b = Node(), Node()
        a.a = b
        b.a = a
        if i % 2 == 0:
            keep.append(a)
    return keep


def automatic(_, n):
    pauses, start = [], 0

    def note(phase, _):
        nonlocal start
        now = time.perf_counter_ns()
        if phase == "start":
            start = now
        else:
            pauses.append(now - start)

    gc.callbacks.append(note)
    total = nanoseconds(make_and_keep, n)
    return {
        "each": total / (4 * n),
        "longest": max(pauses, default=0),
        "collections": len(pauses),
    }


WORKS = {
    "collect": collect,
    "live": live,
    "locality": locality,
    "calls": calls,
    "automatic": automatic,
}
print(json.dumps(WORKS[sys.argv[1]](sys.argv[2], int(sys.argv[3]))))
