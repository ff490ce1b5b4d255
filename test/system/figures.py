#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Instruction counts of ipcbench against test/bench/figures.json, on the release build under instruction counting: no
row above its figure, each the same every time. A count that has fallen by more than 2 % wants its figure lowered."""
import json
import os
import pathlib
import re
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
from session import report, run  # noqa: E402

FIGURES = pathlib.Path(os.environ["QUIRE_RUN"]).parent.parent / "test" / "bench" / "figures.json"
ROW = re.compile(r"^BENCH (\S+) instr min=(\d+) med=\d+ max=(\d+) n=\d+", re.MULTILINE)


def counts_are_no_higher_than_committed():
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    figures.pop("plugin")  # another measurement: plugin.py
    # the last --image counts
    status, out, _ = run("--image", "release", "--icount", "--timeout", "200", commands=["ipcbench"])
    rows = {name: (int(least), int(most)) for name, least, most in ROW.findall(out)}
    yield status, 0
    yield sorted(rows), sorted(figures)
    yield f"BENCH end rows={len(figures)}\n" in out, True
    for name, (least, most) in rows.items():
        yield (name, most), (name, least)
        yield (name, most <= figures.get(name, 0), f"{most} of {figures.get(name)}"), (
            name, True, f"{most} of {figures.get(name)}")
        yield (name, "lower its figure", most * 100 < figures.get(name, 0) * 98), (name, "lower its figure", False)


sys.exit(report([counts_are_no_higher_than_committed]))
