// SPDX-License-Identifier: MIT
#include "drivers/fw_cfg.h"

#include <string.h>

#include "arch/layout.h"
#include "drivers/mmio.h"
#include "lib/errno.h"

/* The device, as it is memory-mapped on Arm: the data register may be read byte by byte. */
#define FW_CFG_DATA		(FW_CFG_BASE + 0x0)
#define FW_CFG_SELECTOR		(FW_CFG_BASE + 0x8)	/* 16 bits, big-endian */

#define FW_CFG_KEY_SIGNATURE	0x0000			/* reads "QEMU" */
#define FW_CFG_KEY_FILE_DIR	0x0019

/* One entry of the file directory; its numbers are big-endian. */
struct fw_cfg_file {
	uint8_t size[4];
	uint8_t key[2];
	uint8_t reserved[2];
	char name[56];
};

static void select_item(uint16_t key)
{
	mmio_write16(FW_CFG_SELECTOR, __builtin_bswap16(key));
}

static void read_item(void *buf, size_t size)
{
	uint8_t *byte = buf;

	while (size--)
		*byte++ = mmio_read8(FW_CFG_DATA);
}

static uint32_t be32(const uint8_t b[4])
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

int fw_cfg_read_file(const char *name, char *buf, size_t size)
{
	struct fw_cfg_file file;
	uint8_t count[4];
	char signature[4];
	uint32_t i, n;

	select_item(FW_CFG_KEY_SIGNATURE);
	read_item(signature, sizeof(signature));
	if (memcmp(signature, "QEMU", 4))
		return -ENOENT;

	select_item(FW_CFG_KEY_FILE_DIR);
	read_item(count, sizeof(count));
	n = be32(count);
	for (i = 0; i < n; i++) {
		read_item(&file, sizeof(file));
		if (strncmp(file.name, name, sizeof(file.name)) == 0) {
			uint32_t length = be32(file.size);

			if (length > size - 1)
				length = size - 1;
			select_item((uint16_t)(file.key[0] << 8 | file.key[1]));
			read_item(buf, length);
			buf[length] = '\0';
			return (int)length;
		}
	}
	return -ENOENT;
}

const char *bootarg(const char *name)
{
	static char args[256], value[64];
	size_t length = strlen(name);
	const char *at;

	/* Read anew at each call: it is rare, and nothing is left to keep in order. */
	if (fw_cfg_read_file("opt/el2labs/args", args, sizeof(args)) < 0)
		return NULL;

	for (at = args; *at; ) {
		const char *end = at;

		while (*end && *end != ' ')
			end++;
		if (strncmp(at, name, length) == 0 &&
		    (at[length] == '=' || at + length == end)) {
			const char *from = at[length] == '=' ? at + length + 1 : end;
			size_t n = (size_t)(end - from);

			if (n > sizeof(value) - 1)
				n = sizeof(value) - 1;
			memcpy(value, from, n);
			value[n] = '\0';
			return value;
		}
		while (*end == ' ')
			end++;
		at = end;
	}
	return NULL;
}
