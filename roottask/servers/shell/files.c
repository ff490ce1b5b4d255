// SPDX-License-Identifier: BSD-2-Clause
// The shell's commands on files: ls and cat.
#include <l4/proto/vfs.h>
#include <l4/string.h>

#include "roottask/servers/shell/shell.h"

static void show(const struct vfs_entry *entry, bool sizes)
{
    if (sizes)
        out("%10llu ", (unsigned long long)entry->size);
    out_bytes(entry->name, entry->length);
    out("%s\n", entry->kind == VFS_KIND_DIRECTORY ? "/" : "");
}

static unsigned list_directory(l4_handle_t vfs, uint64_t file, bool sizes)
{
    struct vfs_entry entry = {.cookie = 0};
    unsigned error;

    do {
        error = vfs_readdir(vfs, file, entry.cookie, &entry);
        if (error == VFS_ERR_OK)
            show(&entry, sizes);
    } while (error == VFS_ERR_OK);
    return error == VFS_ERR_END_OF_DIRECTORY ? VFS_ERR_OK : error;
}

static unsigned list(const char *path, bool sizes)
{
    l4_handle_t vfs = server("vfs");
    struct vfs_stat stat;
    uint64_t file;
    unsigned closed, error = vfs_open(vfs, path, &file, &stat);

    if (error != VFS_ERR_OK)
        return error;
    if (stat.kind == VFS_KIND_DIRECTORY)
        error = list_directory(vfs, file, sizes);
    else if (sizes)
        out("%10llu %s\n", (unsigned long long)stat.size, path);
    else
        out("%s\n", path);
    closed = vfs_close(vfs, file);
    return error != VFS_ERR_OK ? error : closed;
}

// Does something to each path; the status is that of the last failure.
static int each(const char *name, unsigned count, const char *const *paths,
                unsigned (*act)(const char *path, bool option), bool option)
{
    int status = STATUS_OK;

    for (unsigned i = 0; i < count; i++) {
        unsigned error = act(paths[i], option);

        if (error != VFS_ERR_OK)
            status = complain(name, paths[i], error);
        server_answered("vfs", error);
    }
    return status;
}

int command_ls(unsigned argc, const char *const *argv)
{
    static const char *const root[] = {"/"};
    bool sizes = argc > 1 && strcmp(argv[1], "-l") == 0;
    unsigned first = sizes ? 2 : 1;

    if (argc == first)
        return each("ls", 1, root, list, sizes);
    return each("ls", argc - first, argv + first, list, sizes);
}

static unsigned copy_out(l4_handle_t vfs, uint64_t file)
{
    char data[VFS_BYTES];
    uint64_t offset = 0;
    size_t got = 0;
    unsigned error;

    do {
        error = vfs_read(vfs, file, offset, data, sizeof(data), &got);
        if (error != VFS_ERR_OK)
            return error;
        out_bytes(data, got);
        offset += got;
    } while (got > 0);
    return VFS_ERR_OK;
}

static unsigned copy(const char *path, bool unused)
{
    l4_handle_t vfs = server("vfs");
    struct vfs_stat stat;
    uint64_t file;
    unsigned closed, error = vfs_open(vfs, path, &file, &stat);

    (void)unused;
    if (error != VFS_ERR_OK)
        return error;
    error = copy_out(vfs, file);
    closed = vfs_close(vfs, file);
    return error != VFS_ERR_OK ? error : closed;
}

int command_cat(unsigned argc, const char *const *argv)
{
    if (argc < 2) {
        out("usage: cat FILE...\n");
        return STATUS_USAGE;
    }
    return each("cat", argc - 1, argv + 1, copy, false);
}
