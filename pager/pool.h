// SPDX-License-Identifier: BSD-2-Clause
// The kernel's page pool as the pager sees it: it was given a part of memory at boot, and gets more when that
// is spent. What it got stays the kernel's. Takes the lock of the books by itself.
#ifndef PAGER_POOL_H
#define PAGER_POOL_H

#include <stdint.h>
#include <l4/base.h>

// The kernel had no `bytes` left for something new: gives it as much, and more. L4_OK: ask it again.
L4_MUST_CHECK int pool_grow(uint64_t bytes);

#endif
