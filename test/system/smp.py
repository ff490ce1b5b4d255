#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""More than one processor: what programs are told about them, and that those without work stay silent. Prints TAP."""
import os
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
from session import Prompt, report, run  # noqa: E402

MANIFEST = pathlib.Path(os.environ["QUIRE_RUN"]).parent.parent / "conf" / "manifest.ini"
SECTION = "[processors]\npath = test/cpus\nstart = demand\ncap.out = spawner\ncap.cpus = cpus\n"


def programs_see_the_cpus():
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
        file.write(MANIFEST.read_text(encoding="utf-8") + SECTION)
        file.flush()
        for count in (1, 2, 4):
            status, out, _ = run("--smp", str(count), "--manifest", file.name, commands=[f"processors {count}"])
            yield (status, [line for line in out.splitlines() if not line.startswith("ok ")]), (0, ["1..196"])


def idle_cpus_take_few_interrupts():
    """Of all CPUs together: three that have nothing to do add nothing."""
    with Prompt("--smp", "4") as machine:
        counted = re.compile(r"interrupts\D+(\d+)")
        before = counted.search(machine.command("mem -v"))
        machine.wait(10)
        after = counted.search(machine.command("mem -v"))
        yield before is not None and after is not None, True
        # One poke for each at the end of the boot; then the commands' own characters, see crash.py.
        if before and after:
            yield int(after.group(1)) - int(before.group(1)) <= 20 + 2 * len("mem -v\r"), True


sys.exit(report([programs_see_the_cpus, idle_cpus_take_few_interrupts]))
