#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The logic of scripts/bench that needs no machine: where a row's round begins and ends, and what is made of the
plugin's output. Prints TAP."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
import bench_rounds  # noqa: E402

FIELDS = ("fields kernel user code_lines data_lines kernel.syscall kernel.sysret kernel.cr3 kernel.push "
          "user.syscall user.sysret user.cr3 user.push\n")
ROUND = "round 56 14 4 6 0 2 2 0 2 0 0 1\n"
LONGER = "round 356 14 40 60 0 2 2 9 2 0 0 1\n"
LINES = "code 0xffffffff80001040\ncode 0xffffffff80001000\ndata 0xffffffffc0000000\n"


def refused(function, *arguments):
    try:
        return f"{function(*arguments)} accepted"
    except bench_rounds.RoundsError:
        return True


def each_row_has_its_client():
    rows_h = (ROOT / "test" / "bench" / "ipcbench" / "rows.h").read_text(encoding="utf-8")
    found = bench_rounds.clients(rows_h)
    yield found["entry.rt.2s.w0"], "client_w0"
    yield found["queue.rt.2s.w64"], "client_w64"
    yield found["null"], "client_null"
    yield len(found) + len(bench_rounds.NO_CLIENT), rows_h.count('    X("')


def a_round_lies_between_two_time_stamps():
    listing = "  401540:\t0f 31\trdtsc\n  401542:\t90\tnop\n  401580:\t0f 31\trdtsc\n  4015c0:\t0f 31\trdtsc\n"
    yield bench_rounds.window(listing), [0x401540, 0x401580]
    yield refused(bench_rounds.window, "  401540:\t0f 31\trdtsc\n"), True


def figures_add_up():
    got = bench_rounds.summary(FIELDS + 3 * ROUND + LINES, 3, 7, 63)
    yield (got["kernel"], got["user"], got["total"]), (56, 7, 63)
    yield (got["code_lines"], got["data_lines"]), (4, 6)
    yield (got["syscall"], got["sysret"], got["cr3"]), (2, 2, 2)
    yield (got["forbidden"], got["forbidden_list"]), (1, {"push": 1})
    yield got["differ"], 0
    yield got["lines"], {"code": [0xffffffff80001000, 0xffffffff80001040], "data": [0xffffffffc0000000]}
    yield refused(bench_rounds.summary, FIELDS + 3 * ROUND + LINES, 3, 7, 64), True


def rounds_that_differ_are_counted():
    got = bench_rounds.summary(FIELDS + ROUND + LONGER + ROUND + LINES, 3, 7, 63)
    yield (got["kernel"], got["differ"]), (56, 1)
    yield bench_rounds.line("r", got).endswith(" unstable=1/3"), True
    even = bench_rounds.summary(FIELDS + LONGER + ROUND, 2, 7, 63)
    yield (even["kernel"], even["differ"]), (56, 1)


def output_that_is_not_whole_is_refused():
    yield refused(bench_rounds.summary, FIELDS + ROUND, 2, 7, 63), True
    yield refused(bench_rounds.summary, FIELDS + ROUND + "full\n", 1, 7, 63), True
    yield refused(bench_rounds.summary, FIELDS + "round 1 2\n", 1, 7, 63), True


def a_line_names_what_is_forbidden():
    got = bench_rounds.summary(FIELDS + ROUND, 1, 7, 63)
    yield bench_rounds.line("entry", got), ("PLUGIN entry kernel=56 user=7 total=63 code_lines=4 data_lines=6 syscall=2 "
                                            "sysret=2 cr3=2 forbidden=1 push:1")


TESTS = [each_row_has_its_client, a_round_lies_between_two_time_stamps, figures_add_up, rounds_that_differ_are_counted,
         output_that_is_not_whole_is_refused, a_line_names_what_is_forbidden]


def main():
    lost = 0
    for number, test in enumerate(TESTS, 1):
        wrong = [pair for pair in test() if pair[0] != pair[1]]
        lost += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {number} - {test.__name__}")
        for got, expected in wrong:
            print(f"# expected {expected!r}\n# got {got!r}")
    print(f"1..{len(TESTS)}")
    return 1 if lost else 0


sys.exit(main())
