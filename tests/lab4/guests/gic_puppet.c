// SPDX-License-Identifier: MIT
/* gic_puppet.c - a guest that does what the host tells it, and takes interrupts (gic_puppet.h). */
#include "gic_puppet.h"

#include "arch/barrier.h"
#include "arch/cpu.h"
#include "arch/sysreg.h"
#include "drivers/gicv3.h"
#include "drivers/mmio.h"
#include "drivers/timer.h"
#include "gic_storm.h"
#include "guest/exception.h"
#include "guest/guest.h"

#define INSN_RET	0xd65f03c0U
#define SLOTS		48

/* What each vCPU has for itself. */
static struct puppet {
	uint64_t mode;
	uint64_t taken, intids[2], esr;			/* since the last report */
	uint32_t slots[SLOTS][2];			/* an instruction, and RET */
} puppets[PUPPET_CPUS];

static struct puppet *this_puppet(void)
{
	return &puppets[cpu_affinity() % PUPPET_CPUS];
}

/* ---- Exceptions ------------------------------------------------------------------------------------ */

static void note(struct puppet *puppet, uint32_t intid)
{
	if (puppet->taken < 16)
		puppet->intids[puppet->taken / 8] |= (uint64_t)(intid & 0xff) << puppet->taken % 8 * 8;
	puppet->taken++;
}

static void see_to_timer(const struct puppet *puppet, uint32_t intid)
{
	uint64_t period = puppet->mode >> 32;

	if (intid == INTID_CNTV) {
		if (puppet->mode & MODE_REARM)
			write_sysreg(CNTV_CVAL_EL0, read_sysreg(CNTV_CVAL_EL0) + period);
		else
			write_sysreg(CNTV_CTL_EL0, 0);
	}
	if (intid == INTID_CNTP) {
		if (puppet->mode & MODE_REARM)
			write_sysreg(CNTP_CVAL_EL0, read_sysreg(CNTP_CVAL_EL0) + period);
		else
			write_sysreg(CNTP_CTL_EL0, 0);
	}
	isb();
}

static void handle_interrupt(struct puppet *puppet, bool fiq)
{
	uint64_t iar = fiq ? read_sysreg(ICC_IAR0_EL1) : read_sysreg(ICC_IAR1_EL1);
	uint32_t intid = (uint32_t)iar;

	note(puppet, intid);
	if (gic_is_special(intid))
		return;
	see_to_timer(puppet, intid);
	if (puppet->mode & MODE_NEST) {
		irq_unmask();
		isb();
		irq_mask();
	}
	if ((puppet->mode & MODE_WFI) && puppet->taken == 1)
		wfi();
	if (puppet->mode & MODE_KEEP)
		return;
	if (fiq)
		write_sysreg(ICC_EOIR0_EL1, iar);
	else
		write_sysreg(ICC_EOIR1_EL1, iar);
	if ((puppet->mode & (MODE_SPLIT | MODE_DROP)) == MODE_SPLIT)
		write_sysreg(ICC_DIR_EL1, iar);
	isb();
}

static void handle_exception(struct guest_frame *frame, unsigned int vector)
{
	struct puppet *puppet = this_puppet();

	switch (vector % 4) {
	case GUEST_IRQ:
	case GUEST_FIQ:
		if (storm_is_on())
			storm_interrupt(vector % 4 == GUEST_FIQ);
		else
			handle_interrupt(puppet, vector % 4 == GUEST_FIQ);
		break;
	case GUEST_SYNC:
		puppet->esr = read_sysreg(ESR_EL1);
		frame->elr += 4;
		break;
	default:
		puppet->esr = read_sysreg(ESR_EL1);
		break;
	}
}

/* ---- Orders ---------------------------------------------------------------------------------------- */

/* Each instruction is written once: to make code of it costs more than to look for it. */
static uint64_t execute(struct puppet *puppet, uint32_t instruction, uint64_t x0, uint64_t x1)
{
	uint32_t *slot = puppet->slots[0];
	unsigned int n;

	for (n = 0; n < SLOTS - 1 && *slot && *slot != instruction; n++)
		slot += 2;
	if (*slot != instruction) {
		slot[0] = instruction;
		slot[1] = INSN_RET;
		asm volatile("dc cvau, %0" :: "r"(slot) : "memory");
		dsb(ish);
		asm volatile("ic ivau, %0" :: "r"(slot) : "memory");
		dsb(ish);
		isb();
	}
	x0 = ((uint64_t (*)(uint64_t, uint64_t))(uintptr_t)slot)(x0, x1);
	isb();
	return x0;
}

static void take(uint64_t counts)
{
	uint64_t end;

	isb();
	end = read_sysreg(CNTVCT_EL0) + counts;
	irq_unmask();
	do
		isb();
	while (read_sysreg(CNTVCT_EL0) < end);
	irq_mask();
}

static uint64_t obey(struct puppet *puppet, uint64_t order, uint64_t x1, uint64_t x2, uint64_t x3)
{
	switch (order) {
	case PUPPET_EXECUTE:
		return execute(puppet, (uint32_t)x1, x2, x3);
	case PUPPET_READ:
		return mmio_read32(x1);
	case PUPPET_WRITE:
		mmio_write32(x1, (uint32_t)x2);
		break;
	case PUPPET_TAKE:
		take(x1);
		break;
	case PUPPET_MODE:
		puppet->mode = x1;
		break;
	case PUPPET_STORM:
		return storm((uint32_t)x1, (unsigned int)x2, (unsigned int)x3);
	}
	return 0;
}

/* Report, and get the next order: in x[0] to x[3]. */
static void report(uint64_t *x)
{
	register uint64_t x0 asm("x0") = x[0];
	register uint64_t x1 asm("x1") = x[1];
	register uint64_t x2 asm("x2") = x[2];
	register uint64_t x3 asm("x3") = x[3];

	asm volatile("hvc %4" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : "i"(HVC_REPORT) : "memory");
	x[0] = x0;
	x[1] = x1;
	x[2] = x2;
	x[3] = x3;
}

static void serve(uint64_t x0, uint64_t x1)
{
	struct puppet *puppet = this_puppet();
	uint64_t x[4] = { x0, x1 };

	for (;;) {
		report(x);
		x[0] = obey(puppet, x[0], x[1], x[2], x[3]);
		x[1] = puppet->taken | puppet->esr << 32;
		x[2] = puppet->intids[0];
		x[3] = puppet->intids[1];
		puppet->taken = puppet->intids[0] = puppet->intids[1] = puppet->esr = 0;
	}
}

/* Another vCPU comes here, on the stack that vCPU 0 has told of. */
static void second(void)
{
	guest_on_exception(handle_exception);
	serve(0, 0);
}

void guest_main(uint64_t x0)
{
	static uint64_t stack[1024] __attribute__((aligned(16)));

	(void)x0;
	guest_on_exception(handle_exception);
	serve((uintptr_t)second, (uintptr_t)(stack + ARRAY_SIZE(stack)));
}
