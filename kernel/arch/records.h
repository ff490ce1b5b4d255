/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The window of records: from CPU_RECORDS up, each page has other memory on each CPU, or none: then it reads
 * as a page of null records (space/record.h). Body: arch/x86_64/mm/records.c.
 */
#ifndef QUIRE_ARCH_RECORDS_H
#define QUIRE_ARCH_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

/* First address of the window, whose first page stays one of null records, and its size in bytes. */
#define RECORD_NULL_AT UINT64_C(0xffffffffd0000000)
#define RECORDS_BYTES  UINT64_C(0x30000000)

/* How the null record is named: by the low half of its address. */
#define RECORD_NULL ((int32_t)RECORD_NULL_AT)

/* The core's: fills PAGE with null records (space/record.c). */
void records_clear(void *page);

/* Fills the window of the CPU with top-level table ROOT with null records. At boot, in the order of CPUs. */
void records_window_init(uint64_t *root);

/* Memory, zeroed, for the page at AT on CPU, which is online. It stays for ever. False when the pool is
 * empty. Callers see to it that no two make pages at once. */
bool records_page_make(unsigned cpu, vaddr_t at) MUST_CHECK;

/* What CPU sees at AT, in the window on physical memory; NULL when it is a null record. On any CPU. */
void *records_at(unsigned cpu, vaddr_t at);

#endif
