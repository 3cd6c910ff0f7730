// SPDX-License-Identifier: MIT
#include "mmio_world.h"

#include <string.h>

#include "arch/cache.h"
#include "arch/layout.h"
#include "arch/sysreg.h"
#include "drivers/console.h"
#include "guest/guest.h"
#include "mm/stage2_tlb.h"

extern const char program_mmio[], program_mmio_end[];

struct machine machine;

void *guest_memory(uint64_t ipa)
{
	return (char *)machine.vm.ram + (ipa - RAM_BASE);
}

void to_memory(const void *start, size_t size)
{
	DCACHE_BY_VA(civac, start, size);
}

/* ---- Devices --------------------------------------------------------------------------------- */

#define CONTENTS	0x400			/* of each, that is filled and compared */

uint8_t device[ALIGN_UP(DEVICE_SIZE, 8)] __aligned(8);
uint8_t large_device[LARGE_DEVICE_SIZE] __aligned(8);
struct world_seen seen;

static enum vdev_result device_read(void *registers, unsigned int cpu, uint32_t offset, unsigned int size,
				    uint64_t *value)
{
	const struct vcpu_exit *exit = &the_cpu()->exit;

	(void)cpu;
	if (seen.retries) {
		seen.retries--;
		return VDEV_RETRY;
	}
	seen.accesses++;
	/* The short cut does not go by struct vcpu_exit, where puppet_put() has left no syndrome. */
	if (!exit->esr)
		seen.at_once++;
	else if (exit->esr & DABT_ISV)
		seen.by_syndrome++;
	else
		seen.by_instruction++;
	*value = 0;
	memcpy(value, (uint8_t *)registers + offset, size);
	return VDEV_DONE;
}

static enum vdev_result device_write(void *registers, unsigned int cpu, uint32_t offset, unsigned int size,
				     uint64_t value)
{
	uint64_t before;
	enum vdev_result result = device_read(registers, cpu, offset, size, &before);

	if (size < 8 && value >> 8 * size)
		seen.too_wide++;
	if (result == VDEV_DONE)
		memcpy((uint8_t *)registers + offset, &value, size);
	return result;
}

void fill_devices(bool negative)
{
	uint64_t *real = guest_memory(WINDOW_REAL), *emulated = (uint64_t *)device;
	unsigned int n;

	for (n = 0; n < CONTENTS / 8; n++) {
		uint64_t value = host_random() & 0x7f7f7f7f7f7f7f7f;

		real[n] = emulated[n] = negative ? ~value : value;
	}
	to_memory(real, CONTENTS);
	seen.accesses = 0;
}

bool devices_differ(void)
{
	to_memory(guest_memory(WINDOW_REAL), CONTENTS);
	return memcmp(guest_memory(WINDOW_REAL), device, CONTENTS) != 0;
}

void world_create(void)
{
	const struct machine_device devices[] = {
		{ WINDOW_EMULATED, DEVICE_SIZE, device, device_read, device_write },
		{ LARGE_DEVICE, LARGE_DEVICE_SIZE, large_device, device_read, device_write },
	};
	struct stage2 *stage2 = &machine.vm.stage2;
	size_t size = (size_t)(program_mmio_end - program_mmio);
	unsigned int n;

	host_machine(&machine, "the guest", program_mmio, program_mmio_end, 1, 0);
	memcpy(guest_memory(CODE_EMULATED), program_mmio, size);
	memcpy(guest_memory(CODE_MOVED), program_mmio, size);
	to_memory(guest_memory(RAM_BASE), GUEST_RAM_SIZE);
	for (n = 0; n < ARRAY_SIZE(devices); n++)
		machine_add_device(&machine, &devices[n]);
	stage2_unmap(stage2, WINDOW_REAL, PAGE_SIZE);
	stage2_map(stage2, WINDOW_REAL, (uintptr_t)guest_memory(WINDOW_REAL), PAGE_SIZE, STAGE2_DEVICE);
	stage2_unmap(stage2, WINDOW_EMULATED, PAGE_SIZE);
	/* And one that is real, and is not there: what the machine itself makes of that. */
	stage2_map(stage2, HOLE, HOLE, PAGE_SIZE, STAGE2_DEVICE);
}

/* ---- Stage 1 --------------------------------------------------------------------------------- */

#define MAIR			0xff04		/* 0: Device-nGnRE; 1: Normal, write-back */
#define SCTLR_RESET		0x30d00800UL
#define SCTLR_I			(1 << 12)
#define SCTLR_UCI		(1 << 26)	/* EL0 may maintain caches */

const struct setting *now;
static uint64_t root, next_table;

