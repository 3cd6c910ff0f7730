/* SPDX-License-Identifier: MIT */
/* print.h - a guest's own output, on the UART that it finds at UART_BASE (drivers/pl011.h). */
#ifndef GUEST_PRINT_H
#define GUEST_PRINT_H

#include "arch/types.h"

/* guest_printf - as printf() (lib/printf.h), but without a lock: one CPU of the guest prints. */
int guest_printf(const char *format, ...) __printf_like(1, 2);

#endif
