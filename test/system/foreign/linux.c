// SPDX-License-Identifier: BSD-2-Clause
// As much of Linux as a small static program needs; numbers and structures of x86-64. Errors are negative.
#include "foreign.h"

#include <l4/program.h>
#include <l4/string.h>
#include <l4/tap.h>
#include <l4/utcb.h>
#include <l4/proto/console.h>

#define ARENA       (512 * 1024)
#define BREAK       (64 * 1024) // of it for brk, from the end
#define WRITTEN_MAX 2048

enum { LINUX_EBADF = 9, LINUX_ENOMEM = 12, LINUX_EINVAL = 22, LINUX_ENOTTY = 25, LINUX_ENOSYS = 38 };
enum { ARCH_SET_FS = 0x1002 };
enum {
    SYS_WRITE = 1,
    SYS_MMAP = 9,
    SYS_MUNMAP = 11,
    SYS_BRK = 12,
    SYS_IOCTL = 16,
    SYS_WRITEV = 20,
    SYS_EXIT = 60,
    SYS_ARCH_PRCTL = 158,
    SYS_SET_TID_ADDRESS = 218,
    SYS_EXIT_GROUP = 231,
    SYS_PROBE = 1000, // none of Linux
};

static char arena[ARENA] __attribute__((aligned(4096)));
static size_t arena_used;
static size_t brk_used;

char linux_written[WRITTEN_MAX];
size_t linux_written_bytes;
unsigned linux_unknown, foreign_wrong, foreign_calls;

struct vector {
    const char *base;
    size_t bytes;
};

static int64_t write_out(int64_t file, const char *bytes, size_t count)
{
    if (file != 1 && file != 2)
        return -LINUX_EBADF;
    for (size_t i = 0; i < count && linux_written_bytes < WRITTEN_MAX - 1; i++)
        linux_written[linux_written_bytes++] = bytes[i];
    return console_write(l4_cap("out"), bytes, count) ? -LINUX_EINVAL : (int64_t)count;
}

static int64_t write_vectors(int64_t file, const struct vector *v, uint64_t count)
{
    int64_t all = 0;
    for (uint64_t i = 0; i < count; i++) {
        int64_t done = write_out(file, v[i].base, v[i].bytes);
        if (done < 0)
            return done;
        all += done;
    }
    return all;
}

// Memory from the arena, never given back: it is zero.
static int64_t map(size_t bytes)
{
    bytes = (bytes + 4095) & ~4095ul;
    if (bytes > ARENA - BREAK - arena_used)
        return -LINUX_ENOMEM;
    arena_used += bytes;
    return (int64_t)(uintptr_t)(arena + arena_used - bytes);
}

static int64_t set_break(uint64_t to)
{
    uint64_t low = (uint64_t)(uintptr_t)arena + ARENA - BREAK;
    if (to >= low && to <= low + BREAK)
        brk_used = to - low;
    return (int64_t)(low + brk_used);
}

static int64_t set_fs(struct frame *f)
{
    if (f->rdi != ARCH_SET_FS)
        return -LINUX_EINVAL;
    f->fs = f->rsi; // entry.asm loads it
    return 0;
}

int64_t foreign_handle(struct frame *f)
{
    const struct l4_utcb *utcb = l4_utcb();
    foreign_calls++;
    foreign_wrong += utcb->foreign_ip != f->rcx || utcb->foreign_flags != f->r11;
    switch (f->rax) {
    case SYS_WRITE:
        return write_out((int64_t)f->rdi, (const char *)(uintptr_t)f->rsi, f->rdx);
    case SYS_WRITEV:
        return write_vectors((int64_t)f->rdi, (const struct vector *)(uintptr_t)f->rsi, f->rdx);
    case SYS_MMAP:
        return map(f->rsi);
    case SYS_MUNMAP:
        return 0;
    case SYS_BRK:
        return set_break(f->rdi);
    case SYS_IOCTL:
        return -LINUX_ENOTTY;
    case SYS_ARCH_PRCTL:
        return set_fs(f);
    case SYS_SET_TID_ADDRESS:
        return 1;
    case SYS_EXIT:
    case SYS_EXIT_GROUP:
        linux_leave((int)f->rdi);
    case SYS_PROBE:
        foreign_last = *f;
        return 4321;
    default:
        linux_unknown++;
        tap_note("Linux system call %lu", f->rax);
        return -LINUX_ENOSYS;
    }
}
