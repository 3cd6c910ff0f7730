/* SPDX-License-Identifier: MIT */
/*
 * mmio.h - accesses to device registers.
 *
 * In assembly rather than through a volatile pointer, so that the form of the access is ours: one
 * single-register load or store, with no writeback. The same access made by a guest reports valid
 * syndrome information (ESR_EL2.ISS.ISV = 1), and a compiler is free to emit one that does not.
 */
#ifndef DRIVERS_MMIO_H
#define DRIVERS_MMIO_H

#ifndef __aarch64__
#error "mmio.h is for the target: AArch64"
#endif

#include "arch/types.h"

#define MMIO_ACCESSORS(bits, type, suffix, reg)						\
static inline type mmio_read##bits(uintptr_t address)					\
{											\
	type value;									\
											\
	asm volatile("ldr" suffix " %" reg "0, [%1]" : "=r"(value) : "r"(address) : "memory"); \
	return value;									\
}											\
static inline void mmio_write##bits(uintptr_t address, type value)			\
{											\
	asm volatile("str" suffix " %" reg "0, [%1]" :: "rZ"(value), "r"(address) : "memory"); \
}

MMIO_ACCESSORS(8, uint8_t, "b", "w")
MMIO_ACCESSORS(16, uint16_t, "h", "w")
MMIO_ACCESSORS(32, uint32_t, "", "w")
MMIO_ACCESSORS(64, uint64_t, "", "x")

#endif
