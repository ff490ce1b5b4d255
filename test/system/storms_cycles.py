#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Objects of every kind come and go on all CPUs at once, and the counters are as before: the program test/storms with one,
two and four CPUs. storms_cycles_nightly.py does it 10^5 times."""
import pathlib
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import storms  # noqa: E402

RELEASE = str(pathlib.Path(storms.IMAGE).parent.parent / "release" / "quire.iso")


def main():
    report = storms.Report()
    # The check build recounts all books whenever there are fewer objects: many cycles are for the release build.
    # On several CPUs each round waits for processors that the emulator runs in turn.
    for cpus, count in ((1, 10000), (2, 1000)):
        report.boot(f"check, cpus {cpus}", "cycles 24", cpus, 150)
        report.boot(f"release, cpus {cpus}", f"cycles {count}", cpus, 150, image=RELEASE)
    return report.end()


sys.exit(main())
