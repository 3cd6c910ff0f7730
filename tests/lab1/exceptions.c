// SPDX-License-Identifier: MIT
/*
 * exceptions.c - exceptions that return: is everything as it was before, but for what the handler
 * changed? And the probing accesses built on that.
 */
#include "arch/sysreg.h"
#include "drivers/console.h"
#include "el2_mmu.h"
#include "entry.h"
#include "exception.h"
#include "probe.h"

#define TAP_HANDOUT "lab1-el2-entry/README.md"
#include "tap.h"

#define RETURNING	"Exceptions that return"

#define NOT_MAPPED	0x7bfff000UL
#define NZCV		0xf0000000UL

/* What the assembly knows by numbers (with_registers.S). */
struct registers {
	uint64_t x[31];
	uint64_t nzcv, sp, daif, sp_before, unused;
};

void brk_with_registers(const struct registers *in, struct registers *out);
void read_with_registers(const struct registers *in, struct registers *out);
void write_with_registers(const struct registers *in, struct registers *out);
void smc_with_registers(const struct registers *in, struct registers *out);
extern char brk_with_registers_at[];

/* A value for each register, each unlike the others; and as addresses none of them is mapped. */
static uint64_t pattern(unsigned int n)
{
	return 0xa5a5000000000000 | (uint64_t)n << 40 | 0x5a5a0000 | n << 8;
}

static struct registers before, after;

static void set_patterns(uint64_t nzcv)
{
	unsigned int i;

	for (i = 0; i < 31; i++)
		before.x[i] = pattern(i);
	before.nzcv = nzcv;
	after = (struct registers){ 0 };
}

/* How many of the 31 registers are not what they should be; names them. */
static unsigned int wrong_registers(const uint64_t got[31], uint64_t changed)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < 31; i++) {
		uint64_t want = pattern(i) ^ changed;

		if (got[i] == want)
			continue;
		wrong++;
		printf("# x%u: expected 0x%016lx, got 0x%016lx\n", i, want, got[i]);
	}
	return wrong;
}

/* ---- A BRK that is handled ------------------------------------------------------------------- */

static struct {
	unsigned int calls;
	unsigned int immediate;
	const struct el2_frame *at;
	struct el2_frame frame;
	uint64_t daif, spsel;
} seen;

static bool look(struct el2_frame *frame, unsigned int immediate)
{
	seen.calls++;
	seen.immediate = immediate;
	seen.at = frame;
	seen.frame = *frame;
	seen.daif = read_sysreg(DAIF);
	seen.spsel = read_sysreg(SPSel);
	return true;
}

static void test_brk(void)
{
	uint64_t flags, wrong = 0, spsr;

	el2_set_brk_handler(look);
	set_patterns(0x60000000);
	brk_with_registers(&before, &after);

	TAP_EQ(seen.calls, 1, "a BRK calls the handler once", RETURNING);
	TAP_EQ(seen.immediate, 0x1234, "the handler is told the immediate", RETURNING);
	TAP_EQ(wrong_registers(seen.frame.x, 0), 0, "the frame has the interrupted x0 to x30",
	       RETURNING);
	TAP_EQ(seen.frame.sp, after.sp_before, "the frame has the interrupted SP", RETURNING);
	TAP_EQ((uintptr_t)(seen.at + 1), after.sp_before,
	       "the frame is on the same stack, right below it", "Sixteen vectors");
	TAP_EQ(seen.frame.elr, (uintptr_t)brk_with_registers_at,
	       "ELR_EL2 is the address of the BRK itself", RETURNING);
	/* NZCV, SS, IL, DAIF and M[4:0]; other bits are as the CPU's features have them. */
	spsr = seen.frame.spsr & 0xf03003df;
	TAP_EQ(spsr, 0x600002c9, "SPSR_EL2 has flags, masks and EL2h", RETURNING);
	TAP_EQ(seen.frame.esr, 0xf2001234, "ESR_EL2: EC 0x3c, IL 1, the immediate", RETURNING);
	TAP_EQ(seen.frame.vector, 4, "the vector is that of the current EL with SP_ELx",
	       "Sixteen vectors");
	TAP_EQ(seen.frame.stack_state, 0, "SP was a stack", "Stacks and what lies below them");
	TAP_OK(seen.frame.record[0] == pattern(29) && seen.frame.record[1] == seen.frame.elr,
	       "the frame record links to the interrupted code", "The panic screen");
	TAP_EQ(seen.daif, 0x3c0, "all of DAIF is masked in the handler", RETURNING);
	TAP_EQ(seen.spsel, 1, "the handler runs on SP_EL2", RETURNING);

	TAP_EQ(wrong_registers(after.x, 0), 0, "x0 to x30 survive a BRK", RETURNING);
	TAP_EQ(after.sp, after.sp_before, "SP survives a BRK", RETURNING);
	TAP_EQ(after.daif, 0x2c0, "DAIF is what it was before the BRK", RETURNING);
	for (flags = 0; flags < 16; flags++) {
		set_patterns(flags << 28);
		brk_with_registers(&before, &after);
		wrong += after.nzcv != flags << 28 || (seen.frame.spsr & NZCV) != flags << 28;
	}
	TAP_EQ(wrong, 0, "N, Z, C and V survive a BRK, in all 16 combinations", RETURNING);

	/* Other masks before it: I and F open, A closed. */
	asm volatile("msr DAIF, %0" :: "r"(0x300UL));
	brk_with_registers(&before, &after);
	asm volatile("msr DAIF, %0" :: "r"(0x2c0UL));
	TAP_EQ(after.daif, 0x300, "masks that were open are open again", RETURNING);
	TAP_EQ(seen.frame.spsr & 0x3c0, 0x300, "masks that were open are open in SPSR_EL2",
	       RETURNING);
}

