#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Trees of spaces that call each other while killers destroy, 30 seconds in all on one, two and four CPUs, with a
new seed each day (longer at night). usage: storms_trees.py [SEED]; under instruction counting one CPU does the same
each time."""
import datetime
import re
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import storms  # noqa: E402

SECONDS = 10
STEPS = 300
# No disk that answers when the host likes, and time that jumps to the next deadline when the processor sleeps.
REPLAY = {"options": ["--icount", "--kernel"], "qemu": ["-icount", "shift=0,sleep=off", "-rtc", "clock=vm"]}


def hash_of(text):
    return re.findall(r"hash 0x[0-9a-f]+", text)


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else datetime.date.today().toordinal()
    report = storms.Report()
    print(f"# seed {seed}")
    for cpus in (1, 2, 4):
        report.boot(f"cpus {cpus}", f"trees {SECONDS} {seed}", cpus, 150)
    runs = [report.boot("replay", f"trees 0 {seed} {STEPS}", 1, 150, **REPLAY) for _ in range(2)]
    hashes = [hash_of(out) for out in runs]
    report.result(len(hashes[0]) == 1 and hashes[0] == hashes[1], f"a seed replays: {hashes[0]}",
                  [f"# {hashes}"] if hashes[0] != hashes[1] else [])
    return report.end()


sys.exit(main())
