#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The Python part of scripts/bench; scripts/bench has seen to it that the tools are there."""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import bench_rounds
import build
import machine
import symbols

PLUGIN_ROWS = ["entry.rt.2s.w0", "entry.rt.1s.w0", "queue.rt.2s.w0"]
WARM_UP = 100
SECONDS = 200
ROWS_H = build.ROOT / "test" / "bench" / "ipcbench" / "rows.h"
RESULTS = build.BUILD / "bench"
BENCH = re.compile(r"^BENCH (\S+) (\w+) min=(\d+) med=(\d+) max=(\d+) n=(\d+)", re.MULTILINE)
EMPTY = re.compile(r"^# two time stamps cost (\d+),", re.MULTILINE)
END = re.compile(r"^BENCH end rows=(\d+)$", re.MULTILINE)


class BenchError(Exception):
    """A boot that did not end as it should."""


def arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/bench", allow_abbrev=False,
        description="Measure the release image under instruction counting: what each row of ipcbench costs, as BENCH "
        "lines and in build/bench/ipcbench.json; with --plugin what one round trip of a row is made of, as PLUGIN "
        "lines and in build/bench/plugin.json.", epilog="docs/benchmarks.md says what the rows and figures are.")
    parser.add_argument("--plugin", action="store_true",
                        help="kernel and user instructions, cache lines, and instructions a fast path must not have")
    parser.add_argument("rows", nargs="*", metavar="ROW",
                        help=f"rows for --plugin, or 'all' ({' '.join(PLUGIN_ROWS)})")
    parser.add_argument("--rounds", type=int, default=1000, metavar="N",
                        help=f"round trips that --plugin looks at, after {WARM_UP} (1000)")
    parser.add_argument("--yes", action="store_true", help="install missing packages without asking")
    options = parser.parse_args()
    known = bench_rounds.clients(ROWS_H.read_text(encoding="utf-8"))
    unknown = [row for row in options.rows if row not in known and row != "all"]
    if options.rows and not options.plugin:
        parser.error("rows are for --plugin")
    if unknown:
        parser.error(f"no row '{unknown[0]}'; there are {' '.join(known)}")
    if not 1 <= options.rounds <= 10000:
        parser.error("--rounds takes 1 to 10000")
    options.rows = list(known) if "all" in options.rows else options.rows or PLUGIN_ROWS
    return options, known


def run(folder, command, *qemu):
    """Output of a command of the guest."""
    line = [str(build.ROOT / "scripts" / "run"), "--headless", "--icount", "--timeout", str(SECONDS), "--image",
            str(folder / "quire.iso"), "--command", command]
    done = subprocess.run(line + (["--", *qemu] if qemu else []), stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, errors="replace", check=False)
    if done.returncode != 0 or not END.search(done.stdout):
        raise BenchError(f"{command} ended with status {done.returncode}\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def write(name, what):
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / name).write_text(json.dumps(what, indent=2) + "\n", encoding="utf-8")


def instructions():
    out = run(build.build("release", ["image"]), "ipcbench")
    print(out, end="")
    rows = {name: {"unit": unit, "min": int(least), "med": int(middle), "max": int(most), "n": int(count)}
            for name, unit, least, middle, most, count in BENCH.findall(out)}
    if len(rows) != int(END.search(out).group(1)):
        raise BenchError("not every row was understood")
    write("ipcbench.json", {"rows": rows})


def window(program, function):
    """Addresses of a client's two time stamps."""
    names = subprocess.run(["nm", str(program)], capture_output=True, text=True, check=True).stdout
    found = re.search(rf"^([0-9a-f]+) \w {function}$", names, re.MULTILINE)
    if not found:
        raise BenchError(f"{program} has no {function}")
    listing = subprocess.run(["objdump", "-d", f"--start-address=0x{found.group(1)}", str(program)],
                             capture_output=True, text=True, check=True).stdout
    return bench_rounds.window(listing)


def measure(folder, row, function, rounds):
    begin, end = window(folder / "symbols" / "bin" / "ipcbench", function)
    with tempfile.TemporaryDirectory() as work:
        seen = pathlib.Path(work) / "rounds.txt"
        options = f"begin={begin:#x},end={end:#x},skip={WARM_UP},rounds={rounds},out={machine.quoted(seen)}"
        out = run(folder, f"ipcbench {row}", "-plugin",
                  f"{machine.quoted(folder / 'bench' / 'rounds.so')},{options}")
        empty, measured = EMPTY.search(out), BENCH.search(out)
        if not empty or not measured or measured.group(1) != row:
            raise BenchError(f"{row}: ipcbench said\n{out}")
        return bench_rounds.summary(seen.read_text(encoding="ascii"), rounds, int(empty.group(1)),
                                    int(measured.group(4)))


def name_lines(figures, names):
    """Addresses as text; of code with the function that the line begins in."""
    for kind, found in figures["lines"].items():
        figures["lines"][kind] = [f"{address:#x} {names.function(address) if kind == 'code' else ''}".rstrip()
                                  for address in found]


def rounds_of(options, functions):
    folder = build.build("release", ["image", "bench-plugin"])
    names = symbols.File(folder / "quire.elf")
    rows = {}
    for row in options.rows:
        rows[row] = measure(folder, row, functions[row], options.rounds)
        name_lines(rows[row], names)
        print(bench_rounds.line(row, rows[row]), flush=True)
    write("plugin.json", {"rows": rows})


def main():
    options, functions = arguments()
    try:
        if options.plugin:
            rounds_of(options, functions)
        else:
            instructions()
    except (build.BuildError, BenchError, bench_rounds.RoundsError) as error:
        sys.stderr.write(f"bench: {error}\n")
        return 1
    return 0


sys.exit(main())
