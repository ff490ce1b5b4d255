#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The fast paths of IPC in the release kernel, disassembled: the instruction counts of docs/ipc.md, and what must not be
in them: calls, returns, the stack, indirect jumps, locked instructions, MSRs. What is counted is the way without a jump
taken but those from one path's head to the next; scripts/bench --plugin counts the same while it runs."""
import re
import subprocess
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import tree  # noqa: E402

KERNEL = "build/release/quire.elf"
PAGE = "docs/ipc.md"
REGISTER_BYTES = 704  # entry_fast to memory_words
FORBIDDEN = re.compile(r"(call|ret|push|pop|lock|xchg|wrmsr|rdmsr|swapgs|xsave|xrstor|fxsave|fxrstor|invlpg|iret|cpuid|cli|sti)\w*( |$)"
                       r"|jmp +[^0-9a-f ]")

EVENT = (("entry_fast", 15), ("not_entry", 2), ("not_queue", 2))  # where the slot is found to be that of an event

# name in the table: labels with the number of instructions from there, 0 = to SYSRET or the jump to answer_ok, with it
PATHS = {
    "call through an entry gate": (("entry_fast", 0),),
    "reply to it": (("entry_fast", 2), ("not_call", 0)),
    "call through a queue gate": (("entry_fast", 15), ("not_entry", 0)),
    "reply_wait": (("entry_fast", 2), ("not_call", 2), ("not_reply", 0)),
    "the operation that does nothing": (("entry_fast", 15), ("not_entry", 2), ("not_queue", 0)),
    "signal to a thread as good as the caller": EVENT + (("event_fast", 0), ("answer_ok", 0)),
    "signal where nobody waits": EVENT + (("event_fast", 14), ("event_fast.pend", 0), ("answer_ok", 0)),
    "wait where bits are pending": EVENT + (("event_fast", 4), ("not_signal", 0), ("answer_ok", 0)),
    "wait, and a switch to the thread that was woken": EVENT + (("event_fast", 4), ("not_signal", 15), ("not_signal.nothing", 0)),
}


def disassemble():
    """Labels with their places in the list of instructions, which are (address, text)."""
    text = subprocess.run(["objdump", "-d", "-M", "intel", "--no-show-raw-insn", tree.ROOT / KERNEL], check=True,
                          capture_output=True, text=True).stdout
    labels, code = {}, []
    for line in text.splitlines():
        label = re.match(r"([0-9a-f]+) <([^>]+)>:", line)
        instruction = re.match(r" *([0-9a-f]+):\t(.*)", line)
        if label:
            labels[label[2]] = len(code)
        elif instruction:
            code.append((int(instruction[1], 16), instruction[2].strip()))
    return labels, code


def ends(text):
    return "sysret" in text or text.startswith("jmp") and "<answer_ok>" in text


def count(labels, code, parts):
    """Instructions of the way, and how many of them load CR3."""
    total = loads = 0
    for label, number in parts:
        at = labels[label]
        end = at + number
        while not number and not ends(code[end][1]):
            end += 1
        end += not number
        total += end - at
        loads += sum("cr3," in text for _, text in code[at:end])
    return total, loads


def rows():
    """Name to the numbers of the table in PAGE."""
    found = {}
    for line in tree.text(PAGE).splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 4 and cells[1] in PATHS:
            found[cells[1]] = cells[2:4]
    return found


def main():
    defects = []
    labels, code = disassemble()
    page = rows()
    for name, parts in PATHS.items():
        total, loads = count(labels, code, parts)
        expected = [str(total), str(total - loads)]
        if page.get(name) != expected:
            defects.append(f"{PAGE}: {name}: {page.get(name)}, disassembled {expected}")
    first, words, end = (labels[name] for name in ("entry_fast", "memory_words", "entry_fast_end"))
    for address, text in code[first:end]:
        if FORBIDDEN.match(text) or ("rep " in text and address < code[words][0]):
            defects.append(f"{KERNEL}: {address:x}: {text}: not on a fast path")
    if code[first][0] % 64:
        defects.append(f"{KERNEL}: entry_fast is not aligned to 64 bytes")
    if code[words][0] - code[first][0] > REGISTER_BYTES:
        defects.append(f"{KERNEL}: {code[words][0] - code[first][0]} bytes of register paths, at most {REGISTER_BYTES}")
    tree.report("fastpath", end - first, defects)


main()
