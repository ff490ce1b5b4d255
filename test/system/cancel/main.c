// SPDX-License-Identifier: BSD-2-Clause
// Callers kept for later, cancellation as state, recall: each wait returns the error it must, once and for
// all, and nothing is left of it.
#include <l4/cap.h>
#include <l4/program.h>
#include <l4/event.h>
#include <l4/gate.h>
#include <l4/program.h>
#include <l4/proto/layout.h>
#include <l4/proto/root.h>
#include <l4/tap.h>
#include <l4/thread.h>

#define SECOND   1000000000ull
#define DONE     1ull
#define DEFERRED 2ull

static struct l4_thread server, client;
static l4_handle_t gate, event, reply;
static uint64_t main_index;
static int client_error, client_again, defer_error, late_reply;
static uint64_t client_word;

static void tell(uint64_t bit)
{
    if (l4_pending_wake(main_index, bit))
        l4_abort("wake");
}

static void await(uint64_t bit, const char *what)
{
    uint64_t taken;
    tap_error(l4_pending_wait(bit, l4_clock() + 5 * SECOND, &taken), L4_OK, what);
}

static void run(struct l4_thread *thread, void (*body)(void *))
{
    int error = l4_thread_create(thread, 60);
    if (!error)
        error = l4_thread_start(thread, body, NULL, 0);
    if (error)
        l4_abort("no thread");
}

// Label 1: defers. Label 2: keeps the caller in hand until the event is signalled, then answers.
static void serve(void *argument)
{
    struct l4_msg m;
    (void)argument;
    for (;;) {
        l4_msg_init(&m, gate, 0);
        if (l4_wait(&m))
            l4_abort("wait");
        if (l4_msg_label(&m) == 1) {
            defer_error = l4_defer_caller(L4_SLOT_ANY, &reply);
            tell(DEFERRED);
            continue;
        }
        uint64_t taken;
        tell(DEFERRED);
        if (l4_event_wait(event, 4, L4_DEADLINE_NEVER, &taken))
            l4_abort("event");
        l4_answer(&m, 0, 0, 0);
        late_reply = l4_reply(&m);
        tell(DONE << 2);
    }
}

static void call_deferred(void *argument)
{
    struct l4_msg m;
    (void)argument;
    l4_msg_init(&m, gate, 1);
    client_error = l4_call(&m);
    client_word = m.w[0];
    tell(DONE);
}

static void call_held(void *argument)
{
    struct l4_msg m;
    (void)argument;
    l4_msg_init(&m, gate, 2);
    client_error = l4_call(&m);
    tell(DONE);
}

static void wait_twice(void *argument)
{
    uint64_t taken;
    (void)argument;
    tell(DEFERRED);
    client_error = l4_event_wait(event, 8, L4_DEADLINE_NEVER, &taken);
    client_again = l4_event_wait(event, 8, l4_clock() + SECOND, &taken);
    tell(DONE);
}

static void visit_root(void *argument)
{
    struct l4_msg m;
    uint64_t seen = 0;
    (void)argument;
    tell(DEFERRED);
    do { // until all deaths so far are seen: then the root task keeps the visitor
        l4_msg_init(&m, L4_CAP_ROOT, ROOT_DEATH);
        m.w[0] = seen;
        client_error = l4_call(&m);
        seen = m.w[0];
    } while (client_error == L4_OK);
    tell(DONE);
}

static int send_reply(uint64_t word)
{
    struct l4_msg m;
    l4_msg_init(&m, reply, 7);
    m.w[0] = word;
    return l4_send(&m);
}

static void check_deferred(void)
{
    struct l4_identity identity;

    run(&client, call_deferred);
    await(DEFERRED, "the server defers");
    tap_error(defer_error, L4_OK, "defer");
    tap_error(l4_identify(reply, &identity), L4_OK, "the reply capability is there");
    tap_equal(identity.kind, L4_KIND_REPLY, "its kind");
    tap_error(l4_cap_copy(L4_CAP_SPACE, reply, L4_SLOT_ANY, L4_RIGHT_ALL, NULL), L4_ERR_RIGHTS,
              "it cannot be copied");
    tap_error(l4_cap_move(L4_CAP_SPACE, reply, L4_SLOT_ANY, &reply), L4_OK, "it can be moved");
    tap_error(send_reply(42), L4_OK, "the answer");
    await(DONE, "the caller goes on");
    tap_error(client_error, L4_OK, "with the answer");
    tap_equal(client_word, 42, "and its word");
    tap_error(send_reply(43), L4_ERR_CAP, "a second answer finds no capability");

    run(&client, call_deferred);
    await(DEFERRED, "the server defers again");
    tap_error(l4_cap_delete(L4_CAP_SPACE, reply), L4_OK, "the reply capability is deleted");
    await(DONE, "the caller is not left alone");
    tap_error(client_error, L4_ERR_DEAD, "it hears that nobody will answer");

    run(&client, call_deferred);
    await(DEFERRED, "the server defers a third time");
    tap_error(l4_thread_destroy(client.handle), L4_OK, "the caller dies");
    tap_error(send_reply(44), L4_ERR_DEAD, "an answer to nobody");
    tap_error(l4_cap_delete(L4_CAP_SPACE, reply), L4_OK, "the dead slot can be emptied");
}

static void check_cancel(void)
{
    uint64_t taken;

    run(&client, wait_twice);
    await(DEFERRED, "a thread waits");
    tap_error(l4_thread_cancel(client.handle, true), L4_OK, "cancel");
    await(DONE, "its waits end");
    tap_error(client_error, L4_ERR_CANCELLED, "the one it was in");
    tap_error(client_again, L4_ERR_CANCELLED, "and the next");

    run(&client, call_held);
    await(DEFERRED, "a server has a caller in hand");
    tap_error(l4_thread_cancel(client.handle, true), L4_OK, "cancel the caller");
    await(DONE, "its call ends");
    tap_error(client_error, L4_ERR_CANCELLED, "with the error");
    tap_error(l4_event_signal(event, 4), L4_OK, "the server goes on");
    await(DONE << 2, "and answers");
    tap_error(late_reply, L4_ERR_STATE, "nobody: there is no caller in hand");

    tap_error(l4_thread_cancel(L4_CAP_THREAD, true), L4_OK, "cancel oneself");
    tap_error(l4_event_wait(event, 8, l4_clock() + SECOND, &taken), L4_ERR_CANCELLED, "a wait is refused");
    tap_error(l4_thread_cancel(L4_CAP_THREAD, false), L4_OK, "take it back");
    tap_error(l4_event_wait(event, 8, l4_clock() + SECOND / 100, &taken), L4_ERR_TIMEOUT, "waits work again");
    tap_error(l4_thread_recall(L4_CAP_THREAD), L4_ERR_STATE, "a thread at home is not recalled");
}

static void check_recall(void)
{
    struct l4_thread_info info;

    run(&client, visit_root);
    await(DEFERRED, "a thread visits the root task");
    l4_sleep_until(l4_clock() + SECOND / 50);
    tap_error(l4_thread_state(client.handle, &info), L4_OK, "its state");
    tap_equal(info.depth, 1, "it is inside");
    tap_error(l4_thread_recall(client.handle), L4_OK, "recall");
    await(DONE, "it is back");
    tap_error(client_error, L4_ERR_CANCELLED, "with the error");
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    main_index = l4_utcb()->index;
    if (l4_gate_create_queue(L4_CAP_SPACE, false, &gate) || l4_event_create(L4_CAP_SPACE, &event, NULL))
        l4_abort("set-up");
    run(&server, serve);
    check_deferred();
    check_cancel();
    check_recall();
    return tap_end();
}
