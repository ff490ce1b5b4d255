#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The manifest decides what a program may have: a capability struck from it is missing at its use,
errors are named with line and key."""
import os
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
from session import report, run  # noqa: E402

MANIFEST = (pathlib.Path(__file__).resolve().parents[2] / "conf" / "manifest.ini").read_text(encoding="utf-8")


def boot_with(text, *commands):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "manifest")
        pathlib.Path(path).write_text(text, encoding="utf-8")
        return run("--manifest", path, commands=commands)


def strike(section, line):
    """The manifest without LINE of [SECTION]."""
    changed, count = re.subn(rf"(?ms)^(\[{section}\]\n(?:(?!^\[).)*?)^{re.escape(line)}\n", r"\1", MANIFEST, count=1)
    if count != 1:
        raise ValueError(f"conf/manifest.ini: no line '{line}' in [{section}]")
    return changed


def struck_capability_is_missing_at_its_use():
    status, out, _ = boot_with(strike("shell", "cap.vfs = vfs"), "cat /etc/motd")
    yield (status, out), (1, "cat: /etc/motd: no such capability\n")
    yield boot_with(strike("shell", "cap.vfs = vfs"), "echo ok")[:2], (0, "ok\n")
    status, out, _ = boot_with(strike("shell", "cap.info = info"), "mem -v")
    yield (status != 0, "no such capability" in out), (True, True)


def unchanged_manifest_works():
    status, out, _ = boot_with(MANIFEST, "cat /etc/motd")
    yield (status, out != ""), (0, True)


def errors_name_line_and_key():
    number = MANIFEST.splitlines().index("[vfs]") + 2
    text = MANIFEST.replace("[vfs]\n", "[vfs]\nnosuchkey = 1\n")
    status, out, err = boot_with(text, "echo ok")
    yield (status != 0, out), (True, "")
    yield f"manifest: line {number}: nosuchkey: " in err, True


sys.exit(report([struck_capability_is_missing_at_its_use, unchanged_manifest_works, errors_name_line_and_key]))
