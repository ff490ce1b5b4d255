// SPDX-License-Identifier: BSD-2-Clause
// Which program a command line means. See spawn.h.
#include "roottask/spawn.h"

#include <l4/format.h>
#include <l4/string.h>
#include <l4/ustar.h>

static const struct manifest *the_manifest;
static const void *the_archive;
static size_t the_bytes;

void spawn_init(const struct manifest *manifest, const void *archive, size_t bytes)
{
    the_manifest = manifest;
    the_archive = archive;
    the_bytes = bytes;
}

static bool in_archive(const char *path)
{
    struct l4_ustar_entry entry;

    return l4_ustar_find(the_archive, the_bytes, path, &entry);
}

// The archive's name for a word: a path, or a command in bin/.
static bool find_path(const char *word, char path[MANIFEST_PATH])
{
    bool is_path = strchr(word, '/') != NULL;

    while (*word == '/')
        word++;
    if (*word == 0 || l4_format(path, MANIFEST_PATH, is_path ? "%s" : "bin/%s", word) >= MANIFEST_PATH)
        return false;
    return in_archive(path);
}

unsigned spawn_words(const char *words, size_t bytes, uint64_t parent, l4_handle_t spawner, uint64_t *id)
{
    struct start_request request = {
        .parent = parent, .words = words, .words_bytes = bytes, .spawner = spawner};
    char path[MANIFEST_PATH];
    const char *slash;

    request.program = manifest_find(the_manifest, words);
    if (request.program != MANIFEST_NONE && the_manifest->programs[request.program].on_demand &&
        strcmp(words, MANIFEST_SPAWN) != 0) {
        request.name = the_manifest->programs[request.program].name;
        request.path = the_manifest->programs[request.program].path;
        return start_program(&request, id);
    }
    request.program = manifest_find(the_manifest, MANIFEST_SPAWN);
    if (request.program == MANIFEST_NONE || !find_path(words, path))
        return ROOT_ERR_NO_PROGRAM;
    slash = strrchr(path, '/');
    request.name = slash != NULL ? slash + 1 : path;
    request.path = path;
    return start_program(&request, id);
}

bool spawn_autorun(uint64_t offset, void *to, size_t room, size_t *count)
{
    struct l4_ustar_entry entry;

    if (!l4_ustar_find(the_archive, the_bytes, "etc/autorun", &entry))
        return false;
    if (offset > entry.size)
        offset = entry.size;
    *count = entry.size - offset < room ? entry.size - offset : room;
    memcpy(to, entry.data + offset, *count);
    return true;
}
