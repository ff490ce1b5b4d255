// SPDX-License-Identifier: BSD-2-Clause
// A mutex for threads and visitors of one space. Uncontended it does not enter the kernel. When it becomes
// free the one who has waited longest is woken; whoever comes first takes it. Waiting is shielded from
// cancellation and owner death. Not recursive; a holder takes no second one and calls nobody (debug builds
// abort).
#ifndef L4_MUTEX_H
#define L4_MUTEX_H

#include <stdatomic.h>
#include <l4/base.h>

struct l4_mutex {
    _Atomic uint64_t word; // 0 free, 1 held, with waiters their newest and flags (mutex.c)
};
#define L4_MUTEX_INIT \
    {                 \
        0             \
    }

void l4_mutex_lock(struct l4_mutex *mutex);
bool l4_mutex_try(struct l4_mutex *mutex);
void l4_mutex_unlock(struct l4_mutex *mutex);

#endif
