#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Requests that are handed on (the program test/forward) on machines with two and four CPUs. Prints TAP."""
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
from session import report, run  # noqa: E402


def every_path_on_several_cpus():
    for count in (2, 4):
        status, out, _ = run("--smp", str(count), commands=[f"test/forward {count}"])
        yield (status, [line for line in out.splitlines() if not line.startswith("ok ")]), (0, ["1..35"])


sys.exit(report([every_path_on_several_cpus]))
