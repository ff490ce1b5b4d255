#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The ABI structures of libl4/include/l4/abi, as the debug information of the built kernel and
programs has them: the same everywhere, and every size and every offset asserted in the headers as a
number that agrees."""
import pathlib
import re
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import tree  # noqa: E402
from elftools.elf.elffile import ELFFile  # noqa: E402

HEADERS = "libl4/include/l4/abi/"
BUILDS = ("release", "ci")
SIZE = re.compile(r"_Static_assert\(\s*sizeof\(struct (\w+)\)\s*==\s*(\w+)")
OFFSET = re.compile(r"_Static_assert\(\s*offsetof\(struct (\w+),\s*(\w+)\)\s*==\s*(\w+)")
STRUCT = re.compile(r"^struct (\w+) \{", re.MULTILINE)


def asserted():
    """(struct -> size, (struct, member) -> offset, structs defined) in the headers."""
    sizes, offsets, structs = {}, {}, set()
    for name in tree.files(".h"):
        if name.startswith(HEADERS):
            text = tree.text(name)
            structs |= set(STRUCT.findall(text))
            sizes.update({struct: int(value, 0) for struct, value in SIZE.findall(text) if value[0].isdigit()})
            offsets.update({(struct, member): int(value, 0) for struct, member, value in OFFSET.findall(text)
                            if value[0].isdigit()})
    return sizes, offsets, structs


def layouts(path, wanted):
    """struct -> (size, {member: offset}) out of the debug information of an ELF file."""
    found = {}
    with open(path, "rb") as stream:
        elf = ELFFile(stream)
        if not elf.has_dwarf_info():
            return found
        for unit in elf.get_dwarf_info().iter_CUs():
            for entry in unit.iter_DIEs():
                name = entry.attributes.get("DW_AT_name")
                if entry.tag != "DW_TAG_structure_type" or name is None or "DW_AT_byte_size" not in entry.attributes:
                    continue
                name = name.value.decode()
                if name not in wanted or name in found:
                    continue
                members = {}
                for child in entry.iter_children():
                    if child.tag == "DW_TAG_member" and "DW_AT_name" in child.attributes:
                        place = child.attributes.get("DW_AT_data_member_location")
                        members[child.attributes["DW_AT_name"].value.decode()] = place.value if place else 0
                found[name] = (entry.attributes["DW_AT_byte_size"].value, members)
    return found


def elf_files():
    for build in BUILDS:
        folder = tree.ROOT / "build" / build
        files = [folder / "quire.elf", *sorted(pathlib.Path(folder / "symbols").rglob("*"))]
        yield from (path for path in files if path.is_file())


def compare(where, struct, layout, sizes, offsets):
    size, members = layout
    if sizes.get(struct) != size:
        yield f"struct {struct}: {size} bytes in {where}, {sizes.get(struct, 'no number')} asserted"
    for member, offset in members.items():
        if offsets.get((struct, member)) != offset:
            yield (f"struct {struct}: {member} at {offset} in {where}, "
                   f"{offsets.get((struct, member), 'no number')} asserted")


def main():
    sizes, offsets, structs = asserted()
    seen, defects = {}, []
    for path in elf_files():
        where = str(path.relative_to(tree.ROOT))
        for struct, layout in layouts(path, structs).items():
            if struct not in seen:
                seen[struct] = (where, layout)
                defects += compare(where, struct, layout, sizes, offsets)
            elif seen[struct][1] != layout:
                defects.append(f"struct {struct}: {layout} in {where}, {seen[struct][1]} in {seen[struct][0]}")
    defects += [f"struct {struct}: size not asserted" for struct in sorted(structs - seen.keys() - sizes.keys())]
    tree.report("ABI structures in debug information", len(seen), defects)


main()
