// SPDX-License-Identifier: BSD-2-Clause
// The second list of bad input, written from docs/reference by hand; the first is made of the operation table
// (test/system/nosys).
#ifndef TEST_BADINPUT_OPERATIONS_H
#define TEST_BADINPUT_OPERATIONS_H

// Whatever page there is: object and right as the page says.
#define PAGES(P)                        \
    P(NOP, ANY, CALL)                   \
    P(SPACE_CREATE, SPACE, MANAGE)      \
    P(SPACE_DESTROY, SPACE, MANAGE)     \
    P(SPACE_SET_AREA, SPACE, MANAGE)    \
    P(SPACE_SET_GATE, SPACE, MANAGE)    \
    P(ACTIVATIONS_ADD, SPACE, MANAGE)   \
    P(SPACE_MAP, SPACE, MANAGE)         \
    P(SPACE_UNMAP, SPACE, MANAGE)       \
    P(CAP_COPY, SPACE, MANAGE)          \
    P(CAP_MOVE, SPACE, MANAGE)          \
    P(CAP_DELETE, SPACE, MANAGE)        \
    P(CAP_REVOKE, SPACE, MANAGE)        \
    P(CAP_IDENTIFY, SPACE, MANAGE)      \
    P(SPACE_COUNTERS, SPACE, MANAGE)    \
    P(SPACE_WAKE, SPACE, MANAGE)        \
    P(QUOTA_MOVE, SPACE, MANAGE)        \
    P(SPACE_SUPERVISE, SPACE, MANAGE)   \
    P(SPACE_FOREIGN, SPACE, MANAGE)     \
    P(SPACE_STOP, SPACE, MANAGE)        \
    P(SPACE_CPUS, SPACE, MANAGE)        \
    P(THREAD_CREATE, SPACE, MANAGE)     \
    P(GATE_CREATE, SPACE, MANAGE)       \
    P(EVENT_CREATE, SPACE, MANAGE)      \
    P(GATE_DESTROY, SPACE, MANAGE)      \
    P(GATE_DEFER, SPACE, MANAGE)        \
    P(THREAD_DESTROY, THREAD, MANAGE)   \
    P(THREAD_START, THREAD, MANAGE)     \
    P(THREAD_SUSPEND, THREAD, MANAGE)   \
    P(THREAD_RESUME, THREAD, MANAGE)    \
    P(THREAD_PRIORITY, THREAD, MANAGE)  \
    P(THREAD_STATE, THREAD, MANAGE)     \
    P(THREAD_MOVE, THREAD, MANAGE)      \
    P(THREAD_CANCEL, THREAD, MANAGE)    \
    P(THREAD_FOREIGN, THREAD, MANAGE)   \
    P(THREAD_RECALL, THREAD, MANAGE)    \
    P(THREAD_YIELD, THREAD, MANAGE)     \
    P(EVENT_DESTROY, EVENT, MANAGE)     \
    P(EVENT_SIGNAL, EVENT, CALL)        \
    P(EVENT_WAIT, EVENT, WAIT)          \
    P(EVENT_TIMER, EVENT, MANAGE)       \
    P(EVENT_BIND_DEATH, EVENT, MANAGE)  \
    P(EVENT_BIND_THREAD, EVENT, MANAGE) \
    P(EVENT_UNBIND, EVENT, MANAGE)      \
    P(IRQ_BIND, IRQ, CALL)              \
    P(IRQ_ACK, IRQ, CALL)               \
    P(IRQ_UNBIND, IRQ, CALL)            \
    P(PORT_IN, PORTS, CALL)             \
    P(PORT_OUT, PORTS, CALL)            \
    P(PORT_OUT_STRING, PORTS, CALL)     \
    P(PHYS_MAP, PHYS, CALL)             \
    P(POOL_ADD, POOL, CALL)             \
    P(POOL_FAIL, POOL, CALL)            \
    P(CPU_STATE, CPUS, CALL)            \
    P(LOG_READ, LOG, CALL)              \
    P(LOG_WRITE, LOG, CALL)             \
    P(POWER_OFF, POWER, CALL)           \
    P(POWER_RESET, POWER, CALL)         \
    P(POWER_PANIC, POWER, CALL)         \
    P(INFO_COUNTERS, INFO, CALL)

#endif
