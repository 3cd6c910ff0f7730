/* SPDX-License-Identifier: MIT */
/*
 * vpl011.h - a virtual PrimeCell UART (PL011): the registers of DDI 0183, behind them a host.
 *
 * A model with plain state: no hardware is touched. What the guest sends goes to ops->put at once,
 * so the transmit FIFO is always empty and never in the way. What comes for the guest waits in the
 * receive FIFO: 16 characters, or one while the guest has the FIFOs off.
 *
 * There are no wires. So there are no baud rates, no line errors and no modem: their registers keep
 * what is written to them and their interrupts never come. And it sends and receives whatever
 * UARTCR has enabled: a guest's early console relies on firmware that has turned the UART on.
 */
#ifndef VDEV_VPL011_H
#define VDEV_VPL011_H

#include "arch/types.h"
#include "lib/spinlock.h"

#define VPL011_SIZE		0x1000		/* bytes of the register frame */
#define VPL011_FIFO_SIZE	16		/* up to revision r1p4; PeriphID2 says so */

struct vpl011;

/*
 * What the host does. Both are called with the UART's lock held and IRQs masked: characters keep
 * their order, and so do changes of the interrupt. They must not call the UART.
 */
struct vpl011_ops {
	/* The guest has sent a character. */
	void (*put)(struct vpl011 *uart, uint8_t c);
	/* The interrupt line, UARTINTR, has changed. It is level-sensitive, and low at first. */
	void (*set_irq)(struct vpl011 *uart, bool level);
};

struct vpl011 {
	struct spinlock lock;
	const struct vpl011_ops *ops;
	uint16_t fifo[VPL011_FIFO_SIZE];	/* received, as UARTDR gives it: from [first] on */
	unsigned int first, count;
	bool lost;				/* one had no room: the next will tell of it */
	bool level;				/* of the interrupt line */
	uint32_t rsr, ilpr, ibrd, fbrd, lcrh, cr, ifls, imsc, ris, dmacr;
};

/* vpl011_init - as out of reset: nothing received, no interrupt. ops stays in use. */
void vpl011_init(struct vpl011 *uart, const struct vpl011_ops *ops);

/*
 * vpl011_read, vpl011_write - the guest's access, offset from the start of the frame; size: 1, 2, 4
 * or 8 bytes. The bus is 32 bits wide and each register has a word of it (DDI 0183, "Programmers
 * model"): bits beyond the register read as zero and are ignored when written. An access that does
 * not start where a register does reads as zero, or is ignored.
 */
uint64_t vpl011_read(struct vpl011 *uart, uint32_t offset, unsigned int size);
void vpl011_write(struct vpl011 *uart, uint32_t offset, unsigned int size, uint64_t value);

/*
 * vpl011_receive - a character for the guest. From any CPU.
 * Returns false when the receive FIFO is full: nothing has changed then, and the host may wait. (On
 * a wire it would be an overrun. The guest can see that one in loopback, which has no host that
 * waits.)
 */
bool vpl011_receive(struct vpl011 *uart, uint8_t c);

#endif
