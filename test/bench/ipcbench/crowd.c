// SPDX-License-Identifier: BSD-2-Clause
// Threads and spaces that are there while the rows are measured.
#include <l4/cap.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/thread.h>

#include "party.h"

#define CROWD_SPACES  1000
#define CROWD_THREADS 10
#define CROWD_QUOTA   (64u << 10)

void crowd_make(void)
{
    static const struct l4_space_area area = {0x10000000, 0x20000000, 0x4000, 64, 0, 0, 0, 0};
    l4_handle_t space, thread;
    for (unsigned s = 0; s < CROWD_SPACES; s++) {
        int error = l4_space_create(L4_CAP_SPACE, CROWD_QUOTA, L4_CPU_ALL, 1, L4_RIGHT_ALL, &space, NULL);
        if (!error)
            error = l4_space_set_area(space, &area);
        for (unsigned t = 0; !error && t < CROWD_THREADS; t++) {
            error = l4_space_thread(space, L4_RIGHT_ALL, L4_SLOT_ANY, 1, &thread, NULL);
            if (!error)
                error = l4_cap_delete(L4_CAP_SPACE, thread);
        }
        if (error)
            l4_abort("crowd");
    }
}
