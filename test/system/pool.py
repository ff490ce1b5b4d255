#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The kernel's page pool grows at run time: the pager gives it memory when a program is to have more
kernel memory than is left, and the kernel's books stay right (the check build recounts them)."""
import os
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
from session import Prompt, report, run  # noqa: E402

MANIFEST = (pathlib.Path(__file__).resolve().parents[2] / "conf" / "manifest.ini").read_text(encoding="utf-8")
MEMORY = 256  # MiB: the pool has 16 at first
GLUTTON = """
[{name}]
path = bin/hello
start = demand
quota = {quota}M
cap.out = spawner
"""
NAMES = ("pages of the kernel's pool", "free pages of the pool", "pager memory")


def numbers(text):
    found = dict(re.findall(r"^([^:\n]+): (\d+)", text, flags=re.MULTILINE))
    return [int(found[name]) for name in NAMES]


def options(folder, cpus=1):
    path = os.path.join(folder, "manifest")
    pathlib.Path(path).write_text(MANIFEST + GLUTTON.format(name="big", quota=60)
                                  + GLUTTON.format(name="impossible", quota=400), encoding="utf-8")
    return "--manifest", path, "--memory", str(MEMORY), "--smp", str(cpus)


def the_pool_grows_when_a_quota_needs_it(cpus=1):
    commands = ("mem -v", "big", "mem -v", "big", "mem -v", "bin/hello", "test/memory")
    with tempfile.TemporaryDirectory() as folder:
        status, text, _ = run(*options(folder, cpus), commands=[word for command in commands
                                                          for word in (command, "echo next")])
    out = text.split("next\n")
    yield (status, len(out)), (0, 8)
    before, once, twice = (numbers(text) for text in out[0:5:2])
    grown = once[0] - before[0]
    yield ["hello, world" in out[place] for place in (1, 3, 5)], [True] * 3
    yield grown * 4096 >= 60 << 20, True
    # Nearly all of it is free again, and what the pager lost is what the kernel has and its notes.
    yield abs(once[1] - before[1] - grown) <= 16, True
    lost = (before[2] - once[2]) // 4
    yield 0 < lost - grown <= lost // 100, True
    yield (twice[0], twice[2]), (once[0], once[2])


def it_grows_after_a_round_of_two_cpus():
    yield from the_pool_grows_when_a_quota_needs_it(2)


def what_memory_does_not_suffice_for_is_refused():
    with tempfile.TemporaryDirectory() as folder:
        with Prompt(*options(folder)) as machine:
            before = numbers(machine.command("mem -v"))
            yield "quota exhausted" in machine.command("impossible"), True
            after = numbers(machine.command("mem -v"))
            yield (after[0], after[2]), (before[0], before[2])
            yield "hello, world" in machine.command("bin/hello"), True


sys.exit(report([the_pool_grows_when_a_quota_needs_it, it_grows_after_a_round_of_two_cpus,
                 what_memory_does_not_suffice_for_is_refused]))
