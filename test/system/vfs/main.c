// SPDX-License-Identifier: BSD-2-Clause
// The file server, by the book and against it: files and directories of the boot archive, other people's
// numbers of files, requests that lie about their size, two threads at a time. At its end it leaves as many
// files open as it may: whoever runs it often (test/system/servers.py) sees whether they go with the client.
#include <stdatomic.h>

#include <l4/condition.h>
#include <l4/ipc.h>
#include <l4/mutex.h>
#include <l4/program.h>
#include <l4/proto/vfs.h>
#include <l4/string.h>
#include <l4/tap.h>
#include <l4/thread.h>

#define TEXT  "/etc/motd"
#define OTHER "/servers/vfs"
#define READS 200

static l4_handle_t vfs;

static void check_reads(void)
{
    char data[VFS_BYTES], part[VFS_BYTES];
    struct vfs_stat stat = {0}, opened = {0};
    uint64_t file = 0;
    size_t got = 99, rest = 99;

    tap_equal(vfs_stat(vfs, TEXT, &stat), VFS_ERR_OK, "a file is found");
    tap_ok(stat.kind == VFS_KIND_FILE && stat.size > 8 && stat.size < VFS_BYTES, "it is a small file");
    tap_equal(vfs_open(vfs, TEXT, &file, &opened), VFS_ERR_OK, "it is opened");
    tap_ok(opened.kind == stat.kind && opened.size == stat.size, "and is the same");
    tap_equal(vfs_read(vfs, file, 0, data, sizeof(data), &got), VFS_ERR_OK, "it is read");
    tap_equal(got, stat.size, "to its end");
    tap_equal(vfs_read(vfs, file, 5, part, 3, &rest), VFS_ERR_OK, "a piece of it is read");
    tap_ok(rest == 3 && memcmp(part, data + 5, 3) == 0, "and is that piece");
    tap_equal(vfs_read(vfs, file, stat.size - 1, part, sizeof(part), &rest), VFS_ERR_OK,
              "its last byte is read");
    tap_equal(rest, 1, "and nothing behind it");
    tap_equal(vfs_read(vfs, file, stat.size, part, sizeof(part), &rest), VFS_ERR_OK, "behind its end");
    tap_equal(rest, 0, "there is nothing");
    tap_equal(vfs_read(vfs, file, UINT64_MAX, part, sizeof(part), &rest), VFS_ERR_OK, "far behind its end");
    tap_equal(rest, 0, "there is nothing either");
    tap_equal(vfs_write(vfs, file, "x", 1, &rest), VFS_ERR_READ_ONLY, "it is not written");
    tap_equal(vfs_close(vfs, file), VFS_ERR_OK, "it is closed");
    tap_equal(vfs_close(vfs, file), VFS_ERR_NOT_OPEN, "once");
    tap_equal(vfs_read(vfs, file, 0, part, 1, &rest), VFS_ERR_NOT_OPEN, "and not read any more");
}

static void check_directories(void)
{
    struct vfs_entry entry = {.cookie = 0};
    struct vfs_stat stat = {0};
    uint64_t file = 0, count = 0;
    size_t got;
    char byte;

    tap_equal(vfs_open(vfs, "/", &file, &stat), VFS_ERR_OK, "the root is opened");
    tap_equal(stat.kind, VFS_KIND_DIRECTORY, "and is a directory");
    tap_equal(vfs_read(vfs, file, 0, &byte, 1, &got), VFS_ERR_IS_DIRECTORY, "that is not read");
    while (count < 1000 && vfs_readdir(vfs, file, entry.cookie, &entry) == VFS_ERR_OK)
        count++;
    tap_equal(vfs_stat(vfs, "/", &stat), VFS_ERR_OK, "its entries");
    tap_equal(count, stat.entries, "are as many as are listed");
    tap_equal(vfs_readdir(vfs, file, 0, &entry), VFS_ERR_OK, "the first one");
    tap_ok(entry.length == strlen(entry.name) && entry.length > 0, "has a name");
    tap_equal(vfs_readdir(vfs, file, UINT64_MAX, &entry), VFS_ERR_BAD_REQUEST, "a cookie that is none");
    tap_equal(vfs_close(vfs, file), VFS_ERR_OK, "the root is closed");
}

static void check_names(void)
{
    static char path[VFS_BYTES + 2];
    struct vfs_stat stat;
    uint64_t file;

    tap_equal(vfs_stat(vfs, "/nosuch", &stat), VFS_ERR_NO_ENTRY, "no such file");
    tap_equal(vfs_open(vfs, "etc/motd", &file, &stat), VFS_ERR_NO_ENTRY, "a relative path");
    tap_equal(vfs_stat(vfs, "", &stat), VFS_ERR_NO_ENTRY, "an empty path");
    tap_equal(vfs_stat(vfs, "/etc/motd/x", &stat), VFS_ERR_NOT_DIRECTORY, "a path through a file");
    tap_equal(vfs_stat(vfs, "/../../etc/./motd", &stat), VFS_ERR_OK, "a path beyond the root");
    memset(path, 'x', VFS_BYTES);
    path[0] = '/';
    tap_equal(vfs_stat(vfs, path, &stat), VFS_ERR_NAME_TOO_LONG, "a long name");
    path[VFS_BYTES] = 'x';
    tap_equal(vfs_stat(vfs, path, &stat), VFS_ERR_NAME_TOO_LONG, "a path that is too long");
    tap_equal(vfs_stat(vfs, "/dev/console", &stat), VFS_ERR_OK, "the console has a name");
    tap_equal(stat.kind, VFS_KIND_DEVICE, "and is a device");
}

