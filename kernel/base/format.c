/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The formatter behind the log. Owns nothing; pure; callers: log, panic, and whoever builds a line of text.
 *
 * An unknown conversion is copied as it stands, so that a mistake shows in the output and cannot crash it.
 */
#include "kernel/base/format.h"

#include <stdbool.h>
#include <stdint.h>

#include "kernel/base/string.h"

struct output {
    char *buf;
    size_t size;
    size_t used;
};

struct spec {
    bool left;
    bool zero;
    int width;
    int precision; /* -1: none */
    int longs;     /* number of l; z counts as one */
    char conversion;
};

static void put(struct output *out, char c)
{
    if (out->used + 1 < out->size)
        out->buf[out->used++] = c;
}

/* TEXT of N bytes in a field as SPEC says; SIGN is '-' or 0 and stands before padding zeros. */
static void put_field(struct output *out, const struct spec *spec, char sign, const char *text, size_t n)
{
    size_t length = n + (sign != 0);
    size_t pad = spec->width > 0 && (size_t)spec->width > length ? (size_t)spec->width - length : 0;
    bool zero = spec->zero && !spec->left;

    if (!spec->left && !zero)
        for (size_t i = 0; i < pad; i++)
            put(out, ' ');
    if (sign != 0)
        put(out, sign);
    if (zero)
        for (size_t i = 0; i < pad; i++)
            put(out, '0');
    for (size_t i = 0; i < n; i++)
        put(out, text[i]);
    if (spec->left)
        for (size_t i = 0; i < pad; i++)
            put(out, ' ');
}

static void put_number(struct output *out, const struct spec *spec, char sign, uint64_t v, unsigned base)
{
    const char *digits = spec->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[20];
    size_t at = sizeof text;

    do {
        text[--at] = digits[v % base];
        v /= base;
    } while (v != 0);
    put_field(out, spec, sign, text + at, sizeof text - at);
}

static void put_string(struct output *out, const struct spec *spec, const char *s)
{
    struct spec plain = *spec;

    if (s == NULL)
        s = "(null)";
    plain.zero = false;
    put_field(out, &plain, 0, s, strnlen(s, spec->precision < 0 ? SIZE_MAX : (size_t)spec->precision));
}

static const char *parse_number(const char *fmt, va_list *args, int *out)
{
    if (*fmt == '*') {
        *out = va_arg(*args, int);
        return fmt + 1;
    }
    *out = 0;
    while (*fmt >= '0' && *fmt <= '9' && *out < 10000)
        *out = *out * 10 + (*fmt++ - '0');
    return fmt;
}

/* FMT stands behind the '%'; returns where the conversion ends. */
static const char *parse_spec(const char *fmt, va_list *args, struct spec *spec)
{
    *spec = (struct spec){.precision = -1};
    for (;; fmt++) {
        if (*fmt == '-')
            spec->left = true;
        else if (*fmt == '0')
            spec->zero = true;
        else
            break;
    }
    fmt = parse_number(fmt, args, &spec->width);
    if (*fmt == '.')
        fmt = parse_number(fmt + 1, args, &spec->precision);
    for (; *fmt == 'l' || *fmt == 'z'; fmt++)
        spec->longs++;
    spec->conversion = *fmt;
    return *fmt == '\0' ? fmt : fmt + 1;
}

static void put_signed(struct output *out, const struct spec *spec, va_list *args)
{
    int64_t v = spec->longs > 0 ? va_arg(*args, int64_t) : va_arg(*args, int);

    /* negated as unsigned: the smallest value has no positive counterpart */
    put_number(out, spec, v < 0 ? '-' : 0, v < 0 ? -(uint64_t)v : (uint64_t)v, 10);
}

static void put_unsigned(struct output *out, const struct spec *spec, va_list *args, unsigned base)
{
    put_number(out, spec, 0, spec->longs > 0 ? va_arg(*args, uint64_t) : va_arg(*args, unsigned), base);
}

static void put_pointer(struct output *out, va_list *args)
{
    struct spec spec = {.zero = true, .width = 16, .precision = -1, .conversion = 'x'};

    put(out, '0');
    put(out, 'x');
    put_number(out, &spec, 0, (uint64_t)(uintptr_t)va_arg(*args, void *), 16);
}

/* One conversion; false when it is not known, its argument is then not taken. */
static bool put_conversion(struct output *out, const struct spec *spec, va_list *args)
{
    char c;

    switch (spec->conversion) {
    case 's':
        put_string(out, spec, va_arg(*args, const char *));
        return true;
    case 'c':
        c = (char)va_arg(*args, int);
        put_field(out, spec, 0, &c, 1);
        return true;
    case 'd':
    case 'i':
        put_signed(out, spec, args);
        return true;
    case 'u':
        put_unsigned(out, spec, args, 10);
        return true;
    case 'x':
    case 'X':
        put_unsigned(out, spec, args, 16);
        return true;
    case 'p':
        put_pointer(out, args);
        return true;
    case '%':
        put(out, '%');
        return true;
    default:
        return false;
    }
}

size_t format_va(char *buf, size_t size, const char *fmt, va_list args)
{
    struct output out = {buf, size, 0};
    va_list copy;

    if (size == 0)
        return 0;
    /* a va_list parameter may be an array, of which no pointer can be passed on: hence the copy */
    va_copy(copy, args);
    while (*fmt != '\0') {
        const char *start = fmt;
        struct spec spec;

        if (*fmt++ != '%') {
            put(&out, *start);
            continue;
        }
        fmt = parse_spec(fmt, &copy, &spec);
        if (!put_conversion(&out, &spec, &copy))
            for (; start != fmt; start++)
                put(&out, *start);
    }
    va_end(copy);
    buf[out.used] = '\0';
    return out.used;
}

size_t format_text(char *buf, size_t size, const char *fmt, ...)
{
    va_list args;
    size_t n;

    va_start(args, fmt);
    n = format_va(buf, size, fmt, args);
    va_end(args);
    return n;
}
