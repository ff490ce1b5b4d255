/* SPDX-License-Identifier: BSD-2-Clause */
/* Restart by the firmware's reset register; the first of cpu_reset's ways. */
#ifndef QUIRE_X86_POWEROFF_H
#define QUIRE_X86_POWEROFF_H

/* Returns where there is no such register or it does nothing. */
void acpi_reset(void);

#endif
