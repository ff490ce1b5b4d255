// SPDX-License-Identifier: BSD-2-Clause
// Text of every error a client function can return: the kernel's and those of the protocols in l4/proto.
#ifndef L4_STATUS_H
#define L4_STATUS_H

const char *l4_status_text(unsigned error);

#endif
