// SPDX-License-Identifier: BSD-2-Clause
// The open files of all clients. See files.h. Number of a file: place | generation << 32.
#include "roottask/servers/vfs/files.h"

enum vfs_error files_open(struct files *files, uint64_t owner, uint32_t node, uint64_t *number)
{
    unsigned place = FILES_ROOM, held = 0;

    if (owner == 0)
        return VFS_ERR_BAD_REQUEST;
    for (unsigned i = FILES_ROOM; i-- > 0;) {
        held += files->file[i].owner == owner;
        if (files->file[i].owner == 0)
            place = i;
    }
    if (place == FILES_ROOM || held >= VFS_OPEN_FILES)
        return VFS_ERR_TOO_MANY;
    files->file[place].owner = owner;
    files->file[place].node = node;
    *number = place | (uint64_t)files->file[place].generation << 32;
    return VFS_ERR_OK;
}

static bool valid(const struct files *files, uint64_t owner, uint64_t number)
{
    uint32_t place = (uint32_t)number;

    return owner != 0 && place < FILES_ROOM && files->file[place].owner == owner &&
           files->file[place].generation == number >> 32;
}

enum vfs_error files_node(const struct files *files, uint64_t owner, uint64_t number, uint32_t *node)
{
    if (!valid(files, owner, number))
        return VFS_ERR_NOT_OPEN;
    *node = files->file[(uint32_t)number].node;
    return VFS_ERR_OK;
}

enum vfs_error files_close(struct files *files, uint64_t owner, uint64_t number)
{
    if (!valid(files, owner, number))
        return VFS_ERR_NOT_OPEN;
    files->file[(uint32_t)number].owner = 0;
    files->file[(uint32_t)number].generation++;
    return VFS_ERR_OK;
}

unsigned files_forget(struct files *files, uint64_t owner)
{
    unsigned count = 0;

    for (unsigned i = 0; owner != 0 && i < FILES_ROOM; i++) {
        if (files->file[i].owner != owner)
            continue;
        files->file[i].owner = 0;
        files->file[i].generation++;
        count++;
    }
    return count;
}

uint64_t files_owner(const struct files *files, unsigned *from)
{
    while (*from < FILES_ROOM) {
        uint64_t owner = files->file[(*from)++].owner;

        if (owner != 0)
            return owner;
    }
    return 0;
}
