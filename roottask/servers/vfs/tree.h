// SPDX-License-Identifier: BSD-2-Clause
// The tree of names: directories, files of the boot archive, devices. Built once when the server starts and
// never changed after that, so it is read without a lock. Pure: nodes and names lie in memory the caller
// gives; contents stay where they are. Numbers of nodes name them; 0 is the root.
#ifndef VFS_TREE_H
#define VFS_TREE_H

#include <stdint.h>

#include <l4/proto/vfs.h>
#include <l4/slice.h>

#define TREE_ROOT 0u
#define TREE_NONE (~0u)

struct tree_node {
    uint32_t parent; // of the root: itself
    uint32_t first;  // of a directory: its entries, by name
    uint32_t next;   // entry of the same directory
    uint32_t entries;
    uint32_t name; // offset of the name
    uint16_t name_length;
    uint16_t kind; // enum vfs_kind
    const unsigned char *data;
    uint64_t size;
};

struct tree {
    struct tree_node *nodes;
    uint32_t count, room;
    char *names;
    uint32_t names_used, names_room;
};

// false if there is not even room for the root.
bool tree_init(struct tree *tree, struct tree_node *nodes, uint32_t room, char *names, uint32_t names_room);
// Adds a file or device and the directories on its way. Names of the archive are foreign: empty, "." and ".."
// parts are refused, and so is a path through a file. Nothing is added unless all of it is.
enum vfs_error tree_add(struct tree *tree, struct l4_slice path, enum vfs_kind kind, const void *data,
                        uint64_t size);
// The node an absolute path leads to; ".." of the root is the root. A path that ends with / names a
// directory.
enum vfs_error tree_lookup(const struct tree *tree, struct l4_slice path, uint32_t *node);
// The entry of a directory a cookie stands for; 0 is the first. *next is the cookie of the one after it. Any
// number may be given: what is no cookie of this directory is refused.
enum vfs_error tree_entry(const struct tree *tree, uint32_t directory, uint64_t cookie, uint32_t *node,
                          uint64_t *next);
struct l4_slice tree_name(const struct tree *tree, uint32_t node);

#endif
