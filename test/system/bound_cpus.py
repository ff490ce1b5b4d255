#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""An event bound to a server (the program test/bound) on other CPUs than its own. Prints TAP."""
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
from session import report, run  # noqa: E402


def the_server_on_another_cpu():
    for count, places in ((2, "1 0"), (2, "0 1"), (4, "3 1")):
        status, out, _ = run("--smp", str(count), commands=[f"test/bound {places}"])
        yield (status, [line for line in out.splitlines() if not line.startswith("ok ")]), (0, ["1..65"])


sys.exit(report([the_server_on_another_cpu]))
