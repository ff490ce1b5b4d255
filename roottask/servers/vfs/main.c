// SPDX-License-Identifier: BSD-2-Clause
// The file server: one tree with the boot archive and /dev/console, behind an entry gate. Each client's own
// thread walks in, so there are as many requests at a time as there are clients; all data of a request lie on
// its activation's stack. What is shared: the tree, constant once the gate exists, and the table of open
// files under `lock`, which is held for a few instructions and never across a call. What belongs to a client
// goes with it: a thread of this program waits for deaths at the root task.
#include <l4/format.h>
#include <l4/gate.h>
#include <l4/mutex.h>
#include <l4/program.h>
#include <l4/proto/console.h>
#include <l4/proto/root.h>
#include <l4/status.h>
#include <l4/string.h>
#include <l4/thread.h>

#include "roottask/servers/vfs/archive.h"
#include "roottask/servers/vfs/files.h"

#define POOL_CLIENTS 1

static struct tree tree; // constant once the gate exists
static struct l4_mutex lock = L4_MUTEX_INIT;
static struct files files; // guarded by lock
static struct l4_thread watcher;

static void forget(uint64_t owner)
{
    l4_mutex_lock(&lock);
    files_forget(&files, owner);
    l4_mutex_unlock(&lock);
}

// Looks at every owner of open files; those that are dead are forgotten.
static void sweep(void)
{
    for (unsigned from = 0;;) {
        bool alive = true;
        uint64_t owner;

        l4_mutex_lock(&lock);
        owner = files_owner(&files, &from);
        l4_mutex_unlock(&lock);
        if (owner == 0)
            return;
        if (root_alive(owner, &alive) == ROOT_ERR_OK && !alive)
            forget(owner);
    }
}

static void watch(void *argument)
{
    uint64_t seen = 0, task;

    (void)argument;
    for (;;) {
        unsigned error = root_death(&seen, &task);

        if (error == ROOT_ERR_MISSED)
            sweep();
        else if (error == ROOT_ERR_OK)
            forget(task);
        else
            return; // nobody to ask: the table is swept when it is full
    }
}

static enum vfs_error node_of(uint64_t owner, uint64_t file, uint32_t *node)
{
    enum vfs_error error;

    l4_mutex_lock(&lock);
    error = files_node(&files, owner, file, node);
    l4_mutex_unlock(&lock);
    return error;
}

static enum vfs_error open_node(uint64_t owner, uint32_t node, uint64_t *file)
{
    enum vfs_error error;

    l4_mutex_lock(&lock);
    error = files_open(&files, owner, node, file);
    l4_mutex_unlock(&lock);
    return error;
}

// The node of the path a request carries.
static enum vfs_error path_node(const struct l4_msg *m, const struct l4_utcb *utcb, uint32_t *node)
{
    char path[VFS_BYTES];

    if (m->w[0] > VFS_BYTES || m->w[0] > 8 * (uint64_t)l4_tag_words(m->tag))
        return VFS_ERR_BAD_REQUEST;
    memcpy(path, &utcb->words[L4_WORDS_REGS], m->w[0]);
    return tree_lookup(&tree, l4_slice(path, m->w[0]), node);
}

static enum vfs_error do_open(struct l4_msg *m, const struct l4_utcb *utcb)
{
    uint32_t node;
    enum vfs_error error = path_node(m, utcb, &node);

    if (error != VFS_ERR_OK)
        return error;
    error = open_node(m->handle, node, &m->w[0]);
    if (error == VFS_ERR_TOO_MANY) {
        // A client that died in the middle of its open may have left one behind.
        sweep();
        error = open_node(m->handle, node, &m->w[0]);
    }
    m->w[1] = tree.nodes[node].kind;
    m->w[2] = tree.nodes[node].size;
    return error;
}

// A line of the console; the request's buffer must take a whole one.
static unsigned read_device(struct l4_msg *m, unsigned *words)
{
    char line[CONSOLE_LINE];
    size_t count = 0;
    unsigned error;

    if (m->w[2] < CONSOLE_LINE)
        return VFS_ERR_BAD_REQUEST;
    error = console_read(l4_cap("console"), line, &count);
    if (error != CONSOLE_ERR_OK && error != CONSOLE_ERR_END)
        return error;
    m->w[0] = count;
    *words = l4_msg_put_bytes(line, count);
    return VFS_ERR_OK;
}

static unsigned do_read(struct l4_msg *m, unsigned *words)
{
    const struct tree_node *file;
    uint64_t offset = m->w[1], bytes = m->w[2];
    uint32_t node;
    enum vfs_error error = node_of(m->handle, m->w[0], &node);

    if (error != VFS_ERR_OK)
        return error;
    file = &tree.nodes[node];
    if (file->kind == VFS_KIND_DIRECTORY)
        return VFS_ERR_IS_DIRECTORY;
    if (bytes > VFS_BYTES)
        return VFS_ERR_BAD_REQUEST;
    if (file->kind == VFS_KIND_DEVICE)
        return read_device(m, words);
    if (offset > file->size)
        offset = file->size;
    if (bytes > file->size - offset)
        bytes = file->size - offset;
    m->w[0] = bytes;
    *words = l4_msg_put_bytes(file->data + offset, bytes);
    return VFS_ERR_OK;
}

