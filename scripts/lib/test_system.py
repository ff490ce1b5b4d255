# SPDX-License-Identifier: BSD-2-Clause
"""Group system: the programs test/NAME of the boot archive, which print TAP, and the scripts of
test/system, which drive scripts/run with the image $QUIRE_IMAGE. All on the check build. Group slowpath, the same on a
kernel without the fast paths of IPC, but for what measures them or has images of its own.

A program that needs more than any program run by its path has a section of its own in conf/manifest.ini
and is run by that name.

Programs share a boot: the shell runs them one after the other with a line of its own between them
and stops at the first that fails; the next boot goes on behind that one."""
import re
import secrets
import subprocess

import build
from results import Test, failed, read_tap, run_script, tail

BOOT_SECONDS = 60
PROGRAM_SECONDS = 30
SCRIPT_SECONDS = 600
NIGHTLY_SECONDS = 7200
FOLDER = build.ROOT / "test" / "system"
RUN = build.ROOT / "scripts" / "run"
MANIFEST = build.ROOT / "conf" / "manifest.ini"
# Scripts that look at the release image, or build one.
OWN_IMAGE = ("bounds", "crossing_", "equality", "figures", "flat", "flood", "planted", "plugin", "storms")


def command_of(program):
    section = re.search(rf"^\[([^\]\n]+)\]\n(?:(?!\[).*\n)*?path = test/{program}$",
                        MANIFEST.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return section.group(1) if section else f"test/{program}"


def script_test(group, path, seconds, environment):
    name = f"{group}/{path.stem}"
    nightly = "nightly" in path.stem
    return Test(name, lambda: run_script(name, [str(path)], seconds, environment()), nightly=nightly,
                alone=nightly)


def scripts(folder):
    return sorted(path for path in folder.glob("*") if path.suffix in (".sh", ".py") and path.is_file())


def programs():
    return sorted(path.name for path in FOLDER.glob("*") if any(path.glob("*.c")) and path.name != "support")


class Group:
    """The programs and scripts of test/system on the image of one preset. Programs run together on first use; each test
    then picks its own outcomes."""

    def __init__(self, name, preset, left_out=()):
        self.name, self.preset, self.left_out = name, preset, left_out
        self.together, self.outcomes = [], None

    def image(self):
        return build.BUILD / self.preset / "quire.iso"

    def environment(self):
        return {"QUIRE_RUN": str(RUN), "QUIRE_IMAGE": str(self.image())}

    def boot(self, chosen):
        """Run CHOSEN in one boot; returns ({program: output}, status, log)."""
        word = f"next-{secrets.token_hex(8)}"
        command = [str(RUN), "--headless", "--image", str(self.image()),
                   "--timeout", str(BOOT_SECONDS + PROGRAM_SECONDS * len(chosen))]
        for program in chosen:
            command += ["--command", f"echo {word} {program}", "--command", command_of(program)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        text = done.stdout.decode("utf-8", "replace")
        pieces = re.split(rf"^{word} (\S+)\n", text, flags=re.MULTILINE)
        outputs = dict(zip(pieces[1::2], pieces[2::2]))
        return outputs, done.returncode, done.stderr.decode("utf-8", "replace")

    def run_programs(self):
        """Outcomes of all programs, in as few boots as possible."""
        outcomes, left = [], list(self.together)
        while left:
            outputs, status, log = self.boot(left)
            if not outputs:
                return outcomes + [failed(f"{self.name}/{left[0]}", "the program to be started",
                                          f"status {status}, log:\n{tail(log)}")]
            reached = [program for program in left if program in outputs]
            for program in reached:
                ended = status if program == reached[-1] else 0
                name = f"{self.name}/{program}"
                found = read_tap(name, outputs[program], ended)
                if ended >= 100:
                    found.append(failed(name, "the program to end", f"status {ended}, log:\n{tail(log)}"))
                outcomes += found
            left = left[len(reached):]
        return outcomes

    def of(self, program):
        if self.outcomes is None:
            self.outcomes = self.run_programs()
        name = f"{self.name}/{program}"
        mine = [found for found in self.outcomes if found.name == name or found.name.startswith(name + ": ")]
        return mine or [failed(name, "the program to be run", "an earlier program kept it from running")]

    def program_test(self, program):
        return Test(f"{self.name}/{program}", lambda: self.of(program), alone=True)

    def find(self):
        return ([self.program_test(program) for program in programs() if not program.startswith(self.left_out)]
                + [script_test(self.name, path, NIGHTLY_SECONDS if "nightly" in path.stem else SCRIPT_SECONDS,
                               self.environment)
                   for path in scripts(FOLDER) if not path.stem.startswith(self.left_out)])

    def prepare(self, tests):
        names = {test.name for test in tests}
        self.together = [program for program in programs() if f"{self.name}/{program}" in names]
        self.outcomes = None
        build.build(self.preset, ["image"])
        if any(name.startswith(("system/storms", "system/crossing_", "system/plugin", "system/figures", "system/flat")) for name in names):
            build.build("release", ["image"])


SYSTEM = Group("system", "check")
SLOWPATH = Group("slowpath", "slow", OWN_IMAGE)
