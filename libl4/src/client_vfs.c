// SPDX-License-Identifier: BSD-2-Clause
// Client functions of the file server (protocol: l4/proto/vfs.h).
#include <l4/ipc.h>
#include <l4/proto/vfs.h>
#include <l4/string.h>

// Sends a request with `bytes` bytes behind the words; what came back is in *m.
static unsigned request(struct l4_msg *m, const void *data, size_t bytes)
{
    int error;

    m->tag = l4_msg_tag(l4_msg_label(m), l4_msg_put_bytes(data, bytes), 0);
    error = l4_call(m);
    return error != L4_OK ? (unsigned)error : l4_msg_label(m);
}

// A request about a path.
static unsigned request_path(struct l4_msg *m, const char *path)
{
    size_t bytes = strlen(path);

    if (bytes > VFS_BYTES)
        return VFS_ERR_NAME_TOO_LONG;
    m->w[0] = bytes;
    return request(m, path, bytes);
}

unsigned vfs_open(l4_handle_t vfs, const char *path, uint64_t *file, struct vfs_stat *stat)
{
    struct l4_msg m;
    unsigned error;

    l4_msg_init(&m, vfs, VFS_OPEN);
    error = request_path(&m, path);
    if (error == VFS_ERR_OK) {
        *file = m.w[0];
        *stat = (struct vfs_stat){.kind = m.w[1], .size = m.w[2]};
    }
    return error;
}

unsigned vfs_read(l4_handle_t vfs, uint64_t file, uint64_t offset, void *to, size_t bytes, size_t *got)
{
    struct l4_msg m;
    unsigned error;

    if (bytes > VFS_BYTES)
        bytes = VFS_BYTES;
    l4_msg_init(&m, vfs, VFS_READ);
    m.w[0] = file;
    m.w[1] = offset;
    m.w[2] = bytes;
    error = request(&m, NULL, 0);
    if (error != VFS_ERR_OK)
        return error;
    // The server is trusted to answer, not with the size of our buffer.
    if (m.w[0] > bytes)
        return VFS_ERR_BAD_REQUEST;
    *got = m.w[0];
    memcpy(to, l4_msg_bytes(), m.w[0]);
    return VFS_ERR_OK;
}

unsigned vfs_write(l4_handle_t vfs, uint64_t file, const void *from, size_t bytes, size_t *put)
{
    struct l4_msg m;
    unsigned error;

    if (bytes > VFS_BYTES)
        bytes = VFS_BYTES;
    l4_msg_init(&m, vfs, VFS_WRITE);
    m.w[0] = file;
    m.w[1] = bytes;
    error = request(&m, from, bytes);
    if (error == VFS_ERR_OK)
        *put = m.w[0] < bytes ? m.w[0] : bytes;
    return error;
}

unsigned vfs_readdir(l4_handle_t vfs, uint64_t file, uint64_t cookie, struct vfs_entry *entry)
{
    struct l4_msg m;
    unsigned error;

    l4_msg_init(&m, vfs, VFS_READDIR);
    m.w[0] = file;
    m.w[1] = cookie;
    error = request(&m, NULL, 0);
    if (error != VFS_ERR_OK)
        return error;
    if (m.w[3] > VFS_NAME)
        return VFS_ERR_NAME_TOO_LONG;
    *entry = (struct vfs_entry){.cookie = m.w[0], .kind = m.w[1], .size = m.w[2], .length = m.w[3]};
    memcpy(entry->name, l4_msg_bytes(), m.w[3]);
    return VFS_ERR_OK;
}

unsigned vfs_stat(l4_handle_t vfs, const char *path, struct vfs_stat *stat)
{
    struct l4_msg m;
    unsigned error;

    l4_msg_init(&m, vfs, VFS_STAT);
    error = request_path(&m, path);
    if (error == VFS_ERR_OK)
        *stat = (struct vfs_stat){.kind = m.w[0], .size = m.w[1], .entries = m.w[2]};
    return error;
}

unsigned vfs_close(l4_handle_t vfs, uint64_t file)
{
    struct l4_msg m;

    l4_msg_init(&m, vfs, VFS_CLOSE);
    m.w[0] = file;
    return request(&m, NULL, 0);
}
