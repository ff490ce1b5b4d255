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
ALL = ["crash null", "crash stack-overflow", "test/threads8", "test/memory"] + ["bin/hello"] * 3

# What is left of a program that just ended, and an activation of a server that was never used before, are
# no leak; a page or an object lost with each program would be a hundred.
TOLERANCE = 8
SPLIT_NODES, SPLIT_PAGES, SPLITS = 511, 3, 2  # the pager's window: 512 mappings out of one, for good


def counters(text):
    """The numbers of `mem -v`, without what only ever grows."""
    text = text.replace(", free ", "\nfree pager memory: ")
    found = re.findall(r"^([^:\n]+): (\d+)( KiB)?$", text, flags=re.MULTILINE)
    return {name: int(value) // (4 if kib else 1) for name, value, kib in found if "since boot" not in name}


def before_and_after(programs, rounds):
    """Counters after the first rounds and after all rounds."""
    commands = [*(programs * FIRST_ROUNDS), *SETTLE, "mem -v", "echo between", *(programs * rounds), *SETTLE,
                "mem -v"]
    status, out, _ = run(commands=commands)
    first, _, second = out.partition("\nbetween\n")
    last = second[second.rfind("usable memory"):]
    first = first[first.rfind("usable memory"):]
    return status, counters(first), counters(last)


def lost(before, after):
    """Counters that differ by more than can be explained."""
    extra = {"mapping nodes in use": SPLIT_NODES * SPLITS, "free pages of the pool": SPLIT_PAGES * SPLITS}
    return {name: (before[name], after[name]) for name in before
            if abs(after[name] - before[name]) > TOLERANCE + extra.get(name, 0)}


def small_programs_leave_nothing():
    status, before, after = before_and_after(SMALL, 8)
    yield (status, len(before) > 10), (0, True)
    yield lost(before, after), {}


def programs_that_crash_or_use_much_leave_nothing():
    status, before, after = before_and_after(ALL, 5)
    yield (status, len(before) > 10), (0, True)
    yield lost(before, after), {}


sys.exit(report([small_programs_leave_nothing, programs_that_crash_or_use_much_leave_nothing]))
