// SPDX-License-Identifier: BSD-2-Clause
// Queue gates: a server thread in l4_serve, callers by priority, deadlines, memory words both ways, sends, a
// request handed on to an entry gate (the caller walks in there), a server that dies with a caller in hand,
// short calls.
#include <stdatomic.h>
#include <l4/cap.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#include "short.h"

#define SECOND          1000000000ull
#define SERVER_PRIORITY 80
#define CLIENTS         4
#define ROUNDS          2000

enum label { ECHO = 1, SLEEP, HAND_ON, WHO, DIE, COUNT };

static struct l4_thread server, clients[CLIENTS];
static l4_handle_t gate, entry_gate, minted, event;
static atomic_uint served, serve_ended, counted;
static unsigned order[CLIENTS], order_used;
static int client_error[CLIENTS];
static uint64_t main_index;

static void wake_main(uint64_t bits)
{
    if (l4_pending_wake(main_index, bits))
        l4_abort("wake");
}

static void visit(struct l4_msg *m, struct l4_utcb *utcb)
{
    l4_answer(m, 44, 0, 0);
    m->w[0] = utcb->index;
    m->w[1] = m->handle;
}

L4_ENTRY_GATE(visit_entry, visit);

static void echo(struct l4_msg *m, struct l4_utcb *utcb)
{
    unsigned words = l4_tag_words(m->tag);
    for (unsigned i = 0; i < 7; i++)
        m->w[i] *= 2;
    for (unsigned i = 0; i < words; i++)
        utcb->words[L4_WORDS_REGS + i] *= 2;
    m->w[7] = m->handle;
    l4_answer(m, 66, words, 0);
}

static void handle(struct l4_msg *m, struct l4_utcb *utcb)
{
    uint64_t taken;
    atomic_fetch_add(&served, 1);
    switch (l4_msg_label(m)) {
    case ECHO:
        echo(m, utcb);
        break;
    case SLEEP:
        l4_answer(m, (uint32_t)l4_event_wait(event, 1, l4_clock() + 5 * SECOND, &taken), 0, 0);
        break;
    case WHO:
        order[order_used++ % CLIENTS] = (unsigned)m->w[0];
        l4_answer(m, 0, 0, 0);
        break;
    case DIE:
        wake_main(1ull << 20);
        l4_thread_exit();
    case COUNT:
        atomic_fetch_add(&counted, 1);
        l4_answer(m, 0, 0, 0);
        break;
    default:
        l4_answer(m, L4_ERR_NOSYS, 0, 0);
        break;
    }
}

static void serve(void *argument)
{
    (void)argument;
    atomic_store(&serve_ended, (unsigned)l4_serve(gate, handle));
    wake_main(1ull << 21);
}

static void check_words(void)
{
    struct l4_utcb *utcb = l4_utcb();
    unsigned wrong = 0;
    for (unsigned count = 0; count <= L4_WORDS_MEM_MAX; count++) {
        struct l4_msg m;
        l4_msg_init(&m, minted, ECHO);
        m.tag = l4_msg_tag(ECHO, count, 0);
        for (unsigned i = 0; i < 8; i++)
            m.w[i] = count + i;
        for (unsigned i = 0; i < L4_WORDS_MEM_MAX; i++)
            utcb->words[L4_WORDS_REGS + i] = i + 1;
        wrong += l4_call(&m) != L4_OK || l4_msg_label(&m) != 66 || l4_tag_words(m.tag) != count;
        for (unsigned i = 0; i < 7; i++)
            wrong += m.w[i] != 2 * (count + i);
        wrong += m.w[7] != 99;
        for (unsigned i = 0; i < L4_WORDS_MEM_MAX; i++)
            wrong += utcb->words[L4_WORDS_REGS + i] != (i < count ? 2 * (i + 1) : i + 1);
    }
    tap_equal(wrong, 0, "words, memory words of every count, label and badge cross");
}

static void check_sends(void)
{
    struct l4_msg m;
    int error = L4_OK;
    for (unsigned i = 0; i < ROUNDS && !error; i++) {
        l4_msg_init(&m, gate, COUNT);
        error = l4_send(&m);
    }
    tap_error(error, L4_OK, "sends are taken");
    l4_msg_init(&m, gate, COUNT);
    tap_error(l4_request(&m), L4_OK, "a call behind them");
    tap_equal(counted, ROUNDS + 1, "each was served once");
}

static void sleep_there(void *argument)
{
    struct l4_msg m;
    (void)argument;
    l4_msg_init(&m, gate, SLEEP);
    client_error[0] = l4_request(&m);
    wake_main(1);
}

static void tell_who(void *argument)
{
    struct l4_msg m;
    unsigned number = (unsigned)((struct l4_thread *)argument - clients);
    l4_msg_init(&m, gate, WHO);
    m.w[0] = number;
    client_error[number] = l4_request(&m);
    wake_main(1ull << number);
}

static int start(unsigned number, unsigned priority, void (*function)(void *))
{
    int error = l4_thread_create(&clients[number], priority);
    return error ? error : l4_thread_start(&clients[number], function, &clients[number], 0);
}

