/* SPDX-License-Identifier: MIT */
/*
 * hyp.lds.S - the linker script of every hypervisor image, run through the C preprocessor.
 *
 * Each segment has pages of its own, so that each can have the rights it needs and no more: text
 * is executable and read-only, rodata is read-only, data is not executable. No segment is both
 * writable and executable. The symbols are what el2_mmu.c maps by.
 */
#include "arch/layout.h"

OUTPUT_ARCH(aarch64)
ENTRY(_start)

PHDRS
{
	boot   PT_LOAD FLAGS(5);	/* R X */
	text   PT_LOAD FLAGS(5);	/* R X */
	rodata PT_LOAD FLAGS(4);	/* R   */
	data   PT_LOAD FLAGS(6);	/* RW  */
}

SECTIONS
{
	/* The only part in low RAM: it must run even where the rest has no memory (boot.S). */
	. = BOOT_BASE;
	.boot : { KEEP(*(.boot)) } :boot

	. = HYP_BASE;
	__text_start = .;
	.text : ALIGN(PAGE_SIZE) {
		*(.vectors)
		*(.text .text.*)
	} :text
	. = ALIGN(PAGE_SIZE);
	__text_end = .;

	__rodata_start = .;
	.rodata : {
		*(.rodata .rodata.*)
		. = ALIGN(8);
		/* Where a read may fault, and where to go on: lab 1, probe.h. */
		__fixups_start = .;
		KEEP(*(.fixups))
		__fixups_end = .;
	} :rodata
	. = ALIGN(PAGE_SIZE);
	__rodata_end = .;

	__data_start = .;
	.data : {
		*(.data .data.*)
		. = ALIGN(16);
	} :data
	.bss (NOLOAD) : {
		. = ALIGN(16);
		__bss_start = .;
		*(.bss .bss.* COMMON)
		. = ALIGN(16);
		__bss_end = .;
	} :data
	. = ALIGN(PAGE_SIZE);
	__data_end = .;

	/* From here to the stacks: pages for the allocator. */
	__heap_start = .;
	__heap_end = STACKS_BASE;
	ASSERT(__heap_start + 0x100000 <= __heap_end, "the image leaves less than 1 MiB of pages")

	/DISCARD/ : { *(.note.*) *(.comment) *(.eh_frame) *(.eh_frame_hdr) *(.interp) }
}
