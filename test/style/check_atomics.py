#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every memory order that kernel code names has its reason beside it: a comment in the same function, or at the
beginning of the file, that names the order."""
import re
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import tree  # noqa: E402

ORDER = re.compile(r"memory_order_(\w+)")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
PLACES = ("kernel/", "arch/")


def comments(text):
    return " ".join(COMMENT.findall(text))


def begin_of(lines, number):
    """The line behind the function or declaration before this one."""
    while number > 0 and lines[number - 1] not in ("}", "};"):
        number -= 1
    return number


def defects_of(name):
    """(orders, defects) of one file."""
    text = tree.text(name)
    lines = text.splitlines()
    head = re.search(r"/\*\n.*?\*/", text, re.S)
    count, defects = 0, []
    for number, line in enumerate(lines):
        for order in [] if line.startswith("#define") else ORDER.findall(line):
            count += 1
            near = comments("\n".join(lines[begin_of(lines, number) : number + 1]))
            if not re.search(rf"\b{order}\b", near + (head.group() if head else "")):
                defects.append(f"{name}:{number + 1}: expected a comment that says why {order}, got none")
    return count, defects


def main():
    total, wrong = 0, []
    for name in tree.files(".c", ".h"):
        if name.startswith(PLACES):
            count, defects = defects_of(name)
            total += count
            wrong += defects
    tree.report("memory orders", total, wrong)


main()
