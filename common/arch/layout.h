/* SPDX-License-Identifier: MIT */
/*
 * layout.h - where everything is: the machine's addresses and the hypervisor's own.
 *
 * Read by C, by assembly and by the linker script, so it holds plain numbers only.
 *
 *   0x0800_0000  GICv3 distributor, redistributors     \  QEMU's "virt" machine; the guests of
 *   0x0900_0000  PL011 UART                             > labs 3 to 5 see one that looks the same
 *   0x4000_0000  RAM: the guests', from its start      /
 *   0x4020_0000  the boot segment (boot.S): runs once, then its memory is free for guests
 *   0x7c00_0000  the hypervisor: text, rodata, data, then pages for the allocator
 *   0x7ffc_0000  one stack block for each CPU
 *   0x8000_0000  end of the first GiB of RAM: the least that the machine must have
 *
 * The hypervisor lives at the top of that GiB because no guest IPA is mapped there: a GDB
 * breakpoint matches on the address alone, in whatever exception level and world it is met.
 */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#define PAGE_SHIFT		12
#define PAGE_SIZE		4096

/* The machine: QEMU virt. */
#define RAM_BASE		0x40000000
#define GICD_BASE		0x08000000
#define GICD_SIZE		0x00010000
#define GICR_BASE		0x080a0000
#define GICR_STRIDE		0x00020000	/* RD_base and SGI_base frame, 64 KiB each */
#define UART_BASE		0x09000000
#define FW_CFG_BASE		0x09020000
#define SECURE_GPIO_BASE	0x090b0000	/* a PL061, there with secure=on only */

/* The hypervisor. */
#define BOOT_BASE		0x40200000	/* clear of the device tree that QEMU puts at RAM_BASE */
#define HYP_BASE		0x7c000000
#define HYP_END			0x80000000

#define MAX_CPUS		8

/*
 * A CPU's stack block, aligned to its size:
 *
 *   +0x8000  top: the stack starts here and grows down
 *   +0x4000  end of the stack                    (bit 14 of every good SP is 1, see vectors.S)
 *   +0x3000  guard page, not mapped: where an overflow faults; also the overflow stack's top
 *   +0x1000  end of the overflow stack, on which the overflow is reported
 *   +0x0000  guard page, not mapped
 */
#define STACK_SHIFT		14
#define STACK_SIZE		0x4000
#define STACK_BLOCK_SIZE	0x8000
#define STACK_GUARD		0x3000
#define OVERFLOW_STACK_TOP	0x3000
#define OVERFLOW_STACK_END	0x1000

/* MAX_CPUS blocks at the very top; aligned to the size of them all, as the check in vectors.S asks. */
#define STACKS_SHIFT		18
#define STACKS_BASE		0x7ffc0000
#define STACK_TOP(cpu)		(STACKS_BASE + ((cpu) + 1) * STACK_BLOCK_SIZE)

/* "The image is really here", checked by boot.S before it jumps to it. */
#define IMAGE_MAGIC		0x324c45		/* "EL2" */

#endif
