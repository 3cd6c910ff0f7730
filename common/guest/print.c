// SPDX-License-Identifier: MIT
#include "guest/print.h"

#include "drivers/pl011.h"
#include "lib/printf.h"

static void put(char c, void *unused)
{
	(void)unused;
	pl011_putc(c);
}

int guest_printf(const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vformat(put, NULL, format, arguments);
	va_end(arguments);
	return length;
}
