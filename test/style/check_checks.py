#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Show that check_cells.py, check_docs.py, check_reference.py and check_requirements.py can fail: plant defects one by one, expect each to be named.

usage: check_checks.py

Works on a copy of docs/, test/ and libl4/ in a temporary folder; the rest of the tree is linked. Prints one line per defect that
was not found and ends with status 1; status 0 and a summary otherwise.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("docs", "test", "libl4")

# (check, file, pattern, replacement, part of the expected message)
DEFECTS = (
    ("requirements", "docs/requirements.md", r"\| S0-5 \|.*\n", "", "S0-5: expected exactly one row, found 0"),
    ("requirements", "docs/requirements.md", r"(\| S1-3 \|.*\n)", r"\1\1", "S1-3: expected exactly one row, found 2"),
    ("requirements", "docs/requirements.md", r"\| D-24 \|", "| D-25 |", "D-25 is not an id"),
    ("requirements", "docs/requirements.md", r"(\| S0-8 \|.*\|) waits[^|]*\|", r"\1 soon |", "S0-8: unknown state"),
    ("requirements", "docs/requirements.md", r"(\| S0-8 \|.*\|) waits[^|]*\|", r"\1 waits for issue 99 |",
     "there is no issue 99"),
    ("requirements", "docs/requirements.md", r"(\| S0-8 \|.*\|) waits[^|]*\|", r"\1 built |", "S0-8: state `built` needs"),
    ("requirements", "docs/requirements.md", r"(\| S0-8 \|.*\|) waits[^|]*\| – \|", r"\1 built | `test/unit/nosuch.c` |",
     "test/unit/nosuch.c does not exist"),
    ("requirements", "docs/requirements.md", r"(\| S0-8 \|.*\|) waits[^|]*\| – \|",
     r"\1 built | `test/style/check_docs.py:no-such-case` |", "has no case \"no-such-case\""),
    ("requirements", "docs/requirements.md", r"docs/decisions/0001", "docs/decisions/9999", "no record docs/decisions/9999"),
    ("docs", "docs/abi.md", r"\| `L4_ERR_ARG` \| 3 \|", "| `L4_ERR_ARG` | 4 |", "table \"errors\" differs"),
    ("docs", "docs/abi.md", r"<!-- table calls -->\n(.*\n)*?<!-- end -->", "", "table \"calls\" is on 0 pages"),
    ("docs", "docs/abi.md", r"\| `EVENT_WAIT` \| `ARG`.*\n", "", "expected 1 row(s) of errors for EVENT_WAIT"),
    ("docs", "docs/abi.md", r"\| `EVENT_WAIT` \| `ARG`", "| `EVENT_WAIT` | `NOPE`", "there is no error NOPE"),
    ("docs", "libl4/include/l4/abi/errors.h", r"X\(BUSY, 16,", "X(BUSY, 18,", "table \"errors\" differs"),
    ("docs", "libl4/include/l4/abi/tag.h", r"X\(SEND, 2,", "X(POST, 2,", "table \"calls\" differs"),
    ("docs", "libl4/include/l4/abi/ops.h", r"X\(SPACE, CAP_MOVE, 0x1a, MANAGE", "X(SPACE, CAP_MOVE, 0x1a, GIVE",
     "table \"operations\" differs"),
    ("docs", "libl4/include/l4/abi/utcb.h", r"uint64_t cleanup; ", "uint32_t cleanup; ", "cannot|lies at|differs"),
    ("docs", "docs/index.md", r"\]\(ipc\.md\)", "](ipd.md)", "link to ipd.md"),
    ("docs", "docs/index.md", r"\Z", "\nSee `kernel/nosuch.c`.\n", "names kernel/nosuch.c"),
    ("docs", "docs/known-bugs.md", r"\Z", "\n## It hangs\n\nAlways.\n", "names no test"),
    ("docs", "docs/known-bugs.md", r"\Z", "\n## It hangs\n\nExpected failure: `test/style/check_docs.py:hang`\n",
     "has no line \"expected failure: hang\""),
    ("docs", "docs/lifetimes.md", r"\| SP-2 \|", "| SP-1 |", "SP-1 stands there twice"),
    ("docs", "docs/lifetimes.md", r"(\| SP-1 \|.*)\| [^|]* \|\n", "\\1| done |\n", "\"done\" is no mark"),
    ("docs", "docs/lifetimes.md", r"(\| SP-1 \|.*)\| [^|]* \|\n", "\\1| part: `test/style/check_docs.py:nothing`; issue 3 |\n",
     "has no case \"nothing\""),
    ("cells", "docs/lifetimes.md", r"(\| QU-5 \|.*\n)", r"\1| QU-6 | a | b | c | d | issue 3 |\n", "expected QU-6"),
    ("cells", "docs/lifetimes.md", r"\| QU-5 \|", "| QU-4 |", "QU-4 is there twice"),
    ("cells", "docs/lifetimes.md", r"(\| QU-5 \|.*)\| [^|]* \|\n", "\\1| issue 3 |\n", "QU-5 has a test, but is marked"),
    ("cells", "test/system/lifetimes/table.h", r"CELL\(QU_5, check_qu_5, ", "NOT_BUILT(QU_5, ", "QU-5 is marked"),
    ("cells", "docs/lifetimes.md", r"memory.c:check_qu_5", "memory.c:check_qu_55", "function check_qu_55 in"),
    ("cells", "test/system/lifetimes/table.h", r" *CELL\(QU_5.*\n", "", "expected QU-5"),
    ("cells", "test/system/lifetimes/table.h", r"CELL\(QU_5, check_qu_5", "CELL(QU_5, check_qu_0", "function check_qu_0"),
    ("cells", "test/system/lifetimes/table.h", r":adding_is_checked", ":nothing", "function nothing in"),
    ("docs", "docs/manifest.md", r"\| `visitors` \|.*\n", "", "visitors is missing"),
    ("docs", "libl4/include/l4/abi/tag.h", r"\Z", "// See docs/nosuch.md.\n", "tag.h: names docs/nosuch.md"),
    ("docs", "docs/build.md", r"\| `serial=off` \|.*\n", "", "serial is missing"),
    ("reference", "libl4/include/l4/abi/ops.h", r"MSR_READ, 0x7c, CALL, 0", "MSR_READ, 0x7c, CALL, 1", "reference/msr_read.md does not exist"),
    ("reference", "libl4/include/l4/abi/ops.h", r"NOP, 0x01, CALL, 1", "NOP, 0x01, CALL, 0", "nop.md: there is no such call or operation"),
    ("reference", "libl4/include/l4/abi/ops.h", r"0 mask; TIMED", "0 bits; TIMED", "not those of the header"),
    ("reference", "docs/reference/gate_create.md", r"# GATE_CREATE", "# GATE_MAKE", "its title is GATE_MAKE"),
    ("reference", "docs/reference/gate_create.md", r"\| 0x31 \|", "| 0x33 |", "not those of the header"),
    ("reference", "docs/reference/event_wait.md", r"\| WAIT \|", "| CALL |", "not those of the header"),
    ("reference", "docs/reference/event_wait.md", r"lacks `WAIT`", "lacks `CALL`", "checked before it"),
    ("reference", "docs/reference/wait.md", r"\| `L4_OP_WAIT` \| 3 \|", "| `L4_OP_WAIT` | 4 |", "not those of the header"),
    ("reference", "docs/reference/space_map.md", r"\| 3 \| rights and", "| 4 | rights and", "arguments: words [0, 1, 2, 4]"),
    ("reference", "docs/reference/log_read.md", r"\| 2-7 \| the bytes", "| 2-6 | the bytes", "result: words [0, 1, 2, 3, 4, 5, 6]"),
    ("reference", "docs/reference/space_map.md", r"uint64_t source, ", "uint32_t source, ", "space, uint32_t source"),
    ("reference", "docs/reference/space_map.md", r"## Blocking\n", "## Blocked\n", "expected the sections"),
    ("reference", "docs/reference/space_map.md", r"\| `BUSY` \|", "| `LATE` |", "there is no error LATE"),
    ("reference", "docs/reference/space_map.md", r"\| `BUSY` \|", "| `STATE` |", "STATE is not listed"),
    ("reference", "docs/reference/space_map.md", r"\| `BUSY` \|", "| `DEPTH` |", "BUSY is listed in docs/abi.md only"),
    ("reference", "docs/reference/call.md", r"\| `FAULT` \|.*\n", "", "FAULT is listed in docs/abi.md only"),
    ("reference", "docs/abi.md", r"\| `FORWARD` \| `ARG`", "| `FORWARD` | `FAULT`", "forward.md: error FAULT is listed"),
    ("reference", "docs/reference/index.md", r"\| 0x31 \| space \| MANAGE \|", "| 0x31 | space | CALL |", "the row of gate_create is wrong"),
    ("reference", "docs/reference/index.md", r"\| \[NOP\]\(nop.md\)", "| NOP", "nop stands there 0 times"),
    ("reference", "docs/reference/nop.md", r"return l4_nop\(handle\)", "return l4_nop()", "nop.md:"),
    ("reference", "test/system/badinput/words_space.c", r"BAD\(SPACE_MAP, BOX, ALIGN", "BAD(SPACE_MAP, BOX, STATE",
     "space_map is to answer STATE, which"),
    ("docs", "docs/security.md", r"`zenbleed`", "`zenblood`", "there is no zenblood"),
)


