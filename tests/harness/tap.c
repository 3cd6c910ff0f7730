// SPDX-License-Identifier: MIT
/*
 * TAP from inside a test image: see tap.h.
 */
#include "tap.h"

#include "arch/psci.h"
#include "drivers/console.h"

static unsigned int tests_done;

void tap_plan(unsigned int tests)
{
	printf("1..%u\n", tests);
}

/*
 * The compiler names a source as the build did: "../../../tests/lab1/regs.c" in
 * a build tree of its own.  What helps a reader is the path from the top.
 */
static const char *path_from_top(const char *file)
{
	while (file[0] == '.' && (file[1] == '/' || (file[1] == '.' && file[2] == '/')))
		file += (file[1] == '/') ? 2 : 3;
	return file;
}

/* One result; what a failure has to say follows it in lines that begin with '#'. */
static void result(bool ok, const char *what)
{
	printf("%s %u - %s\n", ok ? "ok" : "not ok", ++tests_done, what);
}

static void handout(const struct tap_site *site)
{
	if (site->section)
		printf("# handout: %s, \"%s\"\n", site->handout, site->section);
}

bool tap_eq(uint64_t got, uint64_t want, const char *what, const struct tap_site *site)
{
	bool ok = got == want;

	result(ok, what);
	if (!ok) {
		printf("# expected 0x%016llx, got 0x%016llx  at %s:%u\n",
		       (unsigned long long)want, (unsigned long long)got,
		       path_from_top(site->file), site->line);
		handout(site);
	}
	return ok;
}

bool tap_ok(bool ok, const char *cond, const char *what, const struct tap_site *site)
{
	result(ok, what);
	if (!ok) {
		printf("# expected %s, which is false  at %s:%u\n",
		       cond, path_from_top(site->file), site->line);
		handout(site);
	}
	return ok;
}

void tap_skip(const char *what, const char *reason)
{
	printf("ok %u - %s # SKIP %s\n", ++tests_done, what, reason);
}

void tap_done(void)
{
	console_flush();
	psci_system_off();
}
