// SPDX-License-Identifier: BSD-2-Clause
// See books.h.
#include "books.h"

#include <l4/program.h>
#include <l4/space.h>
#include <l4/string.h>
#include <l4/system.h>
#include <l4/tap.h>

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
#define MS    1000000ull

static void pause(uint64_t ns)
{
    l4_sleep_until(l4_clock() + ns);
}

static void read(struct books *b)
{
    uint64_t kernel[24] = {0}, space[16] = {0};
    int error = L4_OK;
    for (unsigned i = 0; i < 24 && !error; i += 8)
        error = l4_info_counters(l4_cap("info"), i, kernel + i);
    for (unsigned i = 0; i < 16 && !error; i += 8)
        error = l4_space_counters(L4_CAP_SPACE, i, space + i);
    for (unsigned i = 0; i < BOOKS_KERNEL_END; i++)
        b->value[i] = kernel[of_kernel[i]];
    for (unsigned i = 0; i < BOOKS_SPACE_END; i++)
        b->value[BOOKS_KERNEL_END + i] = space[of_space[i]];
    if (error)
        l4_abort("counters");
}

void books_settle(struct books *out)
{
    struct books last = {{0}};
    unsigned same = 0;
    for (unsigned i = 0; i < TRIES && same < 8; i++) {
        pause(MS);
        read(out);
        same = memcmp(&last, out, sizeof(last)) == 0 ? same + 1 : 0;
        last = *out;
    }
}

static bool differ(const struct books *a, const struct books *b, unsigned i, uint64_t spare)
{
    uint64_t more = a->value[i] > b->value[i] ? a->value[i] - b->value[i] : b->value[i] - a->value[i];
    return more > (i == BOOKS_KERNEL_POOL_FREE ? spare : 0);
}

bool books_same(const struct books *before, uint64_t spare)
{
    struct books now;
    unsigned wrong = 1;
    for (unsigned i = 0; i < TRIES && wrong; i++) {
        read(&now);
        wrong = 0;
        for (unsigned k = 0; k < BOOKS_END; k++)
            wrong += differ(before, &now, k, spare);
        if (wrong)
            pause(2 * MS);
    }
    return wrong == 0;
}

void books_tell(const struct books *before)
{
    struct books now;
    read(&now);
    for (unsigned k = 0; k < BOOKS_END; k++) {
        if (now.value[k] != before->value[k])
            tap_note("%s: %lu, before %lu", names[k], now.value[k], before->value[k]);
    }
}

void books_result(bool same, const struct books *before, const char *after_what)
{
    tap_ok(same, "%s: the counters are as before", after_what);
    if (!same)
        books_tell(before);
}
