#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A debug exception that MOV SS holds back until the kernel's first instruction (the program test/traps, which says
what is expected). In Bochs, which does that as processors do; QEMU's TCG raises it at once, in the program. With
one processor and the check build, whose kernel has the breakpoint. Prints TAP."""
import os
import re
import subprocess

RUN = os.environ["QUIRE_RUN"]
ADDRESS = 0x200004000000  # L4_ANON_BASE + 64 MiB


def main():
    done = subprocess.run([RUN, "--headless", "--timeout", "200", "--image", "check", "--bochs", "haswell", "--append",
                           f"watch={ADDRESS:#x}", "--command", "test/traps watch"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False)
    print(done.stdout if re.search(r"^1\.\.\d+$", done.stdout, re.MULTILINE) else "not ok 1 - test/traps watch\n1..1")
    if done.returncode != 0:
        print(f"# got status {done.returncode}\n{done.stderr}".replace("\n", "\n# "))
    return done.returncode


raise SystemExit(main())
