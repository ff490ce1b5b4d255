// SPDX-License-Identifier: BSD-2-Clause
// The tree made of the boot archive. See archive.h.
#include "roottask/servers/vfs/archive.h"

#include <l4/pager.h>
#include <l4/program.h>
#include <l4/string.h>
#include <l4/ustar.h>

// Most nodes and bytes of names a path can need.
static void measure_path(const char *path, uint32_t *nodes, uint32_t *bytes)
{
    (*nodes)++;
    for (; *path != 0; path++) {
        *nodes += *path == '/';
        (*bytes)++;
    }
}

static void measure(const void *archive, size_t size, const char *const *devices, uint32_t *nodes,
                    uint32_t *bytes)
{
    struct l4_ustar_entry entry;
    size_t position = 0;

    *nodes = 1;
    *bytes = 0;
    while (l4_ustar_next(archive, size, &position, &entry))
        measure_path(entry.name, nodes, bytes);
    for (; *devices != NULL; devices++)
        measure_path(*devices, nodes, bytes);
}

// false: a member that cannot be shown.
static bool add_member(struct tree *tree, const struct l4_ustar_entry *entry)
{
    struct l4_slice name = l4_slice_z(entry->name);
    enum vfs_error error;

    if (entry->type == '5') {
        while (name.length > 0 && name.at[name.length - 1] == '/')
            name.length--;
        error = tree_add(tree, name, VFS_KIND_DIRECTORY, NULL, 0);
        return error == VFS_ERR_OK || error == VFS_ERR_EXISTS;
    }
    return entry->type == '0' && tree_add(tree, name, VFS_KIND_FILE, entry->data, entry->size) == VFS_ERR_OK;
}

static unsigned attach(const void **archive, size_t *size)
{
    *archive = NULL;
    *size = 0;
    return l4_cap("archive") == L4_HANDLE_NONE ? L4_ERR_CAP : (unsigned)l4_archive_attach(archive, size);
}

unsigned archive_tree(struct tree *tree, const char *const *devices, unsigned *left_out)
{
    struct l4_ustar_entry entry;
    uint32_t nodes, bytes;
    size_t size, position = 0;
    const void *archive;
    void *memory;
    unsigned error = attach(&archive, &size);

    *left_out = 0;
    measure(archive, size, devices, &nodes, &bytes);
    if (l4_memory_alloc(nodes * sizeof(struct tree_node) + bytes, &memory) != L4_OK)
        return L4_ERR_QUOTA;
    tree_init(tree, memory, nodes, (char *)memory + nodes * sizeof(struct tree_node), bytes);
    // Devices first: no member of the archive can take their place.
    for (; *devices != NULL; devices++)
        *left_out += tree_add(tree, l4_slice_z(*devices), VFS_KIND_DEVICE, NULL, 0) != VFS_ERR_OK;
    while (l4_ustar_next(archive, size, &position, &entry))
        *left_out += !add_member(tree, &entry);
    return error;
}
