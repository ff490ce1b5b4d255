/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first program: the root pager, in a space of its own, with all memory the kernel leaves over.
 */
#ifndef QUIRE_INIT_FIRST_H
#define QUIRE_INIT_FIRST_H

/* The page pool, out of boot memory. */
void first_pool(void);

/* The info page, readable by all. */
void first_info_page(void);

/* Loads and readies the root pager; machine_refused when the archive or the pager is missing. */
void first_program(void);

#endif
