// SPDX-License-Identifier: BSD-2-Clause
// What spaces refuse about threads, gates and events, and what all other objects refuse; and bits that mean
// nothing.
#include "words.h"

const struct words_row more_rows[] = {
    BAD(THREAD_CREATE, BOX, ARG, "a right that is none", 16, 0, 1),
    BAD(THREAD_CREATE, BOX, RANGE, "priority above the space's", 15, 0, BOX_MAX + 1),
    BAD(THREAD_CREATE, BOX, RANGE, "priority above all", 15, 0, 256),
    BAD(THREAD_CREATE, BOX, RANGE, "slot behind the table", 15, SLOT_END, 1),
    BAD(THREAD_CREATE, BARE, STATE, "no area", 15, 0, 1),
    BAD(THREAD_CREATE, BOX, EXISTS, "a slot in use", 15, 1, 1),
    BAD(GATE_CREATE, OWN, ARG, "no such mode", 2, 4 * K, 0, 15, 0, 0),
    BAD(GATE_CREATE, OWN, ARG, "other flags", 0x200, 4 * K, 0, 15, 0, 0),
    BAD(GATE_CREATE, OWN, ARG, "a right that is none", 0, 4 * K, 0, 16, 0, 0),
    BAD(GATE_CREATE, OWN, CPU, "queue gate, no such CPU", 1, 0, 64, 15, 0, 0),
    BAD(GATE_CREATE, OWN, CPU, "queue gate, a CPU that is not there", 1, 0, 63, 15, 0, 0),
    BAD(GATE_CREATE, OWN, RANGE, "entry above user memory", 0, END, 0, 15, 0, 0),
    BAD(GATE_CREATE, OWN, RANGE, "entry of the kernel", 0, 0xffffffff80100000, 0, 15, 0, 0),
    BAD(GATE_CREATE, OWN, RANGE, "no such pool", 0, 4 * K, 8, 15, 0, 0),
    BAD(GATE_CREATE, OWN, RANGE, "floor above all", 0, 4 * K, 0, 15, 0, 256),
    BAD(GATE_CREATE, BOX, RANGE, "floor above the space's", 0, 4 * K, 0, 15, 0, BOX_MAX + 1),
    BAD(GATE_CREATE, OWN, RANGE, "slot behind the table", 0, 4 * K, 0, 15, SLOT_END, 0),
    BAD(GATE_CREATE, OWN, EXISTS, "a slot in use", 0, 4 * K, 0, 15, 1, 0),
    BAD(EVENT_CREATE, OWN, ARG, "a right that is none", 16, 0),
    BAD(EVENT_CREATE, OWN, RANGE, "slot behind the table", 15, SLOT_END),
    BAD(EVENT_CREATE, OWN, EXISTS, "a slot in use", 15, 1),
    BAD(GATE_DESTROY, OWN, CAP, "an empty slot", T(EMPTY)),
    BAD(GATE_DESTROY, OWN, CAP, "an event", T(EVENT)),
    BAD(GATE_DESTROY, OWN, DEAD, "a gate that is gone", T(DEAD_GATE)),
    BAD(GATE_DESTROY, OWN, RIGHTS, "a gate without MANAGE", T(QUEUE_NO_MANAGE)),
    BAD(GATE_DEFER, BOX, STATE, "another space", 0),
    BAD(GATE_DEFER, OWN, STATE, "nobody in hand", 0),
    BAD(THREAD_START, THREAD, RANGE, "ip above user memory", END, 0, 0),
    BAD(THREAD_START, THREAD, RANGE, "ip of the kernel", ALL, 0, 0),
    BAD(THREAD_START, THREAD, CPU, "no such CPU", 4 * K, 0, 64),
    BAD(THREAD_START, THREAD, CPU, "a CPU that is not there", 4 * K, 0, 63),
    BAD(THREAD_START, SELF, STATE, "a second time", 4 * K, 0, 0),
    BAD(THREAD_RESUME, THREAD, STATE, "neither suspended nor halted", 0),
    BAD(THREAD_PRIORITY, THREAD, RANGE, "above the space's", BOX_MAX + 1),
    BAD(THREAD_PRIORITY, THREAD, RANGE, "above all", 256),
    BAD(THREAD_MOVE, THREAD, CPU, "no such CPU", 64),
    BAD(THREAD_MOVE, THREAD, CPU, "a CPU that is not there", 63),
    BAD(THREAD_CANCEL, THREAD, ARG, "neither 0 nor 1", 2),
    BAD(THREAD_FOREIGN, THREAD, ARG, "neither 0 nor 1", 2),
    BAD(THREAD_RECALL, THREAD, STATE, "never started", 0),
    BAD(THREAD_RECALL, SELF, STATE, "the caller itself", 0),
    BAD(THREAD_YIELD, THREAD, STATE, "another thread", 0),
    BAD(EVENT_SIGNAL, EVENT, ARG, "no bits", 0),
    BAD(EVENT_WAIT, EVENT, ARG, "no mask", 0),
    LATE(EVENT_WAIT, EVENT, TIMEOUT, 0, "a poll", 1),
    LATE(EVENT_WAIT, EVENT, TIMEOUT, 1, "a deadline in the past", ALL),
    BAD(EVENT_TIMER, EVENT, ARG, "no bits", 0, 0),
    BAD(EVENT_BIND_DEATH, EVENT, ARG, "no bits", 0, T(THREAD)),
    BAD(EVENT_BIND_DEATH, EVENT, CAP, "an empty slot", 1, T(EMPTY)),
    BAD(EVENT_BIND_DEATH, EVENT, CAP, "a deleted one", 1, T(STALE)),
    BAD(EVENT_BIND_DEATH, EVENT, CAP, "an event", 1, T(EVENT)),
    BAD(EVENT_BIND_DEATH, EVENT, DEAD, "a gate that is gone", 1, T(DEAD_GATE)),
    BAD(EVENT_BIND_THREAD, EVENT, CAP, "an empty slot", T(EMPTY)),
    BAD(EVENT_BIND_THREAD, EVENT, CAP, "a deleted one", T(STALE)),
    BAD(EVENT_BIND_THREAD, EVENT, CAP, "an event", T(EVENT)),
    BAD(EVENT_BIND_THREAD, EVENT, CAP, "a space", T(BOX)),
    BAD(EVENT_BIND_THREAD, EVENT, DEAD, "a gate that is gone", T(DEAD_GATE)),
    BAD(IRQ_BIND, IRQ, RANGE, "one before the range", 6, T(EVENT), 1),
    BAD(IRQ_BIND, IRQ, RANGE, "one behind the range", 8, T(EVENT), 1),
    BAD(IRQ_BIND, IRQ, RANGE, "none at all", ALL, T(EVENT), 1),
    BAD(IRQ_BIND, IRQ, CAP, "an empty slot", 7, T(EMPTY), 1),
    BAD(IRQ_BIND, IRQ, CAP, "a gate", 7, T(QUEUE), 1),
    BAD(IRQ_BIND, IRQ, DEAD, "an event that is gone", 7, T(DEAD), 1),
    BAD(IRQ_BIND, IRQ, RIGHTS, "an event without CALL", 7, T(EVENT_NO_CALL), 1),
    BAD(IRQ_BIND, IRQ, ARG, "no bits", 7, T(EVENT), 0),
    BAD(IRQ_ACK, IRQ, RANGE, "behind the range", 8),
    BAD(IRQ_ACK, IRQ, STATE, "not bound", 7),
    BAD(IRQ_UNBIND, IRQ, RANGE, "behind the range", 8),
    BAD(IRQ_UNBIND, IRQ, STATE, "not bound", 7),
    BAD(PORT_IN, PORTS, RANGE, "before the range", 0x7f, 1),
    BAD(PORT_IN, PORTS, RANGE, "behind the range", 0x84, 1),
    BAD(PORT_IN, PORTS, RANGE, "half behind the range", 0x83, 2),
    BAD(PORT_IN, PORTS, RANGE, "only its low half is in the range", 0x10080, 1),
    BAD(PORT_IN, PORTS, ARG, "no width", 0x80, 0),
    BAD(PORT_IN, PORTS, ARG, "three bytes", 0x80, 3),
    BAD(PORT_OUT, PORTS, RANGE, "half behind the range", 0x82, 4, 0),
    BAD(PORT_OUT, PORTS, ARG, "eight bytes", 0x80, 8, 0),
    BAD(PORT_OUT_STRING, PORTS, RANGE, "behind the range", 0x84, 1, 0),
    BAD(PORT_OUT_STRING, PORTS, RANGE, "too many bytes", 0x80, 49, 0),
    BAD(PHYS_MAP, PHYS, ALIGN, "physical address", PHYSICAL + 1, NOWHERE, 4 * K, 1),
    BAD(PHYS_MAP, PHYS, ALIGN, "target", PHYSICAL, NOWHERE + 1, 4 * K, 1),
    BAD(PHYS_MAP, PHYS, ALIGN, "size", PHYSICAL, NOWHERE, 4 * K + 1, 1),
    BAD(PHYS_MAP, PHYS, RANGE, "nothing", PHYSICAL, NOWHERE, 0, 1),
    BAD(PHYS_MAP, PHYS, RANGE, "before the range", PHYSICAL - 4 * K, NOWHERE, 4 * K, 1),
    BAD(PHYS_MAP, PHYS, RANGE, "ends behind the range", PHYSICAL, NOWHERE, PHYSICAL_BYTES + 4 * K, 1),
    BAD(PHYS_MAP, PHYS, RANGE, "target above user memory", PHYSICAL, END, 4 * K, 1),
    BAD(PHYS_MAP, PHYS, ARG, "to execute", PHYSICAL, NOWHERE, 4 * K, L4_READ | L4_EXEC),
    BAD(PHYS_MAP, PHYS, ARG, "no such cache attribute", PHYSICAL, NOWHERE, 4 * K, 1 | 3 << L4_CACHE_SHIFT),
    BAD(PHYS_MAP, PHYS, EXISTS, "something is there", PHYSICAL, T(PAGE), 4 * K, 1),
    BAD(POOL_ADD, POOL, ALIGN, "address", T_AT(PAGE, 1), 64 * K),
    BAD(POOL_ADD, POOL, ALIGN, "size", T(PAGE), 64 * K + 1),
    BAD(POOL_ADD, POOL, RANGE, "nothing", T(PAGE), 0),
    BAD(POOL_ADD, POOL, RANGE, "above user memory", END, 64 * K),
    BAD(POOL_ADD, POOL, RANGE, "nothing there", NOWHERE, 64 * K),
    BAD(POOL_ADD, POOL, RIGHTS,
        "not "
        "writable",
        T(READONLY), 4 * K),
    BAD(POOL_ADD, POOL, STATE,
        "memory of the "
        "pager",
        T(PAGE), 64 * K),
    BAD(POOL_FAIL, POOL, ARG,
        "no "
        "such "
        "mode",
        3, 1, 1),
    BAD(CPU_STATE, CPUS, CPU, "no such CPU", 64),
    BAD(CPU_STATE, CPUS, CPU, "far behind", ALL),
    BAD(LOG_WRITE, LOG, ARG,
        "no "
        "suc"
        "h "
        "lev"
        "el",
        4, 1, 0),
    BAD(LOG_WRITE, LOG, RANGE,
        "too "
        "many "
        "bytes",
        2, 49, 0),
    BAD(POWER_OFF, POWER, RANGE,
        "s"
        "t"
        "a"
        "t"
        "u"
        "s",
        100),
    BAD(POWER_PANIC, POWER, ARG,
        "no "
        "such"
        " wa"
        "y",
        0),
    BAD(POWER_PANIC, POWER, ARG, "none either", 3),
    BAD(INFO_COUNTERS, INFO, RANGE, "behind the last", L4_COUNT_COUNT),
    BAD(INFO_COUNTERS, INFO, RANGE, "far behind", ALL),
};
const unsigned more_count = L4_ARRAY_SIZE(more_rows);

