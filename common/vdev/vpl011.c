// SPDX-License-Identifier: MIT
#include "vdev/vpl011.h"

#include "arch/bits.h"
#include "drivers/pl011.h"

/* The bits that a register has; the others read as zero. (DDI 0183, "Register descriptions".) */
#define ILPR_BITS		0xff
#define IBRD_BITS		0xffff
#define FBRD_BITS		0x3f
#define LCRH_BITS		0xff
#define CR_BITS			0xff87
#define IFLS_BITS		0x3f
#define DMACR_BITS		0x7

#define CR_RESET		(PL011_CR_TXE | PL011_CR_RXE)
#define IFLS_RESET		0x12		/* both FIFOs: half full */

/* ---- The receive FIFO and the interrupts ----------------------------------------------------- */

static unsigned int fifo_size(const struct vpl011 *uart)
{
	return uart->lcrh & PL011_LCRH_FEN ? VPL011_FIFO_SIZE : 1;
}

/* How many characters raise the receive interrupt: 1/8, 1/4, 1/2, 3/4 or 7/8 of the FIFO. */
static unsigned int trigger(const struct vpl011 *uart)
{
	static const uint8_t eighths[] = { 1, 2, 4, 6, 7, 7, 7, 7 };	/* 5 to 7 are reserved */

	if (!(uart->lcrh & PL011_LCRH_FEN))
		return 1;
	return eighths[FIELD_GET(PL011_IFLS_RX, uart->ifls)] * VPL011_FIFO_SIZE / 8;
}

/* Each change of ris or imsc ends here. The other side only hears of a change of the line. */
static void update_irq(struct vpl011 *uart)
{
	bool level = (uart->ris & uart->imsc) != 0;

	if (level == uart->level)
		return;
	uart->level = level;
	uart->ops->set_irq(uart, level);
}

/*
 * One more character. The receive interrupt comes as the level is reached, and not for what is
 * beyond it. The time-out is there for what stays below: 32 bit times after the last character - at
 * once, as time on a wire is none here. A character that finds no room is lost; the next one that
 * finds some tells of it.
 */
static void push(struct vpl011 *uart, uint8_t c)
{
	if (uart->count == fifo_size(uart)) {
		uart->lost = true;
		uart->rsr |= PL011_RSR_OE;
		uart->ris |= PL011_INT_OE;
		return;
	}
	uart->fifo[(uart->first + uart->count++) % VPL011_FIFO_SIZE] =
		c | (uart->lost ? PL011_DR_OE : 0);
	uart->lost = false;
	if (uart->count == trigger(uart))
		uart->ris |= PL011_INT_RX;
	uart->ris |= PL011_INT_RT;
}

/* UARTDR is read: the oldest character. An empty FIFO gives a zero. */
static uint32_t pop(struct vpl011 *uart)
{
	uint32_t data;

	if (!uart->count)
		return 0;
	data = uart->fifo[uart->first];
	uart->first = (uart->first + 1) % VPL011_FIFO_SIZE;
	uart->count--;
	if (uart->count < trigger(uart))
		uart->ris &= ~PL011_INT_RX;
	if (!uart->count)
		uart->ris &= ~PL011_INT_RT;
	return data;
}

/*
 * UARTDR is written. It leaves at once, so the transmit FIFO is empty again: that is an interrupt.
 */
static void send(struct vpl011 *uart, uint8_t c)
{
	if (uart->cr & PL011_CR_LBE)
		push(uart, c);
	else
		uart->ops->put(uart, c);
	uart->ris |= PL011_INT_TX;
}

/* UARTLCR_H is written. FIFOs that are turned on or off are empty then. */
static void set_lcrh(struct vpl011 *uart, uint32_t value)
{
	if ((value ^ uart->lcrh) & PL011_LCRH_FEN) {
		uart->first = 0;
		uart->count = 0;
		uart->lost = false;
		uart->ris &= ~(uint32_t)(PL011_INT_RX | PL011_INT_RT);
	}
	uart->lcrh = value & LCRH_BITS;
}

/* ---- Registers ------------------------------------------------------------------------------- */

