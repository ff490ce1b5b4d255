# SPDX-License-Identifier: BSD-2-Clause
"""Group system: the programs test/NAME of the boot archive, which print TAP, and the scripts of
test/system, which drive scripts/run with the image $QUIRE_IMAGE. All on the check build.

A program that needs more than any program run by its path has a section of its own in conf/manifest.ini
and is run by that name.

Programs share a boot: the shell runs them one after the other with a line of its own between them
and stops at the first that fails; the next boot goes on behind that one."""
import re
import secrets
import subprocess

import build
from results import Test, failed, read_tap, run_script, tail

PRESET = "check"
BOOT_SECONDS = 60
PROGRAM_SECONDS = 30
SCRIPT_SECONDS = 300
NIGHTLY_SECONDS = 7200
FOLDER = build.ROOT / "test" / "system"
RUN = build.ROOT / "scripts" / "run"
MANIFEST = build.ROOT / "conf" / "manifest.ini"


def image():
    return build.BUILD / PRESET / "quire.iso"


def command_of(program):
    section = re.search(rf"^\[([^\]\n]+)\]\n(?:(?!\[).*\n)*?path = test/{program}$",
                        MANIFEST.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return section.group(1) if section else f"test/{program}"


def boot(programs):
    """Run PROGRAMS in one boot; returns ({program: output}, status, log)."""
    word = f"next-{secrets.token_hex(8)}"
    command = [str(RUN), "--headless", "--image", str(image()),
               "--timeout", str(BOOT_SECONDS + PROGRAM_SECONDS * len(programs))]
    for program in programs:
        command += ["--command", f"echo {word} {program}", "--command", command_of(program)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    text = done.stdout.decode("utf-8", "replace")
    pieces = re.split(rf"^{word} (\S+)\n", text, flags=re.MULTILINE)
    outputs = dict(zip(pieces[1::2], pieces[2::2]))
    return outputs, done.returncode, done.stderr.decode("utf-8", "replace")


def run_programs(programs):
    """Outcomes of all PROGRAMS, in as few boots as possible."""
    outcomes, left = [], list(programs)
    while left:
        outputs, status, log = boot(left)
        if not outputs:
            return outcomes + [failed(f"system/{left[0]}", "the program to be started",
                                      f"status {status}, log:\n{tail(log)}")]
        reached = [program for program in left if program in outputs]
        for program in reached:
            ended = status if program == reached[-1] else 0
            found = read_tap(f"system/{program}", outputs[program], ended)
            if ended >= 100:
                found.append(failed(f"system/{program}", "the program to end", f"status {ended}, log:\n{tail(log)}"))
            outcomes += found
        left = left[len(reached):]
    return outcomes


class _Together:
    """The chosen programs run on first use; each test then picks its own outcomes."""

    def __init__(self):
        self.programs = []
        self.outcomes = None

    def of(self, program):
        if self.outcomes is None:
            self.outcomes = run_programs(self.programs)
        name = f"system/{program}"
        mine = [found for found in self.outcomes if found.name == name or found.name.startswith(name + ": ")]
        return mine or [failed(name, "the program to be run", "an earlier program kept it from running")]


TOGETHER = _Together()


def _program_test(name):
    return Test(f"system/{name}", lambda: TOGETHER.of(name), alone=True)


def script_test(group, path, seconds, environment):
    name = f"{group}/{path.stem}"
    nightly = "nightly" in path.stem
    return Test(name, lambda: run_script(name, [str(path)], seconds, environment()), nightly=nightly,
                alone=nightly)


def environment():
    return {"QUIRE_RUN": str(RUN), "QUIRE_IMAGE": str(image())}


def scripts(folder):
    return sorted(path for path in folder.glob("*") if path.suffix in (".sh", ".py") and path.is_file())


def programs():
    return sorted(path.name for path in FOLDER.glob("*") if any(path.glob("*.c")) and path.name != "support")


def find():
    return ([_program_test(name) for name in programs()]
            + [script_test("system", path, NIGHTLY_SECONDS if "nightly" in path.stem else SCRIPT_SECONDS, environment)
               for path in scripts(FOLDER)])


def prepare(tests):
    names = {test.name for test in tests}
    TOGETHER.programs = [name for name in programs() if f"system/{name}" in names]
    TOGETHER.outcomes = None
    build.build(PRESET, ["image"])
    if any(name.startswith(("system/storms", "system/crossing_")) for name in names):
        build.build("release", ["image"])
