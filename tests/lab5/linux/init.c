// SPDX-License-Identifier: MIT
/*
 * init.c - process 1 of a Linux guest: is the machine what Linux thinks that it is?
 *
 * Linux itself tells more of a hypervisor than most tests do: it counts its interrupts, brings CPUs up
 * and down, and measures time. This program makes it do so, and says in TAP on the console what came of
 * it. Words on the kernel's command line say what is wanted:
 *
 *	el2labs.cpus=N		so many CPUs there have to be
 *	el2labs.quick		no tests: for a boot that is only measured
 *	el2labs.then=reboot	at the end, SYSTEM_RESET (else SYSTEM_OFF)
 *
 * There is no C library below it: printf and the string functions are libcommon's.
 */
#include <string.h>

#include "fp.h"
#include "lib/printf.h"
#include "linux.h"

#define HANDOUT		"lab5-smc-psci/README.md, \"Linux as a guest\""
#define STRING_OF(number)	#number
#define STRING(number)	STRING_OF(number)
#define TESTS		12

#define CPUS_MAX	8
#define WORK_MS		60		/* long enough for ticks at Linux's slowest, 100 a second */
#define WORK_TURNS	3		/* QEMU itself may have to wait for so long, but hardly again and again */
#define ROUNDS		50		/* of the token */
#define NAP_MS		20
#define NAPS		5
/* A nap may end late when the machine's own CPUs have other things to do: but so late is a lost timer. */
#define NAP_LATE_MS	2000
#define FP_ROUNDS	200

static unsigned int cpus;		/* as many as are online at the beginning: 0 to cpus - 1 */

/* ---- Output: one write() a line, so that it stays in one piece --------------------------------- */

static unsigned int tests_done;

static void say(const char *fmt, ...) __printf_like(1, 2);
static void say(const char *fmt, ...)
{
	static char line[256];
	va_list ap;
	int length;

	va_start(ap, fmt);
	length = kvsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (length > (int)sizeof(line) - 2)
		length = sizeof(line) - 2;
	line[length++] = '\n';
	linux_call(write, 1, line, length);
}

#define TEST_EQ(got, want, what)	test_eq((uint64_t)(got), (uint64_t)(want), what, __LINE__)

static void test_eq(uint64_t got, uint64_t want, const char *what, int line)
{
	say("%sok %u - %s", got == want ? "" : "not ", ++tests_done, what);
	if (got != want) {
		say("# expected 0x%llx, got 0x%llx  at tests/lab5/linux/init.c:%d",
		    (unsigned long long)want, (unsigned long long)got, line);
		say("# handout: " HANDOUT);
	}
}

static void skip(const char *what, const char *why)
{
	say("ok %u - %s # SKIP %s", ++tests_done, what, why);
}

/* One number for each CPU, as a comment. */
static void say_per_cpu(const char *name, const uint64_t *value)
{
	char text[128];
	unsigned int cpu;
	size_t n = 0;

	text[0] = '\0';
	for (cpu = 0; cpu < cpus && n < sizeof(text); cpu++)
		n += (size_t)ksnprintf(text + n, sizeof(text) - n, " %llu", (unsigned long long)value[cpu]);
	say("# %s, by CPU:%s", name, text);
}

/* ---- Files ------------------------------------------------------------------------------------- */

static char text[16384];		/* the file that was read last */

