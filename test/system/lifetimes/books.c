// SPDX-License-Identifier: BSD-2-Clause
// See books.h.
#include "books.h"

#include <l4/string.h>
#include <l4/system.h>
#include "kit.h"

#define X(name, what) what,
static const char *const names[] = {BOOKS_KERNEL(X) BOOKS_SPACE(X)};
#undef X
#define X(name, what) L4_COUNT_##name,
static const uint8_t of_kernel[] = {BOOKS_KERNEL(X)};
#undef X
#define X(name, what) L4_SPACE_##name##_COUNT,
static const uint8_t of_space[] = {BOOKS_SPACE(X)};
#undef X

#define TRIES 300

static void read(struct books *b)
{
    uint64_t kernel[24] = {0}, space[16] = {0};
    int error = L4_OK;
    for (unsigned i = 0; i < 24 && !error; i += 8)
        error = l4_info_counters(l4_cap("info"), i, kernel + i);
    for (unsigned i = 0; i < 16 && !error; i += 8)
        error = l4_space_counters(L4_CAP_SPACE, i, space + i);
    want_error(error, L4_OK, "the counters can be read");
    for (unsigned i = 0; i < BOOKS_KERNEL_END; i++)
        b->value[i] = kernel[of_kernel[i]];
    for (unsigned i = 0; i < BOOKS_SPACE_END; i++)
        b->value[BOOKS_KERNEL_END + i] = space[of_space[i]];
}

void books_settle(struct books *out)
{
    struct books last = {{0}};
    unsigned same = 0;
    for (unsigned i = 0; i < TRIES && same < 8; i++) {
        pause_ms(1);
        read(out);
        same = memcmp(&last, out, sizeof(last)) == 0 ? same + 1 : 0;
        last = *out;
    }
}

void books_compare(const struct books *before)
{
    struct books now;
    for (unsigned i = 0; i < TRIES; i++) {
        read(&now);
        if (memcmp(before, &now, sizeof(now)) == 0)
            return;
        pause_ms(2);
    }
    for (unsigned i = 0; i < BOOKS_END; i++)
        want_equal(now.value[i], before->value[i], names[i]);
}