static void wait_for(uint64_t bits, const char *what)
{
    int error = L4_OK;
    while (bits && !error) {
        uint64_t taken = 0;
        error = l4_pending_wait(bits, l4_clock() + 5 * SECOND, &taken);
        bits &= ~taken;
    }
    tap_error(error, L4_OK, what);
}

// While the server sleeps nobody is served; then the callers are, the highest priority first.
static void check_queue(void)
{
    struct l4_msg m;
    tap_error(start(0, 90, sleep_there), L4_OK, "a caller keeps the server");
    l4_sleep_until(l4_clock() + SECOND / 50);
    l4_msg_init(&m, gate, COUNT);
    l4_msg_deadline(&m, L4_DEADLINE_POLL);
    tap_error(l4_call(&m), L4_ERR_TIMEOUT, "who does not wait is told so");
    uint64_t before = l4_clock();
    l4_msg_init(&m, gate, COUNT);
    l4_msg_deadline(&m, before + SECOND / 20);
    tap_error(l4_call(&m), L4_ERR_TIMEOUT, "who waits a while is told later");
    tap_ok(l4_clock() - before >= SECOND / 20, "not before its deadline");
    int error = start(1, 30, tell_who);
    error = error ? error : start(2, 50, tell_who);
    error = error ? error : start(3, 40, tell_who);
    tap_error(error, L4_OK, "three callers queue");
    l4_sleep_until(l4_clock() + SECOND / 50);
    tap_equal(order_used, 0, "nobody is served");
    tap_error(l4_event_signal(event, 1), L4_OK, "the server is woken");
    wait_for(15, "all callers come back");
    tap_ok(order[0] == 2 && order[1] == 3 && order[2] == 1, "the highest priority first");
    tap_note("order %u %u %u", order[0], order[1], order[2]);
    for (unsigned i = 0; i < CLIENTS; i++)
        tap_error(client_error[i], L4_OK, "without an error");
}

// A second server thread on another gate forwards to the entry gate.
static struct l4_thread forwarder;
static l4_handle_t forward_gate;

static void forward_for_ever(void *argument)
{
    struct l4_msg m = {.handle = forward_gate};
    (void)argument;
    int error = l4_wait(&m);
    while (!error) {
        m.tag = l4_msg_tag(HAND_ON, 0, 0);
        m.handle = entry_gate;
        error = l4_forward(&m);
        if (!error) {
            m = (struct l4_msg){.handle = forward_gate};
            error = l4_wait(&m);
        }
    }
}

static void check_forward(void)
{
    struct l4_msg m;
    tap_error(l4_gate_create_queue(L4_CAP_SPACE, false, &forward_gate), L4_OK, "a second gate");
    int error = l4_thread_create(&forwarder, SERVER_PRIORITY);
    tap_error(error ? error : l4_thread_start(&forwarder, forward_for_ever, NULL, 0), L4_OK, "its server");
    for (unsigned i = 0; i < 3; i++) {
        l4_msg_init(&m, forward_gate, HAND_ON);
        tap_error(l4_call(&m), L4_OK, "a request is handed on to an entry gate");
        tap_equal(l4_msg_label(&m), 44, "which answers the caller");
        tap_ok(m.w[0] != l4_utcb()->index, "on an activation of its own");
    }
}

static void check_death(void)
{
    struct l4_msg m;
    l4_msg_init(&m, gate, DIE);
    tap_error(l4_call(&m), L4_ERR_DEAD, "the server dies with a caller in hand");
    l4_msg_init(&m, gate, COUNT);
    l4_msg_deadline(&m, l4_clock() + SECOND / 50);
    tap_error(l4_call(&m), L4_ERR_TIMEOUT, "the gate lives on, without a server");
    int error = l4_thread_create(&server, SERVER_PRIORITY);
    tap_error(error ? error : l4_thread_start(&server, serve, NULL, 0), L4_OK, "another server");
    l4_msg_init(&m, gate, COUNT);
    tap_error(l4_request(&m), L4_OK, "serves again");
    tap_error(l4_gate_destroy(gate), L4_OK, "the gate is destroyed");
    wait_for(1ull << 21, "its server's loop ends");
    tap_ok(serve_ended == L4_ERR_DEAD || serve_ended == L4_ERR_CAP, "with an error");
    l4_msg_init(&m, minted, COUNT);
    error = l4_call(&m);
    tap_ok(error == L4_ERR_DEAD || error == L4_ERR_CAP, "and so do calls");
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    main_index = l4_utcb()->index;
    tap_error(l4_gate_create_queue(L4_CAP_SPACE, false, &gate), L4_OK, "a queue gate");
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, visit_entry, L4_POOL_VISITORS, false, &entry_gate), L4_OK,
              "an entry gate");
    tap_error(l4_cap_mint(L4_CAP_SPACE, gate, L4_SLOT_ANY, L4_RIGHT_CALL, 99, &minted), L4_OK, "a badge");
    tap_error(l4_event_create(L4_CAP_SPACE, &event, NULL), L4_OK, "an event");
    int error = l4_thread_create(&server, SERVER_PRIORITY);
    tap_error(error ? error : l4_thread_start(&server, serve, NULL, 0), L4_OK, "a server");
    check_words();
    check_short_calls(minted, ECHO);
    check_short_servers();
    check_sends();
    check_queue();
    check_forward();
    check_death();
    return tap_end();
}
