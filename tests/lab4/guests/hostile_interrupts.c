// SPDX-License-Identifier: MIT
/*
 * hostile_interrupts.c - timers that are always due, SGIs by the dozen, every interrupt enabled
 * and pending, priorities and masks as they come; and a CPU interface that is told of ends that
 * never began.
 */
#include "drivers/gicv3_regs.h"
#include "drivers/mmio.h"
#include "drivers/pl011.h"
#include "hostile_guest.h"

static uint64_t some_intid(struct hostile_world *w)
{
	uint64_t r = rnd(w);

	switch (r & 7) {
	case 0: case 1:
		return r >> 3 & 15;
	case 2: case 3:
		return r & 8 ? 27 : 30;
	case 4:
		return 33;
	case 5: case 6:
		return r >> 3 & 127;
	default:
		return r >> 3 & 0xffffff;
	}
}

/* A moment that has passed, is now, will be soon, will be never. */
static uint64_t some_time(struct hostile_world *w)
{
	uint64_t now = read_sysreg(CNTVCT_EL0);

	switch (rnd_below(w, 4)) {
	case 0:
		return now - rnd_below(w, 10000);
	case 1:
		return now + rnd_below(w, 5000);
	case 2:
		return now + rnd_below(w, 60000);
	default:
		return rnd(w);
	}
}

static void timer(struct hostile_world *w)
{
	uint64_t time = some_time(w), control = rnd_below(w, 4) ? 1 : rnd(w);

	switch (rnd_below(w, 6)) {
	case 0:
		write_sysreg(CNTV_CVAL_EL0, time);
		write_sysreg(CNTV_CTL_EL0, control);
		break;
	case 1:
		write_sysreg(CNTP_CVAL_EL0, time);
		write_sysreg(CNTP_CTL_EL0, control);
		break;
	case 2:
		write_sysreg(CNTV_TVAL_EL0, rnd(w));
		break;
	case 3:
		write_sysreg(CNTP_TVAL_EL0, rnd(w));
		break;
	case 4:
		write_sysreg(CNTKCTL_EL1, rnd(w));
		break;
	default:
		write_sysreg(CNTV_CTL_EL0, control);
		write_sysreg(CNTP_CTL_EL0, control);
	}
}

static void sgi(struct hostile_world *w)
{
	/*
	 * To itself, to the other vCPU, to both, to all; and now and then to CPUs that do not
	 * exist.
	 */
	uint64_t value = rnd_once_in(w, 8) ? rnd(w) : rnd_below(w, 16) << 24 | rnd_below(w, 4) |
			 (rnd_once_in(w, 4) ? 1UL << 40 : 0);

	switch (rnd_below(w, 8)) {
	case 0:
		write_sysreg(ICC_SGI0R_EL1, value);
		break;
	case 1:
		write_sysreg(ICC_ASGI1R_EL1, value);
		break;
	default:
		write_sysreg(ICC_SGI1R_EL1, value);
	}
}

static void cpu_interface(struct hostile_world *w)
{
	uint64_t value = rnd(w), intid = some_intid(w);

	switch (rnd_below(w, 16)) {
	case 0:
		write_sysreg(ICC_PMR_EL1, value);
		break;
	case 1: case 2: case 3:
		write_sysreg(ICC_PMR_EL1, 0xf8);
		write_sysreg(ICC_IGRPEN1_EL1, 1);
		break;
	case 4:
		write_sysreg(ICC_CTLR_EL1, value);
		break;
	case 5:
		write_sysreg(ICC_BPR0_EL1, value);
		/* (see spare_qemu(): hostile_words.c) */
		write_sysreg(ICC_BPR1_EL1, value >> 8 & 7);
		break;
	case 6:
		write_sysreg(ICC_IGRPEN1_EL1, value);
		break;
	case 7:
		write_sysreg(ICC_IGRPEN0_EL1, value);
		break;
	case 8:
		write_sysreg(ICC_EOIR1_EL1, intid);
		break;
	case 9:
		write_sysreg(ICC_EOIR0_EL1, intid);
		break;
	case 10:
		write_sysreg(ICC_DIR_EL1, intid);
		break;
	case 11:
		write_sysreg(ICC_AP1R0_EL1, value & value >> 7);
		break;
	case 12:
		write_sysreg(ICC_AP0R0_EL1, value & value >> 7);
		break;
	default:
		intid = value & 1 ? read_sysreg(ICC_IAR1_EL1) : read_sysreg(ICC_IAR0_EL1);
		if (value & 6)
			write_sysreg(ICC_EOIR1_EL1, intid);
		if (value & 8)
			write_sysreg(ICC_DIR_EL1, intid);
	}
}

