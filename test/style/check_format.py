#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""C files are as clang-format leaves them (.clang-format at the root)."""
import subprocess
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import tree  # noqa: E402

names = tree.files(".c", ".h")
done = subprocess.run(["clang-format", "--dry-run", "--style=file", "-Werror", "--ferror-limit=1", *names],
                      cwd=tree.ROOT, capture_output=True, text=True, check=False) if names else None
defects = [line for line in done.stderr.splitlines() if ": error: " in line] if done else []
if done and done.returncode != 0 and not defects:
    defects = [done.stderr.strip()]
tree.report("C files formatted", len(names), defects)
