#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The scheduler cannot run out of memory: every node a thread is ever queued with lies in the thread, as the debug
information of the kernel has it, and the object files of the scheduler and of heaps and lists refer to nothing that
allocates, but for what runs at boot. Looks at the release build."""
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import tree  # noqa: E402
from elftools.elf.elffile import ELFFile  # noqa: E402

BUILD = tree.ROOT / "build" / "release"
KERNEL = BUILD / "quire.elf"
SOURCES = ("kernel/sched/sched.c", "kernel/sched/timers.c", "kernel/base/heap.c")
ALLOCATE = ("frame_alloc", "slab_alloc", "quota_charge", "thread_alloc")
NODES = {"ready": "list", "receiver": "list", "queue": "heap_node", "deadline": "heap_node"}


def members_of_thread():
    """{member: name of its type} of struct thread."""
    with open(KERNEL, "rb") as stream:
        for unit in ELFFile(stream).get_dwarf_info().iter_CUs():
            for entry in unit.iter_DIEs():
                name = entry.attributes.get("DW_AT_name")
                if entry.tag != "DW_TAG_structure_type" or not name or name.value != b"thread":
                    continue
                if "DW_AT_declaration" in entry.attributes:
                    continue
                return members_of(entry)
    return {}


def members_of(structure):
    """Also those of unions and structures without a name in it."""
    found = {}
    for child in structure.iter_children():
        if child.tag != "DW_TAG_member":
            continue
        if "DW_AT_name" in child.attributes:
            found[child.attributes["DW_AT_name"].value.decode()] = type_name(child)
        else:
            found.update(members_of(child.get_DIE_from_attribute("DW_AT_type")))
    return found


def type_name(member):
    """Of a structure that lies in it; of anything else, such as a pointer, the kind of type."""
    kind = member.get_DIE_from_attribute("DW_AT_type")
    name = kind.attributes.get("DW_AT_name")
    return name.value.decode() if kind.tag == "DW_TAG_structure_type" and name else kind.tag


def references(path):
    """Names that the code that stays refers to."""
    with open(path, "rb") as stream:
        elf = ELFFile(stream)
        for section in elf.iter_sections():
            if section["sh_type"] != "SHT_RELA" or not section.name.startswith(".rela.text"):
                continue
            symbols = elf.get_section(section["sh_link"])
            for relocation in section.iter_relocations():
                yield symbols.get_symbol(relocation["r_info_sym"]).name


def main():
    defects, members = [], members_of_thread()
    for name, kind in NODES.items():
        if members.get(name) != kind:
            defects.append(f"struct thread: expected a struct {kind} {name} in it, got {members.get(name)}")
    for source in SOURCES:
        found = sorted(BUILD.glob(f"CMakeFiles/*/{source}.o"))
        if not found:
            defects.append(f"{source}: expected an object file below {BUILD.name}, got none")
        for name in {name for path in found for name in references(path)}:
            if name.startswith(ALLOCATE):
                defects.append(f"{source}: {name} allocates")
    tree.report("nodes and files", len(NODES) + len(SOURCES), defects)


main()