#define ONLY(operation_, object_, word_, allowed_, ...)                                   \
    {                                                                                     \
        L4_##operation_, object_, #operation_ ": a bit of word " #word_, word_, allowed_, \
        {                                                                                 \
            __VA_ARGS__                                                                   \
        }                                                                                 \
    }

const struct bits_row bits_rows[] = {
    ONLY(SPACE_CREATE, OWN, 3, 15, 64 * K, ALL, 1, 0, 0),
    ONLY(THREAD_CREATE, BOX, 0, 15, 0, 0, 1),
    ONLY(GATE_CREATE, OWN, 0, 0x101, 0, 4 * K, 0, 15, 0, 0),
    ONLY(GATE_CREATE, OWN, 3, 15, 0, 4 * K, 0, 0, 0, 0),
    ONLY(EVENT_CREATE, OWN, 0, 15, 0, 0),
    ONLY(CAP_COPY, OWN, 2, 15, T(EVENT), 0, 0, 0),
    ONLY(CAP_COPY, OWN, 3, 3, T(EVENT), 0, 15, 0),
    ONLY(SPACE_SET_GATE, BOX, 0, 1, 0, T(ENTRY)),
    ONLY(SPACE_MAP, BOX, 3, L4_RWX | L4_MAP_GRANT, T(PAGE), FREE, 4 * K, L4_READ),
    ONLY(SPACE_UNMAP, BOX, 2, 3, TAKEN, 4 * K, 1, 1),
    ONLY(SPACE_UNMAP, BOX, 3, L4_RWX, TAKEN, 4 * K, 3, 1),
    ONLY(SPACE_STOP, BOX, 0, 1, 0),
    ONLY(SPACE_CPUS, BOX, 1, 1, 1, 0),
    ONLY(THREAD_CANCEL, THREAD, 0, 1, 0),
    ONLY(THREAD_FOREIGN, THREAD, 0, 1, 0),
    ONLY(PHYS_MAP, PHYS, 3, L4_READ | L4_WRITE | 3 << L4_CACHE_SHIFT, PHYSICAL, NOWHERE, 4 * K, L4_READ),
    ONLY(PORT_IN, PORTS, 1, 7, 0x80, 0),
    ONLY(LOG_WRITE, LOG, 0, 3, 0, 1, 0),
};
const unsigned bits_count = L4_ARRAY_SIZE(bits_rows);
