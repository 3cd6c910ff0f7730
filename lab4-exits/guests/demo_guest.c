// SPDX-License-Identifier: MIT
/*
 * demo_guest.c - a guest that goes through all that a machine has: UART, timer, interrupts, ID registers;
 * and then through all that it has not.
 */
#include "arch/barrier.h"
#include "arch/cpu.h"
#include "arch/esr.h"
#include "arch/layout.h"
#include "arch/sysreg.h"
#include "demo_guest.h"
#include "drivers/gicv3.h"
#include "drivers/mmio.h"
#include "drivers/pl011.h"
#include "drivers/timer.h"
#include "guest/exception.h"
#include "guest/guest.h"
#include "guest/print.h"

#define TICKS			5
#define TICK_US			2000
#define SGI_TO_SELF		3
#define INTID_UART		33
#define NOTHING_HERE		0x0a000000	/* "virt" has its virtio devices there; this machine has none */

static volatile unsigned int ticks, sgis, uart_interrupts, others;

/* ---- Exceptions ---------------------------------------------------------------------------------------- */

/* What the last instruction of ours met that was meant to be refused. */
static volatile uint64_t last_esr;

static void handle_interrupt(void)
{
	uint32_t intid = gicv3_acknowledge();

	switch (intid) {
	case INTID_CNTV:
		ticks++;
		write_sysreg(CNTV_CTL_EL0, 0);
		isb();
		break;
	case SGI_TO_SELF:
		sgis++;
		break;
	case INTID_UART:
		uart_interrupts++;
		mmio_write32(UART_BASE + PL011_IMSC, 0);
		break;
	default:
		others++;
		if (gic_is_special(intid))
			return;
	}
	gicv3_drop_priority(intid);
	gicv3_deactivate(intid);
}

static void handle_exception(struct guest_frame *frame, unsigned int vector)
{
	if (vector == GUEST_FROM_SPX + GUEST_IRQ) {
		handle_interrupt();
		return;
	}
	/* An instruction that was refused: remember why, and go on behind it. */
	last_esr = read_sysreg(ESR_EL1);
	frame->elr += 4;
}

/* ---- One exit of each kind -------------------------------------------------------------------------------- */

static const char *refused(void)
{
	uint64_t esr = last_esr;

	last_esr = 0;
	return esr ? esr_ec_name(ESR_EC(esr)) : "it went through";
}

static void what_there_is(void)
{
	uint64_t pfr0 = read_sysreg(ID_AA64PFR0_EL1);
	uint64_t low, high;

	guest_printf("ID_AA64PFR0_EL1 0x%016lx: EL2 %s, SVE %s\n", pfr0,
		     FIELD_GET(ID_AA64PFR0_EL2, pfr0) ? "yes" : "no",
		     FIELD_GET(ID_AA64PFR0_SVE, pfr0) ? "yes" : "no");
	guest_printf("GICD_TYPER %u interrupts, GICR_TYPER 0x%lx\n",
		     32 * ((uint32_t)FIELD_GET(GICD_TYPER_ITLINES, mmio_read32(GICD_BASE + GICD_TYPER)) + 1),
		     mmio_read64(GICR_BASE + GICR_TYPER));
	/* Two registers in one instruction: nothing in the syndrome says which (ISV = 0). */
	asm volatile("ldp %w0, %w1, [%2]" : "=r"(low), "=r"(high) : "r"(UART_BASE + 0xfe0UL) : "memory");
	guest_printf("PL011 PeriphID0 and 1, by one LDP: 0x%lx, 0x%lx\n", low & 0xff, high & 0xff);
}

static void what_there_is_not(void)
{
	asm volatile("smc #0");
	guest_printf("SMC #0: %s\n", refused());
	asm volatile("mrs x0, S3_0_C11_C3_0" ::: "x0");
	guest_printf("MRS of an IMPLEMENTATION DEFINED register: %s\n", refused());
	mmio_read32(NOTHING_HERE);
	guest_printf("LDR from 0x%x: %s\n", NOTHING_HERE, refused());
}

/* ---- Interrupts ---------------------------------------------------------------------------------------- */

/* WFI until the condition holds. Masked meanwhile: an interrupt between the look and the WFI would be missed. */
#define wait_for(condition) do {						\
	irq_mask();								\
	while (!(condition)) {							\
		asm volatile("wfi" ::: "memory");				\
		irq_unmask();							\
		irq_mask();							\
	}									\
	irq_unmask();								\
} while (0)

static void run_from_the_timer(void)
{
	unsigned int n;

	for (n = 1; n <= TICKS; n++) {
		write_sysreg(CNTV_CVAL_EL0, read_sysreg(CNTVCT_EL0) + timer_frequency() * TICK_US / 1000000);
		write_sysreg(CNTV_CTL_EL0, CNT_CTL_ENABLE);
		wait_for(ticks == n);
	}
	guest_printf("%u ticks of the virtual timer, one WFI each\n", ticks);
}

static void interrupt_oneself(void)
{
	gicv3_send_sgi(read_sysreg(MPIDR_EL1) & MPIDR_AFF_MASK, SGI_TO_SELF);
	wait_for(sgis == 1);
	guest_printf("An SGI to itself: taken %u time\n", sgis);

	/* The UART has sent all that there was: so says its interrupt, once it is let through. */
	mmio_write32(UART_BASE + PL011_IMSC, PL011_INT_TX);
	wait_for(uart_interrupts);
	guest_printf("The UART's interrupt, SPI %u: taken %u time\n", INTID_UART - GIC_SPI_FIRST,
		     uart_interrupts);
}

/* ---- Echo, when it was asked for ------------------------------------------------------------------------------ */

static void echo(void)
{
	char line[64];
	unsigned int length = 0;
	int c;

	guest_printf("Type: lines come back, \"quit\" ends.\n");
	for (;;) {
		mmio_write32(UART_BASE + PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
		wait_for(!(mmio_read32(UART_BASE + PL011_FR) & PL011_FR_RXFE));
		c = pl011_getc();
		if (c == '\r')
			c = '\n';
		if (c != '\n' && length < sizeof(line) - 1) {
			line[length++] = (char)c;
			continue;
		}
		line[length] = '\0';
		guest_printf("echo: %s\n", line);
		if (length == 4 && line[0] == 'q' && line[1] == 'u' && line[2] == 'i' && line[3] == 't')
			return;
		length = 0;
	}
}

void guest_main(uint64_t x0)
{
	uintptr_t gicr = 0;

	guest_on_exception(handle_exception);
	pl011_init();
	guest_printf("Hello from EL%lu, by an emulated PL011\n", (read_sysreg(CurrentEL) >> 2) & 3);
	what_there_is();

	if (gicv3_dist_init() || gicv3_cpu_init(&gicr)) {
		guest_printf("the GIC does not answer\n");
		hvc(HVC_DONE, 1, 0, 0, 0);
	}
	gicv3_enable_private(gicr, INTID_CNTV);
	gicv3_enable_spi(INTID_UART, 0);
	irq_unmask();
	run_from_the_timer();
	interrupt_oneself();
	what_there_is_not();
	if (x0 == DEMO_ECHO)
		echo();
	guest_printf("%u interrupts that nobody expected\n", others);
}
