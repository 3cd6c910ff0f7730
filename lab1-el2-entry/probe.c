// SPDX-License-Identifier: MIT
#include "probe.h"

#include "lib/errno.h"

/* One entry of the table: distances, not addresses, so that it takes no relocation. */
struct fixup {
	int32_t access;			/* from this field to the instruction that may fault */
	int32_t landing;		/* from this field to where to go on */
};

extern const struct fixup __fixups_start[], __fixups_end[];

/*
 * PROBE(instruction) - the access, its entry in the table, and its landing. The error is set before
 * the access and cleared behind it, so that the landing is the same address for both outcomes.
 */
#define PROBE(instruction)				\
	"1:	" instruction "\n"			\
	"	mov	%w[error], wzr\n"		\
	"2:\n"						\
	"	.pushsection .fixups, \"a\"\n"		\
	"	.balign	4\n"				\
	"	.word	1b - .\n"			\
	"	.word	2b - .\n"			\
	"	.popsection\n"

#define PROBE_READ(bits, type, load)						\
int probe_read##bits(uintptr_t address, type *value)				\
{										\
	int error = -EFAULT;							\
	type read = *value;							\
										\
	asm volatile(PROBE(load)						\
		     : [error] "+r"(error), [read] "+r"(read)			\
		     : [address] "r"(address) : "memory");			\
	if (!error)								\
		*value = read;							\
	return error;								\
}

PROBE_READ(8, uint8_t, "ldrb %w[read], [%[address]]")
PROBE_READ(32, uint32_t, "ldr %w[read], [%[address]]")
PROBE_READ(64, uint64_t, "ldr %x[read], [%[address]]")

int probe_write64(uintptr_t address, uint64_t value)
{
	int error = -EFAULT;

	asm volatile(PROBE("str %x[value], [%[address]]")
		     : [error] "+r"(error)
		     : [address] "r"(address), [value] "r"(value) : "memory");
	return error;
}

uintptr_t probe_fixup(uintptr_t pc)
{
	const struct fixup *entry;

	for (entry = __fixups_start; entry < __fixups_end; entry++)
		if ((uintptr_t)&entry->access + (uintptr_t)(intptr_t)entry->access == pc)
			return (uintptr_t)&entry->landing + (uintptr_t)(intptr_t)entry->landing;
	return 0;
}
