// SPDX-License-Identifier: BSD-2-Clause
// Manifest: lines, sections and keys. See manifest.h.
#include "roottask/manifest_parts.h"

void manifest_error(struct manifest *manifest, unsigned line, struct l4_slice key, const char *text)
{
    struct manifest_error *error;

    if (manifest->errors++ >= MANIFEST_ERRORS)
        return;
    error = &manifest->error[manifest->errors - 1];
    error->line = line;
    error->text = text;
    if (key.length >= sizeof(error->key))
        key.length = sizeof(error->key) - 1;
    l4_slice_copy(error->key, sizeof(error->key), key);
}

static bool name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool manifest_name_valid(struct l4_slice name)
{
    if (name.length == 0 || name.length >= MANIFEST_NAME)
        return false;
    for (size_t i = 0; i < name.length; i++)
        if (!name_byte(name.at[i]))
            return false;
    return true;
}

bool manifest_name_reserved(struct l4_slice name)
{
#define MANIFEST_X(kind, word, least, most) word,
    static const char *const words[] = {MANIFEST_CAP_KINDS(MANIFEST_X) "pager", "roottask"};
#undef MANIFEST_X

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (l4_slice_is(name, words[i]))
            return true;
    return false;
}

static void defaults(struct manifest_program *program, unsigned line)
{
    *program = (struct manifest_program){
        .pager = "pager",
        .pager_program = MANIFEST_NONE,
        .line = line,
        .path_line = line,
        .memory = 4 << 20,
        .quota = 1 << 20,
        .cpus = ~0ull,
        .priority = 100,
        .visitors = 16,
    };
}

// A section without `path` is the server of its name.
static void default_path(struct manifest_program *program)
{
    static const char folder[] = "servers/";
    size_t at = sizeof(folder) - 1;

    l4_slice_copy(program->path, sizeof(program->path), l4_slice_z(folder));
    l4_slice_copy(program->path + at, sizeof(program->path) - at, l4_slice_z(program->name));
}

// "[name]": the program whose keys follow, NULL if they are to be skipped.
static struct manifest_program *section(struct manifest *manifest, unsigned line, struct l4_slice text)
{
    struct manifest_program *program;
    struct l4_slice name;

    if (text.at[text.length - 1] != ']') {
        manifest_error(manifest, line, text, "a section name ends with ]");
        return NULL;
    }
    name = l4_slice_trim(l4_slice(text.at + 1, text.length - 2));
    if (!manifest_name_valid(name)) {
        manifest_error(manifest, line, name, "not a name: a-z 0-9 - _, at most 31");
        return NULL;
    }
    if (manifest_name_reserved(name)) {
        manifest_error(manifest, line, name, "this name has a meaning of its own");
        return NULL;
    }
    for (unsigned i = 0; i < manifest->count; i++) {
        if (l4_slice_is(name, manifest->programs[i].name)) {
            manifest_error(manifest, line, name, "section is there already");
            return NULL;
        }
    }
    if (manifest->count == MANIFEST_PROGRAMS) {
        manifest_error(manifest, line, name, "too many sections");
        return NULL;
    }
    program = &manifest->programs[manifest->count++];
    defaults(program, line);
    l4_slice_copy(program->name, sizeof(program->name), name);
    default_path(program);
    return program;
}

static const char *capability(struct manifest_program *program, struct l4_slice name, struct l4_slice value,
                              unsigned line)
{
    struct manifest_cap *cap = &program->caps[program->cap_count];

    if (!manifest_name_valid(name))
        return "not a name: a-z 0-9 - _, at most 31";
    for (unsigned i = 0; i < program->cap_count; i++)
        if (l4_slice_is(name, program->caps[i].name))
            return "capability is there already";
    if (program->cap_count == MANIFEST_CAPS)
        return "too many capabilities";
    *cap = (struct manifest_cap){.line = line, .target = MANIFEST_NONE};
    l4_slice_copy(cap->name, sizeof(cap->name), name);
    program->cap_count++;
    return manifest_cap_value(cap, value);
}

static void key_line(struct manifest *manifest, struct manifest_program *program, unsigned line,
                     struct l4_slice text)
{
    struct l4_slice value = text;
    struct l4_slice key = l4_slice_trim(l4_slice_until(&value, '='));
    const char *wrong;
    bool known = true;

    if (key.length == l4_slice_trim(text).length && value.length == 0) {
        manifest_error(manifest, line, key, "expected KEY = VALUE");
        return;
    }
    value = l4_slice_trim(value);
    if (l4_slice_starts(key, "cap."))
        wrong = capability(program, l4_slice_skip(key, 4), value, line);
    else
        wrong = manifest_value(program, key, value, &known);
    if (l4_slice_is(key, "path"))
        program->path_line = line;
    if (!known)
        wrong = "no such key";
    if (wrong != NULL)
        manifest_error(manifest, line, key, wrong);
}

static bool printable(struct l4_slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if ((text.at[i] < ' ' && text.at[i] != '\t') || text.at[i] == 0x7f)
            return false;
    return true;
}

bool manifest_parse(struct manifest *manifest, const char *text, size_t length)
{
    struct l4_slice rest = l4_slice(text, length);
    struct manifest_program *program = NULL;
    bool skipped = false; // keys of a section that was refused are not reported one by one
    unsigned line = 0;

    manifest->count = 0;
    manifest->errors = 0;
    while (rest.length > 0) {
        struct l4_slice now = l4_slice_until(&rest, '\n');

        line++;
        if (now.length > 0 && now.at[now.length - 1] == '\r')
            now.length--;
        now = l4_slice_trim(now);
        if (now.length == 0 || now.at[0] == '#' || now.at[0] == ';')
            continue;
        if (!printable(now)) {
            manifest_error(manifest, line, l4_slice_z("line"), "a byte that is not text");
        } else if (now.at[0] == '[') {
            program = section(manifest, line, now);
            skipped = program == NULL;
        } else if (program != NULL) {
            key_line(manifest, program, line, now);
        } else if (!skipped) {
            manifest_error(manifest, line, now, "a key before the first section");
        }
    }
    manifest_check(manifest);
    return manifest->errors == 0;
}

unsigned manifest_find(const struct manifest *manifest, const char *name)
{
    for (unsigned i = 0; i < manifest->count; i++)
        if (l4_slice_is(l4_slice_z(name), manifest->programs[i].name))
            return i;
    return MANIFEST_NONE;
}