// A request as it stands: label, words 0 to 2, and how many memory words.
static uint64_t raw(uint32_t label, uint64_t w0, uint64_t w1, uint64_t w2, unsigned words)
{
    struct l4_msg m;
    int error;

    l4_msg_init(&m, vfs, label);
    m.tag = l4_msg_tag(label, words, 0);
    m.w[0] = w0;
    m.w[1] = w1;
    m.w[2] = w2;
    error = l4_call(&m);
    return error != L4_OK ? (uint64_t)error : l4_msg_label(&m);
}

static void check_lies(void)
{
    uint64_t file = 0;
    struct vfs_stat stat;

    memset(l4_msg_bytes(), '/', 64);
    tap_equal(raw(VFS_OPEN, 65, 0, 0, 8), VFS_ERR_BAD_REQUEST, "a path longer than its message");
    tap_equal(raw(VFS_OPEN, UINT64_MAX, 0, 0, 8), VFS_ERR_BAD_REQUEST, "a path of all bytes there are");
    tap_equal(raw(VFS_OPEN, VFS_BYTES + 1, 0, 0, 104), VFS_ERR_BAD_REQUEST, "a path longer than a request");
    tap_equal(vfs_open(vfs, TEXT, &file, &stat), VFS_ERR_OK, "a file");
    tap_equal(raw(VFS_READ, file, 0, VFS_BYTES + 1, 0), VFS_ERR_BAD_REQUEST, "a read of too much");
    tap_equal(raw(VFS_READ, file, 0, UINT64_MAX, 0), VFS_ERR_BAD_REQUEST, "a read of all there is");
    tap_equal(raw(VFS_READ, file ^ 1, 0, 1, 0), VFS_ERR_NOT_OPEN, "somebody else's number of a file");
    tap_equal(raw(VFS_READ, file + (1ull << 32), 0, 1, 0), VFS_ERR_NOT_OPEN, "a later file in its place");
    tap_equal(raw(VFS_READ, UINT64_MAX, 0, 1, 0), VFS_ERR_NOT_OPEN, "no number of a file");
    tap_equal(raw(0, file, 0, 0, 0), VFS_ERR_BAD_REQUEST, "request 0");
    tap_equal(raw(VFS_OPERATION_COUNT, file, 0, 0, 0), VFS_ERR_BAD_REQUEST, "the request behind the last");
    tap_equal(raw(UINT32_MAX, file, 0, 0, 0), VFS_ERR_BAD_REQUEST, "the last number of a request");
    tap_equal(vfs_close(vfs, file), VFS_ERR_OK, "the file is closed");
}

// Reads a file again and again and compares; counts what differs.
struct reader {
    const char *path;
    atomic_uint wrong;
    atomic_bool done;
};

static void read_often(void *argument)
{
    struct reader *reader = argument;
    char first[256], again[256];
    size_t got = 0, now = 0;

    for (unsigned i = 0; i < READS; i++) {
        struct vfs_stat stat;
        uint64_t file;

        if (vfs_open(vfs, reader->path, &file, &stat) != VFS_ERR_OK ||
            vfs_read(vfs, file, 0, i == 0 ? first : again, sizeof(first), i == 0 ? &got : &now) !=
                VFS_ERR_OK ||
            vfs_close(vfs, file) != VFS_ERR_OK)
            reader->wrong++;
        else if (i > 0 && (now != got || memcmp(first, again, got) != 0))
            reader->wrong++;
    }
    reader->done = true;
}

static void check_two_threads(void)
{
    static struct reader readers[] = {{.path = TEXT}, {.path = OTHER}};
    static struct l4_thread threads[2];
    struct l4_thread_info self;

    tap_error(l4_thread_state(L4_CAP_THREAD, &self), L4_OK, "the priority");
    for (unsigned i = 0; i < 2; i++) {
        tap_error(l4_thread_create(&threads[i], (unsigned)self.priority), L4_OK, "a thread");
        tap_error(l4_thread_start(&threads[i], read_often, &readers[i], 0), L4_OK, "reads");
    }
    for (unsigned i = 0; i < 2; i++)
        while (!readers[i].done)
            l4_sleep_until(l4_clock() + 1000000);
    tap_equal(readers[0].wrong, 0, "one thread reads its file");
    tap_equal(readers[1].wrong, 0, "the other reads its own");
}

static void check_limit(void)
{
    struct vfs_stat stat;
    uint64_t file;
    unsigned count = 0;

    while (count <= VFS_OPEN_FILES && vfs_open(vfs, TEXT, &file, &stat) == VFS_ERR_OK)
        count++;
    tap_equal(count, VFS_OPEN_FILES, "as many files as a client may have are open");
    tap_equal(vfs_open(vfs, TEXT, &file, &stat), VFS_ERR_TOO_MANY, "and one more is refused");
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    vfs = l4_cap("vfs");
    check_reads();
    check_directories();
    check_names();
    check_lies();
    check_two_threads();
    check_limit();
    return tap_end();
}
