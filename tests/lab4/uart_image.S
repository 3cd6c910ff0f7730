/* SPDX-License-Identifier: MIT */
/* uart_image.S - the program of the guest with the UART, as it lies in the image of the test. */
	.section .rodata.uart_guest, "a"
	.balign	8
	.globl	uart_guest, uart_guest_end
uart_guest:
	.incbin	"uart.bin"
uart_guest_end:
	.section .note.GNU-stack, "", %progbits
