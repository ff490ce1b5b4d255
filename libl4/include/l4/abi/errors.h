// SPDX-License-Identifier: BSD-2-Clause
// Errors of the kernel's answers: one list, ABI numbers, never reused. 0 is success.
#ifndef L4_ABI_ERRORS_H
#define L4_ABI_ERRORS_H

// X(NAME, number, text)
#define L4_ERRORS(X)                           \
    X(OK, 0, "ok")                             \
    X(CAP, 1, "no such capability")            \
    X(RIGHTS, 2, "not permitted")              \
    X(ARG, 3, "bad argument")                  \
    X(RANGE, 4, "out of range")                \
    X(ALIGN, 5, "not aligned")                 \
    X(QUOTA, 6, "quota exhausted")             \
    X(LIMIT, 7, "limit reached")               \
    X(DEAD, 8, "server died")                  \
    X(OWNER_DIED, 9, "owner died")             \
    X(CANCELLED, 10, "cancelled")              \
    X(TIMEOUT, 11, "timed out")                \
    X(DEPTH, 12, "call chain too deep")        \
    X(UTCB, 13, "UTCB not present")            \
    X(STATE, 14, "not possible in this state") \
    X(CPU, 15, "no such CPU")                  \
    X(BUSY, 16, "busy")                        \
    X(EXISTS, 17, "exists already")            \
    X(FAULT, 18, "fault could not be handled") \
    X(NOSYS, 19, "unknown operation")

#define L4_X(name, number, text) L4_ERR_##name = (number),
enum l4_error { L4_ERRORS(L4_X) L4_ERR_COUNT = 20 };
#undef L4_X
#define L4_OK L4_ERR_OK

#endif
