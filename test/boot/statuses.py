#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The exit statuses of scripts/run, and what goes to stdout and stderr. Prints TAP."""
import os
import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RUN, IMAGE = os.environ["QUIRE_RUN"], os.environ["QUIRE_IMAGE"]


def run(*options, image=IMAGE):
    command = [RUN, "--headless", "--timeout", "60", "--image", image, *options]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                          check=False)
    return done.returncode, done.stdout, done.stderr


def dry_run_prints_the_line():
    status, out, _ = run("--dry-run", "--cpu", "qemu64", "--memory", "77", "--", "-name", "last")
    good = out.startswith("qemu-system-x86_64 -cpu qemu64 -m 77 ") and out.endswith(" -name last\n")
    return status == 0 and good, "status 0 and the QEMU line", f"status {status}: {out}"


def echo_is_all_of_stdout():
    status, out, _ = run("--command", "echo ok")
    return (status, out) == (0, "ok\n"), "status 0 and 'ok' alone on stdout", f"status {status}: {out!r}"


def first_failure_stops():
    status, out, _ = run("--command", "echo a", "--command", "cat /nosuch", "--command", "echo b")
    good = status == 1 and out.startswith("a\n") and "b\n" not in out
    return good, "status 1, 'a' and no 'b'", f"status {status}: {out!r}"


def panic_is_120():
    status, _, err = run("--append", "panic-test=recursion")
    return status == 120 and "PANIC: kernel stack overflow" in err, "status 120 and the panic", f"{status}: {err}"


def panic_names_source_lines():
    _, _, err = run("--append", "panic-test=null")
    good = any("panic_test" in line and ".c:" in line for line in err.splitlines())
    return good, "a backtrace line with FILE:LINE", err


def reset_is_121():
    with tempfile.TemporaryDirectory() as folder:
        elf, iso = os.path.join(folder, "reset.elf"), os.path.join(folder, "reset.iso")
        subprocess.run(["nasm", "-felf64", "-o", f"{elf}.o", HERE / "reset.asm"], check=True)
        subprocess.run(["ld", "-N", "--no-warn-rwx-segments", "-Ttext=0x100000", "-e", "start", "-o", elf, f"{elf}.o"], check=True)
        archive = pathlib.Path(IMAGE).with_name("boot.tar")
        subprocess.run([ROOT / "scripts" / "image", "--kernel", elf, "--archive", archive, "--config",
                        ROOT / "conf" / "grub.cfg", "--version", "0", "--output", iso], check=True)
        for options in ((), ("--kernel",)):
            status, _, err = run(*options, image=iso)
            if status != 121:
                return False, f"status 121 with {options}", f"{status}: {err}"
    return True, "", ""


def own_end_is_121():
    status, _, err = run("--", "-device", "no-such-device")
    return status == 121, "status 121", f"{status}: {err}"


def missing_archive_is_122():
    broken = os.path.join(os.path.dirname(IMAGE), "broken.iso")
    with open(broken, "wb") as out:
        out.write(b"no image")
    status, _, err = run(image=broken)
    os.remove(broken)
    return status == 122, "status 122", f"{status}: {err}"


def timeout_is_124():
    status, _, err = run("--timeout", "5")
    return status == 124 and "last lines of the log" in err, "status 124 and log lines", f"{status}: {err}"


def usage_is_125():
    for options in (("--nosuch",), ("--smp", "0"), ("--add", "nocolon"), ("--kernel", "--uefi"),
                    ("--command", ""), ("--image", "nosuch.iso"), ("--timeout", "-1")):
        status, _, err = run(*options)
        if status != 125:
            return False, f"status 125 for {' '.join(options)}", f"{status}: {err}"
    return True, "", ""


TESTS = (dry_run_prints_the_line, echo_is_all_of_stdout, first_failure_stops, panic_is_120, panic_names_source_lines,
         reset_is_121, own_end_is_121, missing_archive_is_122, timeout_is_124, usage_is_125)


def main():
    lost = 0
    for number, test in enumerate(TESTS, 1):
        good, expected, got = test()
        lost += not good
        print(f"{'ok' if good else 'not ok'} {number} - {test.__name__}")
        if not good:
            print(f"# expected {expected}\n# got {got}".replace("\n", "\n# "))
    print(f"1..{len(TESTS)}")
    return 1 if lost else 0


raise SystemExit(main())
