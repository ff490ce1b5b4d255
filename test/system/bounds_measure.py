#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the kernel promises of its longest stretches with interrupts off: see lib/bounds.py."""
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import bounds  # noqa: E402

sys.exit(bounds.main("measure", ["threads", "revoke", "deadline", "window", "refs", "orphan", "area", "indices", "items", "caps",
                                 "fault", "source", "device"]))
