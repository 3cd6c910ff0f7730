/* SPDX-License-Identifier: MIT */
/* uart_guest.h - what the guest of uart.c prints and reads, by the project's own driver (uart_guest.c). */
#ifndef TESTS_LAB4_UART_GUEST_H
#define TESTS_LAB4_UART_GUEST_H

/*
 * In this order, an HVC_REPORT after each of them:
 *
 *   UART_LINES lines "line <n> of <UART_LINES>", and then each of the 256 characters
 *   UART_BYTES characters read by polling, each sent back
 *   UART_BYTES characters read by interrupt, each sent back; x0: how many interrupts there were
 */
#define UART_LINES	100
#define UART_BYTES	1000

#endif
