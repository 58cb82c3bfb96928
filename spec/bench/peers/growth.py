"""growth.lua's work in Python: growth.py N"""

import json
import sys
import time
from array import array
from os import urandom

ENOUGH = 300_000
GRAIN = 16  # the allocator rounds small objects up to multiples of it


def build(integers):
    start = time.process_time()
    found = set(integers)
    return time.process_time() - start, found


def mean_seconds(integers, builds):
    start = time.process_time()
    for _ in range(builds):
        set(integers)
    return (time.process_time() - start) / builds


def object_bytes(integers):
    """Those of a member: a set refers to objects."""
    sample = integers[:1000]
    total = sum(-(-sys.getsizeof(item) // GRAIN) * GRAIN for item in sample)
    return total / len(sample)


def main(n):
    integers = array("q", urandom(8 * n)).tolist()
    seconds, found = build(integers)
    size = sys.getsizeof(found) / n + object_bytes(integers)
    del found
    if n < ENOUGH:
        seconds = mean_seconds(integers, ENOUGH // n)
    print(json.dumps({"nanoseconds": seconds / n * 1e9, "bytes": size}))


main(int(sys.argv[1]))
