// SPDX-License-Identifier: BSD-2-Clause
// Client functions of the system pager (protocol: l4/proto/pager.h).
#ifndef L4_PAGER_H
#define L4_PAGER_H

#include <l4/base.h>
#include <l4/owned.h>
#include <l4/abi/handle.h>
#include <l4/proto/layout.h>
#include <l4/proto/pager.h>

// Memory of the own task: zero-filled, page-aligned, bytes rounded up to pages.
L4_MUST_CHECK int l4_memory_alloc(size_t bytes, void **out);
L4_MUST_CHECK int l4_memory_free(void *address, size_t bytes);
L4_MUST_CHECK int l4_archive_attach(const void **archive, size_t *bytes);
// Activations for a pool of the own space; pool L4_POOL_VISITORS has those of the manifest from the start.
L4_MUST_CHECK int l4_pool_fill(unsigned pool, unsigned count);

// Tasks, for the holder of a gate with L4_BADGE_TASKS. The capabilities that arrive are moved out of the
// receive window into free slots of the own table.
struct l4_task_options {
    const char *path; // in the boot archive
    uint64_t memory;  // limit, bytes
    uint64_t quota;   // kernel memory, bytes
    uint64_t cpus;    // set, 0 = all
    unsigned max_priority;
    unsigned visitors;
    unsigned flags; // enum l4_task_flags
};
struct l4_task {
    uint64_t id;
    uint64_t entry; // of its ELF file
    struct l4_owned space;
    struct l4_owned thread; // after l4_task_start
};
// *out is empty before (all zero), owns the space afterwards.
L4_MUST_CHECK int l4_task_create(const struct l4_task_options *options, struct l4_task *out);
L4_MUST_CHECK int l4_task_startup(uint64_t task, const void *block, size_t bytes); // any size up to the page
// L4_ERR_DEAD: it runs, or has run, and its first thread had ended before this could be answered.
L4_MUST_CHECK int l4_task_start(struct l4_task *task, unsigned priority);
// What *from owns goes over to *to, which is empty before; *from keeps id and entry.
L4_MUST_CHECK int l4_task_move(struct l4_task *to, struct l4_task *from);
// Destroys it and closes its two handles. A second time for the same struct is a second free (l4/owned.h).
L4_MUST_CHECK int l4_task_destroy(struct l4_task *task);
// Bytes read from its memory, 0 .. bytes; only what it has touched (or could read from its file).
L4_MUST_CHECK int l4_task_read(uint64_t task, uint64_t address, void *buffer, size_t bytes, size_t *count);
struct l4_task_region {
    uint64_t kind, start, end, access;
};
L4_MUST_CHECK int l4_task_region(uint64_t task, uint64_t address, struct l4_task_region *out);
L4_MUST_CHECK int l4_task_counters(uint64_t task, uint64_t out[static 8]);
L4_MUST_CHECK int l4_pager_counters(uint64_t out[static 8]);

#endif