/* ---- Handlers that change something ---------------------------------------------------------- */

#define CHANGE	0x00ff00ff00ff00ff

static bool change(struct el2_frame *frame, unsigned int immediate)
{
	unsigned int i;

	(void)immediate;
	for (i = 0; i < 31; i++)
		frame->x[i] ^= CHANGE;
	frame->spsr ^= NZCV;
	return true;
}

static bool step_over(struct el2_frame *frame, unsigned int immediate)
{
	frame->elr += 4 * immediate;
	return true;
}

static void test_changes(void)
{
	uint64_t n = 0;

	el2_set_brk_handler(change);
	set_patterns(0x60000000);
	brk_with_registers(&before, &after);
	TAP_EQ(wrong_registers(after.x, CHANGE), 0, "the handler can change x0 to x30", RETURNING);
	TAP_EQ(after.nzcv, 0x90000000, "the handler can change the flags", RETURNING);
	TAP_EQ(after.sp, after.sp_before, "SP is not changed by that", RETURNING);

	el2_set_brk_handler(step_over);
	asm volatile("brk #2\n\tadd %0, %0, #1\n\tadd %0, %0, #2\n\tadd %0, %0, #4" : "+r"(n));
	TAP_EQ(n, 4, "the handler can change where execution goes on", RETURNING);
}

/* ---- A BRK in the handler of a BRK ----------------------------------------------------------- */

#define DEPTH	10

static unsigned int nested_wrong, deepest;

#define BRK_CASE(n) case n: asm volatile("brk #" #n ::: "memory"); break

static bool nest(struct el2_frame *frame, unsigned int immediate)
{
	struct el2_frame copy = *frame;
	uint64_t elr, spsr;

	deepest = immediate;
	switch (immediate + 1) {
	BRK_CASE(2); BRK_CASE(3); BRK_CASE(4); BRK_CASE(5); BRK_CASE(6);
	BRK_CASE(7); BRK_CASE(8); BRK_CASE(9); BRK_CASE(10);
	}
	/* The nested exceptions have overwritten ELR_EL2 and SPSR_EL2, but not the frame. */
	elr = read_sysreg(ELR_EL2);
	spsr = read_sysreg(SPSR_EL2);
	if (immediate < DEPTH)
		nested_wrong += elr == frame->elr || (spsr & 0x3c0) != 0x3c0;
	nested_wrong += __builtin_memcmp(&copy, frame, sizeof(copy)) != 0;
	return true;
}

static void test_nesting(void)
{
	uint64_t sp_before, sp_after, i, value = pattern(7);

	el2_set_brk_handler(nest);
	asm volatile("mov %0, sp\n\tbrk #1\n\tmov %1, sp"
		     : "=&r"(sp_before), "=&r"(sp_after), "+r"(value) :: "memory");
	TAP_EQ(deepest, DEPTH, "a BRK in the handler of a BRK, ten deep", RETURNING);
	TAP_EQ(nested_wrong, 0, "frames survive the exceptions that interrupt their handlers",
	       RETURNING);
	TAP_OK(sp_before == sp_after && value == pattern(7), "all of them return", RETURNING);

	el2_set_brk_handler(look);
	seen.calls = 0;
	asm volatile("mov %0, sp" : "=r"(sp_before));
	for (i = 0; i < 10000; i++)
		asm volatile("brk #3" ::: "memory");
	asm volatile("mov %0, sp" : "=r"(sp_after));
	TAP_EQ(seen.calls, 10000, "10000 BRKs in a row are handled", RETURNING);
	TAP_EQ(sp_after, sp_before, "10000 BRKs leave nothing on the stack", RETURNING);
	el2_set_brk_handler(NULL);
}

/* ---- Probes ---------------------------------------------------------------------------------- */

