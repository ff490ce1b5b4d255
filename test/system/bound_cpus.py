#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""An event bound to a server (the program test/bound) on other CPUs than its own. Prints TAP."""
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
from session import report, run  # noqa: E402


def the_server_on_another_cpu():
    for count in (2, 4):
        status, out, _ = run("--smp", str(count), commands=[f"test/bound {count - 1}"])
        yield (status, [line for line in out.splitlines() if not line.startswith("ok ")]), (0, ["1..64"])


sys.exit(report([the_server_on_another_cpu]))
