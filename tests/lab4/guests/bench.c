// SPDX-License-Identifier: MIT
/* bench.c - the guest of the bench: what its trips need, and then the trips (bench_trips.S). */
#include "arch/layout.h"
#include "arch/sysreg.h"
#include "bench_trips.h"
#include "drivers/gicv3.h"
#include "drivers/mmio.h"
#include "drivers/pl011.h"
#include "guest/guest.h"

void hypercall(uint64_t unused);
void read_id(uint64_t unused);
void read_mmio(uint64_t address);
void write_mmio(uint64_t address);
void timer_interrupt(uint64_t unused);
void sgi_to_self(uint64_t sgi1r);

/* The interrupts, in one step at their end: EOImode 0. */
static void start_gic(void)
{
	uintptr_t gicr = 0;

	if (gicv3_dist_init() || gicv3_cpu_init(&gicr))
		hvc(HVC_DONE, 1, 0, 0, 0);
	write_sysreg(ICC_CTLR_EL1, read_sysreg(ICC_CTLR_EL1) & ~ICC_CTLR_EOIMODE);
	gicv3_enable_private(gicr, INTID_CNTV);
	/* A deadline that has passed: enabled, the timer interrupts at once. */
	write_sysreg(CNTV_CVAL_EL0, 0);
}

void guest_main(uint64_t x0)
{
	switch (x0) {
	case BENCH_HYPERCALL:
		hypercall(0);
		break;
	case BENCH_ID:
		read_id(0);
		break;
	case BENCH_GICD:
		read_mmio(GICD_BASE + GICD_CTLR);
		break;
	case BENCH_GICD_SET:
		read_mmio(GICD_BASE + gic_register(GICD_ISENABLER, GIC_SPI_FIRST, 1));
		break;
	case BENCH_UART:
		write_mmio(UART_BASE + PL011_IMSC);
		break;
	case BENCH_TIMER:
		start_gic();
		timer_interrupt(0);
		break;
	case BENCH_SGI:
		start_gic();
		sgi_to_self(gic_sgi1r(read_sysreg(MPIDR_EL1), 1));
		break;
	}
}