static void test_fault(void (*instruction)(const struct registers *in, struct registers *out),
		       const char *registers, const char *flags)
{
	uint64_t nzcv, wrong = 0;

	set_patterns(0x90000000);
	instruction(&before, &after);
	TAP_EQ(wrong_registers(after.x, 0), 0, registers, RETURNING);
	for (nzcv = 0; nzcv < 16; nzcv++) {
		set_patterns(nzcv << 28);
		instruction(&before, &after);
		wrong += after.nzcv != nzcv << 28 || after.sp != after.sp_before ||
			 after.daif != 0x2c0;
	}
	TAP_EQ(wrong, 0, flags, RETURNING);
}

static const uint64_t constant = 0x0123456789abcdef;
static uint64_t variable;

static void test_probes(void)
{
	uint8_t v8;
	uint32_t v32;
	uint64_t v64;
	int error;

	test_fault(read_with_registers, "x0 to x30 survive a read that faults",
		   "SP, flags and masks survive a read that faults");
	test_fault(write_with_registers, "x0 to x30 survive a write that faults",
		   "SP, flags and masks survive a write that faults");

	v8 = 0x5a;
	v32 = 0x5a5a5a5a;
	v64 = 0x5a5a5a5a5a5a5a5a;
	TAP_OK(probe_read8((uintptr_t)&constant, &v8) == 0 && v8 == 0xef, "probe_read8 reads",
	       RETURNING);
	TAP_OK(probe_read32((uintptr_t)&constant, &v32) == 0 && v32 == 0x89abcdef,
	       "probe_read32 reads", RETURNING);
	TAP_OK(probe_read64((uintptr_t)&constant, &v64) == 0 && v64 == constant,
	       "probe_read64 reads", RETURNING);
	v8 = 0x5a;
	v32 = 0x5a5a5a5a;
	v64 = 0x5a5a5a5a5a5a5a5a;
	TAP_OK(probe_read8(NOT_MAPPED, &v8) == -14 && v8 == 0x5a,
	       "probe_read8 of what is not mapped is -EFAULT, the value untouched", RETURNING);
	TAP_OK(probe_read32(NOT_MAPPED, &v32) == -14 && v32 == 0x5a5a5a5a,
	       "probe_read32 of what is not mapped is -EFAULT, the value untouched", RETURNING);
	TAP_OK(probe_read64(NOT_MAPPED, &v64) == -14 && v64 == 0x5a5a5a5a5a5a5a5a,
	       "probe_read64 of what is not mapped is -EFAULT, the value untouched", RETURNING);
	TAP_OK(probe_write64((uintptr_t)&variable, 0x600d) == 0 && variable == 0x600d,
	       "probe_write64 writes", RETURNING);
	TAP_OK(probe_write64(NOT_MAPPED, 0xbad) == -14,
	       "probe_write64 to what is not mapped is -EFAULT", RETURNING);
	TAP_OK(probe_write64((uintptr_t)&constant, 0xbad) == -14 &&
	       *(const volatile uint64_t *)&constant == 0x0123456789abcdef,
	       "probe_write64 to a constant is -EFAULT", RETURNING);

	/* Mapped, but there is no device: an External abort (DFSC 0x10). */
	error = el2_mmu_map(0x09001000, 0x1000, EL2_DEVICE);
	v32 = 0x5a5a5a5a;
	TAP_OK(error == 0 && probe_read32(0x09001000, &v32) == -14 && v32 == 0x5a5a5a5a,
	       "a read from where no device is (External abort) is -EFAULT", RETURNING);
	TAP_OK(el2_mmu_unmap(0x09001000, 0x1000) == 0 && probe_read32(0x09000018, &v32) == 0,
	       "a read from a device that is there is none", RETURNING);

	TAP_OK(!probe_fixup(0) && !probe_fixup((uintptr_t)main) &&
	       !probe_fixup((uintptr_t)brk_with_registers_at),
	       "no other instruction has a fix-up", RETURNING);
}

/* ---- The firmware: QEMU's at EL2, our own monitor where we started at EL3 -------------------- */

static void test_firmware(void)
{
	set_patterns(0x60000000);
	before.x[0] = 0x84000000;				/* PSCI_VERSION */
	smc_with_registers(&before, &after);
	TAP_EQ(after.x[0], 0x10001, "the firmware has PSCI 1.1", "From reset to C");
	after.x[0] = pattern(0);
	TAP_EQ(wrong_registers(after.x, 0), 0, "an SMC changes no register but x0",
	       "From reset to C");

	set_patterns(0x60000000);
	before.x[0] = 0xdeadbeef84000005;			/* W0: MIGRATE, which neither has */
	smc_with_registers(&before, &after);
	TAP_EQ(after.x[0], ~0UL, "what the firmware does not know is NOT_SUPPORTED",
	       "From reset to C");
}

void main(void)
{
	console_init();
	tap_plan(19 + 4 + 5 + 16 + 3);
	test_brk();
	test_changes();
	test_nesting();
	test_probes();
	test_firmware();
	tap_done();
}
