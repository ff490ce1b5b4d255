// SPDX-License-Identifier: BSD-2-Clause
// The start-up block: what a program is told about itself, one read-only page at L4_STARTUP_ADDR. The root
// task makes it with the functions below (the pager makes the root task's), the first thread gets its address
// as argument. Every offset counts from the start of the block; strings end with a 0 byte.
#ifndef L4_PROTO_STARTUP_H
#define L4_PROTO_STARTUP_H

#include <stddef.h>
#include <stdint.h>
#include <l4/base.h>
#include <l4/abi/handle.h>

#define L4_STARTUP_MAGIC 0x0074726174536c34ull
#define L4_STARTUP_BYTES 4096
#define L4_STARTUP_ARGS  32
#define L4_STARTUP_CAPS  64

// Label of the one request every program can make of the root task's service gate (L4_SLOT_ROOT) without
// knowing more: the program ends. Word 0 = status. There is no answer; the task is destroyed.
#define L4_ROOT_EXIT 1

struct l4_startup_cap {
    uint32_t name; // offset of the name
    uint32_t unused;
    l4_handle_t handle;
};

struct l4_startup {
    uint64_t magic;                             // 0
    uint32_t size;                              // 8    bytes of the block in use
    uint32_t name;                              // 12   offset of the program's name
    uint64_t task;                              // 16   task id
    uint32_t argc;                              // 24
    uint32_t caps;                              // 28   entries of cap[]
    uint32_t argv[L4_STARTUP_ARGS];             // 32   offsets of the arguments, argv[0] = program as named
    struct l4_startup_cap cap[L4_STARTUP_CAPS]; // 160
};
_Static_assert(offsetof(struct l4_startup, argv) == 32, "start-up layout");
_Static_assert(offsetof(struct l4_startup, cap) == 160, "start-up layout");
_Static_assert(sizeof(struct l4_startup) == 1184, "start-up layout");

// Making a block. buffer has L4_STARTUP_BYTES, aligned to 8. Each function answers L4_ERR_LIMIT if the block
// is full; the block stays as it was then.
void l4_startup_begin(struct l4_startup *block, uint64_t task);
L4_MUST_CHECK int l4_startup_name(struct l4_startup *block, const char *name);
L4_MUST_CHECK int l4_startup_arg(struct l4_startup *block, const char *argument);
L4_MUST_CHECK int l4_startup_add_cap(struct l4_startup *block, const char *name, l4_handle_t handle);

// Reading one: a string of the block, or "" if the offset is wrong.
const char *l4_startup_string(const struct l4_startup *block, uint32_t offset);
// The handle of the capability with this name, or L4_HANDLE_NONE.
l4_handle_t l4_startup_find(const struct l4_startup *block, const char *name);

#endif
