/* SPDX-License-Identifier: MIT */
/*
 * mmio_world.h - the guest's world in mmio.c: two devices with the same contents, one of them real, and
 * the ways in which the guest can be set up to see them.
 */
#ifndef TESTS_LAB4_MMIO_WORLD_H
#define TESTS_LAB4_MMIO_WORLD_H

#include "mmio_guest.h"
#include "puppet.h"

extern struct machine machine;

/* The machine's only vCPU. */
static inline struct guest_cpu *the_cpu(void)
{
	return &machine.cpus[0];
}

/* world_create - the machine, with its code and devices. */
void world_create(void);

/* Where the host has a piece of the guest's memory. */
void *guest_memory(uint64_t ipa);

/*
 * to_memory - the guest goes to memory itself, not through the caches: what the host has written there is
 * written back, and its own copies go.
 */
void to_memory(const void *start, size_t size);

/* ---- Devices --------------------------------------------------------------------------------- */

/* What the emulated devices have seen. */
struct world_seen {
	unsigned int accesses;		/* since they were filled */
	unsigned int too_wide;		/* values with bits above their size */
	unsigned int at_once, by_syndrome, by_instruction;	/* on which way they came */
	unsigned int retries;		/* to be set: so many times the devices do not know yet */
};
extern struct world_seen seen;

/* Their registers, as bytes. */
extern uint8_t device[], large_device[];

/* fill_devices - new contents, the same in both: bytes with the sign bit set, or clear. */
void fill_devices(bool negative);

/* Is there something else in them now? */
bool devices_differ(void);

/* ---- Settings -------------------------------------------------------------------------------- */

/* Stage 1 descriptors (Arm ARM, "VMSAv8-64 descriptor formats"). */
#define S1_TABLE		0x3
#define S1_PAGE			0x3
#define S1_ATTR_DEVICE		(0 << 2)
#define S1_ATTR_NORMAL		(1 << 2)
#define S1_AP_EL0		(1 << 6)	/* EL0 may, too */
#define S1_AP_READ_ONLY		(2 << 6)
#define S1_AF			(1 << 10)
#define S1_XN			(3UL << 53)	/* neither EL1 nor EL0 executes */
#define S1_CODE			(S1_PAGE | S1_ATTR_NORMAL | S1_AP_EL0 | S1_AP_READ_ONLY | S1_AF)
#define S1_DATA			(S1_PAGE | S1_ATTR_NORMAL | S1_AP_EL0 | S1_AF | S1_XN)
#define S1_DEVICE		(S1_PAGE | S1_ATTR_DEVICE | S1_AP_EL0 | S1_AF | S1_XN)
#define S1_DEVICE_EL1		(S1_PAGE | S1_ATTR_DEVICE | S1_AF | S1_XN)

/* Two bases of virtual addresses, far from any IPA: by TTBR0_EL1, and by TTBR1_EL1. */
#define LOW			0x00007f1200000000
#define HIGH			0xffff85a300000000

struct setting {
	const char *name;
	uint64_t mode;			/* PSTATE.M */
	bool el0_big, el1_big;		/* SCTLR_EL1.E0E, EE: big-endian data */
	unsigned int granule;		/* log2; 0: MMU off */
	uint64_t base;			/* of virtual addresses: RAM_BASE is there */
	uint64_t tag;			/* in the top byte of an address */
	uint64_t window;		/* the windows' stage 1 attributes */
	bool caches;
	bool in_steps;			/* exits are handled without machine_run()'s short cuts, */
	bool no_syndrome;		/* and ISV is always 0, as if the CPU never described an access */
};

/* cpu_has_granule - log2 of it. */
bool cpu_has_granule(unsigned int granule);

/* use - set the guest up like that; va, pstate: what follows from it. */
void use(const struct setting *setting);
uint64_t va(uint64_t ipa);
uint64_t mode_pstate(void);
extern const struct setting *now;

/*
 * map - a page of the setting's granule in stage 1. publish_tables: after each change of the tables.
 * last_table: where it is written in which table of the last level va(ipa) has its descriptor.
 * in_order: a descriptor as the guest's tables have it.
 */
void map(uint64_t ipa, uint64_t attributes);
uint64_t *last_table(uint64_t ipa);
void publish_tables(void);
uint64_t in_order(uint64_t descriptor);

/* ---- Forms ----------------------------------------------------------------------------------- */

/* offset_of - where an instruction, in the words of mmio_forms.h, is in each copy of the code. */
uint64_t offset_of(const char *text);

/* ---- The rest of it: mmio_faults.c ----------------------------------------------------------- */

#define EDGE_TESTS	9
#define NOTHING_TESTS	4
#define HOST_TESTS	15
#define PAGING_TESTS	14
#define WALK_TESTS	12
#define FAULTS_TESTS	(EDGE_TESTS + NOTHING_TESTS + HOST_TESTS + PAGING_TESTS + WALK_TESTS)
void test_faults(void);

#endif
