#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""As storms_cycles.py, 10^5 cycles of each object."""
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import storms  # noqa: E402

report = storms.Report()
for cpus in (1, 2, 4):
    report.boot(f"cpus {cpus}", "cycles 100000", cpus, 3000, options=["--append", "recount=0"])
sys.exit(report.end())
