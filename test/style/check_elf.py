#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The built ELF files: segments page-aligned and never writable and executable, static, and in the
disassembly no instruction the design rules out (docs/security.md, docs/design.md)."""
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import tree  # noqa: E402
from elftools.elf.elffile import ELFFile  # noqa: E402

BUILDS = ("release", "ci")
PAGE = 4096
KERNEL_BASE = 0xFFFFFFFF80000000
WRITE, EXECUTE = 2, 1
LINE = re.compile(r"^\s*([0-9a-f]+):\s+(\S+)\s*(.*)$")
LABEL = re.compile(r"^[0-9a-f]+ <(.+)>:$")
FORBIDDEN = {"stac": "user memory is never opened", "swapgs": "CPU-local data has a fixed address",
             "sysenter": "only SYSCALL enters", "lldt": "there is no LDT"}
# Code that moves or clears vector registers by design: the kernel's fpu.c, and libl4's calls, which
# clear them behind the answer (local labels of its macro).
# The kernel is built without the red zone: an interrupt would write over it.
RED_ZONE = re.compile(r"-0x[0-9a-f]+\(%rsp\)")
VECTOR = re.compile(r"%[xyz]mm\d")
VECTOR_FUNCTIONS = re.compile(r"^fpu_|^\.\.@")
# start64.asm and trampoline.asm leave the low addresses for the linked ones here; only an absolute jump gets that far.
FAR_JUMPS = {"low64", "ap_low64"}
BITS, ASM_LABEL = re.compile(r"^bits (\d+)"), re.compile(r"^(\w+):")
WRITES_REGISTER = re.compile(r"(?:^|,)%(\w+)$")
CONSTANT = re.compile(r"^(?:\$0x([0-9a-f]+),|0x[0-9a-f]+\(%rip\),|-0x[0-9a-f]+\(%rip\),)%(\w+)")
ENDS_PATH = ("jmp", "ret", "iretq", "sysretq", "hlt", "ud2")


def segments(name, elf, kernel):
    """Defects in the program headers."""
    if elf["e_type"] != "ET_EXEC":
        yield f"{name}: type {elf['e_type']}, expected ET_EXEC"
    for number, segment in enumerate(elf.iter_segments()):
        kind, flags = segment["p_type"], segment["p_flags"]
        if kind in ("PT_DYNAMIC", "PT_INTERP"):
            yield f"{name}: segment {number} is {kind}"
        if flags & WRITE and flags & EXECUTE:
            yield f"{name}: segment {number} ({kind}) is writable and executable"
        if kind == "PT_LOAD" and (segment["p_vaddr"] % PAGE or segment["p_offset"] % PAGE):
            yield f"{name}: segment {number} does not begin on a page: {segment['p_vaddr']:#x}"
        if kernel and kind == "PT_LOAD" and segment["p_vaddr"] < KERNEL_BASE:
            yield f"{name}: segment {number} lies at {segment['p_vaddr']:#x}, below {KERNEL_BASE:#x}"


def narrow_labels():
    """Labels of 16- and 32-bit code, which reads as nonsense in a 64-bit disassembly."""
    found = set()
    for name in tree.files(".asm"):
        width = "64"
        for line in tree.text(name).splitlines():
            bits, label = BITS.match(line), ASM_LABEL.match(line)
            width = bits.group(1) if bits else width
            if label and width != "64":
                found.add(label.group(1))
    return found


def instructions(path):
    """(function, address, mnemonic, operands) of all code."""
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", str(path)], capture_output=True, text=True,
                          check=True).stdout
    function = "?"
    for line in text.splitlines():
        label, match = LABEL.match(line), LINE.match(line)
        if label:
            function = label.group(1)
        elif match:
            yield function, match.group(1), match.group(2), match.group(3).partition("#")[0].strip()


def fixed_calls(code):
    """Calls through a register that was just loaded with a constant: they should be direct."""
    constants, current = {}, None
    for function, address, mnemonic, operands in code:
        if function != current:
            constants, current = {}, function
        target = re.fullmatch(r"\*%(\w+)", operands)
        if mnemonic in ("call", "jmp") and target and target.group(1) in constants \
                and function not in FAR_JUMPS:
            yield f"{function} at 0x{address}: {mnemonic} {operands} goes to the fixed {constants[target.group(1)]}"
        written = WRITES_REGISTER.search(operands)
        if written and mnemonic.startswith(("mov", "lea")) and CONSTANT.match(operands):
            constants[CONSTANT.match(operands).group(2)] = operands.partition(",%")[0]
        elif written:
            constants.pop(written.group(1), None)
        if mnemonic.startswith(ENDS_PATH) or mnemonic.startswith("call"):
            constants = {}


def check_file(path, kernel, no_vectors, narrow=()):
    name = str(path.relative_to(tree.ROOT))
    with open(path, "rb") as stream:
        defects = list(segments(name, ELFFile(stream), kernel))
    code = list(instructions(path))
    if not code:
        defects.append(f"{name}: no code in the disassembly")
    defects += [f"{name}: {text}" for text in fixed_calls(code)] if kernel else []
    for function, address, mnemonic, operands in code:
        if function.partition(".")[0] in narrow:
            continue
        if kernel and mnemonic in FORBIDDEN:
            defects.append(f"{name}: {mnemonic} in {function} at 0x{address}: {FORBIDDEN[mnemonic]}")
        if kernel and RED_ZONE.search(operands):
            defects.append(f"{name}: red zone in {function} at 0x{address}: {mnemonic} {operands}")
        if no_vectors and VECTOR.search(operands) and not VECTOR_FUNCTIONS.match(function):
            defects.append(f"{name}: vector register in {function} at 0x{address}: {mnemonic} {operands}")
    return defects


def main():
    count, defects = 0, []
    for build in BUILDS:
        folder = tree.ROOT / "build" / build
        kernel = folder / "quire.elf"
        if kernel.exists():
            count += 1
            defects += check_file(kernel, True, True, narrow_labels())
        for path in sorted(pathlib.Path(folder / "symbols").rglob("*")):
            if path.is_file():
                count += 1
                defects += check_file(path, False, path.name == "pager")
    tree.report("ELF files", count, defects)


main()
