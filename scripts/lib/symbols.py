# SPDX-License-Identifier: BSD-2-Clause
"""Addresses to names: function+offset FILE:LINE out of the unstripped ELF files of a build folder."""
import bisect
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
KERNEL_HALF = 1 << 63
FAULT = re.compile(r"^FAULT: .*?\bprogram=(\S+).*\bip=(0x[0-9a-fA-F]+)(.*)$")
FRAME = re.compile(r"^(\s*#\d+\s+)(?:(\S+):\s+)?(0x[0-9a-fA-F]+)(.*)$")


class File:
    """One ELF file: its functions, read once."""

    def __init__(self, path):
        self.path = path
        self.functions = []
        listing = subprocess.run(["nm", "-n", str(path)], capture_output=True, text=True, check=False).stdout
        for line in listing.splitlines():
            parts = line.split()
            if len(parts) == 3 and parts[1] in "tTwW":
                self.functions.append((int(parts[0], 16), parts[2]))
        self.starts = [start for start, _ in self.functions]

    def function(self, address, back=0):
        at = bisect.bisect_right(self.starts, address - back) - 1
        if at < 0:
            return None
        start, name = self.functions[at]
        return f"{name}+0x{address - start:x}"

    def line(self, address):
        # Where functions were expanded in line, the last answer is the place in the function of the symbol table.
        done = subprocess.run(["addr2line", "-i", "-e", str(self.path), hex(address)], capture_output=True, text=True,
                              check=False)
        place = done.stdout.strip().rpartition("\n")[2].split(" (discriminator")[0]
        if not place or place.startswith("??"):
            return None
        return place.removeprefix("./").removeprefix(f"{ROOT}/")


class Symbols:
    """The symbols of one build folder (build/release and so on)."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.files = {}

    def _file(self, program):
        if program not in self.files:
            places = [self.folder / "quire.elf"] if program is None else [
                self.folder / "symbols" / prefix / program for prefix in ("", "servers", "bin", "test")]
            found = [place for place in places if place.is_file()]
            self.files[program] = File(found[0]) if found else None
        return self.files[program]

    def describe(self, program, address, back=0):
        """'function+0x12 FILE:LINE', or '' when nothing is known. BACK is 1 for a return address: a call that does
        not return can be the last instruction of its function."""
        found = self._file(None if address >= KERNEL_HALF else program)
        if found is None:
            return ""
        return " ".join(filter(None, (found.function(address, back), found.line(address - back))))

    def line(self, text):
        """A log line with its address symbolised; other lines come back as they are."""
        fault = FAULT.match(text)
        if fault:
            name = self.describe(fault.group(1).rpartition("/")[2], int(fault.group(2), 16))
            return f"{text[:fault.start(3)]} {name}" if name else text
        frame = FRAME.match(text)
        if frame:
            name = self.describe(frame.group(2), int(frame.group(3), 16), int(frame.group(1).strip(" #") != "0"))
            return f"{text[:frame.start(4)]} {name}" if name else text
        return text