/* The distributor's and the redistributors' registers, each at a place where it does something. */
static void distributor(struct hostile_world *w)
{
	static const uint16_t bitmaps[] = {
		GICD_IGROUPR, GICD_ISENABLER, GICD_ISENABLER, GICD_ICENABLER, GICD_ISPENDR,
		GICD_ISPENDR, GICD_ICPENDR, GICD_ISACTIVER, GICD_ICACTIVER, GICD_ICACTIVER,
	};
	uint32_t bank = rnd_below(w, 4), value = (uint32_t)rnd(w);
	uintptr_t frame = GICR_BASE + rnd_below(w, HOSTILE_CPUS) * GICR_STRIDE;
	uintptr_t base = bank ? GICD_BASE : frame + GICR_SGI_FRAME;
	uintptr_t bitmap = base + bitmaps[rnd_below(w, ARRAY_SIZE(bitmaps))] + bank * 4;

	switch (rnd_below(w, 16)) {
	case 0:
		mmio_write32(GICD_BASE + GICD_CTLR, rnd_once_in(w, 3) ? value : 0x13);
		break;
	case 1:
		mmio_write32(frame + GICR_WAKER, rnd_once_in(w, 3) ? value : 0);
		break;
	case 2: case 3:
		mmio_write32(base + GICD_IPRIORITYR + bank * 32 + rnd_below(w, 8) * 4, value);
		break;
	case 4:
		mmio_write8(base + GICD_IPRIORITYR + bank * 32 + rnd_below(w, 32), (uint8_t)value);
		break;
	case 5:
		mmio_write32(base + GICD_ICFGR + bank * 8 + rnd_below(w, 2) * 4, value);
		break;
	case 6:
		mmio_write64(GICD_BASE + gic_irouter(32 + rnd_below(w, 96)), value & 0x80000001);
		break;
	case 7:
		mmio_write32(base + GICD_ISENABLER + bank * 4, UINT32_MAX);
		break;
	case 8: case 9: case 10:
		mmio_read32(bitmap);
		break;
	case 11:
		mmio_write32(UART_BASE + PL011_IMSC, value);
		mmio_write32(UART_BASE + PL011_DR, value);
		break;
	default:
		/* About half of the bits, or a few. */
		if (rnd_once_in(w, 2))
			value &= (uint32_t)(rnd(w) & rnd(w));
		mmio_write32(bitmap, value);
	}
}

void hostile_interrupts(struct hostile_world *w, unsigned int vector)
{
	unsigned int n;

	/*
	 * Mostly it takes them; sometimes it returns to where they are masked, or leaves them
	 * where they are.
	 */
	if (vector % 4 != GUEST_SYNC)
		hostile_take_interrupt(w);
	for (n = 0; n < 12; n++) {
		switch (rnd_below(w, 8)) {
		case 0:
			timer(w);
			break;
		case 1: case 2:
			sgi(w);
			break;
		case 3: case 4:
			cpu_interface(w);
			break;
		default:
			distributor(w);
		}
	}
	hostile_fill_registers(w);
	hostile_go_stub(w, rnd_once_in(w, 8) ? STUB_WFI : STUB_NOP,
			SPSR_D | (rnd(w) & (SPSR_A | SPSR_F)) | (rnd_once_in(w, 2) ? SPSR_I : 0) |
			(rnd_once_in(w, 4) ? SPSR_M_EL0T : SPSR_M_EL1H));
}
