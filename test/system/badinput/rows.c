// SPDX-License-Identifier: BSD-2-Clause
// See rows.h.
#include "rows.h"
#include <l4/string.h>

// What is read here is mapped before anybody looks how much is.
static void touch(const void *at, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        (void)((const volatile char *)at)[i];
}

#define TOUCH_ROWS(rows, count)                                      \
    do {                                                             \
        touch(rows, (count) * sizeof((rows)[0]));                    \
        for (unsigned row_ = 0; row_ < (count); row_++)              \
            touch((rows)[row_].text, strlen((rows)[row_].text) + 1); \
    } while (0)

void rows_touch(void)
{
    TOUCH_ROWS(space_rows, space_count);
    TOUCH_ROWS(more_rows, more_count);
    TOUCH_ROWS(bits_rows, bits_count);
    TOUCH_ROWS(call_rows, call_count);
    TOUCH_ROWS(visit_rows, visit_count);
    TOUCH_ROWS(item_rows, item_count);
}
