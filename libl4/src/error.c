// SPDX-License-Identifier: BSD-2-Clause
// Texts and names of errors, out of the one list.
#include <l4/error.h>

const char *l4_error_text(int error)
{
#define L4_X(name, number, text) [number] = text,
    static const char *const texts[L4_ERR_COUNT] = {L4_ERRORS(L4_X)};
#undef L4_X
    return error >= 0 && error < L4_ERR_COUNT ? texts[error] : "unknown error";
}

const char *l4_error_name(int error)
{
#define L4_X(name, number, text) [number] = #name,
    static const char *const names[L4_ERR_COUNT] = {L4_ERRORS(L4_X)};
#undef L4_X
    return error >= 0 && error < L4_ERR_COUNT ? names[error] : "UNKNOWN";
}
