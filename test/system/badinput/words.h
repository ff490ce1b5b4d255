// SPDX-License-Identifier: BSD-2-Clause
// How rows of words are written: operation, object, error, what is wrong, words 0 to 7. Each row has one
// thing wrong, since the pages of docs/reference do not say what is looked at first.
#ifndef TEST_BADINPUT_WORDS_H
#define TEST_BADINPUT_WORDS_H

#include "rows.h"
#include <l4/abi/item.h>
#include <l4/abi/layout.h>
#include <l4/abi/ops.h>

#define K        (1024ull)
#define ALL      (~0ull)
#define SLOT_END 65536ull
#define END      L4_USER_END
#define NOWHERE  0x123456000ull // nothing is mapped there in the own space
#define UTCBS    0x10000000ull
#define STACKS   0x20000000ull
#define WINDOW   0x28000000ull
#define RW       (L4_READ | L4_WRITE)

#define BAD(operation_, object_, error_, text_, ...)                                               \
    {                                                                                              \
        L4_##operation_, object_, L4_ERR_##error_, #operation_ ": " text_, {__VA_ARGS__}, false, 0 \
    }
#define LATE(operation_, object_, error_, deadline_, text_, ...)                                          \
    {                                                                                                     \
        L4_##operation_, object_, L4_ERR_##error_, #operation_ ": " text_, {__VA_ARGS__}, true, deadline_ \
    }

#endif
