// SPDX-License-Identifier: BSD-2-Clause
// Inner interface of the request code (service.c, service_memory.c).
#ifndef PAGER_SERVICE_H
#define PAGER_SERVICE_H

#include "pager/task.h"
#include <l4/ipc.h>

struct request {
    struct l4_msg *m; // in: arguments, out: results
    uint64_t caller;  // task id
    size_t bytes;     // in the memory words of the request
    unsigned words;   // memory words of the answer, without items
    unsigned items;   //   and items, behind them
};

int service_alloc(struct request *r);
int service_free(struct request *r);
int service_attach(struct request *r);
int service_indices(struct request *r);
// What lies at an address of a task: enum l4_region_kind, start, end, access. With the books locked.
void service_describe(const struct task *task, uint64_t address, uint64_t out[static 4]);

#endif
