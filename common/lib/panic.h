/* SPDX-License-Identifier: MIT */
/*
 * panic.h - the end of the hypervisor: say why, and power off. Never a silent stop.
 */
#ifndef LIB_PANIC_H
#define LIB_PANIC_H

#include "arch/types.h"

/* panic - print the message and who called whom, and power off. On any stack, in any state. */
void panic(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/*
 * The parts of it, for the exception panic screen of lab 1.
 *
 * panic_begin - from here on the console is this CPU's, and a fault while panicking cannot start
 * all over: a panic inside a panic powers off at once, another CPU's panic waits for this one.
 */
void panic_begin(void);

/*
 * panic_backtrace - print the call chain.
 * pc: where it is; fp: the frame pointer (x29) there; lr: the return address (x30) if no frame
 * record has it yet, else 0.
 */
void panic_backtrace(uint64_t pc, uint64_t lr, uint64_t fp);

/* panic_end - let the output out and power off. */
void panic_end(void) __attribute__((noreturn));

#endif
