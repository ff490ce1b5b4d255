# SPDX-License-Identifier: BSD-2-Clause
"""Outcomes of tests, reading TAP, and running a program as a test."""
import dataclasses
import os
import re
import signal
import subprocess

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
SKIP_STATUS = 77
TAP = re.compile(r"^(ok|not ok)\b *(\d+)?(?: *-)? *(.*)$")
PLAN = re.compile(r"^1\.\.(\d+)(?: *# *SKIP *(.*))?", re.IGNORECASE)
EXPECTED = re.compile(r"#\s*expected failure:", re.IGNORECASE)
SKIP = re.compile(r"#\s*SKIP\b", re.IGNORECASE)
SHOWN_LINES = 40


@dataclasses.dataclass
class Outcome:
    name: str
    state: str
    expected: str = ""
    got: str = ""


@dataclasses.dataclass
class Test:
    """RUN returns a list of outcomes; NAME is GROUP/NAME, which scripts/test takes to repeat it."""
    name: str
    run: object
    nightly: bool = False
    alone: bool = False


def failed(name, expected, got):
    return Outcome(name, FAILED, expected, got)


def tail(text, lines=SHOWN_LINES):
    return "\n".join(text.rstrip("\n").splitlines()[-lines:])


def read_tap(name, text, status):
    """Outcomes of one program that prints TAP. Too few results, none at all, or a status that does
    not fit them are failures as well. cmocka 1.1.5 writes a skip as 'not ok ... # SKIP'; what is known
    to fail says '# expected failure:' and why."""
    outcomes, notes, planned = [], [], None
    for line in text.splitlines():
        plan, result = PLAN.match(line), TAP.match(line)
        if plan:
            planned = int(plan.group(1))
            if planned == 0:
                return [Outcome(name, SKIPPED, got=plan.group(2) or "")]
        elif result:
            what = f"{name}: {result.group(3)}"
            if SKIP.search(line) or EXPECTED.search(line):
                outcomes.append(Outcome(what, SKIPPED))
            elif result.group(1) == "ok":
                outcomes.append(Outcome(what, PASSED))
            else:
                outcomes.append(failed(what, "ok", tail("\n".join(notes + [line]))))
            notes = []
        else:
            notes.append(line)
            if outcomes and outcomes[-1].state == FAILED and line.lstrip().startswith("#"):
                outcomes[-1].got += "\n" + line
    for outcome in outcomes:
        _name_values(outcome)
    return outcomes + _tap_defects(name, text, status, planned, outcomes)


def _name_values(outcome):
    """cmocka says '# GOT != EXPECTED' for a comparison that failed."""
    match = outcome.state == FAILED and re.search(r"^# (.+) != (.+)$", outcome.got, re.MULTILINE)
    if match:
        outcome.expected = match.group(2)
        outcome.got = f"{match.group(1)}\n{outcome.got}"


def _tap_defects(name, text, status, planned, outcomes):
    states = {outcome.state for outcome in outcomes}
    if planned is None:
        return [failed(name, "a TAP plan, 1..N", f"status {status} and\n{tail(text) or '(no output)'}")]
    if planned != len(outcomes):
        return [failed(name, f"{planned} results", f"{len(outcomes)}, status {status}\n{tail(text)}")]
    if (status != 0) != (FAILED in states):
        return [failed(name, "status 0 and no failed result, or both failures", f"status {status}\n{tail(text)}")]
    return []


def describe_status(status):
    if status < 0:
        return f"ended by signal {signal.Signals(-status).name}"
    return f"status {status}"


def run_script(name, command, seconds, environment=None, tap=False):
    """Run a program that is one test (status 0 passed, 77 skipped) or prints TAP, as all must that
    are started with TAP true."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=seconds, env={**os.environ, **(environment or {})}, check=False)
    except subprocess.TimeoutExpired as late:
        text = (late.stdout or b"").decode("utf-8", "replace")
        return [failed(name, f"an end within {seconds} s", f"still running; its output ended with\n{tail(text)}")]
    text = done.stdout.decode("utf-8", "replace")
    if tap or re.search(r"^1\.\.\d+", text, re.MULTILINE):
        return read_tap(name, text, done.returncode)
    if done.returncode == 0:
        return [Outcome(name, PASSED)]
    if done.returncode == SKIP_STATUS:
        return [Outcome(name, SKIPPED, got=tail(text, 1))]
    return [failed(name, "status 0", f"{describe_status(done.returncode)}\n{tail(text) or '(no output)'}")]
