#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The walk of test/system/failalloc on two CPUs: rounds take their time there, and what is made for each CPU of a
space is made for more than one. Prints TAP."""
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
from session import report, run  # noqa: E402


def everything_fails_once():
    status, out, _ = run("--smp", "2", "--timeout", "120", commands=["failalloc"])
    wrong = [line for line in out.splitlines() if not line.startswith(("ok ", "1..", "#"))]
    yield (status, wrong), (0, [])
    yield "ok" in out and "a CPU joins, memory" in out and "a CPU leaves, quota" in out, True


sys.exit(report([everything_fails_once]))
