// SPDX-License-Identifier: MIT
#include "images.h"

#include <string.h>

#include "arch/layout.h"
#include "vm.h"

/* Where staged files may be: machine memory behind QEMU's and before the hypervisor's (run-guest). */
#define STAGING_BASE	0x44000000

/* A number: 0x... or decimal; *text moves behind it. False: there is none. */
static bool parse_number(const char **text, uint64_t *number)
{
	const char *at = *text, *start;
	unsigned int base = 10;

	if (at[0] == '0' && at[1] == 'x') {
		base = 16;
		at += 2;
	}
	*number = 0;
	for (start = at; ; at++) {
		unsigned int digit = *at >= '0' && *at <= '9' ? (unsigned int)(*at - '0') :
				     base == 16 && *at >= 'a' && *at <= 'f' ? (unsigned int)(*at - 'a' + 10) : 16;

		if (digit >= base)
			break;
		*number = *number * base + digit;
	}
	*text = at;
	return at != start;
}

/* STAGED,SIZE,IPA */
static bool parse_image(const char *text, struct guest_image *image)
{
	uint64_t staged;

	if (!parse_number(&text, &staged) || *text++ != ',' || !parse_number(&text, &image->size) ||
	    *text++ != ',' || !parse_number(&text, &image->ipa) || *text)
		return false;
	image->data = (const void *)(uintptr_t)staged;
	return image->size && staged >= STAGING_BASE && staged < HYP_BASE &&
	       image->size <= HYP_BASE - staged;
}

const char *guest_images_parse(struct guest_images *images, const char *(*argument)(const char *name))
{
	const char *text;

	/* One after the other: a text is there until the next one is asked for. */
	*images = (struct guest_images){ 0 };
	text = argument("kernel");
	if (!text || !parse_image(text, &images->kernel))
		return "kernel= is not STAGED,SIZE,IPA";
	text = argument("initrd");
	if (text && !parse_image(text, &images->initrd))
		return "initrd= is not STAGED,SIZE,IPA";
	text = argument("dtb");
	if (text && !parse_image(text, &images->dtb))
		return "dtb= is not STAGED,SIZE,IPA";
	text = argument("ram");
	if (!text || !parse_number(&text, &images->ram_size) || *text)
		return "ram= is not a number of bytes";
	if (!images->ram_size || images->ram_size % 0x200000)
		return "ram= is not a multiple of 2 MiB";
	images->entry = images->kernel.ipa;
	return guest_images_fit(images) ? NULL : "kernel, initrd and dtb do not fit into the guest's memory";
}

static bool is_inside(const struct guest_images *images, const struct guest_image *image)
{
	return !image->size || (image->ipa >= RAM_BASE && image->size <= images->ram_size &&
				image->ipa - RAM_BASE <= images->ram_size - image->size);
}

static bool overlap(const struct guest_image *a, const struct guest_image *b)
{
	return a->size && b->size && a->ipa < b->ipa + b->size && b->ipa < a->ipa + a->size;
}

bool guest_images_fit(const struct guest_images *images)
{
	return is_inside(images, &images->kernel) && is_inside(images, &images->initrd) &&
	       is_inside(images, &images->dtb) && !overlap(&images->kernel, &images->initrd) &&
	       !overlap(&images->kernel, &images->dtb) && !overlap(&images->initrd, &images->dtb);
}

static void load(const struct guest_image *image, char *ram)
{
	char *to = ram + (image->ipa - RAM_BASE);

	if (!image->size)
		return;
	memcpy(to, image->data, image->size);
	vm_publish(to, image->size);
}

void guest_images_load(const struct guest_images *images, void *ram)
{
	load(&images->kernel, ram);
	load(&images->initrd, ram);
	load(&images->dtb, ram);
}