uint64_t va(uint64_t ipa)
{
	return now->granule ? ipa - RAM_BASE + now->base : ipa;
}

uint64_t mode_pstate(void)
{
	return now->mode | (now->mode == SPSR_M_EL1T || now->mode == SPSR_M_EL1H ? SPSR_DAIF : 0);
}

uint64_t in_order(uint64_t descriptor)
{
	return now->el1_big ? __builtin_bswap64(descriptor) : descriptor;
}

static uint64_t new_table(void)
{
	uint64_t table = next_table;

	next_table += 1UL << now->granule;
	memset(guest_memory(table), 0, 1UL << now->granule);
	return table;
}

/*
 * Where va(ipa) has its descriptor, in the last level's table or in the one above it; the tables on the way
 * are made. Addresses have 48 bits, and a walk has as many levels as the granule makes of them.
 */
static uint64_t *descriptor_of(uint64_t ipa, unsigned int levels_above)
{
	unsigned int bits = now->granule - 3, shift = now->granule;
	uint64_t address = va(ipa) & GENMASK(47, 0), table = root;

	while (shift + bits < 48)
		shift += bits;
	for (;; shift -= bits) {
		uint64_t *entry = (uint64_t *)guest_memory(table) + (address >> shift & (BIT(bits) - 1));

		if (shift == now->granule + levels_above * bits)
			return entry;
		if (!*entry)
			*entry = in_order(new_table() | S1_TABLE);
		table = in_order(*entry) & GENMASK(47, 12);
	}
}

void map(uint64_t ipa, uint64_t attributes)
{
	*descriptor_of(ipa, 0) = in_order(ipa | attributes);
}

uint64_t *last_table(uint64_t ipa)
{
	return descriptor_of(ipa, 1);
}

/* Into memory; and no TLB has anything older. */
void publish_tables(void)
{
	to_memory(guest_memory(TABLES), next_table - TABLES);
	stage2_tlb_flush_local();
}

/* ID_AA64MMFR0_EL1: TGran16 is 0 without it, TGran64 is 15. */
bool cpu_has_granule(unsigned int granule)
{
	uint64_t mmfr0 = read_sysreg(ID_AA64MMFR0_EL1);

	return granule == 14 ? (mmfr0 >> 20 & 15) != 0 : granule != 16 || (mmfr0 >> 24 & 15) == 0;
}

static void stage1_on(const struct setting *setting)
{
	static const uint8_t tg0[] = { [12] = TCR_EL1_TG0_4K, [14] = TCR_EL1_TG0_16K, [16] = TCR_EL1_TG0_64K };
	static const uint8_t tg1[] = { [12] = TCR_EL1_TG1_4K, [14] = TCR_EL1_TG1_16K, [16] = TCR_EL1_TG1_64K };
	static const uint64_t code[] = { CODE_REAL, CODE_EMULATED, CODE_MOVED };
	unsigned int n;

	next_table = TABLES;
	root = new_table();
	for (n = 0; n < ARRAY_SIZE(code); n++)
		map(code[n], S1_CODE);
	map(WINDOW_REAL, setting->window);
	map(WINDOW_EMULATED, setting->window);
	map(SCRATCH, S1_DATA);
	map(NOTHING, S1_DATA);
	publish_tables();
	write_sysreg(TCR_EL1, FIELD_PREP(TCR_EL1_T0SZ, 16) | FIELD_PREP(TCR_EL1_T1SZ, 16) |
			      FIELD_PREP(TCR_EL1_TG0, tg0[setting->granule]) |
			      FIELD_PREP(TCR_EL1_TG1, tg1[setting->granule]) |
			      FIELD_PREP(TCR_EL1_IPS, 2) | TCR_EL1_TBI0);
	write_sysreg(MAIR_EL1, MAIR);
	write_sysreg(TTBR0_EL1, root);
	write_sysreg(TTBR1_EL1, root);
}

void use(const struct setting *setting)
{
	uint64_t sctlr = SCTLR_RESET | SCTLR_UCI;

	now = setting;
	puppet_in_steps = setting->in_steps;
	sctlr |= setting->el0_big ? SCTLR_EL1_E0E : 0;
	sctlr |= setting->el1_big ? SCTLR_EL1_EE : 0;
	sctlr |= setting->caches ? SCTLR_EL1_C | SCTLR_I : 0;
	if (setting->granule) {
		stage1_on(setting);
		sctlr |= SCTLR_EL1_M;
	}
	write_sysreg(SCTLR_EL1, sctlr);
	write_sysreg(VBAR_EL1, va(CODE_REAL));
}
