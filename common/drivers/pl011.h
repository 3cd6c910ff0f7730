/* SPDX-License-Identifier: MIT */
/* pl011.h - registers of the PrimeCell UART (DDI 0183), and the driver: polled output. */
#ifndef DRIVERS_PL011_H
#define DRIVERS_PL011_H

#define PL011_DR		0x000	/* data */
#define PL011_FR		0x018	/* flags */
#define PL011_LCRH		0x02c	/* line control */
#define PL011_CR		0x030	/* control */
#define PL011_IMSC		0x038	/* interrupt mask */

#define PL011_FR_BUSY		(1 << 3)
#define PL011_FR_TXFF		(1 << 5)	/* transmit FIFO full */
#define PL011_FR_TXFF_BIT	5
#define PL011_LCRH_FEN		(1 << 4)	/* FIFOs on */
#define PL011_LCRH_WLEN8	(3 << 5)	/* eight data bits */
#define PL011_CR_UARTEN		(1 << 0)
#define PL011_CR_TXE		(1 << 8)
#define PL011_CR_RXE		(1 << 9)

#ifndef __ASSEMBLER__

/* Set the UART at UART_BASE up: 8N1, FIFOs on, no interrupts. The baud rate stays the firmware's. */
void pl011_init(void);

/* Send one byte, when the transmit FIFO has room for it. */
void pl011_putc(char c);

/* Wait until everything has left the UART: before a power-off. */
void pl011_flush(void);

#endif
#endif
