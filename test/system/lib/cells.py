# SPDX-License-Identifier: BSD-2-Clause
"""Every cell of docs/lifetimes.md (the program test/lifetimes, see there) with one, two and four CPUs: victims on
the CPU of whoever destroys them and on another, their partners on the same and on a third. For test/system/cells_*.py:
each is a machine with so many CPUs; given the name of a cell, such as TH_1, only that."""
import os
import pathlib
import re
import sys
import tempfile

from session import run

MANIFEST = pathlib.Path(os.environ["QUIRE_RUN"]).parent.parent / "conf" / "manifest.ini"
# irq 8 and ports 0x70: the clock of the board, which nobody else uses; 0xfed00000: its timer block.
SECTION = """
[lifetimes]
path = test/lifetimes
start = demand
memory = 16M
quota = 16M
visitors = 64
cap.out = spawner
cap.info = info
cap.irq = irq 8 3
cap.ports = ports 0x70 2
cap.phys = phys 0xfed00000 4K
cap.log = log
cap.cpus = cpus
"""
# CPUs of the machine: CPU of the victims and CPU of their partners, a boot for each
PLACES = {1: ["0 0"], 2: ["0 0", "1 0", "0 1", "1 1"], 4: ["1 2", "3 0"]}
RESULT = re.compile(r"^(not ok|ok) \d+ - (.*)$")


def boot(cpus, place, manifest, only):
    """Runs the program at PLACE of a machine with so many CPUs; returns its output and the log."""
    status, out, err = run("--manifest", manifest, "--smp", str(cpus), "--timeout", "150",
                           commands=[f"lifetimes {place}{only}"])
    return out, [f"# status {status}"] + ["# " + line for line in err.splitlines()[-30:]]


def results(cpus, place, manifest, only):
    """(good, text, notes before it) of every cell; an end that did not come is a failure."""
    name = f"cpus {cpus}, at {place.replace(' ', ' and ')}"
    out, log = boot(cpus, place, manifest, only)
    notes, count = [], 0
    for line in out.splitlines():
        match = RESULT.match(line)
        if match:
            count += 1
            yield match.group(1) == "ok", f"{name}: {match.group(2)}", notes
            notes = []
        elif not line.startswith("1.."):
            notes.append(line)
    planned = re.search(r"^1\.\.(\d+)$", out, re.MULTILINE)
    if not planned or int(planned.group(1)) != count or not count:
        yield False, f"{name}: comes to its end", notes + log


def main(cpus):
    only = f" {sys.argv[1]}" if len(sys.argv) > 1 else ""
    count = lost = 0
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
        file.write(MANIFEST.read_text(encoding="utf-8") + SECTION)
        file.flush()
        for place in PLACES[cpus]:
            for good, text, notes in results(cpus, place, file.name, only):
                count += 1
                lost += not good and "# expected failure:" not in text
                print("\n".join(notes + [f"{'ok' if good else 'not ok'} {count} - {text}"]), flush=True)
    print(f"1..{count}")
    return 1 if lost or not count else 0
