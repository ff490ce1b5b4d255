# SPDX-License-Identifier: BSD-2-Clause
"""One run of Bochs, which has no exit device: the serial lines go to files that are followed, and
the run ends at 'exit: status N' (with commands), at 'boot: ready' (without), or at a panic."""
import os
import pty
import re
import select
import subprocess
import sys
import time

from build import BuildError
from run_options import STATUS_PANIC, STATUS_REFUSED, STATUS_RESET, STATUS_TIMEOUT

POLL_SECONDS = 0.1
SETTLE_SECONDS = 1.0
HIGHEST_STATUS = 99

# The display "term" shows text only and gives up at a graphics mode: the graphics extension is off.
CONFIGURATION = """display_library: term
megs: {memory}
cpu: model={model}, count={smp}, ips=60000000, reset_on_triple_fault=0
clock: sync=none
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
vga: extension=none
ata0: enabled=0
ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15
ata1-master: type=cdrom, path="{image}", status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev="{work}/com1.out"
com2: enabled=1, mode=file, dev="{work}/com2.out"
log: {work}/bochs.log
panic: action=fatal
error: action=report
info: action=ignore
"""


def command_line(work):
    return ["bochs", "-q", "-f", str(work / "bochsrc"), "-rc", str(work / "debugger")]


def find_model(name):
    """Bochs' full name of a processor model: 'haswell' means 'corei7_haswell_4770'."""
    done = subprocess.run(["bochs", "-help", "cpu"], capture_output=True, text=True, check=False)
    models = re.findall(r"^ ?([a-z0-9_]+)\s*$", done.stdout + done.stderr, re.MULTILINE)
    if name in models:
        return name
    found = [model for model in models if name in model]
    if len(found) != 1:
        raise BuildError(f"Bochs has no processor model '{name}': {' '.join(found or models)}")
    return found[0]


class _Follower:
    """What has been added to a file since the last look."""

    def __init__(self, path, feed):
        self.path, self.feed = path, feed
        self.file = None

    def look(self):
        if self.file is None:
            if not self.path.exists():
                return
            self.file = open(self.path, "rb")
        data = self.file.read()
        if data:
            self.feed(data)


class Session:
    """Start with run(); the result is the exit status."""

    def __init__(self, options, log, output, work):
        self.options, self.log, self.work = options, log, work
        self.followers = [_Follower(work / "com1.out", log.feed), _Follower(work / "com2.out", output.feed)]

    def _look(self):
        for follower in self.followers:
            follower.look()

    def _done(self):
        wanted = self.log.status is not None if self.options.command else self.log.ready
        return wanted or self.log.panic or self.log.refused

    def run(self, image):
        text = CONFIGURATION.format(memory=self.options.memory, model=find_model(self.options.bochs),
                                    smp=self.options.smp, image=image, work=self.work)
        (self.work / "bochsrc").write_text(text, encoding="utf-8")
        # Debian's Bochs has the debugger built in, which waits for a word before it starts.
        (self.work / "debugger").write_text("continue\n", encoding="utf-8")
        terminal, theirs = pty.openpty()
        child = subprocess.Popen(command_line(self.work), stdin=theirs, stdout=theirs, stderr=theirs,
                                 cwd=self.work, env=dict(os.environ, TERM="xterm"), start_new_session=True)
        os.close(theirs)
        try:
            return self._watch(child, terminal)
        finally:
            child.kill()
            child.wait()
            os.close(terminal)

    def _watch(self, child, terminal):
        began = time.monotonic()
        while not self._done():
            if select.select([terminal], [], [], POLL_SECONDS)[0]:
                self._drain(terminal)
            ended = child.poll() is not None
            self._look()
            if ended and not self._done():
                self._say_why()
                return STATUS_RESET
            if self.options.timeout and time.monotonic() - began >= self.options.timeout:
                return STATUS_TIMEOUT
        time.sleep(SETTLE_SECONDS)
        self._look()
        return self._status()

    def _say_why(self):
        """Bochs ended by itself: its own log knows why."""
        log = (self.work / "bochs.log")
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
        for line in [line for line in lines if "PANIC" in line][-3:] or lines[-3:]:
            sys.stderr.write(f"bochs: {line}\n")

    def _drain(self, terminal):
        """Throw away what the display shows; when the program has ended, wait like select would."""
        try:
            os.read(terminal, 65536)
        except OSError:
            time.sleep(POLL_SECONDS)

    def _status(self):
        if self.log.panic:
            return STATUS_PANIC
        if self.log.refused:
            return STATUS_REFUSED
        return min(self.log.status, HIGHEST_STATUS) if self.options.command else 0
