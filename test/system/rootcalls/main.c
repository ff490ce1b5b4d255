// SPDX-License-Identifier: BSD-2-Clause
// The root task, asked for what is not the caller's to have, and with requests that lie; and what a program
// without a capability of kind `control` can do with it, which is nothing.
#include <l4/cap.h>
#include <l4/gate.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/proto/console.h>
#include <l4/proto/root.h>
#include <l4/string.h>
#include <l4/system.h>
#include <l4/tap.h>
#include <l4/thread.h>

#define WAIT_NS 50000000ull // by then the other thread waits

// A request on the service gate as it stands, with perhaps a capability.
static uint64_t raw(uint32_t label, uint64_t w0, unsigned words, l4_handle_t item)
{
    struct l4_msg m;
    int error;

    l4_msg_init(&m, L4_CAP_ROOT, label);
    m.w[0] = w0;
    m.tag = l4_msg_tag(label, words, 0);
    if (item != L4_HANDLE_NONE) {
        l4_msg_put_cap(words, item, L4_RIGHT_ALL);
        m.tag = l4_msg_tag(label, words + 2, 1);
    }
    error = l4_call(&m);
    return error != L4_OK ? (uint64_t)error : l4_msg_label(&m);
}

// Named only by the entry code below.
__attribute__((used)) static void nothing(struct l4_msg *m, struct l4_utcb *utcb)
{
    (void)utcb;
    l4_answer(m, 0, 0, 0);
}
L4_ENTRY_GATE(nothing_entry, nothing);

static void check_publish(void)
{
    l4_handle_t gate = L4_HANDLE_NONE, weak = L4_HANDLE_NONE;

    memset(l4_msg_bytes(), 'n', 64);
    tap_error(l4_gate_create_entry(L4_CAP_SPACE, nothing_entry, 1, false, &gate), L4_OK, "a gate");
    tap_equal(raw(ROOT_PUBLISH, 0, 0, L4_HANDLE_NONE), ROOT_ERR_BAD_REQUEST, "publishing nothing");
    tap_equal(raw(ROOT_PUBLISH, ROOT_NAME, 8, gate), ROOT_ERR_BAD_REQUEST, "a name that is too long");
    tap_equal(raw(ROOT_PUBLISH, 17, 2, gate), ROOT_ERR_BAD_REQUEST, "a name longer than its message");
    tap_equal(raw(ROOT_PUBLISH, UINT64_MAX, 2, gate), ROOT_ERR_BAD_REQUEST, "a name of all bytes there are");
    tap_error(l4_cap_copy(L4_CAP_SPACE, gate, L4_SLOT_ANY, L4_RIGHT_CALL | L4_RIGHT_GIVE, &weak), L4_OK,
              "a capability one cannot mint from");
    tap_equal(root_publish("weak", weak), L4_ERR_RIGHTS, "is not published");
    tap_equal(root_publish("name", gate), ROOT_ERR_OK, "the gate is published");
    tap_equal(root_publish("name", gate), L4_ERR_EXISTS, "once under a name");
    tap_equal(root_publish("a", gate), ROOT_ERR_OK, "and under another");
    tap_equal(root_publish("b", gate), ROOT_ERR_OK, "and another");
    tap_equal(root_publish("c", gate), ROOT_ERR_OK, "and another");
    tap_equal(root_publish("d", gate), ROOT_ERR_FULL, "but not for ever");
    tap_equal(root_ready(), ROOT_ERR_OK, "it serves");
}

static void check_names(void)
{
    l4_handle_t handle = L4_HANDLE_NONE;

    tap_equal(root_renew("nosuch", &handle), ROOT_ERR_NO_CAPABILITY,
              "a capability that is not in the manifest");
    tap_equal(root_renew("info", &handle), ROOT_ERR_NO_CAPABILITY, "one that is no server's");
    tap_equal(root_renew("vfs", &handle), ROOT_ERR_OK, "one of a server is made anew");
    tap_ok(handle != l4_cap("vfs"), "with a new handle");
    tap_equal(l4_handle_index(handle), l4_handle_index(l4_cap("vfs")), "in the same slot");
    tap_equal(raw(ROOT_RENEW, ROOT_NAME, 8, L4_HANDLE_NONE), ROOT_ERR_BAD_REQUEST, "a name that is too long");
}

