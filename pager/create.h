// SPDX-License-Identifier: BSD-2-Clause
// Making and unmaking tasks. Both lock by themselves.
#ifndef PAGER_CREATE_H
#define PAGER_CREATE_H

#include "pager/task.h"

struct create_options {
    const char *path; // of the ELF file in the boot archive
    uint64_t memory;  // limit, bytes
    uint64_t quota;   // kernel memory, bytes
    uint64_t cpus;
    unsigned max_priority, visitors;
    uint64_t badge_flags; // of its capability to the pager
};
struct created {
    uint64_t id, entry;
    l4_handle_t space;
};

// What the archive and the gates are; once, at the start.
void create_init(const void *archive, uint64_t bytes, l4_handle_t service_gate, l4_handle_t fault_gate);
// A complete space in which nothing is resident.
L4_MUST_CHECK int create_task(const struct create_options *options, struct created *out);
// Writes bytes into its start-up page. L4_ERR_RANGE: not all within.
L4_MUST_CHECK int create_startup(uint64_t id, uint64_t offset, const void *bytes, uint64_t count);
// Creates and starts the task's first thread at the ELF entry; its capability, which the task owns.
L4_MUST_CHECK int create_first_thread(uint64_t id, unsigned priority, l4_handle_t *thread);
// Destroys the space and everything the task had.
L4_MUST_CHECK int create_destroy(uint64_t id);
// Where the archive lies in the window (attach).
const void *create_archive(uint64_t *bytes);

#endif
