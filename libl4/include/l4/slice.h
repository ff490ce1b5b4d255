// SPDX-License-Identifier: BSD-2-Clause
// Slices: text with a length, never assumed to end in NUL. Used by every reader of foreign text (manifest,
// paths, command lines). Pure; no allocation, no state, nothing read outside the slice.
#ifndef L4_SLICE_H
#define L4_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct l4_slice {
    const char *at;
    size_t length;
};

struct l4_slice l4_slice(const char *at, size_t length);
struct l4_slice l4_slice_z(const char *text); // of a NUL-terminated text
bool l4_slice_equal(struct l4_slice a, struct l4_slice b);
bool l4_slice_is(struct l4_slice a, const char *text);
bool l4_slice_starts(struct l4_slice a, const char *prefix);
struct l4_slice l4_slice_skip(struct l4_slice a,
                              size_t bytes);      // without the first bytes, at most all of them
struct l4_slice l4_slice_trim(struct l4_slice a); // without blanks and tabs at both ends

// The part before the first `mark`, which is taken off *rest together with the mark; all of it if there is
// none.
struct l4_slice l4_slice_until(struct l4_slice *rest, char mark);
// The next word between blanks, taken off *rest; empty at the end.
struct l4_slice l4_slice_word(struct l4_slice *rest);

// Decimal or 0x… number; false for anything else and for what does not fit.
bool l4_slice_number(struct l4_slice a, uint64_t *value);
// A number with an optional K, M or G behind it (powers of 1024).
bool l4_slice_size(struct l4_slice a, uint64_t *value);
// NUL-terminated copy; false (and nothing written) if it does not fit.
bool l4_slice_copy(char *to, size_t room, struct l4_slice a);

#endif
