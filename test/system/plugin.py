#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What round trips are made of (scripts/bench --plugin) against the section "plugin" of test/bench/figures.json: nothing
above its figure, every round the same. A count that has fallen by more than 2 % wants its figure lowered."""
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
from session import report  # noqa: E402

ROOT = pathlib.Path(os.environ["QUIRE_RUN"]).parent.parent
FIGURES = ROOT / "test" / "bench" / "figures.json"
ROW = re.compile(r"^PLUGIN (\S+) (.*)$", re.MULTILINE)
COUNT = re.compile(r"(\w+)=(\d+)")


def round_trips_are_made_of_no_more_than_committed():
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))["plugin"]
    done = subprocess.run([str(ROOT / "scripts" / "bench"), "--yes", "--plugin", *figures], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    rows = dict(ROW.findall(done.stdout))
    yield (done.returncode, done.stderr if done.returncode else ""), (0, "")
    yield (sorted(rows), len(rows) > 0), (sorted(figures), True)
    for row, text in rows.items():
        counts = {name: int(count) for name, count in COUNT.findall(text)}
        yield (row, "unstable" in counts, text), (row, False, text)
        for name, figure in figures.get(row, {}).items():
            count = counts.get(name)
            yield (row, name, count is not None and count <= figure, f"{count} of {figure}"), (
                row, name, True, f"{count} of {figure}")
            yield (row, name, "lower its figure", count is not None and count * 100 < figure * 98), (
                row, name, "lower its figure", False)


sys.exit(report([round_trips_are_made_of_no_more_than_committed]))
