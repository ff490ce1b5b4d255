# SPDX-License-Identifier: BSD-2-Clause
"""Group models: every test/models/*.pml is a model for SPIN. Lines of its header comment say what is
run:

  check NAME KIND ...     the model holds; KIND is "safety" (assertions, invalid end states) or the
                          name of an ltl formula of the file, under weak fairness
  mutant NAME CHECK WORDS the model with -DMUTANT_NAME fails that check, and WORDS stand in what the
                          verifier says; a mutant that holds is a failure of the test

A check has to be exhaustive: the whole state space, within the limits below, no statement unreached."""
import os
import pathlib
import re
import subprocess
import tempfile

import build
from results import PASSED, Outcome, Test, failed, tail

FOLDER = build.ROOT / "test" / "models"
SECONDS = 300
MEMORY_MIB = 1024
DEPTH = 1000000
LINE = re.compile(r"^ \* (check|mutant) (\S+) (\S+)(?: (.+))?$", re.MULTILINE)
INCOMPLETE = ("max search depth too small", "out of memory", "Search not completed", "VECTORSZ", "reached -DMEMLIM")


class ModelError(Exception):
    """What spin, the compiler or the verifier refused."""


def _run(command, folder):
    try:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as late:
        raise ModelError(f"{command[0]}: no end within {SECONDS} s") from late
    return done.returncode, done.stdout.decode("utf-8", "replace")


def _must(command, folder):
    status, text = _run(command, folder)
    if status != 0:
        raise ModelError(f"{' '.join(command)}: status {status}\n{tail(text)}")


def verify(path, kind, defines=()):
    """What the verifier of the model prints for a check of KIND."""
    safety = kind == "safety"
    with tempfile.TemporaryDirectory(prefix="quire-model-") as folder:
        _must(["spin", "-a", *([] if safety else ["-N" if False else "-DLIVENESS"]), *defines, str(path)], folder)
        _must(["gcc", "-O1", "-w", f"-DMEMLIM={MEMORY_MIB}", "-DCOLLAPSE", "-DVECTORSZ=2048",
               *(["-DSAFETY", "-DNOCLAIM"] if safety else ["-DNFAIR=4"]), "-o", "pan", "pan.c"], folder)
        _, text = _run(["./pan", f"-m{DEPTH}", *([] if safety else ["-a", "-f", "-N", kind])], folder)
    return text
