/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owns the copy of the command line and the list of known arguments. Written once by bootargs_set before a
 * second CPU runs, read-only afterwards: no lock.
 */
#include "kernel/base/bootargs.h"

#include "kernel/base/compiler.h"
#include "kernel/base/log.h"
#include "kernel/base/string.h"

enum kind {
    KIND_WORD,   /* any value */
    KIND_NUMBER, /* any number */
    KIND_PORT,   /* number up to 0xffff */
    KIND_SWITCH, /* on or off */
    KIND_LEVEL,  /* error, warn, info, debug */
};

static INIT_RODATA const struct known {
    const char *name;
    enum kind kind;
} known[] = {
    {"debug-exit", KIND_PORT}, {"log", KIND_LEVEL},    {"panic-test", KIND_WORD}, {"recount", KIND_NUMBER},
    {"serial", KIND_SWITCH},   {"watch", KIND_NUMBER}, {"x2apic", KIND_SWITCH},
};

static INIT_RODATA const char *const levels[] = {
    [LOG_ERROR] = "error",
    [LOG_WARN] = "warn",
    [LOG_INFO] = "info",
    [LOG_DEBUG] = "debug",
};

/* Words of the command line one after the other, as bootargs_set lays them out; two empty strings end. */
static char words[BOOTARGS_SIZE + 2];
static INIT_DATA bool truncated;

/* A word is a name and, right behind its 0, a value, which is empty for "name" and "name=". */
struct word {
    const char *name;
    const char *value;
};

static INIT bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/*
 * Each word becomes NAME 0 VALUE 0, with an empty value where there was no '='. That is one byte more than
 * the text for such a word and its blank, so the room is checked at every byte; what does not fit is dropped
 * from the word on.
 */
INIT void bootargs_set(const char *cmdline, size_t limit)
{
    size_t n = strnlen(cmdline, limit);
    size_t at = 0;
    size_t i = 0;

    memset(words, 0, sizeof words);
    truncated = false;
    while (i < n) {
        size_t start = at;
        bool value = false;

        for (; i < n && is_blank(cmdline[i]); i++)
            ;
        for (; i < n && !is_blank(cmdline[i]) && at < BOOTARGS_SIZE - 2; i++) {
            bool split = cmdline[i] == '=' && !value;

            words[at++] = split ? '\0' : cmdline[i];
            value = value || split;
        }
        if (i < n && !is_blank(cmdline[i])) {
            memset(words + start, 0, sizeof words - start);
            truncated = true;
            return;
        }
        if (at > start)
            at += value ? 1 : 2;
    }
}

/* Steps through the words: start with *at = 0. A word without a name ("=x") has an empty one and a value. */
static bool next_word(size_t *at, struct word *word)
{
    if (*at >= BOOTARGS_SIZE)
        return false;
    word->name = words + *at;
    word->value = word->name + strlen(word->name) + 1;
    if (*word->name == '\0' && *word->value == '\0')
        return false;
    *at = (size_t)(word->value - words) + strlen(word->value) + 1;
    return true;
}

const char *bootarg(const char *name)
{
    const char *found = NULL;
    struct word word;
    size_t at = 0;

    while (next_word(&at, &word))
        if (strcmp(word.name, name) == 0)
            found = word.value;
    return found;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 99;
}

static bool parse_number(const char *text, uint64_t max, uint64_t *out)
{
    uint64_t base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
    uint64_t v = 0;

    if (base == 16)
        text += 2;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        uint64_t digit = (uint64_t)digit_value(*text);

        if (digit >= base || v > (UINT64_MAX - digit) / base)
            return false;
        v = v * base + digit;
    }
    if (v > max)
        return false;
    *out = v;
    return true;
}

bool bootarg_number(const char *name, uint64_t max, uint64_t *out)
{
    const char *text = bootarg(name);

    return text != NULL && parse_number(text, max, out);
}

bool bootarg_off(const char *name)
{
    const char *text = bootarg(name);

    return text != NULL && strcmp(text, "off") == 0;
}

static INIT bool parse_level(const char *text, int *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
        if (strcmp(text, levels[i]) == 0) {
            *out = (int)i;
            return true;
        }
    }
    return false;
}

INIT int bootarg_log_level(void)
{
    const char *text = bootarg("log");
    int level = LOG_INFO;

    if (text != NULL && !parse_level(text, &level))
        return LOG_INFO;
    return level;
}

static INIT bool fits(enum kind kind, const char *value)
{
    uint64_t number;
    int level;

    switch (kind) {
    case KIND_WORD:
        return *value != '\0';
    case KIND_NUMBER:
        return parse_number(value, UINT64_MAX, &number);
    case KIND_PORT:
        return parse_number(value, UINT16_MAX, &number) && number != 0;
    case KIND_SWITCH:
        return strcmp(value, "on") == 0 || strcmp(value, "off") == 0;
    case KIND_LEVEL:
        return parse_level(value, &level);
    }
    return false;
}

static INIT const struct known *find_known(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (strcmp(known[i].name, name) == 0)
            return &known[i];
    return NULL;
}

INIT void bootargs_report(void)
{
    struct word word;
    size_t at = 0;

    while (next_word(&at, &word)) {
        const struct known *k = find_known(word.name);

        if (k == NULL)
            LOG(LOG_WARN, "boot: unknown argument \"%s\"", word.name);
        else if (!fits(k->kind, word.value))
            LOG(LOG_WARN, "boot: argument \"%s\" cannot be \"%s\"", word.name, word.value);
    }
    if (truncated)
        LOG(LOG_WARN, "boot: arguments after the first %d bytes are ignored", BOOTARGS_SIZE);
}