def copy_tree(target):
    for entry in ROOT.iterdir():
        if entry.name in COPIED:
            shutil.copytree(entry, target / entry.name, ignore=shutil.ignore_patterns("__pycache__"))
        elif not entry.name.startswith(".git"):
            (target / entry.name).symlink_to(entry)


def run(check, root):
    done = subprocess.run([str(ROOT / "test" / "style" / ("check_%s.py" % check)), str(root)], text=True,
                          capture_output=True, check=False)
    return done.returncode, done.stdout + done.stderr


def try_defect(root, check, name, pattern, replacement, message):
    """What is wrong with the check, or None."""
    file = root / name
    original = file.read_text(encoding="utf-8")
    planted, count = re.subn(pattern, replacement, original, count=1, flags=re.M)
    if count == 0:
        return "cannot plant \"%s\": %s has changed" % (message, name)
    file.write_text(planted, encoding="utf-8")
    status, output = run(check, root)
    file.write_text(original, encoding="utf-8")
    wanted = message if check == "docs" and "|" in message else re.escape(message)
    if status == 0:
        return "check_%s.py passes although \"%s\" was expected" % (check, message)
    if not re.search(wanted, output):
        return "check_%s.py: expected \"%s\", got: %s" % (check, message, output.splitlines()[:3])
    return None


def main():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        copy_tree(root)
        for check in ("docs", "reference", "requirements"):
            status, output = run(check, root)
            if status != 0:
                print("check_%s.py fails before anything was planted:\n%s" % (check, output))
                return 1
        defects = [d for d in (try_defect(root, *defect) for defect in DEFECTS) if d]
    for defect in defects:
        print(defect)
    if defects:
        return 1
    print("checks: %d planted defects found" % len(DEFECTS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
