#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The program test/killer with the capability it needs: see there."""
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
from session import report, run  # noqa: E402

MANIFEST = pathlib.Path(os.environ["QUIRE_RUN"]).parent.parent / "conf" / "manifest.ini"
SECTION = ("[killer]\npath = test/killer\nstart = demand\ncap.out = spawner\ncap.control = control\n"
           "cap.info = info\n")


def programs_killed_inside_the_pager_leave_nothing():
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
        file.write(MANIFEST.read_text(encoding="utf-8") + SECTION)
        file.flush()
        status, out, _ = run("--manifest", file.name, commands=["killer"])
    wrong = [line for line in out.splitlines() if not line.startswith("ok ")]
    yield (status, [line for line in wrong if not line.startswith("#")]), (0, ["1..6"])


sys.exit(report([programs_killed_inside_the_pager_leave_nothing]))
