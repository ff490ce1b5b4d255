// SPDX-License-Identifier: BSD-2-Clause
// The open files of all clients: which node, and whose. Pure; the caller holds the lock that guards the table
// (main.c). A number of a file carries a generation, so that one that was closed is never another file.
#ifndef VFS_FILES_H
#define VFS_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include <l4/proto/vfs.h>

#define FILES_ROOM 512 // of all clients together

struct open_file {
    uint64_t owner; // badge of the client; 0 = free
    uint32_t node;
    uint32_t generation; // grows when the file is closed
};

struct files {
    struct open_file file[FILES_ROOM];
};

enum vfs_error files_open(struct files *files, uint64_t owner, uint32_t node, uint64_t *number);
// The node of an open file of this owner.
enum vfs_error files_node(const struct files *files, uint64_t owner, uint64_t number, uint32_t *node);
enum vfs_error files_close(struct files *files, uint64_t owner, uint64_t number);
// Closes all files of a client; returns how many there were.
unsigned files_forget(struct files *files, uint64_t owner);
// An owner with open files whose table place is `from` or higher; 0 = there is none. For a walk over owners.
uint64_t files_owner(const struct files *files, unsigned *from);

#endif
