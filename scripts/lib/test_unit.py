# SPDX-License-Identifier: BSD-2-Clause
"""Group unit: the cmocka programs of test/unit, built for the host with ASan and UBSan, and the
Python programs there, which test the scripts. All of them print TAP."""
import build
from results import Test, run_script

SECONDS = 120
ENVIRONMENT = {"CMOCKA_MESSAGE_OUTPUT": "TAP", "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=1",
               "UBSAN_OPTIONS": "print_stacktrace=1"}


def _test(path):
    name = path.stem
    program = path if path.suffix == ".py" else build.BUILD / "check" / "unit" / name
    return Test(f"unit/{name}", lambda: run_script(f"unit/{name}", [str(program)], SECONDS, ENVIRONMENT, tap=True))


def find():
    paths = sorted((build.ROOT / "test" / "unit").glob("test_*"))
    return [_test(path) for path in paths if path.suffix in (".c", ".py")]


def prepare(_tests):
    cache = build.BUILD / "check" / "CMakeCache.txt"
    # The folder may have been made when cmocka was not there yet, by scripts/run: it is looked for again then.
    missing = cache.exists() and "QUIRE_CMOCKA_INCLUDE-NOTFOUND" in cache.read_text(encoding="utf-8")
    build.build("check", ["unit-tests"], ["-UQUIRE_CMOCKA_INCLUDE"] if missing else [])
