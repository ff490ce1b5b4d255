#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the kernel says when it must stop: bugs of its own, provoked by the boot argument panic-test=,
and machines it cannot run on. Prints TAP."""
import os
import re
import subprocess

RUN, IMAGE = os.environ["QUIRE_RUN"], os.environ["QUIRE_IMAGE"]

# what the panic test does, the line that must come, a function of the backtrace
PANICS = (
    ("null", r"PANIC: kernel page fault: write at 0x0, not mapped", "panic_test"),
    ("gp", r"PANIC: kernel exception #GP general protection, error 0x0", "panic_test"),
    ("recursion", r"PANIC: kernel stack overflow", "recurse"),
    ("text-write", r"PANIC: kernel page fault: write at 0xffffffff80[0-9a-f]+, not allowed", "panic_test"),
    ("data-exec", r"PANIC: kernel page fault: execute at 0xffffffff80[0-9a-f]+, not allowed", "kernel_main"),
    ("assert", r"PANIC: assert", "panic_test"),
    # when the boot is over its code is unmapped; the functions that were there keep their names
    ("init", r"PANIC: kernel page fault: execute at 0xffffffff801[0-9a-f]+, not mapped", "test_init"),
    ("init", r"PANIC: kernel page fault", "kernel_main"),
)

# processor model, what is missing
REFUSED = (
    ("qemu32", "64-bit mode"),
    ("qemu64,-nx", "nx (pages without execution)"),
    ("qemu64,-sse2", "sse2"),
)


def run(*options):
    image = () if "--kernel" in options else ("--image", IMAGE)
    command = [RUN, "--headless", "--timeout", "60", *image, *options]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                          check=False)
    return done.returncode, done.stderr


def panics(name, line, function):
    status, log = run("--append", f"panic-test={name}")
    good = status == 120 and re.search(f"^{line}", log, re.M) and re.search(rf"^  #\d+ .*\b{function}\b", log, re.M)
    return good, f"status 120, '{line}' and {function} in the backtrace", f"status {status}: {log}"


def refuses(model, missing, *options):
    status, log = run("--cpu", model, *options)
    good = status == 123 and re.search(rf"^UNSUPPORTED: {re.escape(missing)}\r?$", log, re.M)
    return good, f"status 123 and 'UNSUPPORTED: {missing}'", f"status {status}: {log}"


def silent_when_serial_is_off():
    status, log = run("--append", "serial=off", "--append", "panic-test=null")
    return status == 120 and "PANIC" not in log, "status 120 and no log", f"status {status}: {log}"


def report_unknown_argument():
    status, log = run("--append", "nosuch=1", "--append", "panic-test=null")
    good = status == 120 and re.search(r'^boot: unknown argument "nosuch"', log, re.M)
    return good, "the unknown argument in the log", f"status {status}: {log}"


def tests():
    for name, line, function in PANICS:
        yield f"panic {name}", panics(name, line, function)
    for model, missing in REFUSED:
        yield f"refused {model}", refuses(model, missing)
    yield "refused without a boot loader", refuses("qemu32", "64-bit mode", "--kernel")
    yield "no serial line", silent_when_serial_is_off()
    yield "unknown argument", report_unknown_argument()


def main():
    lost = count = 0
    for name, (good, expected, got) in tests():
        count += 1
        lost += not good
        print(f"{'ok' if good else 'not ok'} {count} - {name}")
        if not good:
            print(f"# expected {expected}\n# got {got}".replace("\n", "\n# "))
    print(f"1..{count}")
    return 1 if lost else 0


raise SystemExit(main())
