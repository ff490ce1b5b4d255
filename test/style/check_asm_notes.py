#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Each asm block and each write to a page table stands in a function that has a comment (inside or
right above it) and an assertion. Where nothing can be asserted, the comment of the function or of
the file says so: 'no assertion: REASON'."""
import re
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import tree  # noqa: E402

ASM = re.compile(r"\b(?:__asm__|asm)\b\s*(?:volatile\s*)?\(")
REGISTER = re.compile(r"^\s*register\b")
TABLE_WRITE = re.compile(r"^\s*(?:\*(?:e|pte|entry)|\w*(?:table|root|pml4|pdpt|pd|pt)\[[^=]*\])\s*[|&]?=[^=]"
                         r"|atomic_(?:store|exchange|compare|fetch)\w*\([^;]*\b(?:pte|entry|table)")
TABLE_HEADER = re.compile(r'#include ".*\bpte\.h"')
COMMENT = re.compile(r"/\*|//")
ASSERTION = re.compile(r"\b(?:ASSERT|PANIC|_Static_assert)\(|\bno assertion: \w+")
EXCUSE = re.compile(r"\bno assertion: \w+")


def functions(lines):
    """(first line of the comment above, first line, last line) of each function, from 0."""
    begin = None
    for number, line in enumerate(lines):
        if line == "{":
            begin = number - 1
            while begin > 0 and lines[begin - 1].strip() and not lines[begin - 1].rstrip().endswith((";", "}", "*/")):
                begin -= 1
        elif line == "}" and begin is not None:
            top = begin
            if top > 0 and lines[top - 1].rstrip().endswith("*/") or lines[top - 1].startswith("//"):
                top -= 1
                while top > 0 and not lines[top].lstrip().startswith(("/*", "//")):
                    top -= 1
                while top > 0 and lines[top - 1].startswith("//"):
                    top -= 1
            yield top, begin, number
            begin = None


def header(lines):
    """The comments before the first line of code."""
    for number, line in enumerate(lines):
        if line.startswith("#"):
            return "\n".join(lines[:number])
    return ""


def places(name, lines):
    """(line, what) of each asm block and table write."""
    tables = bool(TABLE_HEADER.search("\n".join(lines)))
    for number, line in enumerate(lines):
        if ASM.search(line) and not REGISTER.match(line) and "#define" not in line:
            yield number, "asm block"
        elif tables and TABLE_WRITE.search(line):
            yield number, "write to a page table"


def check(name):
    """(places found, defects)"""
    lines = tree.text(name).splitlines()
    found = list(places(name, lines))
    excused = bool(EXCUSE.search(header(lines)))
    spans = list(functions(lines))
    defects = []
    for number, what in found:
        span = next((span for span in spans if span[1] <= number <= span[2]), None)
        top, _, end = span if span else (max(0, number - 6), number, min(len(lines), number + 6))
        body = "\n".join(lines[top:end + 1])
        if not COMMENT.search(body):
            defects.append(f"{name}:{number + 1}: {what} in a function without a comment")
        if not excused and not ASSERTION.search(body):
            defects.append(f"{name}:{number + 1}: {what} in a function without an assertion or 'no assertion: REASON'")
    return len(found), defects


def main():
    count, defects = 0, []
    for name in tree.files(".c", ".h"):
        if name.startswith("test/") or name.endswith("/offsets.c"):
            continue
        found, wrong = check(name)
        count += found
        defects += wrong
    tree.report("asm blocks and page-table writes", count, defects)


main()
