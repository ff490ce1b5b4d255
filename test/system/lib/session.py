# SPDX-License-Identifier: BSD-2-Clause
"""For test scripts: run commands through scripts/run, talk to the prompt, report in TAP."""
import os
import select
import subprocess
import time

RUN, IMAGE = os.environ["QUIRE_RUN"], os.environ["QUIRE_IMAGE"]
PROMPT = "quire> "
ANSWER_SECONDS = 60


def run(*options, commands=()):
    """(status, stdout, stderr) of a boot that runs COMMANDS."""
    line = [RUN, "--headless", "--timeout", "90", "--image", IMAGE, *options]
    for command in commands:
        line += ["--command", command]
    done = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


class Prompt:
    """A machine at its prompt; use as a context manager. The terminal's text so far is .text."""

    def __init__(self, *options):
        self.options = options
        self.text = ""
        self.status = None

    def __enter__(self):
        self.child = subprocess.Popen([RUN, "--timeout", "300", "--image", IMAGE, *self.options],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._until_prompt(0)
        return self

    def _read(self, seconds):
        if not select.select([self.child.stdout], [], [], seconds)[0]:
            return True
        data = os.read(self.child.stdout.fileno(), 65536)
        # Of the whole, because a read may end between the two.
        self.text = (self.text + data.decode("utf-8", "replace")).replace("\r\n", "\n")
        return bool(data)

    def _until_prompt(self, start):
        """Everything from START on, when it ends with a prompt (or the machine has ended)."""
        limit = time.monotonic() + ANSWER_SECONDS
        while not self.text[start:].endswith(PROMPT):
            if time.monotonic() > limit or not self._read(1):
                break
        return self.text[start:]

    def command(self, line):
        """What a command prints, without its echo and the prompt behind it."""
        start = len(self.text)
        self.child.stdin.write(line.encode() + b"\r")
        self.child.stdin.flush()
        answer = self._until_prompt(start)
        return answer.removesuffix(PROMPT).partition("\n")[2]

    def wait(self, seconds):
        """Let the machine run; returns what it printed meanwhile."""
        start = len(self.text)
        limit = time.monotonic() + seconds
        while time.monotonic() < limit and self._read(0.2):
            pass
        return self.text[start:]

    def __exit__(self, *_):
        self.child.terminate()
        self.status = self.child.wait()


def report(tests):
    """Run functions that yield pairs (got, expected), and print TAP."""
    lost = 0
    for number, test in enumerate(tests, 1):
        wrong = [pair for pair in test() if pair[0] != pair[1]]
        lost += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {number} - {test.__name__}", flush=True)
        for got, expected in wrong:
            print(f"# expected {expected!r}\n# got {got!r}", flush=True)
    print(f"1..{len(tests)}")
    return 1 if lost else 0
