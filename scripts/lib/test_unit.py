# SPDX-License-Identifier: BSD-2-Clause
"""Group unit: the cmocka programs of test/unit, built for the host with ASan and UBSan."""
import build
from results import Test, run_script

SECONDS = 120
ENVIRONMENT = {"CMOCKA_MESSAGE_OUTPUT": "TAP", "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=1",
               "UBSAN_OPTIONS": "print_stacktrace=1"}


def _test(name):
    program = build.BUILD / "check" / "unit" / name
    return Test(f"unit/{name}", lambda: run_script(f"unit/{name}", [str(program)], SECONDS, ENVIRONMENT, tap=True))


def find():
    return [_test(path.stem) for path in sorted((build.ROOT / "test" / "unit").glob("test_*.c"))]


def prepare(_tests):
    build.build("check", ["unit-tests"])
