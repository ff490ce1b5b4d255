# SPDX-License-Identifier: BSD-2-Clause
"""The files of the tree, and how a style check reports. A check prints one line per defect and
ends with status 1; it fails as well when it found nothing to look at and the tree has such files."""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
SKIPPED_FOLDERS = {".git", "build", "out", "__pycache__"}


def files(*suffixes):
    """Paths relative to the root, sorted: what git tracks or would track, or all where git is not."""
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, check=False)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode().split("\0") if name]
    else:
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*")
                 if not SKIPPED_FOLDERS & set(path.relative_to(ROOT).parts)]
    names = sorted(set(names))
    return [name for name in names if (ROOT / name).is_file() and (not suffixes or name.endswith(suffixes))]


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def table(name):
    """Lines of a file of words, comments and empty lines left out: [(line number, [words])]."""
    rows = []
    for number, line in enumerate(text(name).splitlines(), 1):
        words = line.partition("#")[0].split()
        if words:
            rows.append((number, words))
    return rows


def report(what, count, defects):
    """End the check."""
    for defect in defects:
        print(defect)
    print(f"{what}: {count} looked at, {len(defects)} defects")
    if count == 0:
        print(f"expected something to look at for '{what}', got nothing")
    sys.exit(1 if defects or count == 0 else 0)
