// SPDX-License-Identifier: MIT
/*
 * vectors.c - the vector table as it lies in memory: without boot arguments, a TAP test of it.
 *
 * With raise=NAME it takes a real exception to one of the vectors, by the ways there are on this
 * machine, which ends in the panic screen; panic.sh looks at that. QEMU never raises an SError.
 */
#include "arch/barrier.h"
#include "arch/psci.h"
#include "arch/sysreg.h"
#include "drivers/console.h"
#include "drivers/fw_cfg.h"
#include "drivers/mmio.h"
#include "el2_mmu.h"
#include "entry.h"
#include "exception.h"
#include "lib/panic.h"
#include "lib/printf.h"

#include <string.h>

#define TAP_HANDOUT "lab1-el2-entry/README.md"
#include "tap.h"

#define VECTORS		"Sixteen vectors"

/* ---- The table ------------------------------------------------------------------------------- */

#define FOR_ALL_VECTORS(X)	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) \
				X(12) X(13) X(14) X(15)

#define DECLARE(n)	extern const uint32_t el2_vector_##n[];
FOR_ALL_VECTORS(DECLARE)
extern const uint32_t el2_save_and_call[];

#define ADDRESS(n)	el2_vector_##n,
static const uint32_t *const stubs[16] = { FOR_ALL_VECTORS(ADDRESS) };

/* Where a B goes to, or 0 if it is something else: 000101, then a signed number of words. */
static uint64_t branch_target(uint64_t address)
{
	uint32_t instruction = *(const uint32_t *)address;
	int64_t words = instruction & 0x3ffffff;

	if (instruction >> 26 != 5)
		return 0;
	if (words & 0x2000000)
		words -= 0x4000000;
	return address + (uint64_t)(words * 4);
}

/* The number that a stub puts into the frame: its only MOVZ x0, #imm16. -1: none, -2: several. */
static int number_in_stub(const uint32_t *stub)
{
	int number = -1;

	/* The last instruction of a stub is the B to the common part. */
	for (; branch_target((uintptr_t)stub) != (uintptr_t)el2_save_and_call; stub++)
		if ((*stub & 0xffe0001f) == 0xd2800000)
			number = number == -1 ? (int)(*stub >> 5 & 0xffff) : -2;
	return number;
}

static void test_table(void)
{
	uint64_t table = read_sysreg(VBAR_EL2);
	unsigned int n, wrong = 0;

	tap_plan(1 + 16 + 1);
	TAP_EQ(table & 0x7ff, 0, "the table in VBAR_EL2 is 2 KiB-aligned", VECTORS);
	for (n = 0; n < 16; n++) {
		char what[80];

		ksnprintf(what, sizeof(what), "vector %u, at +0x%03x, branches to its own stub", n,
			  n * 0x80);
		TAP_EQ(branch_target(table + n * 0x80), (uintptr_t)stubs[n], what, VECTORS);
		wrong += number_in_stub(stubs[n]) != (int)n;
	}
	TAP_EQ(wrong, 0, "each stub puts its own number into the frame", VECTORS);
	tap_done();
}

/*
 * How long it takes to get here and to print one line. With QEMU's -icount shift=0,sleep=off, as
 * refusals.sh has it, an instruction is a nanosecond of the system counter's time.
 */
static void test_clock(void)
{
	uint64_t ticks, frequency = read_sysreg(CNTFRQ_EL0);

	printf("# a line as long as the banner of lab 1\n");
	ticks = read_sysreg(CNTPCT_EL0);
	tap_plan(1);
	TAP_OK(ticks * 1000 / frequency <= 100, "from reset to the first line in 100 ms",
	       "From reset to C");
	printf("# it took %lu us\n", ticks * 1000000 / frequency);
	tap_done();
}

/* ---- One exception of each kind -------------------------------------------------------------- */

