// SPDX-License-Identifier: BSD-2-Clause
// Starting programs: a task from the pager, exactly the capabilities its section names, its start-up block.
// Stateless but for the gates and the manifest, which are set before the first program (start_init) and never
// change.
#ifndef ROOTTASK_START_H
#define ROOTTASK_START_H

#include <l4/slice.h>

#include "roottask/task.h"

struct start_gates {
    l4_handle_t service;
    l4_handle_t control;
    l4_handle_t exception;
};
void start_init(const struct manifest *manifest, const struct start_gates *gates);

struct start_request {
    unsigned program;  // of the manifest
    const char *name;  // of the task
    const char *path;  // in the boot archive
    uint64_t parent;   // 0 = the root task
    const char *words; // argv[0] and what is said besides the manifest's `args`, each with a NUL
    size_t words_bytes;
    l4_handle_t spawner; // for capabilities of that kind; L4_HANDLE_NONE = none
};
unsigned start_program(const struct start_request *request, uint64_t *id);
// A program of the manifest as that says.
unsigned start_section(unsigned program, uint64_t *id);

struct start_grantee {
    uint64_t id; // of the task
    l4_handle_t space;
};
// Capability number `cap` of a program, into its slot of that space.
unsigned start_grant(const struct manifest_cap *cap, unsigned number, const struct start_grantee *task,
                     l4_handle_t spawner, l4_handle_t *handle);
// A capability to a server's gate that a running task has by its manifest, made anew.
unsigned start_renew(uint64_t id, const char *name, l4_handle_t *handle);

#endif
