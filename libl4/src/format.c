// SPDX-License-Identifier: BSD-2-Clause
// printf-like formatting into a buffer, and numbers out of text. Pure, no state.
#include <l4/format.h>
#include <l4/string.h>

struct output {
    char *buffer;
    size_t size;
    size_t length; // of the whole text, also what did not fit
};

struct spec {
    bool left, zero;
    bool has_precision;
    size_t width, precision;
    unsigned bytes; // size of an integer argument
    char conversion;
};

static void put(struct output *out, char c)
{
    if (out->length + 1 < out->size)
        out->buffer[out->length] = c;
    out->length++;
}

static void fill(struct output *out, char c, size_t count)
{
    while (count--)
        put(out, c);
}

static void put_text(struct output *out, const struct spec *spec, const char *text, size_t length)
{
    size_t pad = spec->width > length ? spec->width - length : 0;
    if (!spec->left)
        fill(out, ' ', pad);
    for (size_t i = 0; i < length; i++)
        put(out, text[i]);
    if (spec->left)
        fill(out, ' ', pad);
}

// prefix: "", "-" or "0x". Precision = least digits; it switches zero padding off, as in C.
static void put_number(struct output *out, const struct spec *spec, uint64_t value, unsigned base,
                       const char *prefix)
{
    const char *set = spec->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char digits[20];
    size_t count = 0;
    for (; value; value /= base)
        digits[count++] = set[value % base];
    size_t least = spec->has_precision ? spec->precision : 1;
    size_t prefix_length = strlen(prefix);
    size_t zeros = least > count ? least - count : 0;
    size_t total = prefix_length + zeros + count;
    size_t pad = spec->width > total ? spec->width - total : 0;
    if (pad && spec->zero && !spec->left && !spec->has_precision) {
        zeros += pad;
        pad = 0;
    }
    if (!spec->left)
        fill(out, ' ', pad);
    for (size_t i = 0; i < prefix_length; i++)
        put(out, prefix[i]);
    fill(out, '0', zeros);
    while (count)
        put(out, digits[--count]);
    if (spec->left)
        fill(out, ' ', pad);
}

static size_t read_count(const char **format, va_list *arguments, bool *negative)
{
    const size_t most = 4096; // wider fields are cut to this
    size_t value = 0;
    *negative = false;
    if (**format == '*') {
        ++*format;
        int given = va_arg(*arguments, int);
        *negative = given < 0;
        value = given < 0 ? 0u - (unsigned)given : (unsigned)given;
        return value < most ? value : most;
    }
    for (; **format >= '0' && **format <= '9'; ++*format)
        value = value < most ? value * 10 + (size_t)(**format - '0') : most;
    return value < most ? value : most;
}

static unsigned read_length(const char **format)
{
    unsigned bytes = sizeof(int);
    for (;; ++*format) {
        if (**format == 'l' || **format == 'z' || **format == 'j' || **format == 't')
            bytes = sizeof(long);
        else if (**format == 'h')
            bytes = bytes == sizeof(int) ? sizeof(short) : sizeof(char);
        else
            return bytes;
    }
}

static void read_spec(struct spec *spec, const char **format, va_list *arguments)
{
    bool negative;
    *spec = (struct spec){0};
    for (;; ++*format) {
        if (**format == '-')
            spec->left = true;
        else if (**format == '0')
            spec->zero = true;
        else
            break;
    }
    spec->width = read_count(format, arguments, &negative);
    if (negative)
        spec->left = true;
    if (**format == '.') {
        ++*format;
        spec->precision = read_count(format, arguments, &negative);
        spec->has_precision = !negative;
    }
    spec->bytes = read_length(format);
    spec->conversion = **format;
    if (**format)
        ++*format;
}

static int64_t signed_argument(unsigned bytes, va_list *arguments)
{
    if (bytes == sizeof(long))
        return va_arg(*arguments, long);
    int value = va_arg(*arguments, int);
    if (bytes == sizeof(short))
        return (short)value;
    return bytes == sizeof(char) ? (signed char)value : value;
}

static uint64_t unsigned_argument(unsigned bytes, va_list *arguments)
{
    if (bytes == sizeof(long))
        return va_arg(*arguments, unsigned long);
    unsigned value = va_arg(*arguments, unsigned);
    if (bytes == sizeof(short))
        return (unsigned short)value;
    return bytes == sizeof(char) ? (unsigned char)value : value;
}

static void put_signed(struct output *out, const struct spec *spec, int64_t value)
{
    uint64_t magnitude = value < 0 ? 0u - (uint64_t)value : (uint64_t)value;
    put_number(out, spec, magnitude, 10, value < 0 ? "-" : "");
}

static void put_string(struct output *out, const struct spec *spec, const char *text)
{
    if (!text)
        text = "(null)";
    put_text(out, spec, text, spec->has_precision ? strnlen(text, spec->precision) : strlen(text));
}

static void convert(struct output *out, const struct spec *spec, va_list *arguments)
{
    char c;
    switch (spec->conversion) {
    case 'd':
    case 'i':
        put_signed(out, spec, signed_argument(spec->bytes, arguments));
        break;
    case 'u':
        put_number(out, spec, unsigned_argument(spec->bytes, arguments), 10, "");
        break;
    case 'x':
    case 'X':
        put_number(out, spec, unsigned_argument(spec->bytes, arguments), 16, "");
        break;
    case 'p':
        put_number(out, spec, (uintptr_t)va_arg(*arguments, void *), 16, "0x");
        break;
    case 's':
        put_string(out, spec, va_arg(*arguments, const char *));
        break;
    case 'c':
        c = (char)va_arg(*arguments, int);
        put_text(out, spec, &c, 1);
        break;
    case '\0':
        break;
    case '%':
    default: // unknown conversions show themselves
        put(out, spec->conversion);
        break;
    }
}

// Arguments are handed on by address: their type is an array on this machine, a copy of which would not
// move on in the caller.
size_t l4_format_v(char *buffer, size_t size, const char *format, va_list arguments)
{
    struct output out = {.buffer = buffer, .size = size};
    va_list rest;
    va_copy(rest, arguments);
    while (*format) {
        if (*format != '%') {
            put(&out, *format++);
            continue;
        }
        struct spec spec;
        format++;
        read_spec(&spec, &format, &rest);
        convert(&out, &spec, &rest);
    }
    va_end(rest);
    if (size)
        buffer[out.length < size ? out.length : size - 1] = '\0';
    return out.length;
}

size_t l4_format(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t length = l4_format_v(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

bool l4_parse_u64(const char *text, uint64_t *value, const char **end)
{
    unsigned base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
    const char *at = base == 16 ? text + 2 : text;
    const char *first = at;
    uint64_t sum = 0;
    for (int digit; (digit = digit_value(*at)) < (int)base; at++) {
        if (sum > (UINT64_MAX - (unsigned)digit) / base)
            return false;
        sum = sum * base + (unsigned)digit;
    }
    if (at == first)
        return false;
    *value = sum;
    if (end)
        *end = at;
    return true;
}
