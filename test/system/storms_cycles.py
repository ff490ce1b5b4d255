#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Objects of every kind come and go on all CPUs at once, and the counters are as before: the program test/storms with one,
two and four CPUs. storms_cycles_nightly.py does it 10^5 times."""
import pathlib
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import storms  # noqa: E402

# With assertions; a few with the books recounted whenever there are fewer objects; and as it is shipped, where that was built.
RELEASE = pathlib.Path(storms.IMAGE).parent.parent / "release" / "quire.iso"


def main():
    report = storms.Report()
    report.boot("recounted, cpus 2", "cycles 60", 2, 150)
    for cpus in (1, 2, 4):
        report.boot(f"cpus {cpus}", f"cycles {400 if cpus == 4 else 1000}", cpus, 150, options=["--append", "recount=0"])
    if RELEASE.exists():
        report.boot("release, cpus 2", "cycles 4000", 2, 120, image=str(RELEASE))
    return report.end()


sys.exit(main())
