// SPDX-License-Identifier: BSD-2-Clause
// Splitting a command line into words. See words.h.
#include "roottask/servers/shell/words.h"

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool put(struct words *words, char c)
{
    if (words->bytes == sizeof(words->text))
        return false;
    words->text[words->bytes++] = c;
    return true;
}

// The byte that goes into the word, from the start of *rest; false at a lone backslash.
static bool take(struct l4_slice *rest, char quote, char *c)
{
    *c = rest->at[0];
    *rest = l4_slice_skip(*rest, 1);
    if (*c != '\\' || quote == '\'')
        return true;
    if (rest->length == 0)
        return false;
    if (quote == '"' && rest->at[0] != '"' && rest->at[0] != '\\')
        return true;
    *c = rest->at[0];
    *rest = l4_slice_skip(*rest, 1);
    return true;
}

static const char *one_word(struct words *words, struct l4_slice *rest)
{
    char quote = 0;

    while (rest->length > 0 && (quote != 0 || !blank(rest->at[0]))) {
        char c = rest->at[0];

        if (c == 0)
            return "a byte that is not text";
        if (quote != 0 ? c == quote : c == '\'' || c == '"') {
            quote = quote != 0 ? 0 : c;
            *rest = l4_slice_skip(*rest, 1);
            continue;
        }
        if (!take(rest, quote, &c))
            return "nothing behind the \\";
        if (c == 0)
            return "a byte that is not text";
        if (!put(words, c))
            return "line too long";
    }
    if (quote != 0)
        return "quote without its end";
    return put(words, 0) ? NULL : "line too long";
}

const char *words_split(struct words *words, struct l4_slice line)
{
    words->count = 0;
    words->bytes = 0;
    for (;;) {
        const char *wrong;

        while (line.length > 0 && blank(line.at[0]))
            line = l4_slice_skip(line, 1);
        if (line.length == 0 || line.at[0] == '#')
            return NULL;
        if (words->count == WORDS_MOST)
            return "too many words";
        words->word[words->count] = words->text + words->bytes;
        wrong = one_word(words, &line);
        if (wrong != NULL)
            return wrong;
        words->count++;
    }
}
