/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the firmware tables say about the machine: processors, interrupt controllers, timers, power. Owns:
 * `acpi`, filled once by acpi_init() and constant afterwards. Everything in it was read through bounds-
 * checked parsers, so a wrong table yields a missing part, never a fault. Callers: interrupt controller,
 * timer, power, SMP start. Lock: none (written before other CPUs run).
 */
#ifndef QUIRE_ARCH_ACPI_H
#define QUIRE_ARCH_ACPI_H

#include <stdbool.h>
#include <stdint.h>

#define ACPI_MAX_CPUS    256
#define ACPI_MAX_IOAPICS 16
#define ACPI_MAX_ISOS    32
#define ACPI_MAX_NMIS    32
#define ACPI_UID_ALL     0xffffffffu

struct acpi_cpu {
    uint32_t apic_id;
    uint32_t uid;
};

struct acpi_ioapic {
    uint32_t gsi_base;
    uint8_t id;
    uint64_t addr;
};

// Where an ISA interrupt really arrives, and how.
struct acpi_iso {
    uint32_t gsi;
    uint8_t isa;
    bool level;
    bool active_low;
};

// A local APIC input wired to NMI; uid ACPI_UID_ALL means every processor.
struct acpi_nmi {
    uint32_t uid;
    uint8_t lint;
    bool active_low;
};

struct acpi_madt {
    bool present;
    bool has_8259;
    uint64_t lapic_addr;
    unsigned cpus_found; // enabled processors, even beyond ACPI_MAX_CPUS
    unsigned ncpus, nioapics, nisos, nnmis;
    struct acpi_cpu cpus[ACPI_MAX_CPUS];
    struct acpi_ioapic ioapics[ACPI_MAX_IOAPICS];
    struct acpi_iso isos[ACPI_MAX_ISOS];
    struct acpi_nmi nmis[ACPI_MAX_NMIS];
};

enum acpi_space {
    ACPI_SPACE_MEMORY = 0,
    ACPI_SPACE_IO = 1,
    ACPI_SPACE_PCI_CONFIG = 2,
};

// Generic address; addr == 0 means that the register does not exist.
struct acpi_reg {
    uint8_t space;
    uint8_t width;
    uint64_t addr;
};

struct acpi_fadt {
    bool present;
    bool hw_reduced;
    bool has_8042; // as told by the boot architecture flags; true for tables without that field
    bool pm_timer_32;
    bool reset_supported;
    uint8_t reset_value;
    uint8_t acpi_enable;
    uint32_t smi_cmd;
    uint64_t dsdt;
    struct acpi_reg pm1a_cnt, pm1b_cnt, pm_timer, reset, sleep_control;
};

struct acpi_s5 {
    bool present;
    uint8_t typ_a, typ_b;
};

struct acpi_hpet {
    bool present;
    uint64_t addr;
};

struct acpi_info {
    bool present;
    struct acpi_madt madt;
    struct acpi_fadt fadt;
    struct acpi_s5 s5;
    struct acpi_hpet hpet;
};

extern struct acpi_info acpi;

// Reads the tables found from boot_info.rsdp; logs what is wrong with them and goes on without it.
void acpi_init(void);

#endif