/* Interrupt 1, an SGI, becomes pending on this CPU: group 0 is an FIQ, group 1 an IRQ (no EL3). */
static void send_to_self(unsigned int group)
{
	const uintptr_t gicd = 0x08000000, gicr = 0x080a0000, sgi = gicr + 0x10000;

	mmio_write32(gicd, 0x10 | 1U << group);			/* GICD_CTLR: ARE, the group */
	mmio_write32(gicr + 0x14, 0);				/* GICR_WAKER: awake */
	mmio_write32(sgi + 0x80, group ? 0xffffffff : 0);	/* GICR_IGROUPR0 */
	mmio_write32(sgi + 0x100, 1U << 1);			/* GICR_ISENABLER0 */
	write_sysreg(S3_0_C4_C6_0, 0xff);			/* ICC_PMR_EL1 */
	write_sysreg(S3_0_C12_C12_6, 1);			/* ICC_IGRPEN0_EL1 */
	write_sysreg(S3_0_C12_C12_7, 1);			/* ICC_IGRPEN1_EL1 */
	/* HCR_EL2.IMO and FMO: interrupts go to EL2. */
	write_sysreg(S3_4_C1_C1_0, read_sysreg(S3_4_C1_C1_0) | 0x18);
	isb();
	mmio_write32(sgi + 0x200, 1U << 1);			/* GICR_ISPENDR0 */
	dsb(sy);
}

/* Handlers of a BRK. There are exceptions that the first must never be asked about. */
static bool mine(struct el2_frame *frame, unsigned int immediate)
{
	(void)frame;
	(void)immediate;
	return true;
}

static bool not_mine(struct el2_frame *frame, unsigned int immediate)
{
	(void)frame;
	(void)immediate;
	return false;
}

/* Goes on with SP_EL0, which points to nothing: the vectors must not use it. */
#define USE_SP_EL0	"msr SP_EL0, xzr\n\tmsr SPSel, #0\n\t"

static __noinline void sync_sp0(void)
{
	el2_set_brk_handler(mine);
	asm volatile(USE_SP_EL0 "brk #0x51");
}

static __noinline void irq_sp0(void)
{
	send_to_self(1);
	asm volatile(USE_SP_EL0 "msr DAIFClr, #2\n\tb .");
}

static __noinline void fiq_sp0(void)
{
	send_to_self(0);
	asm volatile(USE_SP_EL0 "msr DAIFClr, #1\n\tb .");
}

static __noinline void irq_spx(void)
{
	send_to_self(1);
	asm volatile("msr DAIFClr, #2\n\tb .");
}

static __noinline void fiq_spx(void)
{
	send_to_self(0);
	asm volatile("msr DAIFClr, #1\n\tb .");
}

/* What is run at EL1: one instruction. */
extern const uint32_t hvc_a64[], hvc_a32[], smc_a32[], loop_a64[], loop_a32[];
asm(	".pushsection .text\n"
	"	.type	hvc_a64, %function\n"
	"	.type	hvc_a32, %function\n"
	"	.type	smc_a32, %function\n"
	"	.type	loop_a64, %function\n"
	"	.type	loop_a32, %function\n"
	"hvc_a64:	.inst 0xd4000a42, 0xd4000a42\n"	/* hvc #0x52 */
	"hvc_a32:	.inst 0xe1400572, 0xe1400572\n"	/* hvc #0x52 */
	"smc_a32:	.inst 0xe1600070, 0xe1600070\n"	/* smc #0 */
	"loop_a64:	.inst 0x14000000\n"			/* b . */
	"loop_a32:	.inst 0xeafffffe\n"			/* b . */
	"	.popsection");

#define EL1H		0x3c5
#define AARCH32_SVC	0x1d3

/* Drop to EL1, with its MMU off. HCR_EL2.RW says what EL1 is. */
static void __attribute__((noreturn)) run_at_el1(const uint32_t *code, uint64_t spsr)
{
	uint64_t hcr = read_sysreg(S3_4_C1_C1_0);

	if (spsr == AARCH32_SVC)
		write_sysreg(S3_4_C1_C1_0, hcr & ~0x80000000UL);
	write_sysreg(S3_0_C1_C0_0, 0x30d00800);			/* SCTLR_EL1 */
	write_sysreg(S3_4_C4_C0_0, spsr);			/* SPSR_EL2 */
	write_sysreg(S3_4_C4_C0_1, (uintptr_t)code);		/* ELR_EL2 */
	isb();
	/* EL1 starts without a frame: a backtrace that took its x29 for ours would go astray. */
	asm volatile("mov x29, #0x5a5a\n\teret\n\tdsb nsh\n\tisb" ::: "memory");
	__builtin_unreachable();
}

