# SPDX-License-Identifier: BSD-2-Clause
"""Group boot: the matrix of test/boot/matrix.txt, Bochs with four processor models and with tests of IPC, and
the scripts of test/boot. All on the release build, the image people get."""
import os
import pathlib
import re
import subprocess
import tempfile

import build
from results import PASSED, Outcome, Test, failed, read_tap, tail
from test_system import RUN, script_test, scripts

PRESET = "release"
FOLDER = build.ROOT / "test" / "boot"
TIMEOUT_SECONDS = 120
SCRIPT_SECONDS = 600
RANDOM_BYTES = 1000000
BOCHS_MODELS = ("haswell", "skylake_x", "icelake", "ryzen")
# Programs of test/system that are quick there, on a model with PCIDs, which QEMU without KVM has none of.
BOCHS_PROGRAMS = ("test/bound", "test/cancel", "test/crossing", "test/foreign", "test/forward", "test/gates",
                  "test/hostile", "test/nosys", "test/pieces", "test/queue", "test/traps", "test/vectors")
BOCHS_PCID = "haswell"


def image():
    return build.BUILD / PRESET / "quire.iso"


def _run(*options):
    command = [str(RUN), "--headless", "--timeout", str(TIMEOUT_SECONDS), "--image", str(image()), *options]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)


def _file_comes_back(name, options):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "r"
        path.write_bytes(os.urandom(RANDOM_BYTES))
        done = _run(*options, "--add", f"{path}:/r", "--command", "cat /r")
        if done.returncode == 0 and done.stdout == path.read_bytes():
            return [Outcome(name, PASSED)]
        same = len(os.path.commonprefix([done.stdout, path.read_bytes()]))
    return [failed(name, f"status 0 and {RANDOM_BYTES} bytes as given",
                   f"status {done.returncode} and {len(done.stdout)} bytes, the first {same} as given; log:\n"
                   + tail(done.stderr.decode("utf-8", "replace")))]


def _bochs_is_ready(name, model):
    done = _run("--bochs", model)
    log = done.stderr.decode("utf-8", "replace")
    if done.returncode == 0 and "boot: ready" in log:
        return [Outcome(name, PASSED)]
    return [failed(name, "status 0 and the line 'boot: ready'", f"status {done.returncode}, log:\n{tail(log)}")]


def _bochs_runs(name, program):
    done = _run("--bochs", BOCHS_PCID, "--command", program)
    log = done.stderr.decode("utf-8", "replace")
    if not re.search(r"^boot: feature pcid (on|off)", log, re.MULTILINE):
        return [failed(name, "a processor with PCIDs", f"status {done.returncode}, log:\n{tail(log)}")]
    outcomes = read_tap(name, done.stdout.decode("utf-8", "replace"), done.returncode)
    if done.returncode >= 100:
        outcomes.append(failed(name, "the program to end", f"status {done.returncode}, log:\n{tail(log)}"))
    return outcomes


def _matrix_tests(line):
    name, when, *options = line.split()
    tests = []
    for processors in (1, 4):
        full = f"boot/{name}-smp{processors}"
        arguments = [*options, "--smp", str(processors)]
        tests.append(Test(full, lambda full=full, arguments=arguments: _file_comes_back(full, arguments),
                          nightly=when == "nightly"))
    return tests


def environment():
    return {"QUIRE_RUN": str(RUN), "QUIRE_IMAGE": str(image())}


def find():
    lines = (FOLDER / "matrix.txt").read_text(encoding="utf-8").splitlines()
    tests = [test for line in lines if line.strip() and not line.startswith("#") for test in _matrix_tests(line)]
    for model in BOCHS_MODELS:
        name = f"boot/bochs-{model}"
        tests.append(Test(name, lambda name=name, model=model: _bochs_is_ready(name, model)))
    for program in BOCHS_PROGRAMS:
        name = f"boot/bochs-{program.rpartition('/')[2]}"
        tests.append(Test(name, lambda name=name, program=program: _bochs_runs(name, program)))
    return tests + [script_test("boot", path, SCRIPT_SECONDS, environment) for path in scripts(FOLDER)]


def prepare(_tests):
    build.build(PRESET, ["image"])
