// SPDX-License-Identifier: MIT
/*
 * provoke.c - one small function for each way to fail, so that the backtrace names it.
 */
#include "provoke.h"

#include <string.h>

#include "arch/layout.h"
#include "arch/types.h"
#include "drivers/console.h"

/* A RAM address below the hypervisor: there is memory, but the hypervisor does not map it. */
#define NOT_MAPPED	(HYP_BASE - PAGE_SIZE)

/* Behind a call that ends a function: or the compiler makes a jump of it, and it leaves no trace. */
#define no_tail_call()	asm volatile("")

static const uint64_t a_constant = 42;
static uint32_t data_with_code[1] __section(".data") = { 0xd65f03c0 };	/* ret; nobody writes to it */

static __noinline void data_abort(void)
{
	*(volatile uint64_t *)NOT_MAPPED = 1;
}

static __noinline void null_pointer(void)
{
	volatile uint64_t *nowhere;

	/* Loaded by assembly: a compiler that sees a null pointer dereferenced may drop all of it. */
	asm volatile("mov %0, xzr" : "=r"(nowhere));
	*nowhere;
}

static __noinline void instruction_abort(void)
{
	((void (*)(void))(uintptr_t)NOT_MAPPED)();
	no_tail_call();
}

static __noinline void undefined_instruction(void)
{
	asm volatile("udf #0");
}

static __noinline void fp_instruction(void)
{
	/* As a word: no assembler takes an FP instruction with the flags that this is compiled by. */
	asm volatile(".inst 0x1e2703e0");	/* fmov s0, wzr */
}

static __noinline void read_only(void)
{
	*(volatile uint64_t *)&a_constant = 43;
}

static __noinline void text_write(void)
{
	*(volatile uint32_t *)(uintptr_t)text_write = 0;
}

static __noinline void execute_data(void)
{
	((void (*)(void))(uintptr_t)data_with_code)();
	no_tail_call();
}

/* A depth that no stack has. Not endless, or the compiler would warn, and rightly. */
static volatile uint64_t too_deep = 1UL << 32;

static __noinline uint64_t stack_overflow_step(uint64_t depth)
{
	volatile uint64_t here[32];

	here[depth % 32] = depth;
	return depth == too_deep ? 0 : stack_overflow_step(depth + 1) + here[depth % 32];
}

static __noinline void stack_overflow(void)
{
	stack_overflow_step(0);
	no_tail_call();
}

static __noinline void bad_stack(void)
{
	asm volatile("mov sp, %0\n\tstr xzr, [sp]" :: "r"((uint64_t)NOT_MAPPED));
}

static __noinline void brk(void)
{
	asm volatile("brk #0xdead");
}

static __noinline void serror(void)
{
	/*
	 * A physical SError comes from the memory system: a write that fails after it has left the CPU.
	 * QEMU's machines report such a write at once, as a synchronous abort; so there is none here.
	 */
	printf("This machine raises no physical SError: QEMU reports every failed access at once, as a "
	       "Data Abort.\n");
}

static const struct {
	const char *name;
	void (*function)(void);
	const char *what;
} provocations[] = {
	{ "data-abort", data_abort, "write to an address that is not mapped" },
	{ "null-pointer", null_pointer, "read through a null pointer" },
	{ "instruction-abort", instruction_abort, "jump to an address that is not mapped" },
	{ "undefined", undefined_instruction, "an undefined instruction" },
	{ "fp", fp_instruction, "an FP instruction in the hypervisor" },
	{ "stack-overflow", stack_overflow, "recursion without end" },
	{ "bad-stack", bad_stack, "a stack pointer that points to no stack" },
	{ "read-only", read_only, "write to a constant" },
	{ "text-write", text_write, "write to the program text" },
	{ "execute-data", execute_data, "jump into data" },
	{ "brk", brk, "a BRK that nobody handles" },
	{ "serror", serror, "an SError, if the machine allows" },
};

void provoke(const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(provocations) / sizeof(provocations[0]); i++) {
		if (strcmp(name, provocations[i].name) == 0) {
			printf("\nProvoking: %s.\n", provocations[i].what);
			provocations[i].function();
			printf("It came back: nothing was provoked.\n");
			return;
		}
	}
	printf("\nPANIC=%s: there is no such provocation. There are:\n", name);
	for (i = 0; i < sizeof(provocations) / sizeof(provocations[0]); i++)
		printf("  %-18s %s\n", provocations[i].name, provocations[i].what);
}
