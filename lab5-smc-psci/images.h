/* SPDX-License-Identifier: MIT */
/*
 * images.h - what a guest starts from: kernel, initial RAM disk and device tree, where they come from, and
 * where they belong in the guest's memory. A guest that is reset gets them once more.
 */
#ifndef LAB5_IMAGES_H
#define LAB5_IMAGES_H

#include "arch/types.h"
#include "drivers/fw_cfg.h"

struct guest_image {
	const void *data;	/* a part of the hypervisor's image; or NULL: see file */
	uint64_t size;		/* 0: there is none */
	uint64_t ipa;		/* in the guest's memory */
	struct fw_cfg_file file;	/* one of QEMU's files */
};

struct guest_images {
	struct guest_image kernel, initrd, dtb;
	uint64_t entry;		/* an IPA */
	uint64_t ram_size;	/* of the guest's memory, from RAM_BASE on */
};

/*
 * guest_images_find - QEMU's files (-fw_cfg name=opt/el2labs/kernel, initrd, dtb), and by the boot arguments where
 * they belong:   kernel=IPA  initrd=IPA  dtb=IPA  ram=SIZE,   each number in hexadecimal with 0x, or decimal.
 * initrd and dtb need not be. argument: bootarg(), or the like.
 * Returns NULL, or what is wrong, in words.
 */
const char *guest_images_find(struct guest_images *images, const char *(*argument)(const char *name));

/* guest_images_fit - do they lie in the guest's memory, and not on each other? */
bool guest_images_fit(const struct guest_images *images);

/*
 * guest_images_load - bring them to where the guest finds them. ram: its memory, at the hypervisor's address, which is
 * also the physical one. Returns 0, or what fw_cfg_load() says.
 */
int guest_images_load(const struct guest_images *images, void *ram);

#endif