static const char *read_file(const char *path)
{
	long fd = linux_call(openat, AT_FDCWD, path, O_RDONLY);
	size_t length = 0;
	long n;

	while (fd >= 0 && (n = linux_call(read, fd, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)n;
	text[length] = '\0';
	linux_call(close, fd);
	return text;
}

static long write_file(const char *path, const char *what)
{
	long fd = linux_call(openat, AT_FDCWD, path, O_WRONLY);
	long n = linux_call(write, fd, what, strlen(what));

	linux_call(close, fd);
	return n < 0 ? n : 0;
}

static const char *after(const char *where, const char *what)
{
	where = strstr(where, what);
	return where ? where + strlen(what) : NULL;
}

static uint64_t number(const char **at)
{
	uint64_t n = 0;

	while (**at == ' ')
		(*at)++;
	while (**at >= '0' && **at <= '9')
		n = n * 10 + (uint64_t)(*(*at)++ - '0');
	return n;
}

/* The CPUs that are online, as a mask: the file has "0-1,3". */
static uint32_t online_mask(void)
{
	const char *at = read_file("/sys/devices/system/cpu/online");
	uint32_t mask = 0;

	while (*at >= '0' && *at <= '9') {
		uint64_t first = number(&at), last = first;

		if (*at == '-') {
			at++;
			last = number(&at);
		}
		for (; first <= last && first < 32; first++)
			mask |= 1U << first;
		if (*at == ',')
			at++;
	}
	return mask;
}

/* How often each CPU has taken the interrupts of the lines with that word in /proc/interrupts. */
static void count_interrupts(const char *word, uint64_t count[CPUS_MAX])
{
	const char *line = read_file("/proc/interrupts"), *end, *at;
	unsigned int column_cpu[CPUS_MAX], columns = 0, i;

	memset(count, 0, CPUS_MAX * sizeof(*count));
	/* "CPU0 CPU1 CPU3": a CPU that is offline has no column. */
	end = strstr(line, "\n");
	for (at = line; end && (at = after(at, "CPU")) && at < end && columns < CPUS_MAX; columns++)
		column_cpu[columns] = (unsigned int)number(&at) % CPUS_MAX;

	for (; end; line = end + 1, end = strstr(line, "\n")) {
		at = strstr(line, word);
		if (!at || at > end)
			continue;
		at = after(line, ":");
		for (i = 0; at && i < columns; i++)
			count[column_cpu[i]] += number(&at);
	}
}

static void count_ipis(uint64_t count[CPUS_MAX])
{
	uint64_t calls[CPUS_MAX];
	unsigned int cpu;

	/* Which of the two wakes an idle CPU depends on which caches Linux thinks are shared. */
	count_interrupts("Rescheduling", count);
	count_interrupts("Function call", calls);
	for (cpu = 0; cpu < CPUS_MAX; cpu++)
		count[cpu] += calls[cpu];
}

/* For which CPUs has the count grown by at least so much? */
static uint32_t grown(const uint64_t *before, const uint64_t *now, uint64_t least)
{
	uint32_t mask = 0;
	unsigned int cpu;

	for (cpu = 0; cpu < CPUS_MAX; cpu++)
		if (now[cpu] - before[cpu] >= least)
			mask |= 1U << cpu;
	return mask;
}

/* ---- Time -------------------------------------------------------------------------------------- */

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	linux_call(clock_gettime, CLOCK_MONOTONIC, &now);
	return (uint64_t)now.seconds * 1000000000 + (uint64_t)now.nanoseconds;
}

/* The virtual counter itself, which Linux lets programs read. */
static uint64_t counter(void)
{
	uint64_t count;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r" (count) : : "memory");
	return count;
}

static uint64_t counter_frequency(void)
{
	uint64_t hertz;

	__asm__("mrs %0, cntfrq_el0" : "=r" (hertz));
	return hertz;
}

/* ---- Processes, each bound to a CPU -------------------------------------------------------------- */

/* What they leave for process 1. */
static struct shared {
	uint64_t late[CPUS_MAX];	/* the longest delay of a nap, in us */
	uint32_t backwards;		/* times that the counter was behind another CPU's */
} *shared;

static int token_pipe[CPUS_MAX][2];

static long bind_to(unsigned int cpu)
{
	uint64_t mask = 1ULL << cpu;

	return linux_call(sched_setaffinity, 0, sizeof(mask), &mask);
}

/* A new process on that CPU. Its work returns 0 when all is well. Returns its process number. */
static long start_on(unsigned int cpu, int (*work)(unsigned int cpu))
{
	long pid = linux_call(clone, SIGCHLD);

	if (pid == 0) {
		unsigned int here = CPUS_MAX;

		if (bind_to(cpu) == 0 && linux_call(getcpu, &here) == 0 && here == cpu)
			linux_call(exit, work(cpu));
		linux_call(exit, 1);
	}
	return pid;
}

/* The same work in several processes on each of the CPUs; returns those where all ended well. */
static uint32_t on_each(uint32_t mask, unsigned int processes, int (*work)(unsigned int cpu))
{
	long pid[CPUS_MAX][2] = { { 0 } };
	unsigned int cpu, i;

	for (cpu = 0; cpu < cpus; cpu++)
		for (i = 0; i < processes && (mask & 1U << cpu); i++)
			pid[cpu][i] = start_on(cpu, work);
	for (cpu = 0; cpu < cpus; cpu++) {
		for (i = 0; i < processes && (mask & 1U << cpu); i++) {
			int status = 1;

			linux_call(wait4, pid[cpu][i], &status);
			if (status != 0)
				mask &= ~(1U << cpu);
		}
	}
	return mask;
}

static int work(unsigned int cpu)
{
	uint64_t end = monotonic_ns() + WORK_MS * 1000000ULL;

	(void)cpu;
	while (monotonic_ns() < end)
		;
	return 0;
}

/*
 * A token goes round the CPUs through pipes. Who waits for it sleeps, so that each step is an interrupt
 * from one CPU to the next. It carries the time at which it was sent.
 */
static int pass_token(unsigned int cpu)
{
	unsigned int round;
	uint64_t token, now;

	for (round = 0; round < ROUNDS; round++) {
		if (linux_call(read, token_pipe[cpu][0], &token, sizeof(token)) != sizeof(token))
			return 1;
		now = counter();
		if (now < token)
			__atomic_fetch_add(&shared->backwards, 1, __ATOMIC_RELAXED);
		now = counter();
		if (linux_call(write, token_pipe[(cpu + 1) % cpus][1], &now, sizeof(now)) != sizeof(now))
			return 1;
	}
	return 0;
}

/*
 * Sleeps: by Linux's clock never too short, and by the counter just as long as by that clock. The counter
 * is read a bit before and after it, so it may show more, but not each time.
 */
static int nap(unsigned int cpu)
{
	const struct timespec time = { 0, NAP_MS * 1000000 };
	uint64_t difference = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < NAPS; i++) {
		uint64_t count = counter(), start = monotonic_ns(), elapsed, by_counter;

		linux_call(nanosleep, &time, NULL);
		elapsed = monotonic_ns() - start;
		by_counter = (counter() - count) * 1000000 / counter_frequency() * 1000;
		if (elapsed < NAP_MS * 1000000 || elapsed > (NAP_MS + NAP_LATE_MS) * 1000000ULL)
			return 1;
		if ((elapsed - NAP_MS * 1000000) / 1000 > shared->late[cpu])
			shared->late[cpu] = (elapsed - NAP_MS * 1000000) / 1000;
		if (by_counter + 2000 < elapsed)
			return 1;
		by_counter = by_counter > elapsed ? by_counter - elapsed : 0;
		if (by_counter < difference)
			difference = by_counter;
	}
	return difference > NAP_MS * 1000000 / 10;
}

