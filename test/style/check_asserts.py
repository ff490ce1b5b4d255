#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Assertions test and nothing else: no assignment, no ++ or --, because switched-off assertions are not
evaluated; and each can fail: no constant, no '>= 0' on what has no sign."""
import re
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import tree  # noqa: E402

BEGIN = re.compile(r"\b(?:L4_)?ASSERT\(")
STRINGS = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')
CHANGES = re.compile(r"\+\+|--|(?<![=!<>])=(?!=)|<<=|>>=")
CONSTANT = re.compile(r"(?:0x)?[0-9a-fA-F]+[uUlL]*|true|!0")
ALWAYS = re.compile(r"(?<![-<>])>=\s*0[uUlL]*(?![\w.])|\b0[uUlL]*\s*<=")
SIGNED = re.compile(r"\(int(?:64_t|32_t)?\)")


def condition(text, begin):
    """What stands between the parentheses, the first of which lies before BEGIN."""
    depth, end = 1, begin
    while end < len(text) and depth:
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        end += 1
    return text[begin : end - 1]


def defects_of(name):
    """(assertions, defects) of one file."""
    text = STRINGS.sub('""', tree.text(name))
    count, defects = 0, []
    for match in BEGIN.finditer(text):
        if text.rfind("#define", text.rfind("\n", 0, match.start()) + 1, match.start()) >= 0:
            continue
        count += 1
        tested = condition(text, match.end()).strip()
        where = f"{name}:{text.count(chr(10), 0, match.start()) + 1}"
        if CHANGES.search(tested):
            defects.append(f"{where}: an assertion that changes something: {tested}")
        if CONSTANT.fullmatch(tested) or (ALWAYS.search(tested) and not SIGNED.search(tested)):
            defects.append(f"{where}: an assertion that cannot fail: {tested}")
    return count, defects


def main():
    total, wrong = 0, []
    for name in tree.files(".c", ".h"):
        count, defects = defects_of(name)
        total += count
        wrong += defects
    tree.report("assertions", total, wrong)


main()
