/* SPDX-License-Identifier: MIT */
/*
 * printf.h - formatted output, into a buffer or to any sink of characters.
 *
 * The printf() that writes to the console is in drivers/console.h.
 *
 * The format language is that of C99's printf, integers and strings only:
 *
 *   %[flags][width][.precision][length]conversion
 *
 *   flags        -  left-justify    0  pad with zeros    +  sign always    ' '  space for a plus
 *                #  0x before %x, 0X before %X, 0 before %o
 *   width        a number, or * for an int argument (negative: left-justify)
 *   precision    integers: least number of digits; %s: most characters; * as above (negative: none)
 *   length       hh h l ll j z t
 *   conversion   d i u o x X c s p %
 *
 * %p prints 0x and the address in hexadecimal (a null pointer is 0x0); %s of a null pointer
 * prints (null).
 *
 * A conversion that is not in this list (%f, %n, or a '%' at the very end) is printed as it is,
 * and so is all that follows it: the types of the arguments behind it are no longer known, and to
 * guess would mean to follow a pointer that is none.
 *
 * Nothing here allocates, locks or keeps state, so that all of it may be used in a panic.
 */
#ifndef LIB_PRINTF_H
#define LIB_PRINTF_H

#include "arch/types.h"

/* A sink: takes one character, and the argument that was given with the sink. */
typedef void (*putc_fn)(char c, void *arg);

/*
 * vformat, format - format to a sink.
 * @put, @arg: called as put(c, arg) for each character, in order; no terminating NUL is sent
 *
 * Return: the number of characters sent (INT32_MAX if there were more).
 */
int vformat(putc_fn put, void *arg, const char *fmt, va_list ap) __printf_like(3, 0);
int format(putc_fn put, void *arg, const char *fmt, ...) __printf_like(3, 4);

/*
 * kvsnprintf, ksnprintf - format into a buffer, as C99's snprintf does.
 * @buf:  receives at most @size - 1 characters and always a terminating NUL; may be NULL
 *        when @size is 0
 * @size: of the buffer, in bytes
 *
 * Return: the length that the whole text has, without the NUL. The text was cut if this is
 *         @size or more.
 */
int kvsnprintf(char *buf, size_t size, const char *fmt, va_list ap) __printf_like(3, 0);
int ksnprintf(char *buf, size_t size, const char *fmt, ...) __printf_like(3, 4);

#endif
