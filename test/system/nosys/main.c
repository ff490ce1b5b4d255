// SPDX-License-Identifier: BSD-2-Clause
// All operation numbers on objects of several kinds, all system call numbers, all flags: what is not built or
// not known says so, what is not for this kind or not permitted says that, nothing succeeds without effect.
// Handles that name nothing are refused whatever the operation.
#include <l4/cap.h>
#include <l4/event.h>
#include <l4/ipc.h>
#include <l4/program.h>
#include <l4/space.h>
#include <l4/tap.h>
#include <l4/thread.h>
#include <l4/proto/layout.h>

#define LABELS 0x400 // all defined ones are below 0x100

struct operation {
    uint32_t number;
    unsigned kind; // L4_KIND_NONE: any
    unsigned right;
    bool built;
};

#define L4_KIND_ANY L4_KIND_NONE
#define L4_X(kind_, name, number_, right_, built_, what) \
    {number_, L4_KIND_##kind_, L4_RIGHT_##right_, built_},
static const struct operation operations[] = {L4_OPERATIONS(L4_X)};
#undef L4_X

static const struct operation *find(uint32_t label)
{
    for (unsigned i = 0; i < L4_ARRAY_SIZE(operations); i++) {
        if (operations[i].number == label)
            return &operations[i];
    }
    return NULL;
}

static int call(l4_handle_t handle, uint32_t label, uint64_t fill)
{
    uint64_t w[L4_WORDS_REGS];
    for (unsigned i = 0; i < L4_WORDS_REGS; i++)
        w[i] = fill;
    return l4_object(handle, label, w);
}

// What an object of this kind, by a capability without any right, has to say.
static int expected_without_rights(uint32_t label, unsigned kind)
{
    const struct operation *operation = find(label);
    if (!operation || !operation->built)
        return L4_ERR_NOSYS;
    if (operation->kind != L4_KIND_ANY && operation->kind != kind)
        return L4_ERR_CAP;
    return operation->right == L4_RIGHT_NONE ? L4_OK : L4_ERR_RIGHTS;
}

static void check_labels(l4_handle_t without_rights, unsigned kind, const char *name)
{
    unsigned wrong = 0, unknown = 0;
    for (uint32_t label = 0; label < LABELS; label++) {
        int expected = expected_without_rights(label, kind);
        int got = call(without_rights, label, 0);
        unknown += got == L4_ERR_NOSYS;
        if (got != expected && wrong++ < 4)
            tap_note("%s, operation 0x%x: error %d != %d", name, label, got, expected);
    }
    for (unsigned bit = 10; bit < 32; bit++)
        wrong += call(without_rights, 1u << bit, 0) != L4_ERR_NOSYS;
    tap_ok(wrong == 0, "every operation on %s answers as listed", name);
    tap_ok(unknown > LABELS - L4_ARRAY_SIZE(operations), "%s: most numbers are no operations", name);
}

// The same on a capability with all rights, for numbers that cannot do anything.
static void check_unknown(l4_handle_t handle, unsigned kind, const char *name)
{
    unsigned wrong = 0;
    for (uint32_t label = 0; label < LABELS; label++) {
        const struct operation *operation = find(label);
        if (operation && operation->built && (operation->kind == kind || operation->kind == L4_KIND_ANY))
            continue;
        int expected = operation && operation->built ? L4_ERR_CAP : L4_ERR_NOSYS;
        for (uint64_t fill = 0; fill < 3; fill++) {
            int got = call(handle, label, fill == 2 ? UINT64_MAX : fill);
            if (got != expected && wrong++ < 4)
                tap_note("%s, operation 0x%x: error %d != %d", name, label, got, expected);
        }
    }
    tap_ok(wrong == 0, "with all rights, no foreign operation succeeds on %s", name);
}

static void check_garbage(l4_handle_t handle, const uint32_t *labels, unsigned count, const char *name)
{
    static const uint64_t fills[] = {UINT64_MAX, 0x8000000000000000, 0xffffffff80000000, 0x7ffffffff001};
    unsigned wrong = 0;
    for (unsigned i = 0; i < count; i++) {
        for (unsigned k = 0; k < L4_ARRAY_SIZE(fills); k++) {
            int got = call(handle, labels[i], fills[k]);
            bool refused = got > L4_OK && got < L4_ERR_COUNT && got != L4_ERR_NOSYS;
            if (!refused && wrong++ < 4)
                tap_note("%s, operation 0x%x with 0x%lx: error %d", name, labels[i], fills[k], got);
        }
    }
    tap_ok(wrong == 0, "numbers without sense are refused by %s", name);
}

static const uint32_t space_operations[] = {
    L4_SPACE_CREATE,   L4_SPACE_SET_AREA, L4_SPACE_SET_GATE, L4_ACTIVATIONS_ADD, L4_SPACE_MAP,
    L4_SPACE_UNMAP,    L4_CAP_COPY,       L4_CAP_MOVE,       L4_CAP_DELETE,      L4_CAP_REVOKE,
    L4_SPACE_COUNTERS, L4_SPACE_WAKE,     L4_SPACE_FOREIGN,  L4_QUOTA_MOVE,      L4_SPACE_SUPERVISE,
    L4_THREAD_CREATE,  L4_GATE_CREATE,    L4_EVENT_CREATE,   L4_GATE_DESTROY,    L4_CAP_IDENTIFY};
static const uint32_t thread_operations[] = {L4_THREAD_START, L4_THREAD_PRIORITY, L4_THREAD_FOREIGN};
static const uint32_t event_operations[] = {L4_EVENT_BIND_DEATH};

struct object {
    l4_handle_t handle;
    unsigned kind;
    const char *name;
};

static void check_object(const struct object *object)
{
    struct l4_identity before = {0}, after = {0};
    l4_handle_t without_rights = L4_HANDLE_NONE;
    tap_error(l4_identify(object->handle, &before), L4_OK, object->name);
    tap_equal(before.kind, object->kind, "its kind");
    tap_error(l4_cap_copy(L4_CAP_SPACE, object->handle, L4_SLOT_ANY, 0, &without_rights), L4_OK,
              "a copy without rights");
    check_labels(without_rights, object->kind, object->name);
    check_unknown(object->handle, object->kind, object->name);
    tap_error(l4_identify(object->handle, &after), L4_OK, "it is still there");
    tap_ok(after.id == before.id && after.rights == before.rights, "%s: the same as before", object->name);
    tap_error(l4_cap_delete(L4_CAP_SPACE, without_rights), L4_OK, "the copy is deleted");
    tap_error(call(without_rights, L4_NOP, 0), L4_ERR_CAP, "and names nothing");
}

static int raw(uint64_t tag, l4_handle_t handle)
{
    struct l4_msg m = {.tag = tag, .handle = handle};
    l4_ipc_kernel(&m);
    return l4_msg_from_kernel(&m) ? (int)l4_msg_label(&m) : -1;
}

static void check_system_calls(void)
{
    unsigned wrong = 0;
    for (unsigned op = 0; op < 256; op++) {
        if (op < L4_OP_CALL || op > L4_OP_FORWARD)
            wrong += raw(l4_tag(op, L4_NOP, 0, 0), L4_CAP_THREAD) != L4_ERR_NOSYS;
    }
    tap_equal(wrong, 0, "system call numbers that are none");
    wrong = 0;
    for (unsigned bit = 24; bit < 31; bit++) {
        uint64_t flag = 1ull << bit;
        if (!(flag & L4_FLAG_MASK))
            wrong += raw(l4_tag(L4_OP_CALL, L4_NOP, 0, 0) | flag, L4_CAP_THREAD) != L4_ERR_ARG;
    }
    tap_equal(wrong, 0, "flags that are none");
    wrong = 0;
    for (unsigned words = L4_WORDS_MEM_MAX + 1; words < 256; words++)
        wrong += raw(l4_tag(L4_OP_CALL, L4_NOP, words, 0), L4_CAP_THREAD) != L4_ERR_ARG;
    tap_equal(wrong, 0, "more words than a message has");
    tap_error(raw(l4_tag(L4_OP_CALL, 0, 2 * L4_ITEMS_MAX + 2, L4_ITEMS_MAX + 1), L4_CAP_PAGER), L4_ERR_ARG,
              "more items than a message has");
    tap_error(raw(l4_tag(L4_OP_CALL, 0, 3, 2), L4_CAP_PAGER), L4_ERR_ARG, "items beyond the words");
}

static void check_handles(void)
{
    static const l4_handle_t nothing[] = {0,
                                          1,
                                          UINT64_MAX,
                                          0xffffffff00000000,
                                          L4_CAP_SPACE + (1ull << 32),
                                          L4_CAP_SPACE & 0xffffffff,
                                          L4_CAP_SPACE | 1,
                                          L4_CAP_SPACE | 1 << 21,
                                          L4_HANDLE_FIRST(60000),
                                          L4_HANDLE_FIRST(0)};
    unsigned wrong = 0;
    for (unsigned i = 0; i < L4_ARRAY_SIZE(nothing); i++) {
        for (uint32_t label = 0; label < 256; label++)
            wrong += call(nothing[i], label, 0) != L4_ERR_CAP;
        for (uint64_t op = L4_OP_SEND; op <= L4_OP_FORWARD; op++) {
            if (op == L4_OP_REPLY || (op == L4_OP_WAIT && nothing[i] == L4_HANDLE_NONE))
                continue; // name no gate
            wrong += raw(l4_tag(op, 0, 0, 0), nothing[i]) != L4_ERR_CAP;
        }
    }
    tap_equal(wrong, 0, "handles that name nothing");
}

int main(int argc, char **argv)
{
    struct object objects[] = {{L4_HANDLE_NONE, L4_KIND_SPACE, "a space"},
                               {L4_HANDLE_NONE, L4_KIND_THREAD, "a thread"},
                               {L4_HANDLE_NONE, L4_KIND_EVENT, "an event"},
                               {l4_cap("info"), L4_KIND_INFO, "the counters"}};
    (void)argc;
    (void)argv;
    tap_error(
        l4_space_create(L4_CAP_SPACE, 128 << 10, L4_CPU_ALL, 50, L4_RIGHT_ALL, &objects[0].handle, NULL),
        L4_OK, "a space is created");
    tap_error(l4_space_thread(L4_CAP_SPACE, L4_RIGHT_ALL, L4_SLOT_ANY, 10, &objects[1].handle, NULL), L4_OK,
              "a thread");
    tap_error(l4_event_create(L4_CAP_SPACE, &objects[2].handle, NULL), L4_OK, "an event");
    for (unsigned i = 0; i < L4_ARRAY_SIZE(objects); i++)
        check_object(&objects[i]);
    check_garbage(objects[0].handle, space_operations, L4_ARRAY_SIZE(space_operations), "a space");
    check_garbage(objects[1].handle, thread_operations, L4_ARRAY_SIZE(thread_operations), "a thread");
    check_garbage(objects[2].handle, event_operations, L4_ARRAY_SIZE(event_operations), "an event");
    check_system_calls();
    check_handles();
    return tap_end();
}
