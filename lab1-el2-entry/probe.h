/* SPDX-License-Identifier: MIT */
/*
 * probe.h - accesses that may fault, and say so instead of ending in the panic screen.
 *
 * Each is a single load or store whose address is kept, with the address where to go on, in a table
 * that the linker collects (.fixups). el2_exception() looks a faulting instruction up there. No
 * register is reserved and nothing is set up before: an access that does not fault costs nothing.
 */
#ifndef LAB1_PROBE_H
#define LAB1_PROBE_H

#include "arch/types.h"

/*
 * probe_read8/32/64 - read from address into *value.
 * address: of the access; for 32 and 64 bits aligned, for a device: as the device wants it.
 * Returns 0, or -EFAULT when the access took a Data Abort; then *value is not changed.
 */
int probe_read8(uintptr_t address, uint8_t *value);
int probe_read32(uintptr_t address, uint32_t *value);
int probe_read64(uintptr_t address, uint64_t *value);

/*
 * probe_write64 - write value to address. Returns 0, or -EFAULT when the access took a Data Abort.
 * An error that the memory system reports later, as an SError, is not caught.
 */
int probe_write64(uintptr_t address, uint64_t value);

/* The fix-up for a fault at pc: where to go on, or 0 when this instruction may not fault. */
uintptr_t probe_fixup(uintptr_t pc);

#endif