static unsigned do_write(struct l4_msg *m, const struct l4_utcb *utcb)
{
    char data[VFS_BYTES];
    uint32_t node;
    enum vfs_error error = node_of(m->handle, m->w[0], &node);

    if (error != VFS_ERR_OK)
        return error;
    if (tree.nodes[node].kind == VFS_KIND_DIRECTORY)
        return VFS_ERR_IS_DIRECTORY;
    if (tree.nodes[node].kind == VFS_KIND_FILE)
        return VFS_ERR_READ_ONLY;
    if (m->w[1] > VFS_BYTES || m->w[1] > 8 * (uint64_t)l4_tag_words(m->tag))
        return VFS_ERR_BAD_REQUEST;
    memcpy(data, &utcb->words[L4_WORDS_REGS], m->w[1]);
    m->w[0] = m->w[1];
    return console_write(l4_cap("console"), data, m->w[1]);
}

static enum vfs_error do_readdir(struct l4_msg *m, unsigned *words)
{
    struct l4_slice name;
    uint32_t node, entry;
    enum vfs_error error = node_of(m->handle, m->w[0], &node);

    if (error == VFS_ERR_OK)
        error = tree_entry(&tree, node, m->w[1], &entry, &m->w[0]);
    if (error != VFS_ERR_OK)
        return error;
    name = tree_name(&tree, entry);
    m->w[1] = tree.nodes[entry].kind;
    m->w[2] = tree.nodes[entry].size;
    m->w[3] = name.length;
    *words = l4_msg_put_bytes(name.at, name.length);
    return VFS_ERR_OK;
}

static enum vfs_error do_stat(struct l4_msg *m, const struct l4_utcb *utcb)
{
    uint32_t node;
    enum vfs_error error = path_node(m, utcb, &node);

    if (error != VFS_ERR_OK)
        return error;
    m->w[0] = tree.nodes[node].kind;
    m->w[1] = tree.nodes[node].size;
    m->w[2] = tree.nodes[node].entries;
    return VFS_ERR_OK;
}

static enum vfs_error do_close(const struct l4_msg *m)
{
    enum vfs_error error;

    l4_mutex_lock(&lock);
    error = files_close(&files, m->handle, m->w[0]);
    l4_mutex_unlock(&lock);
    return error;
}

static unsigned request(struct l4_msg *m, const struct l4_utcb *utcb, unsigned *words)
{
    switch (l4_msg_label(m)) {
    case VFS_OPEN:
        return do_open(m, utcb);
    case VFS_READ:
        return do_read(m, words);
    case VFS_WRITE:
        return do_write(m, utcb);
    case VFS_READDIR:
        return do_readdir(m, words);
    case VFS_STAT:
        return do_stat(m, utcb);
    case VFS_CLOSE:
        return do_close(m);
    default:
        return VFS_ERR_BAD_REQUEST;
    }
}

// Named only by the entry code below.
__attribute__((used)) static void handle(struct l4_msg *m, struct l4_utcb *utcb)
{
    unsigned words = 0;
    unsigned error = l4_tag_op(m->tag) == L4_OP_CALL ? request(m, utcb, &words) : VFS_ERR_BAD_REQUEST;

    l4_answer(m, error, words, 0);
}

L4_ENTRY_GATE(vfs_entry, handle);

static void say(const char *what, const char *text)
{
    char line[128];
    size_t length = l4_format(line, sizeof(line), "vfs: %s: %s\n", what, text);

    // Without a console there is nobody to tell.
    if (console_write(l4_cap("console"), line, length < sizeof(line) ? length : sizeof(line) - 1) != L4_OK)
        return;
}

int main(int argc, char **argv)
{
    static const char *const devices[] = {"dev/console", NULL};
    struct l4_thread_info self;
    l4_handle_t gate;
    unsigned left_out, error;

    (void)argc;
    (void)argv;
    error = archive_tree(&tree, devices, &left_out);
    if (error != VFS_ERR_OK)
        say("archive", l4_status_text(error));
    if (tree.nodes == NULL)
        return 1;
    if (left_out != 0)
        say("archive", "members with names that cannot be shown are left out");
    error = (unsigned)l4_gate_create_entry(L4_CAP_SPACE, vfs_entry, POOL_CLIENTS, false, &gate);
    if (error == L4_OK)
        error = root_publish("", gate);
    if (error == L4_OK)
        error = root_ready();
    if (error == L4_OK)
        error = (unsigned)l4_thread_state(L4_CAP_THREAD, &self);
    if (error == L4_OK)
        error = (unsigned)l4_thread_create(&watcher, (unsigned)self.priority);
    if (error == L4_OK)
        error = (unsigned)l4_thread_start(&watcher, watch, NULL, 0);
    if (error != L4_OK) {
        say("start", l4_status_text(error));
        return 1;
    }
    l4_thread_exit(); // what follows happens on the clients' threads and the watcher
}
