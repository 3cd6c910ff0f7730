/* SPDX-License-Identifier: MIT */
/*
 * symtab.h - which function an address is in.
 *
 * The table is put into each image by build-aux/link-image. It is sorted by address. An entry
 * without a name ends a section: what comes after it belongs to no function.
 */
#ifndef LIB_SYMTAB_H
#define LIB_SYMTAB_H

#include <stdint.h>

/* The table, as link-image writes it. */
extern const uint32_t symtab_count;
extern const uint64_t symtab_addr[];	/* symtab_count of them, ascending */
extern const uint32_t symtab_name[];	/* for each, where in symtab_strings its name starts */
extern const char symtab_strings[];

/*
 * The function (or assembly label) that addr is in, and in *offset, unless offset is NULL, how far
 * into it; NULL if addr is in none, and *offset is then left alone.
 */
const char *symtab_lookup(uint64_t addr, uint64_t *offset);

#endif
