// SPDX-License-Identifier: MIT
#include "drivers/fw_cfg.h"

#include <string.h>

#include "arch/barrier.h"
#include "arch/bits.h"
#include "arch/layout.h"
#include "drivers/mmio.h"
#include "lib/errno.h"
#include "lib/spinlock.h"

/* The device, as it is memory-mapped on Arm: the data register may be read byte by byte. */
#define FW_CFG_DATA		(FW_CFG_BASE + 0x0)
#define FW_CFG_SELECTOR		(FW_CFG_BASE + 0x8)	/* 16 bits, big-endian */
#define FW_CFG_DMA		(FW_CFG_BASE + 0x10)	/* where an order is: 64 bits, big-endian */

#define FW_CFG_KEY_SIGNATURE	0x0000			/* reads "QEMU" */
#define FW_CFG_KEY_ID		0x0001			/* what the device can do; little-endian, as it is read */
#define FW_CFG_ID_DMA		BIT(1)
#define FW_CFG_KEY_FILE_DIR	0x0019

/* One entry of the file directory; its numbers are big-endian. */
struct entry {
	uint8_t size[4];
	uint8_t key[2];
	uint8_t reserved[2];
	char name[56];
};

/* An order for DMA; big-endian, too. The device clears control when it is done, but for "error". */
struct order {
	uint32_t control;
	uint32_t length;
	uint64_t address;
};
#define ORDER_ERROR		BIT(0)
#define ORDER_READ		BIT(1)
#define ORDER_SELECT		BIT(3)			/* the item whose key is in bits 31 to 16 */

/* What is selected is a state of the device: loads, which any CPU may ask for, come one after the other. */
static struct spinlock lock;

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

int fw_cfg_find(const char *name, struct fw_cfg_file *file)
{
	struct entry entry;
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
		read_item(&entry, sizeof(entry));
		if (strncmp(entry.name, name, sizeof(entry.name)) == 0) {
			file->key = (uint16_t)(entry.key[0] << 8 | entry.key[1]);
			file->size = be32(entry.size);
			return 0;
		}
	}
	return -ENOENT;
}

int fw_cfg_read_file(const char *name, char *buf, size_t size)
{
	struct fw_cfg_file file;
	int error = fw_cfg_find(name, &file);
	size_t length;

	if (error)
		return error;
	length = file.size < size - 1 ? file.size : size - 1;
	select_item(file.key);
	read_item(buf, length);
	buf[length] = '\0';
	return (int)length;
}

int fw_cfg_load(const struct fw_cfg_file *file, void *to)
{
	uint32_t control = (uint32_t)(file->key << 16 | ORDER_SELECT | ORDER_READ);
	struct order order = {
		__builtin_bswap32(control), __builtin_bswap32(file->size), __builtin_bswap64((uintptr_t)to),
	};
	uint64_t daif = spin_lock_irqsave(&lock);
	uint8_t id = 0;

	select_item(FW_CFG_KEY_ID);
	read_item(&id, sizeof(id));
	if (id & FW_CFG_ID_DMA) {
		/* The device is coherent with the caches. The order is in memory before it is told where. */
		dmb(oshst);
		mmio_write64(FW_CFG_DMA, __builtin_bswap64((uintptr_t)&order));
		do {
			control = __builtin_bswap32(*(volatile uint32_t *)&order.control);
		} while (control & ~ORDER_ERROR);
		/* And "done" is read before what was done. */
		dmb(oshld);
	}
	spin_unlock_irqrestore(&lock, daif);
	if (!(id & FW_CFG_ID_DMA))
		return -ENODEV;
	return control ? -EIO : 0;
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
