#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What one program can do to others: the program test/killer with the capability it needs (see there), memory
that is promised to nobody twice, a thousand threads."""
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
from session import report, run  # noqa: E402

MANIFEST = pathlib.Path(os.environ["QUIRE_RUN"]).parent.parent / "conf" / "manifest.ini"
SECTION = ("[killer]\npath = test/killer\nstart = demand\ncap.out = spawner\ncap.control = control\n"
           "cap.info = info\n")


def run_with(section, *commands):
    """A boot with a further section in the manifest."""
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
        file.write(MANIFEST.read_text(encoding="utf-8") + section)
        file.flush()
        return run("--manifest", file.name, commands=commands)


def programs_killed_inside_the_pager_leave_nothing():
    status, out, _ = run_with(SECTION, "killer")
    wrong = [line for line in out.splitlines() if not line.startswith("ok ")]
    yield (status, [line for line in wrong if not line.startswith("#")]), (0, ["1..7"])


def memory_is_not_promised_twice():
    section = "[big]\npath = bin/hello\nstart = demand\nmemory = 1G\ncap.out = spawner\n"
    yield run_with(section, "big")[:2], (1, "big: start: quota exhausted\n")
    section = section.replace("1G", "256M")
    yield run_with(section, "big", "big", "echo ok")[0], 0


def thousand_threads_fill_their_pages():
    section = ("[many]\npath = test/threads\nstart = demand\nmemory = 32M\nquota = 8M\n"
               "cap.out = spawner\n")
    status, out, _ = run_with(section, "many 1000")
    yield (status, out.splitlines()[-1:]), (0, ["1..6"])


sys.exit(report([programs_killed_inside_the_pager_leave_nothing, memory_is_not_promised_twice,
                 thousand_threads_fill_their_pages]))
