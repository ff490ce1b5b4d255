// SPDX-License-Identifier: BSD-2-Clause
// Protocol of the root task. Two entry gates; the badge of both is the client's task id:
//   the service gate, slot L4_SLOT_ROOT of every program: a program speaks about itself;
//   the control gate, for programs whose manifest has `cap.NAME = control`: they speak about others.
// The label of a request is the operation, that of an answer 0 or an error (enum root_error, enum l4_error).
// Text travels in the memory words, at most ROOT_BYTES of it. Client functions: client_root.c.
#ifndef L4_PROTO_ROOT_H
#define L4_PROTO_ROOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <l4/abi/handle.h>
#include <l4/proto/startup.h>

#define ROOT_BYTES 768
#define ROOT_NAME  32 // bytes of a program's or gate's name, with its NUL

// X(NAME, number, what)
#define ROOT_OPERATIONS(X)                                                                              \
    X(EXIT, L4_ROOT_EXIT, "0 status: ends the caller's task; no answer")                                \
    X(PUBLISH, 2,                                                                                       \
      "0 bytes of the gate's name (0 = the service gate), the name; item: the gate (CALL, "             \
      "MANAGE, GIVE), of which clients get copies with their task id as badge")                         \
    X(READY, 3, "the caller serves: whoever depends on it may be started")                              \
    X(RENEW, 4, "0 bytes, name of a capability of the caller: made anew from its manifest -> 0 handle") \
    X(DEATH, 5,                                                                                         \
      "0 deaths seen -> 0 deaths seen now, 1 task id; waits for one. ROOT_ERR_MISSED with word 0: "     \
      "too many to list them, look at each client with ALIVE. One thread of a task at a time")          \
    X(ALIVE, 6, "0 task id -> 0 1 if it is alive")

// X(NAME, number, what)
#define CONTROL_OPERATIONS(X)                                                                        \
    X(SPAWN, 1,                                                                                      \
      "0 bytes, words of a command line, each with a NUL behind it; perhaps an item: the child's "   \
      "capability of kind `spawner` -> 0 task id")                                                   \
    X(WAIT, 2, "0 task id of a child: waits for its end -> 0 status, 1 enum root_end")               \
    X(KILL, 3, "0 bytes, name or number of a program")                                               \
    X(LIST, 4,                                                                                       \
      "0 place, 0 at first -> 0 next place, 1 task id, 2 enum root_state, 3 pages, 4 kernel bytes, " \
      "5 threads, 6 bytes, the name; ROOT_ERR_NO_TASK behind the last")                              \
    X(MEMORY, 5, "-> 0-7 enum l4_pager_counter")                                                     \
    X(POWER, 6, "0 enum root_power, 1 status")                                                       \
    X(AUTORUN, 7,                                                                                    \
      "0 offset -> 0 bytes, the bytes: the commands in etc/autorun of the boot archive; "            \
      "ROOT_ERR_NO_PROGRAM: there are none; "                                                        \
      "ROOT_ERR_MISSED: they were handed out before")

#define ROOT_X(name, number, what) ROOT_##name = (number),
enum root_operation { ROOT_OPERATIONS(ROOT_X) ROOT_OPERATION_COUNT = 7 };
#undef ROOT_X
#define ROOT_X(name, number, what) CONTROL_##name = (number),
enum control_operation { CONTROL_OPERATIONS(ROOT_X) CONTROL_OPERATION_COUNT = 8 };
#undef ROOT_X

// X(NAME, number, text)
#define ROOT_ERRORS(X)                              \
    X(NO_PROGRAM, 0x201, "no such program")         \
    X(NO_TASK, 0x202, "no such task")               \
    X(NOT_RUNNING, 0x203, "server not running")     \
    X(BAD_REQUEST, 0x204, "request not understood") \
    X(NO_CAPABILITY, 0x205, "not in the manifest")  \
    X(MISSED, 0x206, "events were missed")          \
    X(FULL, 0x207, "too many programs")             \
    X(ENDED, 0x208, "ended while it was starting")

#define ROOT_X(name, number, text) ROOT_ERR_##name = (number),
enum root_error { ROOT_ERR_OK = 0, ROOT_ERRORS(ROOT_X) };
#undef ROOT_X

enum root_end { ROOT_END_EXIT = 1, ROOT_END_FAULT = 2, ROOT_END_KILLED = 3 };
enum root_state {
    ROOT_STATE_STARTING = 1,
    ROOT_STATE_RUNNING = 2,
    ROOT_STATE_ENDING = 3,
    ROOT_STATE_ENDED = 4
};
enum root_power { ROOT_POWER_OFF = 0, ROOT_POWER_RESET = 1 };
#define ROOT_STATUS_FAULT  70 // status of a program that ended by a fault
#define ROOT_STATUS_KILLED 71 // that was killed

struct root_task_info {
    uint64_t id, state, pages, kernel_bytes, threads;
    char name[ROOT_NAME];
};

unsigned root_publish(const char *name, l4_handle_t gate); // name "" = the service gate
unsigned root_ready(void);
unsigned root_renew(const char *capability, l4_handle_t *handle);
unsigned root_death(uint64_t *seen, uint64_t *task);
unsigned root_alive(uint64_t task, bool *alive);

// words: each with a NUL behind it, bytes in all. spawner: L4_HANDLE_NONE or what the child gets.
unsigned control_spawn(l4_handle_t control, const char *words, size_t bytes, l4_handle_t spawner,
                       uint64_t *task);
unsigned control_wait(l4_handle_t control, uint64_t task, int *status, enum root_end *end);
unsigned control_kill(l4_handle_t control, const char *who);
unsigned control_list(l4_handle_t control, uint64_t *place, struct root_task_info *info);
unsigned control_memory(l4_handle_t control, uint64_t counters[static 8]);
// At most ROOT_BYTES from offset on; 0 = the end.
unsigned control_autorun(l4_handle_t control, uint64_t offset, char *bytes, size_t *count);
unsigned control_power(l4_handle_t control, enum root_power what, unsigned status);

#endif
