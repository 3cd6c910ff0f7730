// SPDX-License-Identifier: MIT
/*
 * hostile.c - the hostile guest: its steps, and the stages that are made of random instructions.
 */
#include "bystander.h"
#include "guest/guest.h"
#include "hostile_guest.h"

#define SCTLR_RESET		0x30d00800	/* MMU off, RES1 bits */
#define SCTLR_EL1_nTWI		BIT(16)		/* EL0's WFI and WFE are not EL1's business */
#define SCTLR_EL1_nTWE		BIT(18)
#define SCTLR_EL1_UCI		BIT(26)		/* EL0 may do cache maintenance */
#define SCTLR_EL1_DZE		BIT(14)
/* SMEN, FPEN, ZEN. */
#define CPACR_ALL		(GENMASK(25, 24) | GENMASK(21, 20) | GENMASK(17, 16))

/* ---- Registers ------------------------------------------------------------------------------ */

void hostile_fill_registers(struct hostile_world *w)
{
	unsigned int first = rnd_below(w, 32), n;

	for (n = 0; n < 4; n++)
		w->pool[rnd_below(w, 64)] = hostile_value(w);
	for (n = 0; n < 31; n++)
		w->launch.x[n] = w->pool[(first + n) % 64];
	w->launch.sp = w->pool[first];
	w->launch.sp_el0 = w->pool[first + 1];
}

uint64_t hostile_pstate(struct hostile_world *w)
{
	uint64_t r = rnd(w);
	/* Debug exceptions are masked, the others as it happens; the condition flags are random. */
	uint64_t spsr = SPSR_D | (r & (SPSR_NZCV | SPSR_A | SPSR_I | SPSR_F));

	switch (r % 32) {
	case 0: case 1: case 2: case 3: case 4: case 5: case 6:
		return spsr | SPSR_M_EL0T;
	case 7: case 8:
		return spsr | SPSR_M_EL1T;
	case 9:
		/* AArch32 at EL0: A32 or T32. Where there is none, the return is illegal. */
		return (spsr & ~SPSR_D) | SPSR_M_AARCH32 | (r & (SPSR_A32_T | SPSR_E32));
	case 10:
		return r;
	default:
		return spsr | SPSR_M_EL1H;
	}
}

void hostile_take_interrupt(struct hostile_world *w)
{
	uint64_t intid;

	w->irqs++;
	if (rnd_once_in(w, 8))
		return;
	intid = rnd_once_in(w, 8) ? read_sysreg(ICC_IAR0_EL1) : read_sysreg(ICC_IAR1_EL1);
	if (rnd_once_in(w, 32))
		return;
	if (rnd_once_in(w, 32))
		intid = rnd(w);
	write_sysreg(ICC_EOIR1_EL1, intid);
	if (rnd_once_in(w, 4))
		write_sysreg(ICC_DIR_EL1, intid);
	/* A timer goes on asking until it is moved or turned off. */
	if ((intid & 0xff) == 27)
		write_sysreg(CNTV_CTL_EL0, 0);
	if ((intid & 0xff) == 30)
		write_sysreg(CNTP_CTL_EL0, 0);
}

/* ---- Random instructions -------------------------------------------------------------------- */

static uintptr_t words_address(const struct hostile_world *w, unsigned int n)
{
	return (uintptr_t)&w->words[n / HOSTILE_PAGE_WORDS][n % HOSTILE_PAGE_WORDS];
}

/* Which of the words is at an address: HOSTILE_WORDS, if none is. */
static unsigned int words_number(const struct hostile_world *w, uint64_t address)
{
	uint64_t offset = address - (uintptr_t)w->words;

	if (offset >= sizeof(w->words) || offset % 4096 / 4 >= HOSTILE_PAGE_WORDS)
		return HOSTILE_WORDS;
	return (unsigned int)(offset / 4096 * HOSTILE_PAGE_WORDS + offset % 4096 / 4);
}

void hostile_words_write(struct hostile_world *w, unsigned int n, uint32_t word)
{
	/*
	 * With the MMU on, the page itself can be executed and not written: see
	 * hostile_mmu_on().
	 */
	*(volatile uint32_t *)(words_address(w, n) + (w->mmu ? 0x40000000 : 0)) = word;
	w->alive++;
}

