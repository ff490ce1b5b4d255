// SPDX-License-Identifier: BSD-2-Clause
// Short calls in a program without vector registers.
#ifndef SHORT_H
#define SHORT_H

#include <l4/short.h>

// To a gate whose server doubles the words and answers with label 66.
void check_short_calls(l4_handle_t gate, uint32_t label);
// To servers with short handlers, through an entry gate and through a queue gate.
void check_short_servers(void);

#endif
