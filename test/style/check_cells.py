#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every cell of docs/lifetimes.md has its test: the ids of its tables against test/system/lifetimes/table.h. A cell
that is missing there, a test that does not exist, and a mark that says more than the table are defects."""
import re
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import tree  # noqa: E402

DOCUMENT, TABLE = "docs/lifetimes.md", "test/system/lifetimes/table.h"
THIS_ISSUE = 3
ROW = re.compile(r"^\| ([A-Z]{2}-\d+) \|.*\| ([^|]*) \|$", re.MULTILINE)
ENTRY = re.compile(r"^    (CELL|EXPECTED_FAILURE|ELSEWHERE|NOT_BUILT)\((\w+), (\"[^\"]*\"|\w+)", re.MULTILINE)
TEST = re.compile(r"`(test/[\w./-]+):(\w+)`")


def functions(name):
    """Names of the functions that a file defines: alone in column 0, as .clang-format leaves them."""
    pattern = r"^def (\w+)\(" if name.endswith(".py") else r"^[A-Za-z_][\w \t*()]*?(\w+)\([^;]*\)$"
    return set(re.findall(pattern, tree.text(name), re.MULTILINE))


def exists(path, function):
    return (tree.ROOT / path).is_file() and function in functions(path)


def later(mark):
    """Does the mark leave the rest of its cell to a later issue?"""
    found = re.search(r"issue (\d+)", mark)
    return bool(found) and int(found.group(1)) > THIS_ISSUE


def check_mark(ident, kind, mark):
    built, part = mark.startswith("built"), mark.startswith("part")
    if kind in ("CELL", "ELSEWHERE") and not (built or part):
        return [f"{DOCUMENT}: {ident} has a test, but is marked '{mark}'"]
    if kind in ("EXPECTED_FAILURE", "NOT_BUILT") and built:
        return [f"{DOCUMENT}: {ident} is marked '{mark}', but is {kind} in {TABLE}"]
    return []


def check_entry(entry, marks, defined):
    kind, name, argument = entry
    ident = name.replace("_", "-")
    if ident not in marks:
        return [f"{TABLE}: {ident} is no cell of {DOCUMENT}"]
    defects = check_mark(ident, kind, marks[ident])
    if kind == "ELSEWHERE":
        path, _, function = argument.strip('"').partition(":")
        if not exists(path, function):
            defects.append(f"{TABLE}: {ident}: expected a function {function} in {path}, got none")
    elif kind != "NOT_BUILT" and argument not in defined:
        defects.append(f"{TABLE}: {ident}: expected a function {argument}, got none")
    return defects


def main():
    if not (tree.ROOT / DOCUMENT).is_file():
        sys.exit(f"expected {DOCUMENT}, got no such file")
    rows = ROW.findall(tree.text(DOCUMENT))
    entries = ENTRY.findall(tree.text(TABLE))
    marks = dict(rows)
    defined = set()
    for path in sorted((tree.ROOT / TABLE).parent.glob("*.c")):
        defined |= functions(str(path.relative_to(tree.ROOT)))
    names = [name.replace("_", "-") for _, name, _ in entries]
    defects = [f"{DOCUMENT}: {ident} is there twice" for ident in marks if sum(i == ident for i, _ in rows) > 1]
    defects += [f"{TABLE}: {name} is there {names.count(name)} times" for name in set(names) if names.count(name) > 1]
    defects += [f"{TABLE}: expected {ident} of {DOCUMENT}, got none" for ident, mark in rows
                if not later(mark) and ident not in names]
    for entry in entries:
        defects += check_entry(entry, marks, defined)
    for ident, mark in rows:
        defects += [f"{DOCUMENT}: {ident}: expected a function {function} in {path}, got none"
                    for path, function in TEST.findall(mark) if not exists(path, function)]
    tree.report("cells", len(rows), defects)


main()
