#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The program test/system/crossing on machines with one, two and four CPUs, of the check and the release image; and
on a processor without SMAP, where QEMU lets a program use iretq. The program
test/system/traps runs there too. Prints TAP."""
import os
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
from session import report, run  # noqa: E402

CASES = ("check_start", "check_registers", "check_flags", "check_stack_pointers", "check_send", "check_words",
         "check_window", "check_forward", "check_errors", "check_cancelled", "check_server_errors", "check_client_faults",
         "check_server_faults", "check_page_faults", "check_strangers", "check_deferred", "check_dead")


def crossing(image, *options, command="crossing"):
    """Pairs for report: the run is good and has no case less than it should."""
    status, out, err = run("--image", image, *options, commands=[command])
    lines = out.splitlines()
    wrong = [line for line in lines
             if not line.startswith(("ok ", "1..", "#")) and "# expected failure:" not in line]
    if status != 0 or wrong:
        wrong += [line for line in lines if line.startswith("#")] + err.splitlines()[-5:]
    yield (status, wrong), (0, [])
    yield [case for case in CASES if f" - {case}" not in out], []


def check_image_1():
    yield from crossing(os.environ["QUIRE_IMAGE"], "--smp", "1")


def check_image_2():
    yield from crossing(os.environ["QUIRE_IMAGE"], "--smp", "2")


def check_image_4():
    yield from crossing(os.environ["QUIRE_IMAGE"], "--smp", "4")


def release_image_1():
    yield from crossing("release", "--smp", "1")


def release_image_2():
    yield from crossing("release", "--smp", "2")


def release_image_4():
    yield from crossing("release", "--smp", "4")


def flags_by_iretq():
    yield from crossing(os.environ["QUIRE_IMAGE"], "--cpu", "max,-smap", command="crossing iret")


def far_returns_and_iretq():
    status, out, _ = run("--cpu", "max,-smap", commands=["test/traps"])
    yield (status, [line for line in out.splitlines() if line.startswith("not ok")]), (0, [])
    yield "iret, stack to any selector" in out, True


def without_avx_and_fsgsbase():
    yield from crossing("release", "--cpu", "qemu64")


sys.exit(report([check_image_1, check_image_2, check_image_4, release_image_1, release_image_2, release_image_4,
                 flags_by_iretq, far_returns_and_iretq, without_avx_and_fsgsbase]))
