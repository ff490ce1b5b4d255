# SPDX-License-Identifier: BSD-2-Clause
"""Group models: every test/models/*.pml is one test. Lines of a model's header comment say what is run:

  check NAME safety [-D...]   no assertion fails, no process is stuck where it must not be
  check NAME FORMULA [-D...]  the ltl formula of the file holds under weak fairness, with -DLIVENESS
  mutant NAME CHECK WORDS     the model with -DMUTANT_NAME fails that check, and the verifier says WORDS

A check covers the whole state space, within the limits below, and leaves no statement of the model
unreached where it looks at safety. A mutant that holds is a failure: the check would see nothing."""
import dataclasses
import os
import re
import subprocess
import tempfile

import build
from results import PASSED, Outcome, Test, failed, tail

FOLDER = build.ROOT / "test" / "models"
SECONDS = 300
MEMORY_MIB = 1024
DEPTH = 200000
FEWEST_MUTANTS = 2
LINE = re.compile(r"^ \* (check|mutant) (\S+) (\S+)(?: (.+))?$", re.MULTILINE)
UNREACHED = re.compile(r'^\s+\S+\.pml:\d+, state \d+, "(?!-end-)(.*)"$', re.MULTILINE)
STORED = re.compile(r"^\s*(\d+) states, stored", re.MULTILINE)


class ModelError(Exception):
    """What spin, the compiler or the verifier refused."""


@dataclasses.dataclass
class Line:
    """One line of the header; REST of a check are defines, of a mutant words that are to be said."""
    word: str
    name: str
    check: str
    rest: str


def read(path):
    return [Line(*match.groups(default="")) for match in LINE.finditer(path.read_text(encoding="utf-8"))]


def _run(command, folder):
    try:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as late:
        raise ModelError(f"{command[0]}: no end within {SECONDS} s") from late
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode != 0:
        raise ModelError(f"{' '.join(command)}: status {done.returncode}\n{tail(text)}")
    return text


def verify(path, check, mutant=None):
    """What the verifier says about a check."""
    define = check.rest.split() + ([f"-DMUTANT_{mutant}"] if mutant else [])
    if check.check == "safety":
        compiled, run = ["-DSAFETY", "-DNOCLAIM"], []
    else:
        define.append("-DLIVENESS")
        compiled, run = ["-DNFAIR=3"], ["-a", "-f", "-N", check.check]
    with tempfile.TemporaryDirectory(prefix="quire-model-") as folder:
        _run(["spin", "-a", *define, os.fspath(path)], folder)
        _run(["gcc", "-O2", "-w", f"-DMEMLIM={MEMORY_MIB}", *compiled, "-o", "pan", "pan.c"], folder)
        return _run(["./pan", f"-m{DEPTH}", *run], folder)


def defect(text, safety):
    """Why a check that should hold does not, or did not look at everything; None when all is well."""
    stored = STORED.search(text)
    if "errors: 0" not in text or not stored:
        return tail(text)
    if "Search not completed" in text or "max search depth too small" in text:
        return "not all states were looked at\n" + tail(text)
    unreached = UNREACHED.findall(text) if safety else []
    return f"never reached: {', '.join(unreached)}" if unreached else None


def _check(test, path, line):
    name = f"{test}: {line.name}"
    wrong = defect(verify(path, line), line.check == "safety")
    return failed(name, "the model holds", wrong) if wrong else Outcome(name, PASSED)


def _mutant(test, path, line, checks):
    name = f"{test}: mutant {line.name}"
    if line.check not in checks:
        return failed(name, "a check of this file", line.check)
    if f"MUTANT_{line.name}" not in path.read_text(encoding="utf-8"):
        return failed(name, f"MUTANT_{line.name} in the model", "nothing that changes with it")
    text = verify(path, checks[line.check], line.name)
    if "errors: 1" in text and line.rest and line.rest in text:
        return Outcome(name, PASSED)
    return failed(name, f"the check {line.check} fails with: {line.rest}", tail(text))


def run_model(path):
    test = f"models/{path.stem}"
    lines = read(path)
    checks = {line.name: line for line in lines if line.word == "check"}
    mutants = [line for line in lines if line.word == "mutant"]
    if not checks or len(mutants) < FEWEST_MUTANTS:
        return [failed(test, f"a check and {FEWEST_MUTANTS} mutants", f"{len(checks)} and {len(mutants)}")]
    try:
        return ([_check(test, path, line) for line in checks.values()]
                + [_mutant(test, path, line, checks) for line in mutants])
    except ModelError as error:
        return [failed(test, "a model that spin takes", str(error))]


def find():
    return [Test(f"models/{path.stem}", lambda path=path: run_model(path)) for path in sorted(FOLDER.glob("*.pml"))]


def prepare(_tests):
    """Nothing is built beforehand."""
