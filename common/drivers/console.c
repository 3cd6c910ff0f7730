// SPDX-License-Identifier: MIT
#include "drivers/console.h"

#include "drivers/pl011.h"
#include "lib/printf.h"
#include "lib/spinlock.h"

static struct spinlock console_lock;
static bool lock_broken;

void console_init(void)
{
	pl011_init();
}

static void put(char c, void *arg)
{
	(void)arg;
	if (c == '\n')
		pl011_putc('\r');
	pl011_putc(c);
}

int printf(const char *format, ...)
{
	bool locked = !__atomic_load_n(&lock_broken, __ATOMIC_RELAXED);
	uint64_t daif = 0;
	va_list ap;
	int length;

	if (locked)
		daif = spin_lock_irqsave(&console_lock);
	va_start(ap, format);
	length = vformat(put, NULL, format, ap);
	va_end(ap);
	if (locked)
		spin_unlock_irqrestore(&console_lock, daif);
	return length;
}

void console_break_lock(void)
{
	__atomic_store_n(&lock_broken, true, __ATOMIC_RELAXED);
}

void console_flush(void)
{
	pl011_flush();
}
