#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every cell of docs/lifetimes.md on a machine with two CPUs: see lib/cells.py."""
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/lib")
import cells  # noqa: E402

sys.exit(cells.main(2))
