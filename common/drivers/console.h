/* SPDX-License-Identifier: MIT */
/*
 * console.h - the hypervisor's console: printf on the UART, one whole message at a time.
 */
#ifndef DRIVERS_CONSOLE_H
#define DRIVERS_CONSOLE_H

#include "arch/types.h"

/* Set the UART up. Once, on the boot CPU, with the EL2 MMU on (the lock below needs it). */
void console_init(void);

/*
 * printf - format and print (conversions: lib/printf.h). Returns the number of characters.
 * The message of one call comes out in one piece, whatever other CPUs print: it is written under
 * a lock, with IRQs masked so that a handler on this CPU may print too.
 */
int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * console_break_lock - from here on this CPU prints without the lock. For a panic: the lock's
 * owner may be the very code that failed, and will never give it back.
 */
void console_break_lock(void);

/* Wait until all output has left the UART. */
void console_flush(void);

#endif
