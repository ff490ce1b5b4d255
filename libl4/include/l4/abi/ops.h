// SPDX-License-Identifier: BSD-2-Clause
// Operations of kernel objects: the label of a CALL on a capability that is not a gate. One list.
// Arguments are words 0-7 of the message, results likewise; words without a stated result come back
// unchanged. The answer's operation byte is L4_OP_KERNEL and its label the error.
#ifndef L4_ABI_OPS_H
#define L4_ABI_OPS_H

// X(KIND, NAME, number, right, built, what)   KIND ANY: every kind; built 0: answers L4_ERR_NOSYS
#define L4_OPERATIONS(X)                                                                                     \
    X(ANY, NOP, 0x01, CALL, 1, "does nothing")                                                               \
    X(SPACE, SPACE_CREATE, 0x10, MANAGE, 1,                                                                  \
      "0 quota bytes, 1 CPU set, 2 maximum priority, 3 rights, 4 slot -> 0 handle, 1 id")                    \
    X(SPACE, SPACE_DESTROY, 0x11, MANAGE, 1, "and everything in it and every space it funds")                \
    X(SPACE, SPACE_SET_AREA, 0x12, MANAGE, 1,                                                                \
      "0 UTCB base, 1 stack base, 2 stride, 3 indices, 4 window base, 5 window bytes per index, "            \
      "6 first window slot, 7 window slots per index; once, before the first activation")                    \
    X(SPACE, SPACE_SET_GATE, 0x13, MANAGE, 1, "0 which (enum l4_space_gate), 1 gate handle or 0")            \
    X(SPACE, ACTIVATIONS_ADD, 0x14, MANAGE, 1, "0 pool, 1 first index, 2 count")                             \
    X(SPACE, ACTIVATIONS_TRIM, 0x15, MANAGE, 0, "0 pool, 1 count")                                           \
    X(SPACE, SPACE_MAP, 0x16, MANAGE, 1,                                                                     \
      "0 source in the caller's space, 1 target, 2 bytes, 3 rights | flags -> 0 bytes mapped")               \
    X(SPACE, SPACE_UNMAP, 0x17, MANAGE, 1,                                                                   \
      "0 address, 1 bytes, 2 enum l4_unmap, 3 rights that remain -> 0 bytes done")                           \
    X(SPACE, SPACE_STATUS, 0x18, MANAGE, 0, "0 address, 1 bytes, 2 flags")                                   \
    X(SPACE, CAP_COPY, 0x19, MANAGE, 1,                                                                      \
      "0 source handle of the caller, 1 slot here, 2 rights, 3 enum l4_copy, 4 badge or first, 5 count "     \
      "-> 0 handle")                                                                                         \
    X(SPACE, CAP_MOVE, 0x1a, MANAGE, 1, "0 handle here, 1 slot here -> 0 handle")                            \
    X(SPACE, CAP_DELETE, 0x1b, MANAGE, 1, "0 handle here")                                                   \
    X(SPACE, CAP_REVOKE, 0x1c, MANAGE, 1, "0 handle here: deletes everything derived from it, everywhere")   \
    X(SPACE, SPACE_COUNTERS, 0x1d, MANAGE, 1, "0 first counter -> 0-7 counters from there")                  \
    X(SPACE, SPACE_WAKE, 0x1e, MANAGE, 1, "0 activation index, 1 bits to set in its pending word")           \
    X(SPACE, QUOTA_MOVE, 0x1f, MANAGE, 1, "0 bytes from the caller's space to this one it funds")            \
    X(SPACE, SPACE_SUPERVISE, 0x20, MANAGE, 1,                                                               \
      "0 event handle or 0, 1 bits: signalled when a thread is halted")                                      \
    X(SPACE, SPACE_FOREIGN, 0x21, MANAGE, 1, "0 handler of system calls that are not native ones, 0 = none") \
    X(SPACE, SPACE_STOP, 0x22, MANAGE, 1, "0 1 = nobody runs in it, 0 = go on")                              \
    X(SPACE, SPACE_CPUS, 0x23, MANAGE, 1,                                                                    \
      "0 CPUs, 1 1 = they join its CPU set, 0 = they leave it -> 0 the set, "                                \
      "1 CPUs that have left and still have a table: somebody is inside there")                              \
    X(SPACE, THREAD_CREATE, 0x30, MANAGE, 1, "0 rights, 1 slot, 2 priority -> 0 handle, 1 id")               \
    X(SPACE, GATE_CREATE, 0x31, MANAGE, 1,                                                                   \
      "0 enum l4_gate_mode | enum l4_gate_flags, 1 entry address, 2 pool (entry) or home CPU (queue), "      \
      "3 rights, 4 slot, 5 priority "                                                                        \
      "floor "                                                                                               \
      "-> 0 handle, 1 id")                                                                                   \
    X(SPACE, EVENT_CREATE, 0x32, MANAGE, 1, "0 rights, 1 slot -> 0 handle, 1 id")                            \
    X(THREAD, THREAD_DESTROY, 0x38, MANAGE, 1, "the caller itself: does not return")                         \
    X(THREAD, THREAD_START, 0x39, MANAGE, 1, "0 ip, 1 argument (in rdi), 2 CPU")                             \
    X(THREAD, THREAD_SUSPEND, 0x3a, MANAGE, 1, "at home, at once; away, when it comes home")                 \
    X(THREAD, THREAD_RESUME, 0x3b, MANAGE, 1, "")                                                            \
    X(THREAD, THREAD_PRIORITY, 0x3c, MANAGE, 1, "0 priority")                                                \
    X(THREAD, THREAD_STATE, 0x3d, MANAGE, 1,                                                                 \
      "-> 0 enum l4_thread_state, 1 id, 2 priority, 3 ip, 4 sp, 5 depth, 6 space id it is in, 7 index")      \
    X(THREAD, THREAD_SET_IP, 0x3e, MANAGE, 0, "0 ip, 1 sp")                                                  \
    X(THREAD, THREAD_MOVE, 0x3f, MANAGE, 1, "0 CPU: at home, with nobody in hand, when it runs next")        \
    X(THREAD, THREAD_CANCEL, 0x40, MANAGE, 1,                                                                \
      "0 1 = waits and queueing return L4_ERR_CANCELLED, 0 = no more")                                       \
    X(THREAD, THREAD_RECALL, 0x41, MANAGE, 1,                                                                \
      "comes home with L4_ERR_CANCELLED; its visit goes on as an orphan")                                    \
    X(THREAD, THREAD_YIELD, 0x42, MANAGE, 1, "the caller itself: to the end of its priority's queue")        \
    X(THREAD, THREAD_FOREIGN, 0x43, MANAGE, 1,                                                               \
      "0 1 = at home all its system calls become exceptions, 0 = no more")                                   \
    X(SPACE, GATE_DESTROY, 0x48, MANAGE, 1, "0 handle of the gate here, with MANAGE")                        \
    X(SPACE, GATE_DEFER, 0x49, MANAGE, 1,                                                                    \
      "0 slot; the own space: the caller in hand waits for a SEND to -> 0 reply capability")                 \
    X(SPACE, CAP_IDENTIFY, 0x4a, MANAGE, 1,                                                                  \
      "0 handle here -> 0 kind, 1 rights, 2 badge, 3 id of the object")                                      \
    X(EVENT, EVENT_DESTROY, 0x50, MANAGE, 1, "waiters get L4_ERR_DEAD")                                      \
    X(EVENT, EVENT_SIGNAL, 0x51, CALL, 1, "0 bits")                                                          \
    X(EVENT, EVENT_WAIT, 0x52, WAIT, 1, "0 mask; TIMED as in every call -> 0 bits taken")                    \
    X(EVENT, EVENT_TIMER, 0x53, MANAGE, 1, "0 bits, 1 absolute ns (~0 = off)")                               \
    X(EVENT, EVENT_BIND_DEATH, 0x54, MANAGE, 1, "0 bits, 1 handle of the caller: space, thread or gate")     \
    X(EVENT, EVENT_BIND_THREAD, 0x55, MANAGE, 1,                                                             \
      "0 thread handle, with MANAGE, or 0: its waits at queue gates hear of the bits")                       \
    X(EVENT, EVENT_UNBIND, 0x56, MANAGE, 1,                                                                  \
      "timer, interrupts, deaths and thread; waiters get L4_ERR_CANCELLED")                                  \
    X(IRQ, IRQ_BIND, 0x58, CALL, 1, "0 interrupt (ISA number below 16, else GSI), 1 event handle, 2 bits")   \
    X(IRQ, IRQ_ACK, 0x59, CALL, 1, "0 interrupt: unmask it")                                                 \
    X(IRQ, IRQ_UNBIND, 0x5a, CALL, 1, "0 interrupt")                                                         \
    X(PORTS, PORT_IN, 0x60, CALL, 1, "0 port, 1 width 1, 2, 4 -> 0 value")                                   \
    X(PORTS, PORT_OUT, 0x61, CALL, 1, "0 port, 1 width, 2 value")                                            \
    X(PORTS, PORT_OUT_STRING, 0x62, CALL, 1, "0 port, 1 bytes (at most 48), 2-7 the bytes in memory order")  \
    X(PHYS, PHYS_MAP, 0x68, CALL, 1,                                                                         \
      "0 physical address, 1 target in the caller's space, 2 bytes, 3 rights | cache -> 0 bytes mapped")     \
    X(POOL, POOL_ADD, 0x70, CALL, 1,                                                                         \
      "0 address in the caller's space, 1 bytes -> 0 bytes taken, 1 bytes that the pool has more")           \
    X(POOL, POOL_FAIL, 0x71, CALL, 1,                                                                        \
      "0 enum l4_fail_mode, 1 n, 0 = only count, 2 m: the n-th allocation for the caller's space fails, "    \
      "and the m - 1 behind it -> 0 how many there were since the last POOL_FAIL, 1 how many failed; "       \
      "check builds")                                                                                        \
    X(CPUS, CPU_STATE, 0x74, CALL, 1, "0 CPU -> 0 1 if online, 1 local APIC id")                             \
    X(LOG, LOG_READ, 0x78, CALL, 1,                                                                          \
      "0 position -> 0 next position, 1 bytes (at most 48), 2-7 the bytes in memory order")                  \
    X(LOG, LOG_WRITE, 0x79, CALL, 1, "0 level, 1 bytes (at most 48), 2-7 the bytes in memory order")         \
    X(MSR, MSR_READ, 0x7c, CALL, 0, "0 index")                                                               \
    X(POWER, POWER_OFF, 0x80, CALL, 1, "0 status for the emulator; does not return")                         \
    X(POWER, POWER_RESET, 0x81, CALL, 1, "does not return")                                                  \
    X(POWER, POWER_PANIC, 0x82, CALL, 1, "0 enum l4_panic_test; does not return")                            \
    X(INFO, INFO_COUNTERS, 0x88, CALL, 1, "0 first counter -> 0-7 counters from there")

