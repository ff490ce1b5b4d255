#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Mail from one CPU to another without end (the program test/flood, see there), on the release build, because the
check build counts everything anew after each step. Prints TAP; what it measured is in the notes."""
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
from session import run  # noqa: E402

MANIFEST = pathlib.Path(os.environ["QUIRE_RUN"]).parent.parent / "conf" / "manifest.ini"
SECTION = """
[flood]
path = test/flood
start = demand
memory = 64M
quota = 32M
cap.out = spawner
"""


def main():
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
        file.write(MANIFEST.read_text(encoding="utf-8") + SECTION)
        file.flush()
        # the last --image counts
        status, out, err = run("--image", "release", "--manifest", file.name, "--smp", "2", "--memory", "512",
                               "--timeout", "100", commands=["flood measure"])
    print(out)
    if status or "1.." not in out:
        print("not ok 99 - flood comes to its end")
        print("\n".join("# " + line for line in err.splitlines()[-20:]))
        return 1
    return 0


sys.exit(main())
