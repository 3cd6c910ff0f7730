/* SPDX-License-Identifier: MIT */
/*
 * unit_main.h - main() of a unit test: one suite, run by Check, its result as TAP or in words.
 *
 * By hand: CK_VERBOSITY=verbose ./test_string
 * One case of it: CK_RUN_CASE=memory ./test_string
 * Under GDB: CK_FORK=no gdb ./test_string
 */
#ifndef TESTS_COMMON_UNIT_MAIN_H
#define TESTS_COMMON_UNIT_MAIN_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* Seconds for one test. A sanitizer makes it ten times slower, a busy machine as much; a hang ends here in any case. */
#define UNIT_TEST_TIMEOUT	60

static inline TCase *add_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, UNIT_TEST_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return tcase;
}

/* Runs a suite. What a failed check says of itself, Check prints; this adds how to get there. */
static inline int unit_main(const char *program, Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	if (failed != 0)
		printf("# reproduce: CK_FORK=no gdb -ex 'break _ck_assert_failed' -ex run %s\n",
		       program);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
