#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""As storms_trees.py, ten minutes. usage: storms_trees_nightly.py [SEED]"""
import sys
import time

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import storms  # noqa: E402

seed = int(sys.argv[1]) if len(sys.argv) > 1 else int(time.time()) % 1000000
report = storms.Report()
for number, cpus in enumerate((1, 2, 4)):
    report.boot(f"cpus {cpus}", f"trees 200 {seed + number}", cpus, 600)
sys.exit(report.end())
