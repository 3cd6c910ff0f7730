/* SPDX-License-Identifier: MIT */
/* pl011.h - registers of the PrimeCell UART (DDI 0183), and the driver: polled output. */
#ifndef DRIVERS_PL011_H
#define DRIVERS_PL011_H

#define PL011_DR		0x000	/* data */
#define PL011_RSR		0x004	/* receive status; a write (ECR) clears it */
#define PL011_FR		0x018	/* flags */
#define PL011_ILPR		0x020	/* IrDA low-power counter */
#define PL011_IBRD		0x024	/* baud rate divisor, integer part */
#define PL011_FBRD		0x028	/* and fraction */
#define PL011_LCRH		0x02c	/* line control */
#define PL011_CR		0x030	/* control */
#define PL011_IFLS		0x034	/* FIFO levels for interrupts */
#define PL011_IMSC		0x038	/* interrupt mask: a 1 lets it through */
#define PL011_RIS		0x03c	/* raw interrupt status */
#define PL011_MIS		0x040	/* masked interrupt status */
#define PL011_ICR		0x044	/* interrupt clear */
#define PL011_DMACR		0x048	/* DMA control */
#define PL011_PERIPH_ID0	0xfe0	/* PeriphID0 to 3, PCellID0 to 3 */

#define PL011_DR_OE		(1 << 11)	/* a byte before this one was lost */
#define PL011_RSR_OE		(1 << 3)
#define PL011_FR_BUSY		(1 << 3)
#define PL011_FR_RXFE		(1 << 4)	/* receive FIFO empty */
#define PL011_FR_TXFF		(1 << 5)	/* transmit FIFO full */
#define PL011_FR_TXFF_BIT	5
#define PL011_FR_RXFF		(1 << 6)	/* receive FIFO full */
#define PL011_FR_TXFE		(1 << 7)	/* transmit FIFO empty */
#define PL011_LCRH_FEN		(1 << 4)	/* FIFOs on */
#define PL011_LCRH_WLEN8	(3 << 5)	/* eight data bits */
#define PL011_CR_UARTEN		(1 << 0)
#define PL011_CR_LBE		(1 << 7)	/* loopback: what is sent is received */
#define PL011_CR_TXE		(1 << 8)
#define PL011_CR_RXE		(1 << 9)
#define PL011_IFLS_RX		(7 << 3)

/* The interrupts that IMSC, RIS, MIS and ICR have a bit for; modem and line errors left out. */
#define PL011_INT_RX		(1 << 4)	/* the receive FIFO is as full as IFLS says */
#define PL011_INT_TX		(1 << 5)	/* the transmit FIFO is as empty */
#define PL011_INT_RT		(1 << 6)	/* something is in it, and nothing more has come */
#define PL011_INT_OE		(1 << 10)	/* overrun */
#define PL011_INT_ALL		0x7ff

#ifndef __ASSEMBLER__

/* Set the UART at UART_BASE up: 8N1, FIFOs on, no interrupts. The baud rate stays the firmware's. */
void pl011_init(void);

/* Send one byte, when the transmit FIFO has room for it. */
void pl011_putc(char c);

/* Wait until everything has left the UART: before a power-off. */
void pl011_flush(void);

/* The next byte that was received; -1 when there is none. */
int pl011_getc(void);

/* From here on the UART interrupts when something was received, until all of it is read. */
void pl011_interrupt_on_receive(void);

#endif
#endif
