#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""IPC is flat: with 1,000 spaces and 10,000 threads more each row of ipcbench costs what it costs without."""
import os
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
from session import report, run  # noqa: E402

MANIFEST = pathlib.Path(os.environ["QUIRE_RUN"]).parent.parent / "conf" / "manifest.ini"
ROW = re.compile(r"^BENCH (\S+) instr min=(\d+) med=\d+ max=(\d+) n=\d+", re.MULTILINE)


def rows(manifest, command):
    # the last --image counts
    status, out, _ = run("--image", "release", "--icount", "--timeout", "280", "--manifest", manifest, commands=[command])
    return status, "# 1000 spaces" in out, sorted(ROW.findall(out))


def nothing_depends_on_how_many_there_are():
    text = MANIFEST.read_text(encoding="utf-8")
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
        # what a crowd takes: 64 KiB a space
        file.write(re.sub(r"(\[ipcbench\]\n(?:.+\n)*?quota = )\S+", r"\g<1>96M", text))
        file.flush()
        alone, crowded = rows(file.name, "ipcbench"), rows(file.name, "ipcbench crowd")
    yield alone[:2], (0, False)
    yield crowded[:2], (0, True)
    yield len(alone[2]) > 10, True
    yield crowded[2], alone[2]


sys.exit(report([nothing_depends_on_how_many_there_are]))
