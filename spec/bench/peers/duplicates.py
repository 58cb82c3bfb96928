"""The same work in Python. usage: duplicates.py FILE

FILE holds 64-bit integers in this machine's byte order. Does each piece of work
once and prints the milliseconds of processor time that each took, as JSON.
"""

import json
import sys
import time
from array import array


def duplicates(items):
    seen, repeated, found = set(), set(), []
    for item in items:
        if item not in seen:
            seen.add(item)
        elif item not in repeated:
            repeated.add(item)
            found.append(item)
    return found


def milliseconds(work, *arguments):
    start = time.process_time()
    result = work(*arguments)
    taken = (time.process_time() - start) * 1e3
    del result
    return taken


def main(path):
    numbers = array("q")
    with open(path, "rb") as file:
        numbers.frombytes(file.read())
    numbers = numbers.tolist()
    strings = [f"key {number}" for number in numbers]
    half = len(numbers) // 2
    a, b = set(numbers[:half]), set(numbers[half // 2 : half // 2 + half])
    json.dump(
        {
            "duplicates, random integers": milliseconds(duplicates, numbers),
            "duplicates, sequence": milliseconds(
                duplicates, list(range(len(numbers)))
            ),
            "duplicates, short strings": milliseconds(duplicates, strings),
            "set from a list": milliseconds(set, numbers),
            "union": milliseconds(a.__or__, b),
            "intersection": milliseconds(a.__and__, b),
            "difference": milliseconds(a.__sub__, b),
            "symmetric difference": milliseconds(a.__xor__, b),
            "subset": milliseconds(a.__le__, set(numbers)),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(sys.argv[1])
