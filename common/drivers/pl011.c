// SPDX-License-Identifier: MIT
#include "drivers/pl011.h"

#include "arch/layout.h"
#include "drivers/mmio.h"

void pl011_init(void)
{
	mmio_write32(UART_BASE + PL011_CR, 0);
	mmio_write32(UART_BASE + PL011_IMSC, 0);
	mmio_write32(UART_BASE + PL011_LCRH, PL011_LCRH_WLEN8 | PL011_LCRH_FEN);
	mmio_write32(UART_BASE + PL011_CR, PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE);
}

void pl011_putc(char c)
{
	while (mmio_read32(UART_BASE + PL011_FR) & PL011_FR_TXFF)
		;
	mmio_write32(UART_BASE + PL011_DR, (uint8_t)c);
}

void pl011_flush(void)
{
	while (mmio_read32(UART_BASE + PL011_FR) & PL011_FR_BUSY)
		;
}

int pl011_getc(void)
{
	if (mmio_read32(UART_BASE + PL011_FR) & PL011_FR_RXFE)
		return -1;
	return (int)(mmio_read32(UART_BASE + PL011_DR) & 0xff);
}

void pl011_interrupt_on_receive(void)
{
	/* At one byte in eight; and for what stays below that, when nothing more comes. */
	mmio_write32(UART_BASE + PL011_IFLS, 0);
	mmio_write32(UART_BASE + PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
}
