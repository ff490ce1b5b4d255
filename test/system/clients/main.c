// SPDX-License-Identifier: BSD-2-Clause
// Several clients of the servers at once, each a program of its own. Without a capability of kind `control`
// this program can start no others and reads alone; with it (test/system/servers.py gives it a section) it
// starts copies of itself, lets two of them read in turns, and kills one that waits two servers deep.
//   clients PATH      reads the file again and again; status 0: it was the same every time
//   clients console   waits for a line of /dev/console
#include <l4/format.h>
#include <l4/program.h>
#include <l4/proto/root.h>
#include <l4/proto/vfs.h>
#include <l4/string.h>
#include <l4/system.h>
#include <l4/tap.h>
#include <l4/thread.h>

#define ROUNDS  150
#define PART    256
#define PATH_A  "/etc/motd"
#define PATH_B  "/servers/vfs"
#define WAIT_NS 100000000ull
#define READERS 8  // that may wait for a line
#define KILLED  10 // clients that are killed while they wait

static l4_handle_t vfs, control;

static void give_way(void)
{
    if (l4_thread_yield(L4_CAP_THREAD) != L4_OK)
        l4_exit(3);
}

// Others get their turn between open and read and between read and close.
static bool read_once(const char *path, char part[PART], size_t *got)
{
    struct vfs_stat stat;
    uint64_t file;

    if (vfs_open(vfs, path, &file, &stat) != VFS_ERR_OK)
        return false;
    give_way();
    if (vfs_read(vfs, file, stat.size / 2, part, PART, got) != VFS_ERR_OK)
        return false;
    give_way();
    return vfs_close(vfs, file) == VFS_ERR_OK;
}

static int read_often(const char *path)
{
    char first[PART], again[PART];
    size_t got = 0, now = 0;

    if (!read_once(path, first, &got) || got == 0)
        return 1;
    for (unsigned i = 0; i < ROUNDS; i++)
        if (!read_once(path, again, &now) || now != got || memcmp(first, again, got) != 0)
            return 1;
    return 0;
}

static int read_console(void)
{
    char line[VFS_BYTES];
    struct vfs_stat stat;
    uint64_t file;
    size_t got;

    if (vfs_open(vfs, "/dev/console", &file, &stat) != VFS_ERR_OK)
        return 1;
    return vfs_read(vfs, file, 0, line, sizeof(line), &got) == VFS_ERR_OK ? 0 : 1;
}

static uint64_t start(const char *argument)
{
    char words[64] = "test/clients";
    size_t first = strlen(words) + 1, second = strlen(argument) + 1;
    uint64_t task = 0;

    memcpy(words + first, argument, second);
    tap_equal(control_spawn(control, words, first + second, l4_cap("out"), &task), ROOT_ERR_OK, argument);
    return task;
}

static void check_two_readers(void)
{
    enum root_end end_a = ROOT_END_KILLED, end_b = ROOT_END_KILLED;
    int status_a = -1, status_b = -1;
    uint64_t a = start(PATH_A), b = start(PATH_B);

    tap_equal(control_wait(control, a, &status_a, &end_a), ROOT_ERR_OK, "the first is waited for");
    tap_equal(control_wait(control, b, &status_b, &end_b), ROOT_ERR_OK, "the second is waited for");
    tap_ok(end_a == ROOT_END_EXIT && status_a == 0, "the first always read its own file");
    tap_ok(end_b == ROOT_END_EXIT && status_b == 0, "the second always read its own file");
    tap_equal(control_wait(control, a, &status_a, &end_a), ROOT_ERR_NO_TASK, "an end is told once");
}

static void kill_one(void)
{
    enum root_end end = ROOT_END_EXIT;
    int status = -1;
    char number[24];
    uint64_t task = start("console");

    l4_sleep_until(l4_clock() + WAIT_NS);
    l4_format(number, sizeof(number), "%llu", (unsigned long long)task);
    tap_equal(control_kill(control, number), ROOT_ERR_OK, "one that waits is killed");
    tap_equal(control_wait(control, task, &status, &end), ROOT_ERR_OK, "and waited for");
    tap_ok(end == ROOT_END_KILLED && status == ROOT_STATUS_KILLED, "and was killed");
}

// Those that wait for a line are visitors of the console server: not all of its places are for them.
static void check_readers_limit(void)
{
    enum root_end end = ROOT_END_KILLED;
    uint64_t task[READERS + 1];
    int status = 0;
    char number[24];

    for (unsigned i = 0; i <= READERS; i++) {
        task[i] = start("console");
        l4_sleep_until(l4_clock() + WAIT_NS / 4);
    }
    tap_equal(control_wait(control, task[READERS], &status, &end), ROOT_ERR_OK, "the last does not wait");
    tap_ok(end == ROOT_END_EXIT && status == 1, "it is refused");
    for (unsigned i = 0; i < READERS; i++) {
        l4_format(number, sizeof(number), "%llu", (unsigned long long)task[i]);
        tap_equal(control_kill(control, number), ROOT_ERR_OK, "one that waits is killed");
    }
}

static uint64_t counter_now(enum l4_counter which)
{
    uint64_t counters[8] = {0};

    return l4_info_counters(l4_cap("info"), 0, counters) == L4_OK ? counters[which] : UINT64_MAX;
}

static uint64_t counter(enum l4_counter which)
{
    uint64_t now = counter_now(which);

    tap_ok(now != UINT64_MAX, "counters");
    return now;
}

// What a client held goes with it: threads in the servers, files, memory of the kernel.
static void check_killed(void)
{
    struct vfs_stat stat;
    uint64_t threads, spaces;

    kill_one(); // so that the servers have what they need for one
    l4_sleep_until(l4_clock() + 10 * WAIT_NS);
    threads = counter(L4_COUNT_THREADS);
    spaces = counter(L4_COUNT_SPACES);
    for (unsigned i = 0; i < KILLED; i++)
        kill_one();
    // The last one's visit goes on as an orphan until the servers have handed its error up.
    for (unsigned i = 0; i < 20 && counter_now(L4_COUNT_THREADS) > threads; i++)
        l4_sleep_until(l4_clock() + WAIT_NS);
    tap_equal(counter(L4_COUNT_SPACES), spaces, "as many spaces as before");
    tap_equal(counter(L4_COUNT_THREADS), threads, "as many threads as before");
    tap_equal(vfs_stat(vfs, PATH_A, &stat), VFS_ERR_OK, "the file server serves");
}

int main(int argc, char **argv)
{
    vfs = l4_cap("vfs");
    control = l4_cap("control");
    if (argc == 2)
        return strcmp(argv[1], "console") == 0 ? read_console() : read_often(argv[1]);
    if (control == L4_HANDLE_NONE) {
        tap_equal((uint64_t)read_often(PATH_A), 0, "alone: a small file");
        tap_equal((uint64_t)read_often(PATH_B), 0, "alone: a large file");
        return tap_end();
    }
    check_two_readers();
    check_readers_limit();
    check_killed();
    return tap_end();
}