/*
 * All 32 V registers keep what this process put there, while another one on the same CPU does the same
 * with other numbers, and they take turns at Linux's ticks.
 */
static int keep_vectors(unsigned int cpu)
{
	static struct fp_state put, got;
	uint64_t end = monotonic_ns() + WORK_MS * 1000000ULL, seed = counter() * CPUS_MAX + cpu;
	unsigned int round, i;

	while (monotonic_ns() < end) {
		for (i = 0; i < 64; i++)
			put.v[i / 2][i % 2] = seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		fp_load(&put);
		for (round = 0; round < FP_ROUNDS; round++) {
			fp_save(&got);
			if (memcmp(put.v, got.v, sizeof(put.v)))
				return 1;
		}
	}
	return 0;
}

/* ---- The tests ------------------------------------------------------------------------------------ */

/* These CPUs work, each until it has taken two timer interrupts. Those that did; taken: how many each took. */
static uint32_t ticks(uint32_t mask, uint64_t *taken)
{
	uint64_t before[CPUS_MAX], now[CPUS_MAX];
	uint32_t worked = mask, good = 0;
	unsigned int cpu, turn;

	count_interrupts("arch_timer", before);
	for (turn = 0; turn < WORK_TURNS && worked == mask && good != mask; turn++) {
		worked = on_each(mask, 1, work);
		count_interrupts("arch_timer", now);
		good = grown(before, now, 2) & worked;
	}
	for (cpu = 0; cpu < cpus; cpu++)
		taken[cpu] = now[cpu] - before[cpu];
	return good;
}

static void test_interrupts(uint32_t all)
{
	uint64_t taken[CPUS_MAX];

	TEST_EQ(on_each(all, 1, work), all, "every CPU runs a process that is bound to it");
	TEST_EQ(ticks(all, taken), all, "every CPU takes timer interrupts while it works");
	say_per_cpu("timer interrupts in " STRING(WORK_MS) " ms", taken);
}

/* Once round all CPUs, ROUNDS times; the CPUs that passed it on each time. */
static uint32_t token_round(uint32_t all)
{
	uint64_t start;
	unsigned int cpu;
	uint32_t passed;

	for (cpu = 0; cpu < cpus; cpu++)
		linux_call(pipe2, token_pipe[cpu], 0);
	start = counter();
	linux_call(write, token_pipe[0][1], &start, sizeof(start));
	passed = on_each(all, 1, pass_token);
	for (cpu = 0; cpu < cpus; cpu++) {
		linux_call(close, token_pipe[cpu][0]);
		linux_call(close, token_pipe[cpu][1]);
	}
	return passed;
}

