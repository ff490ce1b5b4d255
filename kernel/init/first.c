/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first program. Memory for its segments, UTCBs and stacks comes from boot memory, so it is part of what
 * the pager owns and costs no quota; page tables and objects are charged to its space as everybody's are.
 */
#include "kernel/init/first.h"

#include <l4/abi/bootinfo.h>
#include <l4/abi/item.h>

#include "kernel/arch/bootinfo.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/kmap.h"
#include "kernel/arch/smp.h"
#include "kernel/arch/timer.h"
#include "kernel/arch/window.h"
#include "kernel/base/assert.h"
#include "kernel/base/compiler.h"
#include "kernel/base/log.h"
#include "kernel/base/string.h"
#include "kernel/init/archive.h"
#include "kernel/map/mapdb.h"
#include "kernel/mem/frame.h"
#include "kernel/sched/sched.h"
#include "kernel/space/space.h"

#define POOL_SHARE     16                  /* one part of so many of memory is the kernel's */
#define POOL_MIN       (UINT64_C(6) << 20) /* bytes */
#define POOL_MAX       (UINT64_C(1) << 30)
#define PAGER_PRIORITY 250
#define RESERVE        (UINT64_C(256) << 10) /* of the pool: kernel tables that no quota pays for */

/* Tables of mappings made later: the pool's cost. */
static paddr_t table_page(void)
{
    paddr_t p;

    if (!frame_alloc_zeroed(&p))
        PANIC("no memory for the kernel's page tables");
    return p;
}

INIT void first_pool(void)
{
    uint64_t bytes = regions_bytes(&boot_info.usable) / POOL_SHARE;

    bytes = bytes < POOL_MIN ? POOL_MIN : bytes > POOL_MAX ? POOL_MAX : bytes;
    frame_pool_init(npages(bytes / PAGE_SIZE));
    kmap_set_alloc(table_page);
    window_prepare(vaddr(CAP_WINDOW));
}

/* Back from the scale: 10^9 * 2^shift / mul, with the shift halved until the product fits. */
static INIT uint64_t tsc_hz(void)
{
    uint32_t shift = clock_scale.shift;
    uint64_t mul = clock_scale.mul;

    for (; shift > 34; shift--)
        mul >>= 1;
    return (UINT64_C(1000000000) << shift) / mul;
}

INIT void first_info_page(void)
{
    struct l4_info *info = (struct l4_info *)CPU_INFO_ALIAS;

    *info = (struct l4_info){
        .magic = L4_INFO_MAGIC,
        .abi_major = L4_ABI_MAJOR,
        .abi_minor = L4_ABI_MINOR,
        .version = 1,
        .tsc_base = clock_scale.tsc_base,
        .tsc_mul = clock_scale.mul,
        .tsc_shift = clock_scale.shift,
        .cpus = (uint32_t)(64 - __builtin_clzll(cpus_online())), /* numbered without gaps */
        .tsc_hz = tsc_hz(),
        .memory_kib = regions_bytes(&boot_info.usable) / 1024,
    };
}

static INIT void map_all(struct space *s, uint64_t at, uint64_t from, uint64_t bytes, unsigned rights)
{
    while (bytes > 0) {
        uint64_t done;

        if (map_physical(&s->vs, at, paddr(from), bytes, rights, L4_CACHE_WB, NULL, &done) != L4_OK)
            PANIC("cannot map the first program's memory");
        at += done;
        from += done;
        bytes -= done;
    }
}

/* Fresh zeroed pages at AT. */
static INIT void *map_fresh(struct space *s, uint64_t at, uint64_t bytes, unsigned rights)
{
    paddr_t p = bootmem_alloc(npages(bytes / PAGE_SIZE));

    map_all(s, at, p.v, bytes, rights);
    return phys_window(p);
}

static INIT uint64_t load_pager(struct space *s)
{
    const void *archive = phys_window(boot_info.archive);
    const void *file;
    size_t size;
    struct elf_program program;
    const char *wrong;

    if (boot_info.archive_size == 0)
        machine_refused("boot archive: the boot loader gave no module");
    if (!archive_find(archive, boot_info.archive_size, "pager", &file, &size))
        machine_refused("boot archive: no program named pager");
    wrong = elf_read(file, size, &program);
    if (wrong) {
        LOG(LOG_ERROR, "boot: pager: %s", wrong);
        machine_refused("boot archive: the pager cannot be loaded");
    }
    for (size_t i = 0; i < program.count; i++) {
        const struct elf_segment *g = &program.segment[i];
        uint64_t begin = align_down(g->address, PAGE_SIZE);
        uint64_t end = align_up(g->address + g->memory_size, PAGE_SIZE);
        char *to = map_fresh(s, begin, end - begin, g->rights);

        memcpy(to + (g->address - begin), g->data, g->data_size);
    }
    return program.entry;
}

static INIT void make_activations(struct space *s)
{
    const struct area area = {
        L4_BOOT_UTCB_BASE, L4_BOOT_STACK_BASE, L4_BOOT_STRIDE, L4_BOOT_INDICES, 0, 0, 1024, 4};
    uint64_t stack_bytes = L4_BOOT_STACK_PAGES * PAGE_SIZE;

    if (space_set_area(s, &area) != L4_OK ||
        space_add_activations(s, L4_POOL_HOME, 0, L4_BOOT_HOME) != L4_OK ||
        space_add_activations(s, 1, L4_BOOT_HOME, L4_BOOT_INDICES - L4_BOOT_HOME) != L4_OK)
        PANIC("cannot make the first program's activations");
    map_fresh(s, area.utcb_base, L4_BOOT_INDICES * L4_UTCB_SIZE, L4_READ | L4_WRITE);
    for (uint64_t i = 0; i < L4_BOOT_INDICES; i++) {
        map_fresh(s, area.stack_base + (i + 1) * area.stride - stack_bytes, stack_bytes, L4_READ | L4_WRITE);
        (void)activation_make_resident(space_activation(s, i));
    }
}

