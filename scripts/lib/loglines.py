# SPDX-License-Identifier: BSD-2-Clause
"""The serial log on its way through: passed on as it comes, except that lines with addresses are
held until they are complete and leave symbolised. Remembers what decides the exit status."""
import collections
import re

MARKS = (b"FAULT: ", b"PANIC: ", b"UNSUPPORTED: ")
FRAME_START = re.compile(rb"\s*(#\d*( .*)?)?$")
EXIT = re.compile(r"^exit: status (\d+)\s*$")
KEPT_LINES = 20
LONGEST_HELD = 4096


class Log:
    """Feed it the bytes of serial line 1; `write` gets what is to be shown."""

    def __init__(self, symbols, write, copy=None):
        self.symbols, self.write, self.copy = symbols, write, copy
        self.last = collections.deque(maxlen=KEPT_LINES)
        self.line = b""
        self.shown = 0
        self.ready = self.panic = self.refused = False
        self.status = None

    def feed(self, data):
        if self.copy:
            self.copy.write(data)
            self.copy.flush()
        for piece in data.splitlines(keepends=True) if b"\n" in data else [data]:
            self._piece(piece)

    def _piece(self, piece):
        """A piece holds at most one newline, at its end. splitlines also splits at a lone CR, which
        is no end of line here: the line goes on."""
        self.line += piece
        if self.line.endswith(b"\n"):
            self._complete()
        elif not self._held():
            self._show()

    def _held(self):
        if len(self.line) > LONGEST_HELD or self.shown:
            return False
        start = self.line.lstrip(b"\r")
        return any(mark.startswith(start[:len(mark)]) for mark in MARKS) or bool(FRAME_START.match(start))

    def _show(self):
        self.write(self.line[self.shown:])
        self.shown = len(self.line)

    def _complete(self):
        text = self.line.decode("utf-8", "replace").rstrip("\r\n").lstrip("\r")
        self._note(text)
        if self.shown:
            self._show()
        else:
            better = self.symbols.line(text)
            self.write(self.line if better == text else better.encode() + b"\n")
            text = better
        self.last.append(text)
        self.line, self.shown = b"", 0

    def _note(self, text):
        if text.startswith("boot: ready"):
            self.ready = True
        elif text.startswith("PANIC: "):
            self.panic = True
        elif text.startswith("UNSUPPORTED: "):
            self.refused = True
        match = EXIT.match(text)
        if match:
            self.status = int(match.group(1))

    def finish(self):
        """Show what is left of a line that never ended."""
        if self.line:
            self._show()
            self.last.append(self.line.decode("utf-8", "replace"))
            self.write(b"\n")
            self.line, self.shown = b"", 0
