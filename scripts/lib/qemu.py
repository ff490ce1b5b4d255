# SPDX-License-Identifier: BSD-2-Clause
"""One run of QEMU: its serial lines over sockets (or line 1 on the terminal), its shutdown reason
over QMP, its end turned into an exit status of scripts/run."""
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import termios
import time

from run_options import STATUS_PANIC, STATUS_REFUSED, STATUS_RESET, STATUS_TIMEOUT
import machine

# After a panic or refusal the guest ends QEMU by itself; it gets this long for it.
GRACE_SECONDS = 5
HIGHEST_STATUS = 99


class Monitor:
    """QMP: tells a reset from a power-off, which QEMU's own status does not."""

    def __init__(self, connection):
        self.connection = connection
        self.buffer = b""
        self.running = False
        self.reason = None
        connection.sendall(b'{"execute": "qmp_capabilities"}\n')

    def feed(self, data):
        self.buffer += data
        *lines, self.buffer = self.buffer.split(b"\n")
        for line in filter(None, map(bytes.strip, lines)):
            message = json.loads(line)
            if "return" in message:
                self.running = True
            elif message.get("event") == "SHUTDOWN":
                self.reason = message["data"].get("reason", "unknown")


class Session:
    """Start with run(); the result is the exit status."""

    def __init__(self, options, log, output):
        self.options, self.log, self.output = options, log, output
        self.selector = selectors.DefaultSelector()
        self.child = None
        self.monitor = None
        self.timed_out = False

    def _channel(self, feed):
        """A socket pair; our end is read into FEED, QEMU's end is returned."""
        ours, theirs = socket.socketpair()
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        self.selector.register(ours, selectors.EVENT_READ, feed)
        return ours, theirs

    def _start(self, boot):
        ours, qmp = self._channel(lambda data: self.monitor.feed(data))
        self.monitor = Monitor(ours)
        theirs = [qmp]
        if self.options.interactive:
            serial = ["mon:stdio", "null"]
        else:
            lines = [self._channel(self.log.feed)[1], self._channel(self.output.feed)[1]]
            theirs += lines
            serial = [("fd", line.fileno()) for line in lines]
        command = machine.command_line(self.options, boot, *serial, qmp=qmp.fileno())
        piped = subprocess.PIPE if self.options.interactive else sys.stderr
        self.child = subprocess.Popen(command, stdin=None if self.options.interactive else subprocess.DEVNULL,
                                      stdout=piped, pass_fds=[end.fileno() for end in theirs])
        for end in theirs:
            end.close()
        if self.options.interactive:
            self.selector.register(self.child.stdout, selectors.EVENT_READ, self.log.feed)

    def _pump(self, seconds):
        """Pass on what has come; False when all channels are closed."""
        for key, _ in self.selector.select(seconds):
            try:
                data = os.read(key.fd, 65536)
            except ConnectionResetError:
                data = b""
            if data:
                key.data(data)
            else:
                self.selector.unregister(key.fileobj)
        return bool(self.selector.get_map())

    def _deadline_passed(self, began, ended_log):
        if self.options.timeout and time.monotonic() - began >= self.options.timeout:
            self.timed_out = True
            return True
        return ended_log is not None and time.monotonic() - ended_log >= GRACE_SECONDS

    def _loop(self):
        began = time.monotonic()
        ended_log = None
        while self._pump(0.2) and self.child.poll() is None:
            if ended_log is None and (self.log.panic or self.log.refused):
                ended_log = time.monotonic()
            if self._deadline_passed(began, ended_log):
                break
        self.stop()
        while self.selector.get_map() and self.selector.select(0):
            self._pump(0)

    def stop(self):
        """End QEMU if it still runs: kindly first, so that it restores the terminal."""
        for end, seconds in ((lambda: None, 0.5), (self.child.terminate, 2), (self.child.kill, None)):
            end()
            try:
                self.child.wait(timeout=0 if self.timed_out and seconds == 0.5 else seconds)
                return
            except subprocess.TimeoutExpired:
                pass

    def run(self, boot):
        terminal = termios.tcgetattr(0) if self.options.interactive and os.isatty(0) else None
        if self.options.interactive:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self._start(boot)
            self._loop()
        finally:
            if self.child and self.child.poll() is None:
                self.child.kill()
                self.child.wait()
            if terminal:
                termios.tcsetattr(0, termios.TCSADRAIN, terminal)
        return self.status()

    def status(self):
        code = self.child.returncode
        if self.timed_out:
            return STATUS_TIMEOUT
        if code > 0 and code & 1 and self.monitor.running:
            value = code >> 1
            return value if value <= HIGHEST_STATUS or value in (STATUS_PANIC, STATUS_REFUSED) else HIGHEST_STATUS
        if self.log.panic:
            return STATUS_PANIC
        if self.log.refused:
            return STATUS_REFUSED
        if code == 0 and self.monitor.reason == "guest-shutdown":
            if self.log.status is not None:
                return min(self.log.status, HIGHEST_STATUS)
            return STATUS_RESET if self.options.command else 0
        if code == 0 and self.options.interactive and str(self.monitor.reason).startswith("host-"):
            return 0
        return STATUS_RESET
