# SPDX-License-Identifier: BSD-2-Clause
"""For test/system/bounds_*.py: how long interrupts stay off while spaces, capabilities and crowds of threads go (the program test/bounds, see
there): on the release build, because the check build counts everything anew after each step, and with instruction
counting, where one nanosecond of the clock is one instruction. Each case is a boot of its own; given the name of a
case, only that. Prints TAP; what it measured is in the notes."""
import concurrent.futures
import os
import pathlib
import re
import sys
import tempfile

from session import run

MANIFEST = pathlib.Path(os.environ["QUIRE_RUN"]).parent.parent / "conf" / "manifest.ini"
SECTION = """
[bounds]
path = test/bounds
start = demand
memory = 8M
quota = 112M
priority = 254
cap.out = spawner
cap.phys = phys 0xfed00000 4K
"""
RESULT = re.compile(r"^(not ok|ok) \d+ - (.*)$")
# The kernel's share of it holds the threads; 2 CPUs' worth of boots at a time.
MEMORY, AT_ONCE = "2560", 2


def boot(manifest, mode, case):
    # the last --image counts
    status, out, err = run("--image", "release", "--manifest", manifest, "--icount", "--memory", MEMORY, "--timeout",
                           "250", commands=[f"bounds {mode} {case}"])
    return mode, case, out, [f"# status {status}"] + ["# " + line for line in err.splitlines()[-20:]]


def results(mode, case, out, log):
    """(good, text, notes before it) of every result; an end that did not come is a failure."""
    notes, count = [], 0
    for line in out.splitlines():
        match = RESULT.match(line)
        if match:
            count += 1
            yield match.group(1) == "ok", f"{mode}: {match.group(2)}", notes
            notes = []
        elif not line.startswith("1.."):
            notes.append(line)
    planned = re.search(r"^1\.\.(\d+)$", out, re.MULTILINE)
    if not planned or int(planned.group(1)) != count or not count:
        yield False, f"{mode}: {case} comes to its end", notes + log
        notes = []
    if notes:
        print("\n".join(notes))


def main(mode, cases):
    jobs = [(mode, case) for case in cases]
    if len(sys.argv) > 1:
        jobs = [job for job in jobs if job[1] == sys.argv[1]]
    count = lost = 0
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as file, \
            concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        file.write(MANIFEST.read_text(encoding="utf-8") + SECTION)
        file.flush()
        for answer in pool.map(lambda job: boot(file.name, *job), jobs):
            for good, text, notes in results(*answer):
                count += 1
                lost += not good
                print("\n".join(notes + [f"{'ok' if good else 'not ok'} {count} - {text}"]), flush=True)
    print(f"1..{count}")
    return 1 if lost or not count else 0

