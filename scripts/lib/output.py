# SPDX-License-Identifier: BSD-2-Clause
"""The commands' output on its way from serial line 2 to stdout: bytes before the marker are
firmware's, everything after it is passed on unchanged. A thread writes, so that a slow reader of
stdout never holds up the emulated machine."""
import os
import queue
import threading


class CommandOutput:
    def __init__(self, marker, descriptor=1):
        self.marker = marker.encode() + b"\n"
        self.descriptor = descriptor
        self.begun = False
        self.before = b""
        self.queue = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._writer, daemon=True)
        self.thread.start()

    def feed(self, data):
        if not self.begun:
            self.before += data
            at = self.before.find(self.marker)
            if at < 0:
                self.before = self.before[-len(self.marker):]
                return
            self.begun = True
            data = self.before[at + len(self.marker):]
        if data:
            self.queue.put(data)

    def _writer(self):
        while True:
            data = self.queue.get()
            if data is None:
                return
            try:
                while data:
                    data = data[os.write(self.descriptor, data):]
            except BrokenPipeError:
                return

    def finish(self):
        self.queue.put(None)
        self.thread.join()
