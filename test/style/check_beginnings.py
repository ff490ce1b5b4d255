#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every file of C, NASM or Python, and every script, begins with its SPDX line, and right behind it with a comment that says
what the file is or owns: some words, not the list of a unit test's sources. A .c or .asm file may say "See NAME.h."
where such a header lies beside it."""
import re
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import tree  # noqa: E402

SPDX = "SPDX-License-Identifier: BSD-2-Clause"
C, NASM, PYTHON = (".c", ".h"), (".asm", ".inc"), (".py",)
WORDS_MIN = 3
SEE = re.compile(r"^See ([\w.]+\.h)[.:]")
MARKS = {"c": ("//", "/*", "*"), "nasm": (";",), "script": ("#",)}


def kind_of(name):
    if name.endswith(C):
        return "c"
    if name.endswith(NASM):
        return "nasm"
    if name.endswith(PYTHON) or (name.startswith("scripts/") and "." not in name):
        return "script"
    return None


def first_comment(lines, kind):
    """The words of the comment that LINES begin with."""
    if kind == "script" and lines[:1] and lines[0].lstrip("r").startswith('"""'):
        return "\n".join(lines).split('"""')[1].split()
    said = []
    inside = False
    for line in lines:
        text = line.strip()
        inside = inside or text.startswith("/*")
        if not text.startswith(MARKS[kind]):
            break
        if not text.startswith("// sources:"):
            said += text.strip("/*;# ").split()
        if inside and text.endswith("*/"):
            break
    return said


def check(name, kind):
    lines = tree.text(name).splitlines()
    if lines and lines[0].startswith("#!"):
        lines = lines[1:]
    if not lines or SPDX not in lines[0]:
        yield f"{name}: does not begin with '{SPDX}'"
        return
    said = first_comment(lines[1:], kind)
    see = SEE.match(" ".join(said))
    if see:
        if not (tree.ROOT / name).with_name(see.group(1)).is_file():
            yield f"{name}: refers to {see.group(1)}, which does not lie beside it"
    elif len(said) < WORDS_MIN:
        yield f"{name}: no comment at its beginning that says what it is or owns: '{' '.join(said)}'"


found = [(name, kind_of(name)) for name in tree.files() if kind_of(name)]
tree.report("beginnings", len(found), [defect for name, kind in found for defect in check(name, kind)])