// Waits for a death there is none of.
static void watch(void *argument)
{
    uint64_t seen = *(uint64_t *)argument, task;

    if (root_death(&seen, &task) != ROOT_ERR_OK)
        l4_abort("watch");
}

static void check_one_watcher(uint64_t seen)
{
    static struct l4_thread thread;
    static uint64_t now;
    struct l4_thread_info self;
    uint64_t task = 0;

    now = seen;
    tap_error(l4_thread_state(L4_CAP_THREAD, &self), L4_OK, "the priority");
    tap_error(l4_thread_create(&thread, (unsigned)self.priority), L4_OK, "a thread");
    tap_error(l4_thread_start(&thread, watch, &now, 0), L4_OK, "waits for deaths");
    l4_sleep_until(l4_clock() + WAIT_NS);
    tap_equal(root_death(&seen, &task), L4_ERR_BUSY, "a second one may not");
}

static void check_deaths(void)
{
    uint64_t seen = UINT64_MAX, task = 0;
    bool alive = false;

    tap_equal(root_death(&seen, &task), ROOT_ERR_MISSED, "deaths that are still to come");
    tap_ok(seen != UINT64_MAX, "are counted anew");
    tap_equal(root_alive(l4_task_id(), &alive), ROOT_ERR_OK, "this task");
    tap_ok(alive, "is alive");
    tap_equal(root_alive(UINT64_MAX, &alive), ROOT_ERR_OK, "a task nobody knows");
    tap_ok(!alive, "is not");
    check_one_watcher(seen);
}

static void check_unknown(void)
{
    tap_equal(raw(0, 0, 0, L4_HANDLE_NONE), ROOT_ERR_BAD_REQUEST, "request 0");
    tap_equal(raw(ROOT_OPERATION_COUNT, 0, 0, L4_HANDLE_NONE), ROOT_ERR_BAD_REQUEST,
              "the request behind the last");
    tap_equal(raw(UINT32_MAX, 0, 0, L4_HANDLE_NONE), ROOT_ERR_BAD_REQUEST, "the last number of a request");
}

static void check_what_is_not_given(void)
{
    enum root_end end;
    uint64_t task;
    int status;

    tap_equal(l4_cap("control"), L4_HANDLE_NONE, "there is no capability that was not named");
    tap_equal(control_spawn(l4_cap("control"), "crash", 6, L4_HANDLE_NONE, &task), L4_ERR_CAP,
              "no program starts");
    tap_equal(control_wait(l4_cap("control"), 2, &status, &end), L4_ERR_CAP, "none is waited for");
    tap_equal(control_kill(l4_cap("control"), "vfs"), L4_ERR_CAP, "none is killed");
    tap_equal(control_power(l4_cap("control"), ROOT_POWER_OFF, 0), L4_ERR_CAP, "the machine goes on");
    tap_equal((uint64_t)l4_power_off(l4_cap("power"), 0), L4_ERR_CAP, "in this way as well");
}

// The stream programs write to, with requests that lie.
static void check_console(void)
{
    static const uint64_t sizes[] = {CONSOLE_BYTES + 1, 65, UINT64_MAX};
    struct l4_msg m;

    for (unsigned i = 0; i < L4_ARRAY_SIZE(sizes); i++) {
        l4_msg_init(&m, l4_cap("out"), CONSOLE_WRITE);
        m.tag = l4_msg_tag(CONSOLE_WRITE, i == 0 ? 104 : 8, 0);
        m.w[0] = sizes[i];
        tap_error(l4_call(&m), L4_OK, "a write that lies about its size");
        tap_equal(l4_msg_label(&m), CONSOLE_ERR_BAD_REQUEST, "is refused");
    }
    l4_msg_init(&m, l4_cap("out"), CONSOLE_OPERATION_COUNT);
    tap_error(l4_call(&m), L4_OK, "a request behind the last");
    tap_equal(l4_msg_label(&m), CONSOLE_ERR_BAD_REQUEST, "is refused");
}

int main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    check_publish();
    check_names();
    check_deaths();
    check_unknown();
    check_what_is_not_given();
    check_console();
    return tap_end();
}
