"""fetch.lua's work with aiohttp: fetch.py URL N CONCURRENCY

Gets URL/1 to URL/N, so many at once, by as many tasks that each take the next
one, and reads the bodies.  Prints JSON: seconds in all, those of the processor
for one, and the most memory that was resident, in bytes.
"""

import asyncio
import json
import resource
import sys
import time

import aiohttp


async def work(session, urls, counts):
    for url in urls:
        async with session.get(url) as response:
            counts["bytes"] += len(await response.read())
            counts["ok"] += response.status == 200


async def fetch_all(url, n, concurrency):
    urls = (f"{url}/{i}" for i in range(1, n + 1))
    counts = {"ok": 0, "bytes": 0}
    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector) as session:
        tasks = (work(session, urls, counts) for _ in range(concurrency))
        await asyncio.gather(*tasks)
    return counts


def main(url, n, concurrency):
    before, start = time.process_time(), time.perf_counter()
    counts = asyncio.run(fetch_all(url, n, concurrency))
    wall, cpu = time.perf_counter() - start, time.process_time() - before
    if counts["ok"] != n:
        sys.exit(f"{n - counts['ok']} failed")
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"wall": wall, "cpu": cpu / n, "rss": rss, "rate": n / wall}))


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