void hostile_publish(void)
{
	asm volatile("dsb ish\n	ic iallu\n	dsb ish\n	isb" ::: "memory");
}

/* The last ones of each page are SVC in A32 and T32: to which the zeros behind them are no end. */
static void make_page(struct hostile_world *w, unsigned int page)
{
	unsigned int n;

	for (n = 0; n < HOSTILE_PAGE_WORDS; n++)
		hostile_words_write(w, page * HOSTILE_PAGE_WORDS + n,
				    n < HOSTILE_PAGE_WORDS - 4 ? hostile_word(w, page % 2)
							       : 0xef00df00);
}

/*
 * Each lot is good for many steps: what is in the registers differs each time. (QEMU translates
 * each instruction when it is first met, and that takes longer than the exit.) What the last
 * life hung in is made anew.
 */
static void make_words(struct hostile_world *w)
{
	unsigned int page = words_number(w, w->stuck) / HOSTILE_PAGE_WORDS, n;

	if (w->words_used++ % 65536 == 0) {
		for (n = 0; n < HOSTILE_PAGES; n++)
			make_page(w, n);
	} else if (page < HOSTILE_PAGES && w->steps == 1) {
		make_page(w, page);
	} else {
		return;
	}
	hostile_publish();
}

static void instructions(struct hostile_world *w, unsigned int vector)
{
	unsigned int n;

	make_words(w);
	hostile_fill_registers(w);
	/* Behind the instruction that ended the last step; or anywhere, if that was elsewhere. */
	n = vector % 4 == GUEST_SYNC ? words_number(w, read_sysreg(ELR_EL1)) + 1 : HOSTILE_WORDS;
	if (n >= HOSTILE_WORDS)
		n = rnd_below(w, HOSTILE_WORDS);
	w->launch.elr = words_address(w, n);
	w->launch.spsr = hostile_pstate(w);
	hostile_go(&w->launch);
}

/* ---- Each encoding of a system instruction -------------------------------------------------- */

static void sysregs(struct hostile_world *w, unsigned int vector)
{
	uint64_t done = words_number(w, read_sysreg(ELR_EL1)) + 1UL, n, first, i;

	/* The last step went through all up to the one that it ended at. */
	if (vector % 4 == GUEST_SYNC && w->steps > 1 && done <= HOSTILE_WORDS)
		w->next = ALIGN_DOWN(w->next - 1, HOSTILE_WORDS) + done;
	n = w->next;
	if (n >= HOSTILE_SYSREG_COUNT)
		hvc(HVC_DONE, 0, 0, 0, 0);
	/* A lot of them at a time; and whenever a life begins in the middle of one. */
	first = ALIGN_DOWN(n, HOSTILE_WORDS);
	if (n == first || w->steps == 1) {
		for (i = 0; i < HOSTILE_WORDS; i++)
			hostile_words_write(w, i, hostile_sysreg_word(w, (uint32_t)(first + i)));
		hostile_publish();
	}
	w->next = n + 1;
	hostile_fill_registers(w);
	w->launch.elr = words_address(w, n - first);
	w->launch.spsr = SPSR_DAIF | (n < HOSTILE_SYSREG_COUNT / 2 ? SPSR_M_EL1H : SPSR_M_EL0T);
	hostile_go(&w->launch);
}

/* ---- Devices -------------------------------------------------------------------------------- */

/*
 * Where a machine has registers that do something: the rest of each device is met by random
 * addresses.
 */
static const struct { uint32_t base, size; } registers[] = {
	{ GICD_BASE, 0xf20 }, { GICD_BASE + 0x6000, 0x420 }, { GICD_BASE + 0xffd0, 0x30 },
	{ GICR_BASE, 0x200 }, { GICR_BASE + 0xffd0, 0x30 }, { GICR_BASE + 0x10000, 0xf00 },
	{ GICR_BASE + GICR_STRIDE, 0x80 }, { GICR_BASE + GICR_STRIDE + 0x10000, 0x500 },
	{ UART_BASE, 0x60 }, { UART_BASE + 0xfd0, 0x30 },
};

/* Address number n of all: each byte of the registers. 0 behind the last. */
static uint64_t nth_address(uint64_t n)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(registers); i++) {
		if (n < registers[i].size)
			return registers[i].base + n;
		n -= registers[i].size;
	}
	return 0;
}

