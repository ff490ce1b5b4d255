// SPDX-License-Identifier: BSD-2-Clause
// Each cell of docs/lifetimes.md, by the table in table.h: what dies, is cancelled or taken away, in which
// state, and what everybody hears of it. A cell runs twice: the first time things are made that stay (pages,
// slabs, tables); between the second run's begin and end no counter of the kernel may differ.
//   lifetimes [CPU of victims] [CPU of partners] [cell]: see test/system/lib/cells.py, which starts it.
#include <l4/pager.h>
#include <l4/string.h>
#include <l4/tap.h>
#include "test/system/support/books.h"
#include "test/system/support/crowd.h"
#include "kit.h"
#include "table.h"

#define VISITORS 64 // of its section: test/system/lib/cells.py

#define ID_MAX  128
#define BAD_MAX 12 // cells that may go wrong before the rest would only take time

struct cell {
    const char *id, *what;
    void (*check)(void);
    const char *why; // it is expected to fail
};

#define CELL(id, check, what)                  {#id, what, check, NULL},
#define EXPECTED_FAILURE(id, check, what, why) {#id, what, check, why},
#define ELSEWHERE(id, where)
#define NOT_BUILT(id, why)
static const struct cell cells[] = {CELLS(CELL, EXPECTED_FAILURE, ELSEWHERE, NOT_BUILT)};

static const char *skipped;
static unsigned bad;

void cell_skip(const char *why)
{
    skipped = why;
}

static void once(const struct cell *c)
{
    c->check();
    kit_clean();
}

static void run(const struct cell *c)
{
    struct books before;
    char text[ID_MAX];
    size_t n = 0;
    for (const char *p = c->id; *p; p++)
        text[n++] = *p == '_' ? '-' : *p;
    text[n++] = ' ';
    for (const char *p = c->what; *p && n < sizeof(text) - 1; p++)
        text[n++] = *p;
    text[n] = 0;
    cell_failed = false;
    skipped = NULL;
    once(c);
    books_settle(&before);
    if (!skipped)
        once(c);
    if (!books_same(&before, 0)) {
        cell_failed = true;
        books_tell(&before);
    }
    bad += cell_failed && !c->why;
    if (skipped)
        tap_ok(true, "%s # SKIP %s", text, skipped);
    else if (c->why)
        tap_expected(!cell_failed, text, c->why);
    else
        tap_ok(!cell_failed, "%s", text);
    tap_flush();
}

// Without it no cell can be shown there.
static bool starts_on(unsigned cpu)
{
    static struct hand h;
    cell_failed = false;
    h = (struct hand){.body = hand_spin, .arg = 1};
    hand_run(&h, cpu);
    want_error(hand_result(&h), L4_OK, "it runs");
    kit_clean();
    tap_ok(!cell_failed, "a thread starts on CPU %u", cpu);
    return !cell_failed;
}

static unsigned number(const char *text)
{
    return (unsigned)(*text - '0');
}

int main(int argc, char **argv)
{
    if (l4_cap("irq") == L4_HANDLE_NONE) {
        tap_ok(true, "# SKIP started without its section, see test/system/lib/cells.py");
        return tap_end();
    }
    victim_cpu = argc > 1 ? number(argv[1]) : 0;
    partner_cpu = argc > 2 ? number(argv[2]) : victim_cpu;
    if (victim_cpu >= l4_info()->cpus || partner_cpu >= l4_info()->cpus) {
        tap_ok(true, "# SKIP only %u CPUs are online", l4_info()->cpus);
        return tap_end();
    }
    if (l4_pool_fill(POOL_ONE, 1) || l4_event_create(L4_CAP_SPACE, &never, NULL))
        l4_abort("set-up");
    crowd(L4_POOL_VISITORS, VISITORS);
    bool runs = starts_on(victim_cpu) && starts_on(partner_cpu);
    for (unsigned i = 0; i < L4_ARRAY_SIZE(cells) && runs && bad < BAD_MAX; i++) {
        if (argc <= 3 || strcmp(argv[3], cells[i].id) == 0)
            run(&cells[i]);
    }
    return tap_end();
}
