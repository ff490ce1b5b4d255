#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The Python part of scripts/test: finds the tests, builds what they need, runs them, reports. The
last line is 'N passed, N failed, N skipped'."""
import argparse
import concurrent.futures
import fnmatch
import os
import sys
import time

import build
import test_boot
import test_models
import test_style
import test_system
import test_unit
from results import FAILED, PASSED, SKIPPED, failed

GROUPS = {"unit": test_unit, "models": test_models, "system": test_system.SYSTEM, "slowpath": test_system.SLOWPATH,
          "boot": test_boot, "style": test_style}


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/test", allow_abbrev=False, description="Run Quire's tests.")
    parser.add_argument("names", nargs="*", metavar="GROUP|NAME",
                        help="group (unit, models, system, boot, style), GROUP/NAME, or NAME; patterns are allowed")
    parser.add_argument("--list", action="store_true", help="print the names of the tests")
    parser.add_argument("--nightly", action="store_true", help="the long tests as well")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="tests at a time")
    parser.add_argument("--yes", action="store_true", help="install missing packages without asking")
    options = parser.parse_args()
    if options.jobs < 1:
        parser.error("--jobs takes a positive number")
    return parser, options


def wanted(test, names):
    short = test.name.partition("/")[2]
    return not names or any(name == test.name.partition("/")[0] or fnmatch.fnmatchcase(test.name, name)
                            or fnmatch.fnmatchcase(short, name) for name in names)


def select(parser, options):
    """Group name -> tests to run. A name that fits no test is an error, not an empty run."""
    found = {group: module.find() for group, module in GROUPS.items()}
    everything = [test for tests in found.values() for test in tests]
    for name in options.names:
        if name not in GROUPS and not any(wanted(test, [name]) for test in everything):
            parser.error(f"no test '{name}'; scripts/test --list shows them")
    named = [name for name in options.names if name not in GROUPS]
    chosen = {}
    for group, tests in found.items():
        chosen[group] = [test for test in tests if wanted(test, options.names)
                         and (options.nightly or not test.nightly or wanted(test, named) and named)]
    return {group: tests for group, tests in chosen.items() if tests}


class Report:
    """Counts outcomes and prints them as they come."""

    def __init__(self):
        self.counts = {PASSED: 0, FAILED: 0, SKIPPED: 0}

    def add(self, repeat, outcomes, seconds):
        for outcome in outcomes:
            self.counts[outcome.state] += 1
            if outcome.state == FAILED:
                print(f"FAILED {outcome.name}\n  expected: {indent(outcome.expected)}\n  got: {indent(outcome.got)}\n"
                      f"  repeat: scripts/test {repeat}")
            elif outcome.state == SKIPPED:
                print(f"skipped {outcome.name} {outcome.got}".rstrip())
        states = [outcome.state for outcome in outcomes]
        if FAILED not in states and PASSED in states:
            print(f"ok {repeat} ({states.count(PASSED)} passed, {seconds:.1f} s)")
        sys.stdout.flush()

    def finish(self):
        passed, lost, skipped = (self.counts[state] for state in (PASSED, FAILED, SKIPPED))
        print(f"{passed} passed, {lost} failed, {skipped} skipped", flush=True)
        return 0 if lost == 0 and passed > 0 else 1


def indent(text):
    return text.replace("\n", "\n    ")


def timed(test):
    began = time.monotonic()
    try:
        outcomes = test.run()
    except Exception as error:  # a defect of the test's own code must not end the run
        outcomes = [failed(test.name, "the test to run", f"{type(error).__name__}: {error}")]
    if not outcomes:
        outcomes = [failed(test.name, "at least one result", "none")]
    return test, outcomes, time.monotonic() - began


def run_group(module, tests, jobs, report):
    try:
        module.prepare(tests)
    except build.BuildError as error:
        report.add(tests[0].name, [failed("build", "a build without errors", str(error))], 0)
        return
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(timed, test) for test in tests if not test.alone]):
            test, outcomes, seconds = done.result()
            report.add(test.name, outcomes, seconds)
    for test in filter(lambda test: test.alone, tests):
        _, outcomes, seconds = timed(test)
        report.add(test.name, outcomes, seconds)


def main():
    parser, options = arguments()
    chosen = select(parser, options)
    if options.list:
        for tests in chosen.values():
            for test in tests:
                print(test.name)
        return 0
    report = Report()
    for group, tests in chosen.items():
        run_group(GROUPS[group], tests, options.jobs, report)
    return report.finish()


sys.exit(main())
