#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Memory that is full of what others left: the machine boots, and programs see nothing of it. The bytes lie there
before the firmware starts, from 2 MiB on, where the boot loader puts the archive. Prints TAP."""
import os
import pathlib
import re
import subprocess
import tempfile

RUN, IMAGE = os.environ["QUIRE_RUN"], os.environ["QUIRE_IMAGE"]
MANIFEST = pathlib.Path(RUN).parent.parent / "conf" / "manifest.ini"
SECTION = """
[pieces]
path = test/pieces
start = demand
memory = 8M
cap.out = spawner
cap.archive = archive
cap.vfs = vfs
"""
COMMANDS = ("pieces archive", "pieces", "test/memory", "test/stack")


def boot(folder):
    manifest, left = pathlib.Path(folder, "manifest.ini"), pathlib.Path(folder, "left.bin")
    manifest.write_text(MANIFEST.read_text(encoding="utf-8") + SECTION, encoding="utf-8")
    left.write_bytes(b"\xa5" * (256 << 20))
    command = [RUN, "--headless", "--timeout", "120", "--image", IMAGE, "--manifest", str(manifest)]
    for what in COMMANDS:
        command += ["--command", what]
    command += ["--", "-device", f"loader,file={left},addr=0x200000,force-raw=on"]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                          check=False)


def main():
    with tempfile.TemporaryDirectory() as folder:
        done = boot(folder)
    plans = re.findall(r"^1\.\.\d+$", done.stdout, re.MULTILINE)
    bad = re.findall(r"^not ok.*$", done.stdout, re.MULTILINE)
    good = done.returncode == 0 and len(plans) == len(COMMANDS) and not bad
    print(f"{'ok' if good else 'not ok'} 1 - memory full of leftovers\n1..1")
    if not good:
        print(f"# expected status 0 and {len(COMMANDS)} programs without failure")
        print(f"# got {done.returncode}, {plans}, {bad}:\n{done.stderr}".replace("\n", "\n# "))
    return 0 if good else 1


raise SystemExit(main())