static void test_ipis(uint32_t all)
{
	uint64_t before[CPUS_MAX], now[CPUS_MAX], taken[CPUS_MAX];
	unsigned int cpu;
	uint64_t start;

	if (cpus == 1) {
		skip("a token goes round the CPUs", "one CPU");
		skip("the counter never runs backwards from one CPU to the next", "one CPU");
		skip("every CPU is woken by IPIs", "one CPU");
		return;
	}
	count_ipis(before);
	start = monotonic_ns();
	TEST_EQ(token_round(all), all, "a token goes round the CPUs");
	say("# %llu us a step", (unsigned long long)((monotonic_ns() - start) / (1000 * ROUNDS * cpus)));
	count_ipis(now);
	TEST_EQ(shared->backwards, 0, "the counter never runs backwards from one CPU to the next");
	/* Not one for each step: a CPU that has not fallen asleep yet needs none. */
	TEST_EQ(grown(before, now, ROUNDS / 4) & all, all, "every CPU is woken by IPIs");
	for (cpu = 0; cpu < cpus; cpu++)
		taken[cpu] = now[cpu] - before[cpu];
	say_per_cpu("IPIs for " STRING(ROUNDS) " rounds", taken);
}

static void test_time(uint32_t all)
{
	TEST_EQ(on_each(all, 1, nap), all, "sleeping takes as long as it should, by both clocks");
	say_per_cpu("us by which " STRING(NAP_MS) " ms of sleep were too long, at worst", shared->late);
}

static long set_online(unsigned int cpu, bool online)
{
	char path[64];

	ksnprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/online", cpu);
	return write_file(path, online ? "1" : "0");
}

/* Each CPU in turn, the one that Linux was started on, too: CPU_OFF, AFFINITY_INFO, CPU_ON. */
static void test_hotplug(uint32_t all)
{
	uint64_t taken[CPUS_MAX];
	uint32_t off = 0, on = 0, works = 0;
	uint64_t start = monotonic_ns();
	unsigned int cpu;

	if (cpus == 1) {
		skip("every CPU can be taken offline", "one CPU");
		skip("every CPU can be taken online again", "one CPU");
		skip("every CPU that is back works and has its timer", "one CPU");
		skip("every CPU that is back has its IPIs", "one CPU");
		return;
	}
	for (cpu = 0; cpu < cpus; cpu++) {
		uint32_t bit = 1U << cpu;

		if (set_online(cpu, false) == 0 && online_mask() == (all & ~bit) && bind_to(cpu) < 0)
			off |= bit;
		if (set_online(cpu, true) == 0 && online_mask() == all)
			on |= bit;
		works |= ticks(bit, taken);
	}
	TEST_EQ(off, all, "every CPU can be taken offline");
	TEST_EQ(on, all, "every CPU can be taken online again");
	TEST_EQ(works, all, "every CPU that is back works and has its timer");
	TEST_EQ(token_round(all), all, "every CPU that is back has its IPIs");
	say("# %llu ms for each CPU", (unsigned long long)((monotonic_ns() - start) / (1000000 * cpus)));
}

static void run_tests(uint32_t wanted)
{
	uint32_t online = online_mask(), all;

	say("1..%d", TESTS);
	while (cpus < CPUS_MAX && (online & 1U << cpus))
		cpus++;
	all = (1U << cpus) - 1;
	TEST_EQ(online, wanted ? (1U << wanted) - 1 : all, "the CPUs that there should be are online");

	test_interrupts(all);
	test_ipis(all);
	test_time(all);
	TEST_EQ(on_each(all, 2, keep_vectors), all, "each process has V registers of its own");
	test_hotplug(all);
}

/* ---- Process 1 ------------------------------------------------------------------------------------ */

int main(void);
int main(void)
{
	static char command_line[2048];
	const struct timespec hour = { 3600, 0 };
	uint64_t started = monotonic_ns();
	const char *value;
	uint32_t wanted = 0;

	linux_call(mount, "none", "/proc", "proc");
	linux_call(mount, "none", "/sys", "sysfs");
	linux_call(mount, "none", "/dev", "devtmpfs");
	strlcpy(command_line, read_file("/proc/cmdline"), sizeof(command_line));

	say("# init: %llu ms after Linux began to count", (unsigned long long)(started / 1000000));
	value = after(command_line, "el2labs.cpus=");
	if (value)
		wanted = (uint32_t)number(&value);
	shared = (struct shared *)linux_call(mmap, NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
					     MAP_SHARED | MAP_ANONYMOUS, -1);
	if (!strstr(command_line, "el2labs.quick"))
		run_tests(wanted);

	/* What has been said is to be read before the UART goes. */
	linux_call(ioctl, 1, TCSBRK, 1);
	linux_call(reboot, REBOOT_MAGIC1, REBOOT_MAGIC2,
		   strstr(command_line, "el2labs.then=reboot") ? REBOOT_RESTART : REBOOT_POWEROFF);
	say("Bail out! Linux refuses to reboot or to power off");
	for (;;)
		linux_call(nanosleep, &hour, NULL);
}

/* Linux begins here, with the stack pointer at the arguments, which are not looked at. */
__asm__(".globl	_start\n"
	"_start:\n"
	"	mov	x29, #0\n"
	"	mov	x30, #0\n"
	"	b	main\n");
