/* SPDX-License-Identifier: MIT */
/*
 * mmio_guest.h - where things are for the guest of mmio.c, in its physical memory (IPA).
 *
 * Twice the same code, each with a window of 64 KiB at the same distance: one is memory that the hardware
 * itself takes for a device, behind the other is the emulated one. 64 KiB is the largest of the granules.
 */
#ifndef TESTS_LAB4_MMIO_GUEST_H
#define TESTS_LAB4_MMIO_GUEST_H

#define CODE_REAL		0x40080000	/* GUEST_ENTRY; the vectors are here */
#define WINDOW_REAL		0x400a0000
#define CODE_EMULATED		0x400c0000
#define WINDOW_EMULATED		0x400e0000
#define WINDOW_DISTANCE		(WINDOW_REAL - CODE_REAL)
#define CODE_MOVED		0x40180000	/* a third copy, to be taken away and given back */

#define TABLES			0x40100000	/* stage 1's */
#define TABLES_END		0x40160000
#define SCRATCH			0x40160000	/* a page of memory */

/* Base registers point to the middle of the device's registers. */
#define MIDDLE			0x200
#define DEVICE_SIZE		0x404

/* A second device, of two pages; and an address where nothing is, nor in the machine itself. */
#define LARGE_DEVICE		0x41000000
#define LARGE_DEVICE_SIZE	0x2000
#define NOTHING			0x42000000
#define HOLE			0x0b000000	/* "virt" has nothing there */

#endif