#define L4_X(kind, name, number, right, built, what) L4_##name = (number),
enum l4_operation { L4_OPERATIONS(L4_X) };
#undef L4_X

enum l4_space_gate { L4_GATE_PAGER = 0, L4_GATE_EXCEPTION = 1 };
enum l4_gate_mode { L4_GATE_ENTRY = 0, L4_GATE_QUEUE = 1 };
enum l4_gate_flags {
    L4_GATE_ITEMS = 0x100
}; // the gate takes items (calls on a gate go through it: operations on it are its space's)
enum l4_unmap { L4_UNMAP_OWN = 1, L4_UNMAP_DERIVED = 2, L4_UNMAP_ALL = 3 };
enum l4_copy { L4_COPY_PLAIN = 0, L4_COPY_MINT = 1, L4_COPY_RANGE = 2 };
enum l4_panic_test { L4_PANIC_RECURSION = 1, L4_PANIC_PLAIN = 2 };
enum l4_fail_mode { L4_FAIL_OFF = 0, L4_FAIL_MEMORY = 1, L4_FAIL_QUOTA = 2 };
enum l4_thread_state {
    L4_THREAD_NEW = 0,
    L4_THREAD_READY = 1,
    L4_THREAD_BLOCKED = 2,
    L4_THREAD_HALTED = 3,
    L4_THREAD_SUSPENDED = 4,
};
_Static_assert((L4_GATE_ITEMS & 0xff) == 0, "gate flags lie above the mode");
#define L4_INDEX_MAX_ADD 16 // ACTIVATIONS_ADD: indices in one call
#define L4_SLOT_ANY      0  // in a slot argument: the kernel takes a free one
#define L4_CPU_ALL       (~0ull)