static uint32_t flags(const struct vpl011 *uart)
{
	return PL011_FR_TXFE | (uart->count ? 0 : PL011_FR_RXFE) |
	       (uart->count == fifo_size(uart) ? PL011_FR_RXFF : 0);
}

/*
 * PeriphID0 to 3 and PCellID0 to 3: ARM's PL011 as on QEMU's "virt", of a revision with 16
 * characters.
 */
static uint32_t identification(uint32_t offset)
{
	static const uint8_t ids[] = { 0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };

	return ids[(offset - PL011_PERIPH_ID0) / 4];
}

static uint32_t read_register(struct vpl011 *uart, uint32_t offset)
{
	switch (offset) {
	case PL011_DR:
		return pop(uart);
	case PL011_RSR:
		return uart->rsr;
	case PL011_FR:
		return flags(uart);
	case PL011_ILPR:
		return uart->ilpr;
	case PL011_IBRD:
		return uart->ibrd;
	case PL011_FBRD:
		return uart->fbrd;
	case PL011_LCRH:
		return uart->lcrh;
	case PL011_CR:
		return uart->cr;
	case PL011_IFLS:
		return uart->ifls;
	case PL011_IMSC:
		return uart->imsc;
	case PL011_RIS:
		return uart->ris;
	case PL011_MIS:
		return uart->ris & uart->imsc;
	case PL011_DMACR:
		return uart->dmacr;
	case PL011_PERIPH_ID0 ... VPL011_SIZE - 4:
		return identification(offset);
	default:
		return 0;
	}
}

static void write_register(struct vpl011 *uart, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case PL011_DR:
		send(uart, (uint8_t)value);
		break;
	case PL011_RSR:
		uart->rsr = 0;			/* as UARTECR: whatever the value */
		break;
	case PL011_ILPR:
		uart->ilpr = value & ILPR_BITS;
		break;
	case PL011_IBRD:
		uart->ibrd = value & IBRD_BITS;
		break;
	case PL011_FBRD:
		uart->fbrd = value & FBRD_BITS;
		break;
	case PL011_LCRH:
		set_lcrh(uart, value);
		break;
	case PL011_CR:
		uart->cr = value & CR_BITS;
		break;
	case PL011_IFLS:
		uart->ifls = value & IFLS_BITS;
		break;
	case PL011_IMSC:
		uart->imsc = value & PL011_INT_ALL;
		break;
	case PL011_ICR:
		uart->ris &= ~value;
		break;
	case PL011_DMACR:
		uart->dmacr = value & DMACR_BITS;
		break;
	}
}

/* ---- What others call ------------------------------------------------------------------------ */

void vpl011_init(struct vpl011 *uart, const struct vpl011_ops *ops)
{
	*uart = (struct vpl011){ .ops = ops, .cr = CR_RESET, .ifls = IFLS_RESET };
	spin_init(&uart->lock);
}

uint64_t vpl011_read(struct vpl011 *uart, uint32_t offset, unsigned int size)
{
	uint64_t daif, value;

	if (offset % 4 || offset >= VPL011_SIZE)
		return 0;
	daif = spin_lock_irqsave(&uart->lock);
	value = read_register(uart, offset);
	update_irq(uart);
	spin_unlock_irqrestore(&uart->lock, daif);
	return size < 4 ? value & GENMASK(8 * size - 1, 0) : value;
}

void vpl011_write(struct vpl011 *uart, uint32_t offset, unsigned int size, uint64_t value)
{
	uint64_t daif;

	if (offset % 4 || offset >= VPL011_SIZE)
		return;
	if (size < 4)
		value &= GENMASK(8 * size - 1, 0);
	daif = spin_lock_irqsave(&uart->lock);
	write_register(uart, offset, (uint32_t)value);
	update_irq(uart);
	spin_unlock_irqrestore(&uart->lock, daif);
}

bool vpl011_receive(struct vpl011 *uart, uint8_t c)
{
	uint64_t daif = spin_lock_irqsave(&uart->lock);
	bool room = uart->count < fifo_size(uart);

	if (room) {
		push(uart, c);
		update_irq(uart);
	}
	spin_unlock_irqrestore(&uart->lock, daif);
	return room;
}