static INIT void give(struct space *s, unsigned slot, struct object *o, enum l4_kind kind, uint64_t badge)
{
    static struct object system[L4_KIND_COUNT];
    struct cap_fill fill = {.object = o, .badge = badge, .rights = L4_RIGHT_ALL, .kind = (uint8_t)kind};
    struct cap *c;

    if (!o) {
        fill.object = &system[kind];
        object_init(fill.object, kind);
    }
    if (cap_create(&s->caps, slot, &fill, &c) != L4_OK)
        PANIC("cannot make the first program's capabilities");
}

static INIT void give_all(struct space *s, struct thread *t)
{
    give(s, L4_BOOT_SPACE, &s->object, L4_KIND_SPACE, 0);
    give(s, L4_BOOT_THREAD, &t->object, L4_KIND_THREAD, 0);
    give(s, L4_BOOT_IRQ, NULL, L4_KIND_IRQ, UINT32_MAX);
    give(s, L4_BOOT_PORTS, NULL, L4_KIND_PORTS, 0x10000);
    give(s, L4_BOOT_PHYS, NULL, L4_KIND_PHYS, UINT32_MAX);
    give(s, L4_BOOT_POOL, NULL, L4_KIND_POOL, 0);
    give(s, L4_BOOT_CPUS, NULL, L4_KIND_CPUS, 0);
    give(s, L4_BOOT_LOG, NULL, L4_KIND_LOG, 0);
    give(s, L4_BOOT_MSR, NULL, L4_KIND_MSR, 0);
    give(s, L4_BOOT_POWER, NULL, L4_KIND_POWER, 0);
    give(s, L4_BOOT_INFO, NULL, L4_KIND_INFO, 0);
}

static INIT void add_region(struct l4_boot_info *b, uint64_t base, uint64_t size, uint64_t kind)
{
    if (b->regions < L4_BOOT_REGIONS)
        b->region[b->regions++] = (struct l4_boot_region){base, size, kind};
}

/*
 * All free memory and the archive into the window. Nothing is taken from boot memory after this, so the
 * frames of the init part may be counted in, although this very function lies there: no thread runs before
 * boot_leave unmaps it.
 */
static INIT void hand_over_memory(struct space *s, struct l4_boot_info *b)
{
    const struct region_set *usable = &boot_info.usable;
    uint64_t archive = align_down(boot_info.archive.v, PAGE_SIZE);
    uint64_t archive_end = align_up(boot_info.archive.v + boot_info.archive_size, PAGE_SIZE);

    regions_add(&boot_info.usable, boot_info.init.base, boot_info.init.end);
    LOG(LOG_INFO, "boot: init released_kib=%lu", (boot_info.init.end - boot_info.init.base) / 1024);
    for (size_t i = 0; i < usable->count; i++) {
        uint64_t base = usable->at[i].base;
        uint64_t size = usable->at[i].end - base;

        map_all(s, L4_BOOT_WINDOW + base, base, size, L4_READ | L4_WRITE);
        add_region(b, base, size, L4_MEM_FREE);
    }
    map_all(s, L4_BOOT_WINDOW + archive, archive, archive_end - archive, L4_READ | L4_WRITE);
    add_region(b, archive, archive_end - archive, L4_MEM_ARCHIVE);
}

static INIT void fill_boot_info(struct l4_boot_info *b, const struct space *s)
{
    const struct boot_framebuffer *fb = &boot_info.framebuffer;

    b->magic = L4_BOOTINFO_MAGIC;
    b->size = sizeof(*b);
    b->archive = boot_info.archive.v;
    b->archive_size = boot_info.archive_size;
    if (fb->type == BOOT_FB_RGB) {
        b->framebuffer = fb->base.v;
        b->fb_pitch = fb->pitch;
        b->fb_width = fb->width;
        b->fb_height = fb->height;
        b->fb_bpp = fb->bpp;
    }
    b->quota = s->quota.limit;
    memcpy(b->command_line, boot_info.cmdline, sizeof(b->command_line) - 1);
}

static INIT struct thread *make_thread(struct space *s, uint64_t entry)
{
    struct thread *t = thread_alloc(s, &s->quota);
    struct activation *a = pool_take(s, L4_POOL_HOME, t);

    if (!t || !a)
        PANIC("cannot make the first thread");
    t->priority = PAGER_PRIORITY;
    t->home_priority = PAGER_PRIORITY;
    space_add_thread(s, t);
    a->thread = t;
    a->rip = entry;
    a->rsp = a->sp0;
    a->regs[L4_REG_RBX] = a->utcb;
    a->regs[ACT_REG_RFLAGS] = 0x202;
    a->full = 1;
    t->base = a;
    t->current = a;
    return t;
}

INIT void first_program(void)
{
    struct space *s;
    struct thread *t;
    struct l4_boot_info *b;
    uint64_t entry;

    if (space_create(NULL, frame_pool_free().v * PAGE_SIZE - RESERVE, L4_CPU_ALL, &s) != L4_OK)
        PANIC("cannot make the first space");
    entry = load_pager(s);
    make_activations(s);
    b = map_fresh(s, L4_BOOTINFO_ADDR, PAGE_SIZE, L4_READ);
    fill_boot_info(b, s);
    hand_over_memory(s, b);
    t = make_thread(s, entry);
    give_all(s, t);
    sched_ready(t);
}
