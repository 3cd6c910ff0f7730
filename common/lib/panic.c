// SPDX-License-Identifier: MIT
#include "lib/panic.h"

#include "arch/cpu.h"
#include "arch/layout.h"
#include "arch/psci.h"
#include "drivers/console.h"
#include "lib/backtrace.h"
#include "lib/printf.h"
#include "lib/symtab.h"

/*
 * Plain variables, no atomics: a panic may come with the MMU off. Should two CPUs panic in the same
 * instant, both print, which is ugly and harmless.
 */
static volatile uint64_t panicking_cpu = UINT64_MAX;
static volatile unsigned int depth;

void panic_begin(void)
{
	if (panicking_cpu != UINT64_MAX && panicking_cpu != cpu_affinity())
		for (;;)
			wfi();
	panicking_cpu = cpu_affinity();
	console_break_lock();
	depth++;
	if (depth > 2)
		psci_system_off();	/* the report itself fails: all that is left is to stop */
	if (depth == 2)
		printf("\nel2labs: panic inside a panic at 0x%lx (ESR_EL2 0x%lx, FAR_EL2 0x%lx)\n",
		       read_sysreg(ELR_EL2), read_sysreg(ESR_EL2), read_sysreg(FAR_EL2));
	if (depth > 1)
		panic_end();
}

static bool on_mapped_stack(uint64_t address)
{
	uint64_t offset = address % STACK_BLOCK_SIZE;

	return address >= STACKS_BASE && address < HYP_END &&
	       (offset >= STACK_SIZE ||
		(offset >= OVERFLOW_STACK_END && offset < OVERFLOW_STACK_TOP));
}

static bool read_stack(uint64_t address, uint64_t *value, void *arg)
{
	(void)arg;
	if (!on_mapped_stack(address))
		return false;		/* a guard page: do not fault while reporting a fault */
	*value = *(const uint64_t *)(uintptr_t)address;
	return true;
}

/* n: the frame's number; symbol_pc: the address whose function is named. */
static void print_frame(unsigned int n, uint64_t pc, uint64_t symbol_pc)
{
	uint64_t offset;
	const char *name = symtab_lookup(symbol_pc, &offset);

	if (name)
		printf("  #%-2u 0x%016lx  %s+0x%lx\n", n, pc, name, offset + (pc - symbol_pc));
	else
		printf("  #%-2u 0x%016lx\n", n, pc);
}

/* A recursion fills a stack with one return address: said once, and counted. */
struct trace {
	unsigned int first;		/* number of the first frame */
	uint64_t last;
	unsigned int repeated;
};

static void print_repeated(struct trace *trace)
{
	if (trace->repeated)
		printf("       ... and the same %u more times\n", trace->repeated);
	trace->repeated = 0;
}

static bool visit_frame(unsigned int n, uint64_t return_address, uint64_t fp, void *arg)
{
	struct trace *trace = arg;

	(void)fp;
	if (!return_address)
		return false;
	if (return_address == trace->last) {
		trace->repeated++;
		return true;
	}
	print_repeated(trace);
	trace->last = return_address;
	/*
	 * The caller is where the call was: the instruction before the return address. A call that is
	 * a function's last instruction returns to the start of the next function.
	 */
	print_frame(trace->first + n, return_address, return_address - 4);
	return true;
}

/*
 * Is x30 a caller that no frame record tells of? So it is in a leaf function, in one that has not yet
 * pushed its record, and after a jump to nowhere. It is not if it is from a call which the function at pc
 * has made itself, or if the innermost record has it too.
 */
static bool is_caller(uint64_t pc, uint64_t lr, uint64_t fp)
{
	uint64_t offset, recorded;
	const char *name = symtab_lookup(lr - 4, &offset);

	if (!lr || !name || name == symtab_lookup(pc, &offset))
		return false;
	return fp % 8 || !read_stack(fp + 8, &recorded, NULL) || recorded != lr;
}

void panic_backtrace(uint64_t pc, uint64_t lr, uint64_t fp)
{
	bool caller = is_caller(pc, lr, fp);
	struct trace trace = { .first = caller ? 2 : 1 };
	enum backtrace_end end;

	printf("Call trace:\n");
	print_frame(0, pc, pc);
	if (caller)
		print_frame(1, lr, lr - 4);
	end = backtrace_walk(fp, STACKS_BASE, HYP_END, read_stack, visit_frame, &trace);
	print_repeated(&trace);
	if (end != BACKTRACE_COMPLETE && end != BACKTRACE_STOPPED)
		printf("  (the chain of frames ends here: %s)\n", backtrace_end_name(end));
}

void panic_end(void)
{
	printf("Powering off.\n");
	console_flush();
	psci_system_off();
}

static void put(char c, void *arg)
{
	(void)arg;
	printf("%c", c);
}

void panic(const char *fmt, ...)
{
	va_list ap;

	panic_begin();
	printf("\nel2labs: panic: ");
	va_start(ap, fmt);
	vformat(put, NULL, fmt, ap);
	va_end(ap);
	printf("\n");
	panic_backtrace((uintptr_t)panic, 0, (uintptr_t)__builtin_frame_address(0));
	panic_end();
}
