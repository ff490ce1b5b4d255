#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Check docs/requirements.md: every id exactly once, valid states, named tests and decision records exist.

usage: check_requirements.py [ROOT]

Prints one line per defect and ends with status 1; status 0 and a one-line summary otherwise.
"""

import re
import sys
from pathlib import Path

# Every id there has to be: prefix and number of the last one.
SERIES = (("S0", 65), ("S1", 20), ("S2", 42), ("S3", 18), ("U", 10), ("D", 24))
PARTS = {"kernel", "pager", "libl4", "servers", "build"}
FIRST_ISSUE, LAST_ISSUE = 2, 7

ROW = re.compile(r"^\|\s*((?:S\d|U|D)-\d+)\s*\|(.*)\|\s*$")
WAITS = re.compile(r"^waits for (?:issue (\d+)|a later issue)$")
AGAINST = re.compile(r"^decided against: docs/decisions/(\d{4})$")
RECORD = re.compile(r"docs/decisions/(\d{4})")
TEST_WORD = re.compile(r"^`((?:test|scripts)/[\w./-]+)(?::([\w.-]+))?`$")


def expected_ids():
    return ["%s-%d" % (prefix, n) for prefix, last in SERIES for n in range(1, last + 1)]


def rows(text):
    """All table rows that begin with an id: (line number, id, cells)."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        match = ROW.match(line)
        if match:
            found.append((number, match.group(1), [cell.strip() for cell in match.group(2).split("|")]))
    return found


def check_ids(found):
    defects = []
    seen = [ident for _, ident, _ in found]
    for ident in expected_ids():
        count = seen.count(ident)
        if count != 1:
            defects.append("%s: expected exactly one row, found %d" % (ident, count))
    for number, ident, _ in found:
        if ident not in set(expected_ids()):
            defects.append("line %d: %s is not an id of the list in this script" % (number, ident))
    return defects


def record_exists(root, number):
    return any((root / "docs" / "decisions").glob(number + "-*.md"))


def case_in(path, case):
    """Is the name of the test case written in the file, or in a file of the folder?"""
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    word = re.compile(r"(?<![\w-])" + re.escape(case) + r"(?![\w-])")
    return any(word.search(f.read_text(encoding="utf-8", errors="replace")) for f in files)


def check_state(root, ident, state, tests):
    if state in ("built", "part"):
        return [] if tests else ["%s: state `%s` needs the name of a test" % (ident, state)]
    match = WAITS.match(state)
    if match:
        issue = match.group(1)
        if issue and not FIRST_ISSUE <= int(issue) <= LAST_ISSUE:
            return ["%s: there is no issue %s" % (ident, issue)]
        return []
    match = AGAINST.match(state)
    if match:
        return [] if record_exists(root, match.group(1)) else ["%s: no record docs/decisions/%s-*.md" %
                                                              (ident, match.group(1))]
    return ["%s: unknown state \"%s\"" % (ident, state)]


def check_tests(root, ident, cell):
    """Returns (defects, names of tests)."""
    if cell in ("–", ""):
        return [], []
    defects, names = [], []
    for word in (w.strip() for w in cell.split(",")):
        match = TEST_WORD.match(word)
        if not match:
            defects.append("%s: \"%s\" is not of the form `test/PATH` or `test/PATH:case`" % (ident, word))
            continue
        path, case = root / match.group(1), match.group(2)
        names.append(word)
        if not path.exists():
            defects.append("%s: test %s does not exist" % (ident, match.group(1)))
        elif case and not case_in(path, case):
            defects.append("%s: %s has no case \"%s\"" % (ident, match.group(1), case))
    return defects, names


def check_row(root, number, ident, cells):
    if len(cells) != 4:
        return ["line %d: %s: expected 4 cells after the id, found %d" % (number, ident, len(cells))]
    text, parts, state, tests = cells
    defects = []
    if len(text) < 20:
        defects.append("%s: the requirement is not described" % ident)
    for part in (p.strip() for p in parts.split(",")):
        if part not in PARTS:
            defects.append("%s: unknown part \"%s\"" % (ident, part))
    test_defects, names = check_tests(root, ident, tests)
    defects += test_defects + check_state(root, ident, state, names)
    for record in RECORD.findall(text):
        if not record_exists(root, record):
            defects.append("%s: no record docs/decisions/%s-*.md" % (ident, record))
    return defects


def check_records(root):
    """Decision records are named NNNN-words.md, each number once."""
    defects, seen = [], {}
    for path in sorted((root / "docs" / "decisions").glob("*.md")):
        match = re.match(r"^(\d{4})-[a-z0-9-]+\.md$", path.name)
        if not match:
            defects.append("docs/decisions/%s: name is not NNNN-words.md" % path.name)
        elif match.group(1) in seen:
            defects.append("docs/decisions/%s: number already used by %s" % (path.name, seen[match.group(1)]))
        else:
            seen[match.group(1)] = path.name
    return defects


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    text = (root / "docs" / "requirements.md").read_text(encoding="utf-8")
    found = rows(text)
    defects = check_ids(found)
    for number, ident, cells in found:
        defects += check_row(root, number, ident, cells)
    defects += check_records(root)
    for defect in defects:
        print("docs/requirements.md: " + defect)
    if defects:
        return 1
    states = {}
    for _, _, cells in found:
        key = cells[2].split(":")[0]
        states[key] = states.get(key, 0) + 1
    print("requirements: %d ids: %s" % (len(found), ", ".join("%d %s" % (n, s) for s, n in sorted(states.items()))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
