#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The longest stretches with interrupts off in many more cases: see lib/bounds.py."""
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import bounds  # noqa: E402

sys.exit(bounds.main("measure", ["nothing", "new", "bury", "event", "queue", "entry", "thread", "host", "chain", "windows",
                                 "watched", "split", "unmap", "memory", "places", "tables"]))
