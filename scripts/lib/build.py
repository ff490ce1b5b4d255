# SPDX-License-Identifier: BSD-2-Clause
"""Calling CMake and Ninja: one build at a time per tree (a lock file), output kept in a log, a
progress line at least every few seconds when it takes long."""
import fcntl
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
PROGRESS_SECONDS = 3


class BuildError(Exception):
    """The build failed; the text holds what the tools said."""


def say(text):
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _last_line(log):
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[-1][:100] if lines else ""


def run_logged(what, command, log, quiet_seconds=PROGRESS_SECONDS):
    """Run a command with its output in LOG; say every few seconds how far it is."""
    with open(log, "wb") as out:
        child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        began = said = time.monotonic()
        while True:
            try:
                child.wait(timeout=0.2)
                break
            except subprocess.TimeoutExpired:
                if time.monotonic() - said >= quiet_seconds:
                    said = time.monotonic()
                    say(f"{what}: {said - began:.0f} s, {_last_line(log)}")
    if child.returncode != 0:
        tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-60:]
        raise BuildError(f"{what} failed with status {child.returncode} ({' '.join(map(str, command))}):\n"
                         + "\n".join(tail))


def build(preset, targets, definitions=(), folder=None):
    """Build TARGETS with PRESET in build/FOLDER (default: the preset's name); returns the folder."""
    out = BUILD / (folder or preset)
    out.mkdir(parents=True, exist_ok=True)
    log = out / "build.log"
    with open(BUILD / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (out / "build.ninja").exists() or definitions:
            run_logged("configuring", ["cmake", "--preset", preset, "-B", str(out), *definitions], log)
        jobs = str(os.cpu_count() or 1)
        run_logged("building", ["cmake", "--build", str(out), "-j", jobs, "--target", *targets], log)
    return out