static void mmio(struct hostile_world *w, unsigned int vector)
{
	uint64_t spsr = SPSR_D | SPSR_A | SPSR_F | (rnd_once_in(w, 4) ? 0 : SPSR_I);

	if (vector % 4 != GUEST_SYNC)
		hostile_take_interrupt(w);
	spsr |= rnd_once_in(w, 4) ? SPSR_M_EL0T : SPSR_M_EL1H;
	hostile_fill_registers(w);
	w->launch.x[1] = nth_address(w->next);
	if (w->launch.x[1] && w->steps % 2) {
		w->next++;
		w->launch.elr = (uintptr_t)hostile_sweep;
		w->launch.spsr = spsr;
		hostile_go(&w->launch);
	}
	w->launch.x[1] = hostile_address(w);
	w->launch.x[3] = rnd(w) & 0xff;
	hostile_go_stub(w, STUB_MMIO_FIRST + rnd_below(w, STUB_COUNT - STUB_MMIO_FIRST), spsr);
}

/* ---- Steps ---------------------------------------------------------------------------------- */

void hostile_go_stub(struct hostile_world *w, enum stub stub, uint64_t spsr)
{
	w->launch.elr = (uintptr_t)hostile_stubs + stub * STUB_SIZE;
	w->launch.spsr = spsr;
	hostile_go(&w->launch);
}

/* What random instructions may have changed, and the guest's own code cannot do without. */
static void restore(const struct hostile_world *w)
{
	if (read_sysreg(SCTLR_EL1) != w->sctlr) {
		if (w->mmu) {
			write_sysreg(TCR_EL1, w->tcr);
			isb();
		}
		write_sysreg(SCTLR_EL1, w->sctlr);
	}
	/* (QEMU takes longer for MSR than for MRS.) */
	if (read_sysreg(VBAR_EL1) != (uintptr_t)hostile_vectors)
		write_sysreg(VBAR_EL1, hostile_vectors);
	if (read_sysreg(CPACR_EL1) != CPACR_ALL)
		write_sysreg(CPACR_EL1, CPACR_ALL);
	isb();
}

void hostile_step(unsigned int vector);
void hostile_step(unsigned int vector)
{
	struct hostile_world *w = (struct hostile_world *)HOSTILE_WORLD(read_sysreg(MPIDR_EL1) & 1);

	w->steps++;
	w->alive++;
	restore(w);
	switch (w->stage) {
	case HOSTILE_CLASSES:
		hostile_classes(w, vector);
	case HOSTILE_SYSREGS:
		sysregs(w, vector);
		break;
	case HOSTILE_MMIO:
		mmio(w, vector);
		break;
	case HOSTILE_WRECKS:
		hostile_wrecks(w, vector);
	case HOSTILE_INTERRUPTS:
		hostile_interrupts(w, vector);
	default:
		if (vector % 4 != GUEST_SYNC)
			hostile_take_interrupt(w);
		instructions(w, vector);
	}
}

void guest_main(uint64_t x0)
{
	unsigned int cpu = read_sysreg(MPIDR_EL1) & 1, n;
	struct hostile_world *w = (struct hostile_world *)(uintptr_t)HOSTILE_WORLD(cpu);

	w->stage = FIELD_GET(HOSTILE_STAGE, x0);
	w->next = FIELD_GET(HOSTILE_START, x0);
	w->random = (FIELD_GET(HOSTILE_RANDOM, x0) << 8 | 1 | cpu << 1) * 0x9e3779b97f4a7c15;
	for (n = 0; n < ARRAY_SIZE(w->pool); n++)
		w->pool[n] = hostile_value(w);
	w->sctlr = SCTLR_RESET | SCTLR_EL1_nTWI | SCTLR_EL1_nTWE | SCTLR_EL1_UCI | SCTLR_EL1_DZE;
#define SPOIL(reg, value)	write_sysreg(reg, rnd(w));
	BYSTANDER_REGISTERS_LIST(SPOIL)
	if ((w->stage == HOSTILE_INSTRUCTIONS || w->stage == HOSTILE_MMIO) && rnd_once_in(w, 2))
		hostile_mmu_on(w);
	write_sysreg(ICC_PMR_EL1, 0xf0);
	write_sysreg(ICC_IGRPEN1_EL1, 1);
	hostile_step(GUEST_FROM_SPX);
}
