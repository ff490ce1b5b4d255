#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Nothing that stays refers to init code or init data (docs/decisions/0016), which is gone when the first
thread runs. Reads the relocations of the kernel's objects: every reference from a section that stays to one
that does not is a defect, in code and in data alike, as is an init function whose address code takes and which
conf/init.txt does not list: such a pointer may outlive the function. In the linked kernel, init sections lie in whole
pages and no function is without one of the two kinds of section."""
import re
import subprocess
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import tree  # noqa: E402
from elftools.elf.elffile import ELFFile  # noqa: E402

BUILDS = ("release", "ci")
OBJECTS = "CMakeFiles/quire_objects.dir"
LIST = "conf/init.txt"
PAGE = 4096
ALLOC = 2
CALL = 4  # R_X86_64_PLT32: a call or jump of compiled code; all else is an address
RELATIVE = (2, 4)  # to the byte after the field
ABSOLUTE = 1  # R_X86_64_64
DIRECT = re.compile(r"^\s*[0-9a-f]+:\s+(call|j\w+)\s+([0-9a-f]+) <([^>+]+)")


def listed():
    """Init functions whose address may be taken, with the line that says so."""
    found = {}
    for number, words in tree.table(LIST):
        if words[0] != "address" or len(words) < 3:
            sys.exit(f"{LIST}:{number}: not understood")
        found[words[1]] = number
    return found


# Read by loaders, not by the kernel.
NOTES = (".note.Xen",)


def is_init(section):
    return section.startswith(".init.")


class Object:
    """One object file: which section each of its symbols lies in, and its references."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as stream:
            elf = ELFFile(stream)
            sections = list(elf.iter_sections())
            self.names = [section.name for section in sections]
            table = elf.get_section_by_name(".symtab")
            self.symbols = list(table.iter_symbols()) if table else []
            self.references = []
            for section in sections:
                if section["sh_type"] == "SHT_RELA" and sections[section["sh_info"]]["sh_flags"] & ALLOC:
                    source = sections[section["sh_info"]].name
                    self.references += [(source, r["r_offset"], r["r_info_type"], self.symbols[r["r_info_sym"]],
                                         r["r_addend"]) for r in section.iter_relocations()]

    def section_of(self, symbol):
        index = symbol["st_shndx"]
        return self.names[index] if isinstance(index, int) else None

    def begins(self, section, offset):
        """True when a symbol begins there."""
        return any(symbol["st_value"] == offset and symbol["st_info"]["type"] != "STT_SECTION"
                   and self.section_of(symbol) == section for symbol in self.symbols)

    def function_at(self, section, offset):
        """The symbol that begins at OFFSET of SECTION, or holds it."""
        best = (-1, section)
        for symbol in self.symbols:
            if symbol.name and symbol["st_info"]["type"] != "STT_SECTION" and self.section_of(symbol) == section \
                    and best[0] < symbol["st_value"] <= offset:
                best = (symbol["st_value"], symbol.name)
        return best[1]


def globals_of(objects):
    """Name: (section, is a function) of each symbol other objects can see."""
    return {symbol.name: (thing.section_of(symbol), symbol["st_info"]["type"] == "STT_FUNC")
            for thing in objects for symbol in thing.symbols
            if symbol["st_info"]["bind"] != "STB_LOCAL" and thing.section_of(symbol)}


def targets(thing, known):
    """(source section, offset, relocation type, target section, target name, target is a function)."""
    for source, offset, kind, symbol, addend in thing.references:
        section = thing.section_of(symbol)
        if section is None:
            section, function = known.get(symbol.name, (None, False))
            name = symbol.name
        elif symbol["st_info"]["type"] == "STT_SECTION":
            at = addend + (4 if kind in RELATIVE else 0)
            name = thing.function_at(section, at)
            function = section == ".init.text"
            if kind == ABSOLUTE and function and source.startswith(".rodata") and not thing.begins(section, at):
                continue  # an entry of a switch's jump table, which the function alone uses
        else:
            name, function = symbol.name, symbol["st_info"]["type"] == "STT_FUNC"
        if section is not None:
            yield source, offset, kind, section, name, function


def check_objects(folder, allowed, used):
    objects = [Object(path) for path in sorted(folder.rglob("*.o"))]
    known = globals_of(objects)
    defects = []
    for thing in objects:
        where = str(thing.path.relative_to(folder))
        for source, offset, kind, section, name, function in targets(thing, known):
            if not is_init(section):
                continue
            by = thing.function_at(source, offset)
            if source in NOTES:
                continue
            if not is_init(source):
                defects.append(f"{where}: {by} in {source} stays, {name} in {section} does not")
            elif function and kind != CALL and thing.path.name.endswith(".c.o"):
                used.add(name)
                # a table that goes with the function is no danger; what code does with an address nobody sees
                if source == ".init.text" and name not in allowed:
                    defects.append(f"{where}: {by} takes the address of {name}, which goes: not listed in {LIST}")
    return len(objects), defects


def check_linked(path):
    """The same once more for calls and jumps in the linked kernel, and the borders of the sections."""
    name = str(path.relative_to(tree.ROOT))
    with open(path, "rb") as stream:
        sections = [(s.name, s["sh_addr"], s["sh_size"]) for s in ELFFile(stream).iter_sections() if s["sh_flags"] & ALLOC]
    init = [(at, at + size) for what, at, size in sections if is_init(what)]
    if not init:
        return [f"{name}: expected init sections, got none"]
    low, high = min(at for at, _ in init), max(end for _, end in init)
    defects = [f"{name}: {what} lies among the init sections" for what, at, size in sections
               if not is_init(what) and at < high and at + size > low]
    if low % PAGE or high % PAGE:
        defects.append(f"{name}: init part {low:#x} to {high:#x} is not whole pages")
    text = subprocess.run(["objdump", "-d", "-j", ".text", "--no-show-raw-insn", str(path)], capture_output=True,
                          text=True, check=True).stdout
    for line in text.splitlines():
        match = DIRECT.match(line)
        if match and low <= int(match.group(2), 16) < high:
            defects.append(f"{name}: {line.split(':')[0].strip()}: {match.group(1)} to {match.group(3)}, which goes")
    return defects


def main():
    allowed, used, count, defects = listed(), set(), 0, []
    for build in BUILDS:
        folder = tree.ROOT / "build" / build
        if not (folder / "quire.elf").exists():
            continue
        objects, found = check_objects(folder / OBJECTS, allowed, used)
        if not objects:
            found = [f"expected objects in {folder / OBJECTS}, got none"]
        count += objects
        defects += found + check_linked(folder / "quire.elf")
    if count:
        defects += [f"{LIST}:{allowed[name]}: nobody takes the address of {name}" for name in sorted(allowed.keys() - used)]
    tree.report("kernel objects", count, defects)


main()
