#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""As storms_cycles.py, 10^5 cycles of each object."""
import pathlib
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import storms  # noqa: E402

RELEASE = str(pathlib.Path(storms.IMAGE).parent.parent / "release" / "quire.iso")
report = storms.Report()
for cpus in (1, 2, 4):
    report.boot(f"check, cpus {cpus}", "cycles 1000", cpus, 1000)
    report.boot(f"release, cpus {cpus}", "cycles 100000", cpus, 1000, image=RELEASE)
sys.exit(report.end())
