#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Length of files and functions, and the size of the kernel's text that stays and of its init text,
against conf/limits.txt. An exception that is not needed is a defect, so the list only shrinks."""
import re
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import tree  # noqa: E402
from elftools.elf.elffile import ELFFile  # noqa: E402

FUNCTION = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*\(")
KERNEL = "build/release/quire.elf"


def read_limits():
    limits, exceptions = {}, {}
    for number, words in tree.table("conf/limits.txt"):
        if words[0] == "limit" and len(words) == 3:
            limits[words[1]] = int(words[2])
        elif words[0] == "except" and words[1] in ("file", "function") and len(words) > 4:
            exceptions[words[2]] = int(words[3])
        else:
            sys.exit(f"conf/limits.txt:{number}: not understood")
    return limits, exceptions


def functions(text):
    """(name, lines) of each function of a C file in the tree's format: '{' and '}' stand alone in
    column 0. Lines are counted from the one with the name."""
    lines = text.splitlines()
    begin = None
    for number, line in enumerate(lines):
        if line == "{":
            begin = number - 1
            while begin > 0 and lines[begin].startswith((" ", "\t")):
                begin -= 1
        elif line == "}" and begin is not None:
            match = FUNCTION.search(lines[begin])
            if match:
                yield match.group(1), number - begin + 1
            begin = None


def python_functions(text):
    """(name, lines) of each function at the top level or in a class."""
    lines = text.splitlines()
    open_functions = []
    last = 0
    for number, line in enumerate(lines + ["end"]):
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        while open_functions and indent <= open_functions[-1][1] and not line.lstrip().startswith(")"):
            name, _, began = open_functions.pop()
            yield name, last - began + 1
        match = re.match(r"\s*def (\w+)", line)
        if match:
            open_functions.append((match.group(1), indent, number))
        last = number


def check(what, size, limit, key, exceptions, used):
    if size <= limit:
        return []
    if key in exceptions:
        used.add(key)
        limit = exceptions[key]
    return [f"{key}: {size} {what}, limit {limit}"] if size > limit else []


def is_python(name, text):
    return name.endswith(".py") or text.startswith("#!/usr/bin/python3")


def kernel_text(limits):
    """From the first function to the end of the last; the padding to a whole page does not count. What
    stays and what goes when the kernel has booted (docs/decisions/0016) have a limit each."""
    defects = []
    with open(tree.ROOT / KERNEL, "rb") as stream:
        elf = ELFFile(stream)
        symbols = list(elf.get_section_by_name(".symtab").iter_symbols())
        for name, limit in ((".text", limits["kernel-text-bytes"]), (".init.text", limits["kernel-init-text-bytes"])):
            section, number = elf.get_section_by_name(name), elf.get_section_index(name)
            if section is None:
                defects.append(f"{KERNEL}: expected a section {name}, got none")
                continue
            ends = [symbol["st_value"] + symbol["st_size"] for symbol in symbols
                    if symbol["st_shndx"] == number and symbol["st_info"]["type"] == "STT_FUNC"]
            size = max(ends) - section["sh_addr"]
            print(f"{KERNEL}: {name} has {size} bytes of {limit}")
            if size > limit:
                defects.append(f"{KERNEL}: {name} has {size} bytes, limit {limit}")
    return defects


def main():
    limits, exceptions = read_limits()
    defects, used, count = [], set(), 0
    for name in tree.files():
        script = name.startswith("scripts/")
        if not (name.endswith((".c", ".h", ".asm", ".inc", ".py", ".sh")) or script):
            continue
        text = tree.text(name)
        count += 1
        limit = limits["unit-test-lines" if name.startswith("test/unit/") else "file-lines"]
        defects += check("lines", len(text.splitlines()), limit, name, exceptions, used)
        found = python_functions(text) if is_python(name, text) else \
            functions(text) if name.endswith((".c", ".h")) else ()
        for function, lines in found:
            key = f"{name}:{function}"
            defects += check("lines", lines, limits["function-lines"], key, exceptions, used)
    defects += [f"conf/limits.txt: exception for {key} is not needed" for key in exceptions if key not in used]
    if (tree.ROOT / KERNEL).exists():
        defects += kernel_text(limits)
    elif tree.files("kernel.ld"):
        defects.append(f"expected {KERNEL} to be built, got no such file")
    tree.report("limits", count, defects)


main()
