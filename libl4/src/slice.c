// SPDX-License-Identifier: BSD-2-Clause
// Slices: text with a length. See l4/slice.h.
#include <l4/slice.h>

struct l4_slice l4_slice(const char *at, size_t length)
{
    return (struct l4_slice){at, length};
}

struct l4_slice l4_slice_z(const char *text)
{
    size_t length = 0;

    while (text[length] != 0)
        length++;
    return l4_slice(text, length);
}

bool l4_slice_equal(struct l4_slice a, struct l4_slice b)
{
    if (a.length != b.length)
        return false;
    for (size_t i = 0; i < a.length; i++)
        if (a.at[i] != b.at[i])
            return false;
    return true;
}

bool l4_slice_is(struct l4_slice a, const char *text)
{
    return l4_slice_equal(a, l4_slice_z(text));
}

bool l4_slice_starts(struct l4_slice a, const char *prefix)
{
    struct l4_slice b = l4_slice_z(prefix);

    return a.length >= b.length && l4_slice_equal(l4_slice(a.at, b.length), b);
}

struct l4_slice l4_slice_skip(struct l4_slice a, size_t bytes)
{
    if (bytes > a.length)
        bytes = a.length;
    return l4_slice(a.at + bytes, a.length - bytes);
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

struct l4_slice l4_slice_trim(struct l4_slice a)
{
    while (a.length > 0 && blank(a.at[0]))
        a = l4_slice_skip(a, 1);
    while (a.length > 0 && blank(a.at[a.length - 1]))
        a.length--;
    return a;
}

struct l4_slice l4_slice_until(struct l4_slice *rest, char mark)
{
    struct l4_slice part = l4_slice(rest->at, 0);

    while (part.length < rest->length && rest->at[part.length] != mark)
        part.length++;
    *rest = l4_slice_skip(*rest, part.length + 1);
    return part;
}

struct l4_slice l4_slice_word(struct l4_slice *rest)
{
    struct l4_slice word;

    while (rest->length > 0 && blank(rest->at[0]))
        *rest = l4_slice_skip(*rest, 1);
    word = l4_slice(rest->at, 0);
    while (word.length < rest->length && !blank(rest->at[word.length]))
        word.length++;
    *rest = l4_slice_skip(*rest, word.length);
    return word;
}

static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10;
    return 16;
}

bool l4_slice_number(struct l4_slice a, uint64_t *value)
{
    uint64_t sum = 0;
    unsigned base = 10;

    if (l4_slice_starts(a, "0x")) {
        base = 16;
        a = l4_slice_skip(a, 2);
    }
    if (a.length == 0)
        return false;
    for (size_t i = 0; i < a.length; i++) {
        unsigned digit = digit_value(a.at[i]);

        if (digit >= base || sum > (UINT64_MAX - digit) / base)
            return false;
        sum = sum * base + digit;
    }
    *value = sum;
    return true;
}

bool l4_slice_size(struct l4_slice a, uint64_t *value)
{
    unsigned shift = 0;
    uint64_t number;

    if (a.length > 0) {
        char unit = a.at[a.length - 1];

        if (unit == 'K' || unit == 'M' || unit == 'G') {
            shift = unit == 'K' ? 10 : unit == 'M' ? 20 : 30;
            a.length--;
        }
    }
    if (!l4_slice_number(a, &number) || number > UINT64_MAX >> shift)
        return false;
    *value = number << shift;
    return true;
}

bool l4_slice_copy(char *to, size_t room, struct l4_slice a)
{
    if (a.length >= room)
        return false;
    for (size_t i = 0; i < a.length; i++)
        to[i] = a.at[i];
    to[a.length] = 0;
    return true;
}
