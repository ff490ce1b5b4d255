#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every source file has its SPDX line near the top (check_beginnings.py looks closer); no file has
tabs in C, trailing blanks, CR line ends, marks of a merge, or words that mark unfinished work."""
import re
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import tree  # noqa: E402

SPDX = "SPDX-License-Identifier: BSD-2-Clause"
SPDX_LINES = 4
SOURCES = (".c", ".h", ".asm", ".inc", ".py", ".sh", ".ld", ".cmake", ".cfg", ".txt")
UNFINISHED = re.compile(r"\b(%s)\b" % "|".join(("FIX" "ME", "TO" "DO", "XX" "X", "HA" "CK", "for" " now",
                                                "place" "holder")))
MERGE = re.compile(r"(<{7}|>{7})( |$)")
COLUMNS = 110
C_COLUMNS = (".c", ".h")


def needs_spdx(name):
    return name.endswith(SOURCES) or name.startswith("scripts/") or name == ".ci/run"


def check(name):
    try:
        text = tree.text(name)
    except UnicodeDecodeError:
        return []
    lines = text.splitlines()
    if needs_spdx(name) and not any(SPDX in line for line in lines[:SPDX_LINES]):
        yield f"{name}: no '{SPDX}' in the first {SPDX_LINES} lines"
    if "\r" in text:
        yield f"{name}: has CR line ends"
    if text and not text.endswith("\n"):
        yield f"{name}: the last line does not end"
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield f"{name}:{number}: blanks at the end of the line"
        if name.endswith(C_COLUMNS) and "\t" in line:
            yield f"{name}:{number}: a tab"
        if name.endswith(C_COLUMNS) and len(line) > COLUMNS + 10 and not line.startswith("// sources:"):
            yield f"{name}:{number}: {len(line)} columns"
        if MERGE.match(line):
            yield f"{name}:{number}: a mark of a merge that was not finished"
        match = UNFINISHED.search(line)
        if match:
            yield f"{name}:{number}: '{match.group(1)}' marks unfinished work"


names = [name for name in tree.files() if not name.endswith((".svg", ".png"))]
tree.report("texts", len(names), [defect for name in names for defect in check(name)])
