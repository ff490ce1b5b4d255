// SPDX-License-Identifier: BSD-2-Clause
// Every operation that allocates, with its first allocation failing, its second, and so on until it succeeds:
// memory first, then quota. After each failure the kernel's books are what they were, and the next try of the
// same operation works with them. Needs a build whose allocations can fail (check), and pool, info and phys
// from the manifest.
#include <l4/program.h>
#include <l4/system.h>
#include <l4/tap.h>
#include "test/system/failalloc/walk.h"

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    pool = l4_cap("pool");
    info = l4_cap("info");
    tap_error(l4_pool_fail(pool, L4_FAIL_OFF, 0, NULL, NULL), L4_OK, "allocations of this kernel can fail");
    pager_open();
    walk_objects();
    walk_memory();
    walk_messages();
    walk_faults();
    return tap_end();
}
