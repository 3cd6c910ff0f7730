/* SPDX-License-Identifier: MIT */
/*
 * symtab.c - which function an address is in: a binary search.
 */
#include <stddef.h>
#include "lib/symtab.h"

const char *symtab_lookup(uint64_t addr, uint64_t *offset)
{
	uint32_t low = 0;		/* entries below low start at or before addr ... */
	uint32_t high = symtab_count;	/* ... entries from high on start after it */
	const char *name;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (symtab_addr[middle] <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return NULL;

	name = &symtab_strings[symtab_name[low - 1]];
	if (*name == '\0')
		return NULL;
	if (offset)
		*offset = addr - symtab_addr[low - 1];
	return name;
}