// Counters of the kernel (INFO_COUNTERS). X(NAME, what)
#define L4_COUNTERS(X)                                       \
    X(SPACES, "spaces alive")                                \
    X(THREADS, "threads alive")                              \
    X(GATES, "gates alive")                                  \
    X(EVENTS, "events alive")                                \
    X(CAPS, "capability slots in use")                       \
    X(MAPPINGS, "mapping nodes in use")                      \
    X(UTCB_PAGES, "UTCB pages resident")                     \
    X(STACK_PAGES, "stack pages mapped in activation areas") \
    X(ACTIVATIONS, "activations, dealt to pools or in use")  \
    X(SWITCH_FAULTS, "switch faults since boot")             \
    X(PAGE_FAULTS, "page faults since boot")                 \
    X(EXCEPTIONS, "exceptions since boot")                   \
    X(INTERRUPTS, "interrupts since boot")                   \
    X(SWITCHES, "thread switches since boot")                \
    X(CALLS, "calls of gates by the slow path since boot")   \
    X(POOL_PAGES, "pages of the kernel's pool")              \
    X(POOL_FREE, "free pages of the pool")

#define L4_X(name, what) L4_COUNT_##name,
enum l4_counter { L4_COUNTERS(L4_X) L4_COUNT_COUNT };
#undef L4_X

// Counters of a space (SPACE_COUNTERS). X(NAME, what)
#define L4_SPACE_COUNTERS(X)                                                     \
    X(QUOTA_LIMIT, "kernel memory it may use, bytes")                            \
    X(QUOTA_USED, "kernel memory it uses, with what it gave to spaces it funds") \
    X(THREADS, "threads")                                                        \
    X(ACTIVATIONS, "activations")                                                \
    X(CAPS, "slots in use")                                                      \
    X(MAPPED_KIB, "memory mapped, KiB")                                          \
    X(UTCB_PAGES, "UTCB pages resident")                                         \
    X(STACK_PAGES, "stack pages mapped")                                         \
    X(SWITCH_FAULTS, "switch faults since creation")                             \
    X(PAGE_FAULTS, "page faults since creation")                                 \
    X(VISITORS, "activations in use by visitors")                                \
    X(ID, "id of the space")                                                     \
    X(HOME_FREE, "free activations of the home pool")

#define L4_X(name, what) L4_SPACE_##name##_COUNT,
enum l4_space_counter { L4_SPACE_COUNTERS(L4_X) L4_SPACE_COUNTER_COUNT };
#undef L4_X

#endif