static void sync_a64(void)
{
	run_at_el1(hvc_a64, EL1H);
}

static void irq_a64(void)
{
	send_to_self(1);
	run_at_el1(loop_a64, EL1H);
}

static void fiq_a64(void)
{
	send_to_self(0);
	run_at_el1(loop_a64, EL1H);
}

static void sync_a32(void)
{
	run_at_el1(hvc_a32, AARCH32_SVC);
}

/* Where the machine started at EL3, this arrives at a vector of the monitor that is unused. */
static void smc_from_a32(void)
{
	run_at_el1(smc_a32, AARCH32_SVC);
}

static void irq_a32(void)
{
	send_to_self(1);
	run_at_el1(loop_a32, AARCH32_SVC);
}

static void fiq_a32(void)
{
	send_to_self(0);
	run_at_el1(loop_a32, AARCH32_SVC);
}

/* An SP that is no multiple of 16: a frame pushed there would fault, if not on QEMU. */
static __noinline void misaligned_sp(void)
{
	el2_set_brk_handler(mine);
	asm volatile("mov x9, sp\n\tsub x9, x9, #8\n\tmov sp, x9\n\tbrk #0x53" ::: "x9");
}

/* An SP that points to an overflow stack: there is one for CPU 3, but it is for overflows only. */
static __noinline void overflow_sp(void)
{
	el2_set_brk_handler(mine);
	asm volatile("mov sp, %0\n\tbrk #0x54" :: "r"(0x7ffda800UL));
}

static __noinline void misaligned_pc(void)
{
	asm volatile("br %0" :: "r"((uintptr_t)hvc_a64 + 2));
}

/* x0 to x28 with a value each, for the panic screen to show. */
static __noinline void known_registers(void)
{
	asm volatile(".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, "
		     "19, 20, 21, 22, 23, 24, 25, 26, 27, 28\n\t"
		     "movz x\\n, #(0x1000 + \\n), lsl #48\n\t"
		     "movk x\\n, #(0x2000 + \\n)\n\t"
		     ".endr\n\t"
		     "brk #0x57");
}

static __noinline void refused_brk(void)
{
	el2_set_brk_handler(not_mine);
	asm volatile("brk #0x55");
}

static __noinline void panic_in_panic(void)
{
	panic_begin();
	*(volatile uint64_t *)0x7bfff000 = 0;
}

/* The report itself fails, again and again. */
static __noinline void panic_without_uart(void)
{
	el2_mmu_unmap(0x09000000, 0x1000);
	asm volatile("brk #0x56");
}

/* A fault while the console's lock is taken: the panic screen must not wait for it. */
static __noinline void fault_in_printf(void)
{
	const char *volatile nowhere = (const char *)0x7bfff000UL;

	printf("%s\n", nowhere);
	asm volatile("");		/* no tail call */
}

/* The power-off has been seen often enough. */
static __noinline void reset(void)
{
	smc_call(PSCI_SYSTEM_RESET, 0, 0, 0);
}

static __noinline void plain_panic(void)
{
	panic("the answer is %d", 42);
}

#define RAISE(function)	{ #function, function }
static const struct {
	const char *name;
	void (*function)(void);
} exceptions[] = {
	RAISE(sync_sp0), RAISE(irq_sp0), RAISE(fiq_sp0), RAISE(irq_spx), RAISE(fiq_spx),
	RAISE(sync_a64), RAISE(irq_a64), RAISE(fiq_a64),
	RAISE(sync_a32), RAISE(irq_a32), RAISE(fiq_a32), RAISE(smc_from_a32),
	RAISE(known_registers), RAISE(misaligned_sp), RAISE(overflow_sp), RAISE(misaligned_pc),
	RAISE(refused_brk), RAISE(panic_in_panic), RAISE(panic_without_uart),
	RAISE(fault_in_printf), RAISE(plain_panic), RAISE(reset),
};

void main(void)
{
	const char *name;
	unsigned int i;

	console_init();
	if (bootarg("clock"))
		test_clock();
	name = bootarg("raise");
	if (!name)
		test_table();
	for (i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
		if (!strcmp(name, exceptions[i].name))
			exceptions[i].function();
	printf("raise=%s: nothing was raised\n", name);
}
