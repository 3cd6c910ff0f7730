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
