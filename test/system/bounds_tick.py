#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The same ends come also while a timer fires every 5,000 instructions: see lib/bounds.py."""
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import bounds  # noqa: E402

sys.exit(bounds.main("tick", ["threads", "revoke", "deadline"]))
