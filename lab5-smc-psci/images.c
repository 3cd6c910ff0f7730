// SPDX-License-Identifier: MIT
#include "images.h"

#include <string.h>

#include "arch/layout.h"
#include "vm.h"

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

static bool parse_all(const char *text, uint64_t *number)
{
	return parse_number(&text, number) && !*text;
}

static const char *find(struct guest_image *image, const char *name, const char *file, const char *wrong,
			const char *(*argument)(const char *name))
{
	const char *text = argument(name);

	if (!text)
		return NULL;
	if (!parse_all(text, &image->ipa) || fw_cfg_find(file, &image->file) || !image->file.size)
		return wrong;
	image->size = image->file.size;
	return NULL;
}

#define FIND(images, name, argument)						\
	find(&(images)->name, #name, "opt/el2labs/" #name,			\
	     #name "= is no address, or there is no -fw_cfg name=opt/el2labs/" #name, argument)

const char *guest_images_find(struct guest_images *images, const char *(*argument)(const char *name))
{
	const char *text, *wrong;

	/* One after the other: a text is there until the next one is asked for. */
	*images = (struct guest_images){ 0 };
	wrong = FIND(images, kernel, argument);
	wrong = wrong ? wrong : FIND(images, initrd, argument);
	wrong = wrong ? wrong : FIND(images, dtb, argument);
	if (wrong)
		return wrong;
	if (!images->kernel.size)
		return "there is no kernel=";
	text = argument("ram");
	if (!text || !parse_all(text, &images->ram_size))
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

static int load(const struct guest_image *image, char *ram)
{
	char *to = ram + (image->ipa - RAM_BASE);
	int error = 0;

	if (!image->size)
		return 0;
	if (image->data)
		memcpy(to, image->data, image->size);
	else
		error = fw_cfg_load(&image->file, to);
	vm_publish(to, image->size);
	return error;
}

int guest_images_load(const struct guest_images *images, void *ram)
{
	int error = load(&images->kernel, ram);

	if (!error)
		error = load(&images->initrd, ram);
	return error ? error : load(&images->dtb, ram);
}
