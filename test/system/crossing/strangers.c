// SPDX-License-Identifier: BSD-2-Clause
// A third program on the same CPU, which neither calls the other two nor is called by them: nobody sees what
// it leaves in vector registers, control words and segment bases, and it finds its own again when it was
// interrupted.
#include "test/system/crossing/cross.h"

#include <l4/cap.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/utcb.h>
#include <l4/proto/layout.h>

#define BELOW  50 // priority: the stranger runs while the client sleeps
#define ROUNDS 10
#define PAIR   (SIDE(CLIENT) | SIDE(SERVER))

static uint64_t stranger_index(void)
{
    return (data[STRANGER].in.r[L4_REG_RBX] - KID_UTCB) / L4_UTCB_SIZE;
}

// The client sleeps; the stranger makes one turn meanwhile.
static void sleep_while_it_runs(unsigned round)
{
    struct block *out = &data[CLIENT].out;
    fill(out, CLIENT, round, l4_tag(L4_OP_WAIT, 0, 0, 0) | L4_FLAG_TIMED, 0);
    out->r[L4_REG_RSI] = l4_clock() + 3 * MS;
    cross_main();
}

// One turn of the stranger, however long that takes on a machine that is busy with other things.
static void take_turn(unsigned round)
{
    uint64_t before = data[STRANGER].count;
    int error = l4_space_wake(space[STRANGER], stranger_index(), 1);
    if (error)
        wrong("the wake-up", (uint64_t)error, 0);
    for (unsigned i = 0; i < 1000 && data[STRANGER].count == before; i++) {
        sleep_while_it_runs(round);
        look_vectors(&data[CLIENT].in, SIDE(CLIENT));
    }
    if (data[STRANGER].count == before)
        wrong("turns of the stranger", 0, 1);
}

static void look_asleep(void)
{
    case_begin("check_strangers: while the client sleeps");
    for (unsigned i = 0; i < ROUNDS; i++)
        take_turn(i);
    case_end();
}

// Its last values are in the CPU when the client calls: neither a visit nor a queue server nor the client,
// when the answer comes, sees them.
static void look_calling(void)
{
    static const char *const names[] = {"check_strangers: and then a call through an entry gate",
                                        "check_strangers: and then one through a queue gate"};
    for (unsigned queue = 0; queue < 2; queue++) {
        case_begin(names[queue]);
        for (unsigned i = 0; i < ROUNDS; i++) {
            take_turn(i);
            if (queue)
                call_queue(&(struct call_case){.round = i}, 0);
            else
                call_entry(&(struct call_case){.round = i});
        }
        case_end();
    }
}

// Segment registers say nothing in 64-bit mode, but they are read and written by anybody.
static void check_selectors(void)
{
    static const uint16_t selectors[4] = {3, 2, 0x1b, 1};
    case_begin("check_selectors");
    for (unsigned i = 0; i < 4; i++)
        data[STRANGER].out.segment[i] = selectors[i];
    take_turn(0); // the values come with its next call
    for (unsigned i = 0; i < ROUNDS; i++) {
        take_turn(i);
        look_segments(&data[CLIENT].in);
    }
    case_end();
}

static int stranger_begins(void (*function)(void), unsigned priority, l4_handle_t *thread)
{
    struct side_data *it = &data[STRANGER];
    fill(&it->out, STRANGER, 1, l4_tag(L4_OP_WAIT, 0, 0, 0), 0);
    it->count = 0;
    return side_thread(STRANGER, function, 0, priority, 0, thread);
}

// Interrupted many times between filling its registers and looking at them.
static void look_interrupted(void)
{
    struct side_data *it = &data[STRANGER];
    l4_handle_t thread;
    int error = stranger_begins(cross_spinner, BELOW, &thread);
    tap_error(error, L4_OK, "one that is interrupted");
    case_begin("check_strangers: interrupted");
    for (unsigned i = 0; i < 100 && !error && it->count == 0; i++) {
        sleep_while_it_runs(i);
        look_vectors(&data[CLIENT].in, SIDE(CLIENT));
        error = l4_thread_move(thread, i / 2 % cpus()); // and here and there
        call_entry(&(struct call_case){.round = i});
        call_queue(&(struct call_case){.round = i}, 0);
    }
    if (!side_counts(STRANGER, 1))
        wrong("turns of the stranger", it->count, 1);
    look_general_same(&it->in, &it->out);
    look_vectors_same(&it->in, &it->out);
    case_end();
    tap_error(error ? error : l4_thread_destroy(thread), L4_OK, "it goes");
}

// A server, whose caller's vector registers it took over, takes turns with the stranger while both have
// something in theirs.
static void look_server_interrupted(bool queue)
{
    struct side_data *it = &data[STRANGER], *server = &data[SERVER];
    l4_handle_t thread;
    int error = stranger_begins(cross_spinner, PRIORITY, &thread);
    case_begin(queue ? "check_strangers: a queue server is interrupted"
                     : "check_strangers: a visit is interrupted");
    for (unsigned i = 0; i < 3 && !error; i++) {
        fill(&server->try, SERVER, i, 1, 2);
        server->try.how = HOW_SPIN;
        server->trying = 1;
        if (queue)
            call_queue(&(struct call_case){.round = i}, 0);
        else
            call_entry(&(struct call_case){.round = i});
        look_general_same(&server->err, &server->try);
        look_vectors_same(&server->err, &server->try);
    }
    if (error || !side_counts(STRANGER, 1))
        wrong("turns of the stranger", it->count, 1);
    look_general_same(&it->in, &it->out);
    look_vectors_same(&it->in, &it->out);
    case_end();
    tap_error(error ? error : l4_thread_destroy(thread), L4_OK, "the stranger goes");
}

void check_strangers(void)
{
    l4_handle_t thread;
    int error = stranger_begins(cross_stranger, BELOW, &thread);
    tap_error(error, L4_OK, "a stranger");
    // its first wait must have returned before its UTCB is known
    if (!error && side_counts(STRANGER, 1))
        error = l4_space_wake(space[STRANGER], 0, 1);
    tap_ok(!error && side_counts(STRANGER, 2), "is woken");
    look_asleep();
    look_calling();
    check_selectors();
    tap_error(l4_thread_destroy(thread), L4_OK, "it goes");
    look_interrupted();
    look_server_interrupted(false);
    look_server_interrupted(true);
}
