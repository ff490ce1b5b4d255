#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the kernel finds out about the machine and says at boot, on machines that lack one thing or
another. Each must come up and run a command; the log must name what was found. Prints TAP."""
import os
import re
import subprocess

RUN, IMAGE = os.environ["QUIRE_RUN"], os.environ["QUIRE_IMAGE"]

FEATURES = ("smep", "smap", "umip", "nx", "wp", "pcid", "fsgsbase", "x2apic", "tsc-deadline")
VULNS = ("meltdown", "spectre_v1", "spectre_v2", "ssb", "l1tf", "mds", "taa", "srbds", "itlb_multihit",
         "mmio_stale", "retbleed", "zenbleed", "srso", "gds", "rfds")

REPORT = [r'boot: cpu vendor=\w+ model="[^"]+" microcode=0x[0-9a-f]+',
          r"boot: timer (tsc-deadline|apic) hz=[1-9]\d+",
          r"boot: cpus found=1 online=1",
          r"boot: memory usable_kib=\d+",
          *(rf"boot: feature {name} (on|off|absent)" for name in FEATURES),
          *(rf"boot: vuln {name} (yes|no) mitigation=(off|on)" for name in VULNS)]

# name, options of scripts/run, QEMU's arguments, lines the log must have
MACHINES = (
    ("the whole report", [], [], REPORT),
    ("features of max", ["--cpu", "max"], [], [r"boot: feature (smep|smap|umip|nx|wp|fsgsbase) on"] * 6),
    ("features of qemu64", ["--cpu", "qemu64"], [],
     [r"boot: feature (nx|wp) on"] * 2 + [r"boot: feature (smep|smap|umip|pcid|fsgsbase) absent"] * 5),
    ("weaknesses of a Skylake", ["--cpu", "Skylake-Client"], [],
     [r"boot: vuln (meltdown|spectre_v1|spectre_v2|ssb|l1tf|mds|srbds|mmio_stale|retbleed|gds) yes .*"] * 10),
    ("four processors, q35", ["--smp", "4"], ["-machine", "q35"], [r"boot: cpus found=4 online=4"]),
    ("no HPET", [], ["-no-hpet"], [r"boot: clock tsc hz=\d+ source=acpi-pm.*"]),
    ("no ACPI", ["--kernel"], ["-no-acpi"], [r"acpi: no tables", r"boot: clock tsc hz=\d+ source=pit.*"]),
    ("no i8042", [], ["-machine", "q35,i8042=off"], REPORT),
    ("no graphics", [], ["-vga", "none"], REPORT),
    ("counted instructions", ["--icount", "--kernel"], [], [r"boot: clock tsc hz=(9999|1000[01])\d{5} source=hpet.*"]),
)


def distinct(pattern, log):
    """How many different lines of the log fit the pattern as a whole."""
    return len({line for line in log.splitlines() if re.fullmatch(pattern, line.strip())})


def try_machine(options, arguments, patterns):
    command = [RUN, "--headless", "--timeout", "60", "--image", IMAGE, "--command", "echo up", *options]
    done = subprocess.run([*command, "--", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace", check=False)
    missing = [p for p in dict.fromkeys(patterns) if distinct(p, done.stderr) < patterns.count(p)]
    good = done.returncode == 0 and done.stdout == "up\n" and not missing
    return good, "status 0, 'up' and " + "; ".join(missing or ["every line"]), f"status {done.returncode}: {done.stderr}"


def main():
    lost = 0
    for count, (name, options, arguments, patterns) in enumerate(MACHINES, 1):
        good, expected, got = try_machine(options, arguments, patterns)
        lost += not good
        print(f"{'ok' if good else 'not ok'} {count} - {name}", flush=True)
        if not good:
            print(f"# expected {expected}\n# got {got}".replace("\n", "\n# "))
    print(f"1..{len(MACHINES)}")
    return 1 if lost else 0


raise SystemExit(main())
