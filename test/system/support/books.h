// SPDX-License-Identifier: BSD-2-Clause
// The counters that a part of a test must leave as they were: the kernel's, and those of this program's
// space.
#ifndef BOOKS_H
#define BOOKS_H

#include <stdbool.h>
#include <stdint.h>

// X(counter of INFO_COUNTERS, what) and X(counter of SPACE_COUNTERS, what)
#define BOOKS_KERNEL(X)           \
    X(SPACES, "spaces")           \
    X(THREADS, "threads")         \
    X(GATES, "gates")             \
    X(EVENTS, "events")           \
    X(CAPS, "capabilities")       \
    X(MAPPINGS, "mappings")       \
    X(UTCB_PAGES, "UTCB pages")   \
    X(STACK_PAGES, "stack pages") \
    X(ACTIVATIONS, "activations") \
    X(POOL_FREE, "free pool pages")
#define BOOKS_SPACE(X)                 \
    X(QUOTA_USED, "own kernel memory") \
    X(THREADS, "own threads")          \
    X(ACTIVATIONS, "own activations")  \
    X(CAPS, "own capabilities")        \
    X(VISITORS, "own visitors")        \
    X(HOME_FREE, "own free home activations")

#define X(name, what) BOOKS_KERNEL_##name,
enum { BOOKS_KERNEL(X) BOOKS_KERNEL_END };
#undef X
#define X(name, what) BOOKS_SPACE_##name,
enum { BOOKS_SPACE(X) BOOKS_SPACE_END };
#undef X
#define BOOKS_END (BOOKS_KERNEL_END + BOOKS_SPACE_END)

struct books {
    uint64_t value[BOOKS_END];
};

// Waits until nothing changes any more, but not for ever.
void books_settle(struct books *out);
// Waits until they are as before. SPARE: pages of the kernel's pool that may be missing, because slabs that
// were used by more objects at a time than before keep some.
bool books_same(const struct books *before, uint64_t spare);
// What is different is said, line by line.
void books_tell(const struct books *before);
// A result; what is different is said.
void books_result(bool same, const struct books *before, const char *after_what);

#endif
