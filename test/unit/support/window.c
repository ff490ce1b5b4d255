// SPDX-License-Identifier: BSD-2-Clause
// Where kernel code under test sees physical memory; a test that needs it points it at a buffer of its own.
#include <stdint.h>

#include "kernel/base/types.h"

uint64_t host_phys_window;
