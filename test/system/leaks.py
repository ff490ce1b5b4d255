#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Programs that came and went leave nothing behind: memory of the pager and objects of the kernel."""
import re
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
from session import report, run  # noqa: E402

# Rounds until everything was used once. More than one: how many frames the pager holds zeroed at a time depends on
# who runs when, and the first use of a 2 MiB page of its memory splits that page for good.
FIRST_ROUNDS = 4
# The thread that ended a program goes a moment after whoever waited for the program is told: time for it.
SETTLE = ["help"] * 40
SMALL = ["bin/hello"] * 10
ALL = ["crash null", "crash stack-overflow", "test/threads8", "test/memory", "bin/hello"]


def counters(text):
    """What `mem -v` says, without what only ever grows."""
    found = dict(re.findall(r"^([^:\n]+): (.+)$", text, flags=re.MULTILINE))
    return {name: value for name, value in found.items() if "since boot" not in name}


def before_and_after(programs, rounds):
    """Counters after the first rounds and after all rounds."""
    commands = [*(programs * FIRST_ROUNDS), *SETTLE, "mem -v", "echo between", *(programs * rounds), *SETTLE,
                "mem -v"]
    status, out, _ = run(commands=commands)
    first, _, second = out.partition("\nbetween\n")
    last = second[second.rfind("usable memory"):]
    first = first[first.rfind("usable memory"):]
    return status, counters(first), counters(last)


def without_splits(before, after):
    """AFTER as it would be if the pager's window had not been split any further. The first use of a frame
    in a 2 MiB page of the window makes 512 mappings out of one, for good: three pages of the kernel."""
    nodes, pages = "mapping nodes in use", "free pages of the pool"
    splits = (int(after[nodes]) - int(before[nodes])) // 511
    if not 0 < splits <= 2:
        return after
    return {**after, nodes: str(int(after[nodes]) - 511 * splits), pages: str(int(after[pages]) + 3 * splits)}


def small_programs_leave_nothing():
    status, before, after = before_and_after(SMALL, 20)
    yield (status, len(before) > 10), (0, True)
    yield without_splits(before, after), before


def programs_that_crash_or_use_much_leave_nothing():
    status, before, after = before_and_after(ALL, 4)
    yield (status, len(before) > 10), (0, True)
    yield without_splits(before, after), before


sys.exit(report([small_programs_leave_nothing, programs_that_crash_or_use_much_leave_nothing]))
