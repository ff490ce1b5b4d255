// SPDX-License-Identifier: BSD-2-Clause
// Protocol of the file server: calls on its entry gate; the badge is the client's task id. The label of a
// request is the operation, that of an answer 0 or an error (enum vfs_error). Text and data travel in the
// memory words, at most VFS_BYTES of it per call. Client functions: client_vfs.c; each returns 0, an error of
// the kernel (enum l4_error) or one of this list, and touches its out-arguments only if it returns 0.
#ifndef L4_PROTO_VFS_H
#define L4_PROTO_VFS_H

#include <stddef.h>
#include <stdint.h>

#include <l4/abi/handle.h>

#define VFS_BYTES      768 // data of one request: 96 memory words
#define VFS_NAME       255 // bytes of one name
#define VFS_OPEN_FILES 32  // of one client

// X(NAME, number, what)
#define VFS_OPERATIONS(X)                                                                             \
    X(OPEN, 1, "0 bytes of the path, the path -> 0 file, 1 kind, 2 size")                             \
    X(READ, 2, "0 file, 1 offset, 2 bytes -> 0 bytes, the bytes; 0 bytes = the end")                  \
    X(WRITE, 3, "0 file, 1 bytes, the bytes -> 0 bytes; devices only")                                \
    X(READDIR, 4, "0 file, 1 cookie, 0 at first -> 0 next cookie, 1 kind, 2 size, 3 bytes, the name") \
    X(STAT, 5, "0 bytes of the path, the path -> 0 kind, 1 size, 2 entries of a directory")           \
    X(CLOSE, 6, "0 file")

#define VFS_X(name, number, what) VFS_##name = (number),
enum vfs_operation { VFS_OPERATIONS(VFS_X) VFS_OPERATION_COUNT = 7 };
#undef VFS_X

// X(NAME, number, text)
#define VFS_ERRORS(X)                               \
    X(NO_ENTRY, 0x101, "no such file")              \
    X(NOT_DIRECTORY, 0x102, "not a directory")      \
    X(IS_DIRECTORY, 0x103, "is a directory")        \
    X(NAME_TOO_LONG, 0x104, "name too long")        \
    X(READ_ONLY, 0x105, "read-only file")           \
    X(NOT_OPEN, 0x106, "not an open file")          \
    X(TOO_MANY, 0x107, "too many open files")       \
    X(NO_ROOM, 0x108, "no room")                    \
    X(EXISTS, 0x109, "exists already")              \
    X(BAD_NAME, 0x10a, "not a valid name")          \
    X(BAD_REQUEST, 0x10b, "request not understood") \
    X(END_OF_DIRECTORY, 0x10c, "no more entries")

#define VFS_X(name, number, text) VFS_ERR_##name = (number),
enum vfs_error { VFS_ERR_OK = 0, VFS_ERRORS(VFS_X) };
#undef VFS_X

enum vfs_kind { VFS_KIND_FILE = 1, VFS_KIND_DIRECTORY = 2, VFS_KIND_DEVICE = 3 };

struct vfs_stat {
    uint64_t kind; // enum vfs_kind
    uint64_t size; // bytes of a file
    uint64_t entries;
};

struct vfs_entry {
    uint64_t cookie; // of the entry after this one
    uint64_t kind;
    uint64_t size;
    size_t length;
    char name[VFS_NAME + 1];
};

unsigned vfs_open(l4_handle_t vfs, const char *path, uint64_t *file, struct vfs_stat *stat);
unsigned vfs_read(l4_handle_t vfs, uint64_t file, uint64_t offset, void *to, size_t bytes, size_t *got);
unsigned vfs_write(l4_handle_t vfs, uint64_t file, const void *from, size_t bytes, size_t *put);
unsigned vfs_readdir(l4_handle_t vfs, uint64_t file, uint64_t cookie, struct vfs_entry *entry);
unsigned vfs_stat(l4_handle_t vfs, const char *path, struct vfs_stat *stat);
unsigned vfs_close(l4_handle_t vfs, uint64_t file);

#endif
