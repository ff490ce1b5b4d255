// SPDX-License-Identifier: BSD-2-Clause
// Errors as text.
#ifndef L4_ERROR_H
#define L4_ERROR_H

#include <l4/abi/errors.h>

const char *l4_error_text(int error); // "server died"; "unknown error" for what is no l4_error
const char *l4_error_name(int error); // "DEAD"

#endif
