/* SPDX-License-Identifier: MIT */
/* guest.lds.S - the linker script of the guests: all of them at one IPA, so that VMs must be kept apart. */
#include "guest/guest.h"

OUTPUT_ARCH(aarch64)
ENTRY(guest_start)

PHDRS
{
	text PT_LOAD FLAGS(5);
	data PT_LOAD FLAGS(6);
}

SECTIONS
{
	. = GUEST_ENTRY;
	.text : { KEEP(*(.text.start)) *(.text .text.*) *(.rodata .rodata.*) } :text
	. = ALIGN(4096);
	.data : { *(.data .data.*) . = ALIGN(16); } :data
	.bss (NOLOAD) : {
		. = ALIGN(16);
		__bss_start = .;
		*(.bss .bss.* COMMON)
		. = ALIGN(16);
		__bss_end = .;
	} :data
	/DISCARD/ : { *(.note.*) *(.comment) *(.eh_frame) *(.eh_frame_hdr) *(.interp) }
}
