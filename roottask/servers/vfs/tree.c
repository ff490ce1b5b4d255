// SPDX-License-Identifier: BSD-2-Clause
// The tree of names. See tree.h.
#include "roottask/servers/vfs/tree.h"

// Cookie of the end: no node has it, since it does not fit a node's number.
#define COOKIE_END (1ull << 32)

struct l4_slice tree_name(const struct tree *tree, uint32_t node)
{
    return l4_slice(tree->names + tree->nodes[node].name, tree->nodes[node].name_length);
}

bool tree_init(struct tree *tree, struct tree_node *nodes, uint32_t room, char *names, uint32_t names_room)
{
    *tree = (struct tree){.nodes = nodes, .room = room, .names = names, .names_room = names_room};
    if (room == 0)
        return false;
    nodes[TREE_ROOT] = (struct tree_node){
        .parent = TREE_ROOT, .first = TREE_NONE, .next = TREE_NONE, .kind = VFS_KIND_DIRECTORY};
    tree->count = 1;
    return true;
}

// Order of names by bytes; a prefix comes first.
static int compare(struct l4_slice a, struct l4_slice b)
{
    size_t least = a.length < b.length ? a.length : b.length;

    for (size_t i = 0; i < least; i++)
        if (a.at[i] != b.at[i])
            return (unsigned char)a.at[i] < (unsigned char)b.at[i] ? -1 : 1;
    return a.length == b.length ? 0 : a.length < b.length ? -1 : 1;
}

static uint32_t find(const struct tree *tree, uint32_t directory, struct l4_slice name)
{
    uint32_t node = tree->nodes[directory].first;

    while (node != TREE_NONE && !l4_slice_equal(tree_name(tree, node), name))
        node = tree->nodes[node].next;
    return node;
}

static bool part_valid(struct l4_slice part)
{
    if (part.length == 0 || part.length > VFS_NAME || l4_slice_is(part, ".") || l4_slice_is(part, ".."))
        return false;
    for (size_t i = 0; i < part.length; i++)
        if (part.at[i] == 0)
            return false;
    return true;
}

// What adding the path needs; nothing is written.
static enum vfs_error add_check(const struct tree *tree, struct l4_slice path)
{
    uint32_t at = TREE_ROOT, nodes = 0;
    uint64_t bytes = 0;
    bool last;

    do {
        size_t before = path.length;
        struct l4_slice part = l4_slice_until(&path, '/');

        last = part.length == before;
        if (!part_valid(part))
            return part.length > VFS_NAME ? VFS_ERR_NAME_TOO_LONG : VFS_ERR_BAD_NAME;
        at = at == TREE_NONE ? TREE_NONE : find(tree, at, part);
        if (at == TREE_NONE) {
            nodes++;
            bytes += part.length;
        } else if (!last && tree->nodes[at].kind != VFS_KIND_DIRECTORY) {
            return VFS_ERR_NOT_DIRECTORY;
        }
    } while (!last);
    if (at != TREE_NONE)
        return VFS_ERR_EXISTS;
    if (nodes > tree->room - tree->count || bytes > tree->names_room - tree->names_used)
        return VFS_ERR_NO_ROOM;
    return VFS_ERR_OK;
}

// Links a new directory into `parent` at its place in the order. There is room: add_check has counted.
static uint32_t link_node(struct tree *tree, uint32_t parent, struct l4_slice name)
{
    uint32_t node = tree->count++;
    uint32_t *link = &tree->nodes[parent].first;

    tree->nodes[node] = (struct tree_node){
        .parent = parent,
        .first = TREE_NONE,
        .name = tree->names_used,
        .name_length = (uint16_t)name.length,
        .kind = VFS_KIND_DIRECTORY,
    };
    for (size_t i = 0; i < name.length; i++)
        tree->names[tree->names_used++] = name.at[i];
    while (*link != TREE_NONE && compare(tree_name(tree, *link), name) < 0)
        link = &tree->nodes[*link].next;
    tree->nodes[node].next = *link;
    *link = node;
    tree->nodes[parent].entries++;
    return node;
}

enum vfs_error tree_add(struct tree *tree, struct l4_slice path, enum vfs_kind kind, const void *data,
                        uint64_t size)
{
    enum vfs_error error = add_check(tree, path);
    uint32_t at = TREE_ROOT;

    if (error != VFS_ERR_OK)
        return error;
    while (path.length > 0) {
        struct l4_slice part = l4_slice_until(&path, '/');
        uint32_t found = find(tree, at, part);

        at = found != TREE_NONE ? found : link_node(tree, at, part);
    }
    tree->nodes[at].kind = (uint16_t)kind;
    tree->nodes[at].data = data;
    tree->nodes[at].size = size;
    return VFS_ERR_OK;
}

static enum vfs_error step(const struct tree *tree, struct l4_slice part, uint32_t *at)
{
    if (tree->nodes[*at].kind != VFS_KIND_DIRECTORY)
        return VFS_ERR_NOT_DIRECTORY;
    if (part.length == 0 || l4_slice_is(part, "."))
        return VFS_ERR_OK;
    if (part.length > VFS_NAME)
        return VFS_ERR_NAME_TOO_LONG;
    *at = l4_slice_is(part, "..") ? tree->nodes[*at].parent : find(tree, *at, part);
    return *at == TREE_NONE ? VFS_ERR_NO_ENTRY : VFS_ERR_OK;
}

enum vfs_error tree_lookup(const struct tree *tree, struct l4_slice path, uint32_t *node)
{
    uint32_t at = TREE_ROOT;
    bool last = false;

    if (path.length == 0 || path.at[0] != '/')
        return VFS_ERR_NO_ENTRY;
    while (!last) {
        size_t before = path.length;
        struct l4_slice part = l4_slice_until(&path, '/');
        enum vfs_error error = step(tree, part, &at);

        if (error != VFS_ERR_OK)
            return error;
        last = part.length == before;
    }
    *node = at;
    return VFS_ERR_OK;
}

static uint64_t cookie_of(uint32_t node)
{
    return node == TREE_NONE ? COOKIE_END : node;
}

enum vfs_error tree_entry(const struct tree *tree, uint32_t directory, uint64_t cookie, uint32_t *node,
                          uint64_t *next)
{
    if (tree->nodes[directory].kind != VFS_KIND_DIRECTORY)
        return VFS_ERR_NOT_DIRECTORY;
    if (cookie == 0)
        cookie = cookie_of(tree->nodes[directory].first);
    if (cookie == COOKIE_END)
        return VFS_ERR_END_OF_DIRECTORY;
    // The root is entry of no directory, though it is its own parent.
    if (cookie >= tree->count || cookie == TREE_ROOT || tree->nodes[cookie].parent != directory)
        return VFS_ERR_BAD_REQUEST;
    *node = (uint32_t)cookie;
    *next = cookie_of(tree->nodes[*node].next);
    return VFS_ERR_OK;
}
