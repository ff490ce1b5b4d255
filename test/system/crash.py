#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Programs that do what they must not: each leaves one FAULT line with kind and function, and the
system goes on."""
import re
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
from session import Prompt, report  # noqa: E402

KINDS = ("null", "kernel-read", "kernel-write", "text-write", "exec-stack", "noncanonical-jump", "cli", "in-port",
         "stack-overflow", "other-space-cap", "divide", "invalid-opcode")
NAMES = {"divide": "divide-error"}  # where the FAULT line has another
# Code on the stack belongs to no function.
WITHOUT_FUNCTION = ("exec-stack",)
FAULT = re.compile(r"^FAULT: program=(\S+) thread=\d+ kind=(\S+) addr=0x[0-9a-f]+ ip=0x[0-9a-f]+(.*)$", re.MULTILINE)


def every_crash_is_reported_once():
    with Prompt() as machine:
        for kind in KINDS:
            answer = machine.command(f"crash {kind}")
            found = FAULT.findall(answer)
            yield [(program.rpartition("/")[2], named) for program, named, _ in found], [("crash", NAMES.get(kind, kind))]
            if found and kind not in WITHOUT_FUNCTION:
                function = f"crash_{kind.replace('-', '_')}+0x"
                yield (kind, function in found[0][2], ".c:" in found[0][2]), (kind, True, True)
            yield machine.command("echo ok"), "ok\n"


def killed_server_is_said():
    with Prompt() as machine:
        yield "motd" in machine.command("ls /etc"), True
        machine.command("kill vfs")
        yield "server died" in machine.command("cat /etc/motd"), True
        # The root task may say in between that it started the server again.
        yield machine.command("echo ok").endswith("ok\n"), True


def idle_prompt_takes_few_interrupts():
    with Prompt() as machine:
        counted = re.compile(r"interrupts\D+(\d+)")
        before = counted.search(machine.command("mem -v"))
        machine.wait(10)
        after = counted.search(machine.command("mem -v"))
        yield before is not None and after is not None, True
        # The commands' own characters are interrupts as well, one for each byte at most.
        if before and after:
            yield int(after.group(1)) - int(before.group(1)) <= 20 + 2 * len("mem -v\r"), True


sys.exit(report([every_crash_is_reported_once, killed_server_is_said,
                 idle_prompt_takes_few_interrupts]))
