#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The named cases of the program test/storms with one CPU. usage: storms_named_1.py [CASE]"""
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import storms  # noqa: E402

only = f" {sys.argv[1]}" if len(sys.argv) > 1 else ""
report = storms.Report()
report.boot("cpus 1", f"named{only}", 1, 480, options=["--append", "recount=0"])
sys.exit(report.end())
