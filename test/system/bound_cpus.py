#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""An event bound to a server (the program test/bound) on other CPUs than its own. Prints TAP."""
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
from session import report, run  # noqa: E402


def results(count, places):
    """What of the output is no good result, and the exit status."""
    status, out, _ = run("--smp", str(count), "--timeout", "240", commands=[f"test/bound {places}"])
    return status, [line for line in out.splitlines() if not line.startswith(("ok ", "# "))]


def the_server_on_another_cpu():
    for count, places in ((2, "1 0"), (2, "0 1"), (4, "3 1")):
        yield results(count, places), (0, ["1..268"])


def all_on_one_cpu():
    yield results(1, "0 0"), (0, ["1..255"])


sys.exit(report([the_server_on_another_cpu, all_on_one_cpu]))
