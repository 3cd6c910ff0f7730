/* SPDX-License-Identifier: MIT */
/*
 * test_symtab.c - the lookup of a name by an address, with a table made by hand.
 */
#include <check.h>
#include <stdint.h>
#include "lib/symtab.h"
#include "unit_main.h"

/*
 * Two sections, as link-image would write them: "boot" alone, then "first" and "second", each section
 * closed by an entry without a name. The last function starts where "nothing" would.
 */
const uint64_t symtab_addr[] = {
	0x40200000, 0x40200010,
	0x7c000000, 0x7c000040, 0x7c000100,
};
const uint32_t symtab_name[] = { 1, 0, 6, 12, 0 };
const char symtab_strings[] = "\0boot\0first\0second";
const uint32_t symtab_count = 5;

#define OFFSET_UNTOUCHED 0xdeadbeef

static const struct {
	uint64_t addr;
	const char *name;
	uint64_t offset;
} lookups[] = {
	/* before the first, at it, in it, at its last byte, and behind it */
	{ 0x0, NULL, OFFSET_UNTOUCHED },
	{ 0x401fffff, NULL, OFFSET_UNTOUCHED },
	{ 0x40200000, "boot", 0x0 },
	{ 0x4020000f, "boot", 0xf },
	{ 0x40200010, NULL, OFFSET_UNTOUCHED },
	/* between the sections */
	{ 0x7bffffff, NULL, OFFSET_UNTOUCHED },
	/* neighbours */
	{ 0x7c000000, "first", 0x0 },
	{ 0x7c00003f, "first", 0x3f },
	{ 0x7c000040, "second", 0x0 },
	{ 0x7c0000ff, "second", 0xbf },
	/* behind the last */
	{ 0x7c000100, NULL, OFFSET_UNTOUCHED },
	{ UINT64_MAX, NULL, OFFSET_UNTOUCHED },
};

START_TEST(lookup)
{
	uint64_t offset = OFFSET_UNTOUCHED;
	const char *name = symtab_lookup(lookups[_i].addr, &offset);

	ck_assert_pstr_eq(name, lookups[_i].name);
	ck_assert_uint_eq(offset, lookups[_i].offset);
}
END_TEST

START_TEST(lookup_without_offset)
{
	ck_assert_pstr_eq(symtab_lookup(0x7c000050, NULL), "second");
	ck_assert_ptr_null(symtab_lookup(0, NULL));
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("symtab");
	TCase *tcase = add_case(suite, "lookup");

	(void)argc;
	tcase_add_loop_test(tcase, lookup, 0, sizeof(lookups) / sizeof(lookups[0]));
	tcase_add_test(tcase, lookup_without_offset);
	return unit_main(argv[0], suite);
}
