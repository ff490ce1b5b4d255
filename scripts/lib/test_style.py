# SPDX-License-Identifier: BSD-2-Clause
"""Group style: every test/style/check_NAME.py is one test. It prints a line per defect and ends
with status 1, or with status 0; 77 means it cannot be done here, and says why."""
import sys

import build
from results import Test, run_script

SECONDS = 300
PRESET = "ci"


def _test(path):
    name = f"style/{path.stem.removeprefix('check_')}"
    return Test(name, lambda: run_script(name, [sys.executable, str(path)], SECONDS))


def find():
    return [_test(path) for path in sorted((build.ROOT / "test" / "style").glob("check_*.py"))]


def prepare(_tests):
    """The checks read the ELF files of the release and of the build whose warnings are errors."""
    build.build(PRESET, ["kernel", "programs", "archive"])
    build.build("release", ["kernel", "programs"])
