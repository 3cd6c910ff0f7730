/* SPDX-License-Identifier: MIT */
/*
 * images.h - what a guest starts from: kernel, initial RAM disk and device tree, as they lie somewhere in
 * the machine's memory, and where they belong in the guest's.
 */
#ifndef LAB5_IMAGES_H
#define LAB5_IMAGES_H

#include "arch/types.h"

struct guest_image {
	const void *data;	/* the hypervisor's address */
	uint64_t size;		/* 0: there is none */
	uint64_t ipa;		/* in the guest's memory */
};

struct guest_images {
	struct guest_image kernel, initrd, dtb;
	uint64_t entry;		/* an IPA */
	uint64_t ram_size;	/* of the guest's memory, from RAM_BASE on */
};

/*
 * guest_images_parse - from the boot arguments that run-guest makes:
 *   kernel=STAGED,SIZE,IPA  initrd=STAGED,SIZE,IPA  dtb=STAGED,SIZE,IPA  ram=SIZE
 * STAGED is an address in the machine's memory; each number in hexadecimal with 0x, or decimal.
 * Returns NULL, or what is wrong, in words.
 */
const char *guest_images_parse(struct guest_images *images, const char *(*argument)(const char *name));

/* guest_images_fit - do they lie in the guest's memory, and not on each other? */
bool guest_images_fit(const struct guest_images *images);

/* guest_images_load - copy them to where the guest finds them. ram: its memory, at the hypervisor's address. */
void guest_images_load(const struct guest_images *images, void *ram);

#endif
