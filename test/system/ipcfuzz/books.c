// SPDX-License-Identifier: BSD-2-Clause
// See books.h.
#include "books.h"

#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/system.h>
#include <l4/tap.h>
#include <l4/proto/layout.h>

struct books books_count(void)
{
    uint64_t k[24] = {0}, s[16] = {0};
    struct books b = {.free = 0};
    int error = L4_OK;
    l4_sleep_until(l4_clock() + 50000000); // visitors whose owner died end with their visit
    for (unsigned i = 0; i < 24 && !error; i += 8)
        error = l4_info_counters(l4_cap("info"), i, k + i);
    for (unsigned i = 0; i < 16 && !error; i += 8)
        error = l4_space_counters(L4_CAP_SPACE, i, s + i);
    tap_error(error, L4_OK, "the kernel's counters");
    memcpy(b.objects, k + L4_COUNT_SPACES, sizeof(b.objects));
    b.quota = s[L4_SPACE_QUOTA_USED_COUNT];
    b.foreign[0] = k[L4_COUNT_UTCB_PAGES] - s[L4_SPACE_UTCB_PAGES_COUNT];
    b.foreign[1] = k[L4_COUNT_STACK_PAGES] - s[L4_SPACE_STACK_PAGES_COUNT];
    b.foreign[2] = k[L4_COUNT_ACTIVATIONS] - s[L4_SPACE_ACTIVATIONS_COUNT];
    b.free = k[L4_COUNT_POOL_FREE];
    return b;
}

void books_compare(const struct books *before, const struct books *after)
{
    static const char *const objects[] = {"spaces", "threads", "gates", "events", "capabilities"};
    static const char *const foreign[] = {"UTCB pages", "stack pages", "activations"};
    for (unsigned i = 0; i < 5; i++)
        tap_equal(after->objects[i], before->objects[i], objects[i]);
    for (unsigned i = 0; i < 3; i++)
        tap_equal(after->foreign[i], before->foreign[i], foreign[i]);
    tap_equal(after->quota, before->quota, "kernel memory of this program");
    tap_ok(after->free + 2 >= before->free, "pages of the kernel's pool");
    if (after->free < before->free)
        tap_note("free pages of the pool: %lu, were %lu", after->free, before->free);
}
