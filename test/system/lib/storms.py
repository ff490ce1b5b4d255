# SPDX-License-Identifier: BSD-2-Clause
"""Runs parts of the program test/storms (see there) on machines with one, two and four CPUs. For
test/system/storms_*.py."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from session import RUN

IMAGE = os.environ["QUIRE_IMAGE"]
MANIFEST = pathlib.Path(os.environ["QUIRE_RUN"]).parent.parent / "conf" / "manifest.ini"
SECTION = """
[storms]
path = test/storms
start = demand
memory = 64M
quota = 24M
visitors = 64
cap.out = spawner
cap.info = info
"""
RESULT = re.compile(r"^(not ok|ok) \d+ - (.*)$")


def boot(arguments, cpus, seconds, image=IMAGE, options=(), qemu=()):
    """(status, stdout, stderr) of the program with these arguments."""
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
        file.write(MANIFEST.read_text(encoding="utf-8") + SECTION)
        file.flush()
        line = [RUN, "--headless", "--timeout", str(seconds), "--image", image, "--manifest", file.name,
                "--smp", str(cpus), *options, "--command", f"storms {arguments}", "--", *qemu]
        done = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


class Report:
    """TAP of several boots, one after the other."""

    def __init__(self):
        self.count = self.lost = 0

    def result(self, good, text, notes=()):
        self.count += 1
        self.lost += not good
        print("\n".join([*notes, f"{'ok' if good else 'not ok'} {self.count} - {text}"]), flush=True)

    def boot(self, name, arguments, cpus, seconds, **how):
        """The results of one boot; an end that did not come is a failure. Returns what it printed."""
        status, out, err = boot(arguments, cpus, seconds, **how)
        notes, count = [], 0
        for line in out.splitlines():
            match = RESULT.match(line)
            if match:
                count += 1
                self.result(match.group(1) == "ok", f"{name}: {match.group(2)}", notes)
                notes = []
            elif not line.startswith("1.."):
                notes.append(line)
        planned = re.search(r"^1\.\.(\d+)$", out, re.MULTILINE)
        if not planned or int(planned.group(1)) != count or not count:
            log = [f"# status {status}"] + ["# " + line for line in err.splitlines()[-40:]]
            self.result(False, f"{name}: comes to its end", notes + log)
        elif notes:
            print("\n".join(notes), flush=True)
        return out

    def end(self):
        print(f"1..{self.count}")
        return 1 if self.lost or not self.count else 0


if __name__ == "__main__":  # lib/storms.py CPUS ARGUMENTS...: one boot, for trying things
    report = Report()
    report.boot("storms", " ".join(sys.argv[2:]), int(sys.argv[1]), 600)
    sys.exit(report.end())
