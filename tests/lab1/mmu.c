// SPDX-License-Identifier: MIT
/*
 * mmu.c - the hypervisor's map of itself, as the machine sees it: each region is read, written and
 * executed, and the CPU is asked (AT) about every page that there could be.
 *
 * What may fault is done by a probe (probe.h). There is none for jumps; so this image has a vector
 * table of its own: its handler sends a jump that ended in an Instruction Abort back to the caller.
 */
#include "arch/barrier.h"
#include "arch/cpu.h"
#include "arch/sysreg.h"
#include "drivers/console.h"
#include "el2_mmu.h"
#include "entry.h"
#include "exception.h"
#include "lib/errno.h"
#include "lib/spinlock.h"
#include "probe.h"

#define TAP_HANDOUT "lab1-el2-entry/README.md"
#include "tap.h"

#define PAGE_TABLES	"The hypervisor's own page tables"
#define STACKS		"Stacks and what lies below them"
#define RETURNING	"Exceptions that return"

#define RET_INSTRUCTION	0xd65f03c0

/* RAM that nobody uses, and that the hypervisor does not map. */
#define SPARE_RAM	0x50000000UL

/* From the linker script, for their addresses. */
extern char __text_start[], __text_end[], __rodata_start[], __rodata_end[], __data_start[],
	__data_end[];
extern char __heap_start[], own_vectors[];

static const uint64_t constant = 0x0123456789abcdef;
static const uint32_t constant_code[2] = { RET_INSTRUCTION, RET_INSTRUCTION };
static uint64_t variable __section(".data") = 0xfedcba9876543210;
static uint32_t data_code[2] __section(".data") = { RET_INSTRUCTION, RET_INSTRUCTION };

/* ---- Accesses that may fault ----------------------------------------------------------------- */

static bool readable(uint64_t address)
{
	uint64_t value;

	return probe_read64(address, &value) == 0;
}

/* Writes what is there already. */
static bool writable(uint64_t address)
{
	uint64_t value;

	return probe_read64(address, &value) == 0 && probe_write64(address, value) == 0;
}

/* A function that returns at once. */
static void __noinline do_nothing(void)
{
	asm volatile("");
}

/* A jump that came back by an exception. */
static struct {
	bool expected;
	uint64_t address, esr;
} jump;

void own_exception(struct el2_frame *frame);
void own_exception(struct el2_frame *frame)
{
	if (!jump.expected || frame->vector != 4 || frame->esr >> 26 != 0x21) {
		el2_exception(frame);
		return;
	}
	jump.expected = false;
	jump.esr = frame->esr;
	if (frame->far != jump.address || frame->elr != jump.address) {
		printf("# a jump to 0x%lx: FAR_EL2 0x%lx, ELR_EL2 0x%lx\n", jump.address,
		       frame->far, frame->elr);
		jump.esr = ~0UL;
	}
	frame->elr = frame->x[30];
}

/* Call a function that returns at once. ESR_EL2 of the fault at that address; 0 if none. */
static uint64_t execute(uint64_t address)
{
	jump.address = address;
	jump.esr = 0;
	jump.expected = true;
	asm volatile("blr %0" :: "r"(address) : "x30", "memory");
	jump.expected = false;
	return jump.esr;
}

/* ESR_EL2 of an Instruction Abort from EL2, IL = 1, IFSC "Permission fault" at any level. */
#define TAP_NOT_EXECUTABLE(address, what) \
	TAP_EQ(execute(address) & ~3UL, 0x8600000c, "execution of " what " is a permission fault", \
	       PAGE_TABLES)

/* ---- What the CPU says about an address ------------------------------------------------------ */

enum rights { NONE, READ, WRITE };

struct translation {
	enum rights rights;
	uint64_t address;
	unsigned int attributes, shareability;
};

/* AT S1E2R, AT S1E2W and PAR_EL1, by their encodings. */
static struct translation translate(uint64_t address)
{
	struct translation t = { NONE, 0, 0, 0 };
	uint64_t par;

	asm volatile("sys #4, c7, c8, #1, %1\n\tisb\n\tmrs %0, S3_0_C7_C4_0"
		     : "=r"(par)
		     : "r"(address));
	t.rights = WRITE;
	if (par & 1) {
		asm volatile("sys #4, c7, c8, #0, %1\n\tisb\n\tmrs %0, S3_0_C7_C4_0"
			     : "=r"(par) : "r"(address));
		t.rights = READ;
	}
	if (par & 1)
		return (struct translation){ NONE, 0, 0, 0 };
	t.address = par & 0xfffffffff000;
	t.attributes = par >> 56;
	/* That of a device is none of ours: always outer, which QEMU 7.2 does not say. */
	t.shareability = t.attributes == 0x04 ? 0 : par >> 7 & 3;
	return t;
}

/* What there should be at a page, from the picture in the handout. */
static struct translation expected_at(uint64_t page)
{
	struct translation t = { NONE, page, 0xff, 3 };	/* Normal write-back, inner shareable */
	uint64_t offset = page & 0x7fff;

	if ((page >= 0x08000000 && page < 0x08010000) ||	/* GICD */
	    (page >= 0x080a0000 && page < 0x081a0000) ||	/* GICR, of eight CPUs */
	    page == 0x09000000 || page == 0x09020000)		/* UART, fw_cfg */
		return (struct translation){ WRITE, page, 0x04, 0 };	/* Device-nGnRE */
	if (page >= 0x7c000000 && page < (uintptr_t)__rodata_end)
		t.rights = READ;
	else if (page >= (uintptr_t)__data_start && page < 0x7ffc0000)
		t.rights = WRITE;
	else if (page >= 0x7ffc0000 && page < 0x80000000 &&	/* stacks, but for the guards */
		 offset != 0 && offset != 0x3000)
		t.rights = WRITE;
	return t.rights == NONE ? (struct translation){ NONE, 0, 0, 0 } : t;
}

static unsigned int differences(uint64_t start, uint64_t end, uint64_t step)
{
	unsigned int count = 0;

	for (uint64_t page = start; page < end; page += step) {
		struct translation got = translate(page), want = expected_at(page);

		if (got.rights == want.rights && got.address == want.address &&
		    got.attributes == want.attributes && got.shareability == want.shareability)
			continue;
		if (count++ < 5)
			printf("# 0x%lx: expected rights %d, address 0x%lx, MAIR 0x%02x, SH %u; "
			       "got %d, 0x%lx, 0x%02x, %u\n",
			       page, want.rights, want.address, want.attributes, want.shareability,
			       got.rights, got.address, got.attributes, got.shareability);
	}
	return count;
}

/* The descriptor that translates an address, found as the MMU does it. */
static volatile uint64_t *descriptor_of(uint64_t address)
{
	uint64_t *table = (uint64_t *)(read_sysreg(TTBR0_EL2) & 0xfffffffff000);
	unsigned int shift;

	for (shift = 30; ; shift -= 9) {
		uint64_t *entry = &table[address >> shift & 511];

		if (shift == 12 || (*entry & 3) != 3)
			return entry;
		table = (uint64_t *)(*entry & 0xfffffffff000);
	}
}

/* What the descriptor says besides the address. Bit 1 tells a page from a block. */
static uint64_t attributes_of(const volatile void *address)
{
	return *descriptor_of((uintptr_t)address) & ~0xfffffffff002UL;
}

static void test_map(void)
{
	TAP_EQ(differences(0x7c000000, 0x80000000, 0x1000), 0,
	       "each page of the hypervisor has its rights, guard pages have none", PAGE_TABLES);
	TAP_EQ(differences(0x08000000, 0x09200000, 0x1000), 0,
	       "the GIC, the UART and fw_cfg are there as devices", PAGE_TABLES);
	TAP_EQ(differences(0, 0x100000000, 0x200000), 0, "nothing else in the first 4 GiB",
	       PAGE_TABLES);
	TAP_EQ(differences(0x100000000, 0x8000000000, 0x40000000), 0,
	       "nothing in the 508 GiB behind them", PAGE_TABLES);

	/* AttrIndx [4:2], AP[1] 6, read-only 7, SH [9:8], AF 10, XN 54. */
	TAP_EQ(attributes_of(main), 0x7c5, "text: Normal, inner shareable, read-only, executable",
	       PAGE_TABLES);
	TAP_EQ(attributes_of(&constant), 0x400000000007c5, "constants: the same, but XN",
	       PAGE_TABLES);
	TAP_EQ(attributes_of(&variable), 0x40000000000745, "data: writable and XN", PAGE_TABLES);
	TAP_EQ(attributes_of((void *)0x09000000), 0x40000000000441,
	       "a device: Device, writable and XN", PAGE_TABLES);
}

/* ---- The same by accesses -------------------------------------------------------------------- */

static void test_regions(void)
{
	uint64_t value = 0;
	void *page = page_alloc(&hyp_pool);
	uint32_t stack_code[2] = { RET_INSTRUCTION, RET_INSTRUCTION };

	TAP_EQ((uintptr_t)__text_start, 0x7c000000, "the hypervisor is at the top of the first GiB",
	       PAGE_TABLES);
	TAP_OK(probe_read64((uintptr_t)__text_start, &value) == 0 &&
	       value == *(const uint64_t *)__text_start, "text can be read", PAGE_TABLES);
	TAP_OK(!writable((uintptr_t)__text_start) && !writable((uintptr_t)__text_end - 8),
	       "text cannot be written", PAGE_TABLES);
	TAP_OK(probe_read64((uintptr_t)&constant, &value) == 0 && value == 0x0123456789abcdef,
	       "a constant can be read", PAGE_TABLES);
	TAP_OK(!writable((uintptr_t)&constant) && !writable((uintptr_t)__rodata_start) &&
	       !writable((uintptr_t)__rodata_end - 8), "a constant cannot be written", PAGE_TABLES);
	TAP_OK(writable((uintptr_t)&variable) && writable((uintptr_t)__data_start) &&
	       writable((uintptr_t)__data_end - 8), "data can be written", PAGE_TABLES);
	TAP_OK(page && writable((uintptr_t)page) && writable((uintptr_t)page + 0xff8) &&
	       writable((uintptr_t)__heap_start) && writable(0x7ffbfff8),
	       "the allocator's pages can be written", PAGE_TABLES);
	TAP_OK(!readable(0x40000000) && !readable(0x40200000) && !readable(0x7bfffff8),
	       "RAM below the hypervisor, and the boot segment, are not mapped", PAGE_TABLES);
	TAP_OK(!readable(0) && !readable(0x80000000) && !readable(0x8000000000) &&
	       !readable(0xfffffffffffffff8), "no null pointer, nothing behind the hypervisor",
	       PAGE_TABLES);

	TAP_EQ(execute((uintptr_t)do_nothing), 0, "text can be executed", PAGE_TABLES);
	TAP_NOT_EXECUTABLE((uintptr_t)constant_code, "a constant");
	TAP_NOT_EXECUTABLE((uintptr_t)data_code, "data");
	TAP_NOT_EXECUTABLE((uintptr_t)stack_code, "the stack");
	*(uint32_t *)page = RET_INSTRUCTION;
	TAP_NOT_EXECUTABLE((uintptr_t)page, "a page of the allocator");
	TAP_NOT_EXECUTABLE(0x09000000, "a device");
	TAP_EQ(execute(0x7bfff000) & ~3UL, 0x86000004, "a jump to nowhere is a translation fault",
	       PAGE_TABLES);
	page_free(&hyp_pool, page);
}

static void test_stacks(void)
{
	unsigned int good = 0, faults = 0, cpu;

	for (cpu = 0; cpu < 8; cpu++) {
		uint64_t block = 0x7ffc0000 + cpu * 0x8000;

		good += writable(block + 0x7ff8) + writable(block + 0x4000);
		/* The overflow stack. */
		good += writable(block + 0x2ff8) + writable(block + 0x1000);
		faults += !readable(block + 0x3ff8) + !readable(block + 0x3000);
		faults += probe_write64(block + 0x3ff8, 0) == -EFAULT;
		faults += !readable(block + 0x0ff8) + !readable(block);
		faults += probe_write64(block + 0x0ff8, 0) == -EFAULT;
	}
	TAP_EQ(good, 8 * 4, "stack and overflow stack of each CPU can be written, from end to end",
	       STACKS);
	TAP_EQ(faults, 8 * 6, "the guard pages below them cannot be touched", STACKS);
}

/* ---- Mapping more, and less ------------------------------------------------------------------ */

static void test_map_and_unmap(void)
{
	uint64_t value = 0, i;
	unsigned int good = 0;

	TAP_OK(!readable(SPARE_RAM), "spare RAM is not mapped", PAGE_TABLES);
	TAP_EQ(el2_mmu_map(SPARE_RAM, 0x1000, EL2_DATA), 0, "a page of it can be mapped",
	       PAGE_TABLES);
	TAP_OK(probe_write64(SPARE_RAM + 0xff8, 0x600d) == 0 &&
	       probe_read64(SPARE_RAM + 0xff8, &value) == 0 && value == 0x600d,
	       "a mapped page can be used at once", PAGE_TABLES);
	TAP_OK(!readable(SPARE_RAM + 0x1000) && !readable(SPARE_RAM - 8),
	       "one page is mapped, and not its neighbours", PAGE_TABLES);
	TAP_EQ(el2_mmu_map(SPARE_RAM, 0x1000, EL2_TEXT), -17, "a second mapping is -EEXIST",
	       PAGE_TABLES);
	TAP_OK(writable(SPARE_RAM), "a refused mapping changes nothing", PAGE_TABLES);

	/* Code, in a page that may not be executed; then without XN, but still writable. */
	*(volatile uint32_t *)SPARE_RAM = RET_INSTRUCTION;
	asm volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb"
		     :: "r"(SPARE_RAM) : "memory");
	TAP_NOT_EXECUTABLE(SPARE_RAM, "a page mapped as data");
	*descriptor_of(SPARE_RAM) &= ~(1UL << 54);
	asm volatile("dsb ish\n\tsys #4, c8, c7, #1, %0\n\tdsb ish\n\tisb"
		     :: "r"(SPARE_RAM >> 12) : "memory");
	good = writable(SPARE_RAM);
	TAP_NOT_EXECUTABLE(SPARE_RAM, "what is writable, though XN is 0 (SCTLR_EL2.WXN),");

	TAP_OK(good && el2_mmu_unmap(SPARE_RAM, 0x1000) == 0, "a page can be unmapped",
	       PAGE_TABLES);
	TAP_OK(!readable(SPARE_RAM) && probe_write64(SPARE_RAM, 0) == -EFAULT,
	       "an unmapped page is gone from the TLB at once", PAGE_TABLES);
	TAP_EQ(el2_mmu_unmap(SPARE_RAM, 0x1000), -2, "unmapping it again is -ENOENT", PAGE_TABLES);

	TAP_EQ(el2_mmu_map(SPARE_RAM, 0x1000, EL2_TEXT), 0, "a page can be mapped as text",
	       PAGE_TABLES);
	TAP_OK(readable(SPARE_RAM) && !writable(SPARE_RAM), "mapped as text it cannot be written",
	       PAGE_TABLES);
	TAP_EQ(execute(SPARE_RAM), 0, "mapped as text it can be executed", PAGE_TABLES);
	TAP_OK(el2_mmu_unmap(SPARE_RAM, 0x1000) == 0 && (execute(SPARE_RAM) & ~3UL) == 0x86000004,
	       "unmapped it can not be executed any more", PAGE_TABLES);

	/* Blocks, and pages at both ends of them: after unmapping no page is left in the TLB. */
	TAP_EQ(el2_mmu_map(SPARE_RAM + 0x1ff000, 0x402000, EL2_DATA), 0,
	       "two blocks and a page at each end of them can be mapped", PAGE_TABLES);
	for (good = 0, i = SPARE_RAM + 0x1ff000; i < SPARE_RAM + 0x601000; i += 0x1000)
		good += writable(i);
	TAP_EQ(good, 0x402, "each page of two blocks and two pages can be used", PAGE_TABLES);
	TAP_EQ(el2_mmu_unmap(SPARE_RAM + 0x200000, 0x1000), -22,
	       "unmapping a part of a block is -EINVAL", PAGE_TABLES);
	TAP_EQ(el2_mmu_unmap(SPARE_RAM + 0x1ff000, 0x402000), 0,
	       "all of them can be unmapped at once", PAGE_TABLES);
	for (good = 0, i = SPARE_RAM + 0x1ff000; i < SPARE_RAM + 0x601000; i += 0x1000)
		good += !readable(i);
	TAP_EQ(good, 0x402, "after that no page of them can be read", PAGE_TABLES);
}

/* ---- What all of this is for: exclusives, atomics, unaligned accesses ------------------------ */

static void test_memory(void)
{
	static struct spinlock lock = SPINLOCK_INIT;
	static uint64_t counter;
	static uint8_t bytes[16] __attribute__((aligned(16))) = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	uint64_t value, daif, before;
	unsigned int i, failed;
	bool first, second;

	for (i = 0; i < 1000; i++)
		asm volatile("1: ldxr %0, %2\n\tadd %0, %0, #1\n\tstxr %w1, %0, %2\n\tcbnz %w1, 1b"
			     : "=&r"(value), "=&r"(failed), "+Q"(counter));
	TAP_EQ(counter, 1000, "exclusive accesses work", PAGE_TABLES);
	if (read_sysreg(S3_0_C0_C6_0) >> 20 & 0xf) {
		/* ldaddal x1, x0, [x2] */
		register uint64_t old asm("x0"), one asm("x1") = 1;
		register uint64_t *at asm("x2") = &counter;

		asm volatile(".inst 0xf8e10040" : "=r"(old) : "r"(one), "r"(at) : "memory");
		TAP_OK(old == 1000 && counter == 1001, "atomic instructions work", PAGE_TABLES);
	} else {
		TAP_SKIP("atomic instructions work", "the CPU has no FEAT_LSE");
	}
	asm volatile("ldr %0, [%1]" : "=r"(value) : "r"(bytes + 1), "m"(bytes));
	TAP_EQ(value, 0x0807060504030201, "unaligned accesses work: it is Normal memory",
	       PAGE_TABLES);

	spin_lock(&lock);
	first = spin_is_locked(&lock);
	second = spin_trylock(&lock);
	spin_unlock(&lock);
	TAP_OK(first && !second && !spin_is_locked(&lock),
	       "a spinlock is taken once, and given back", PAGE_TABLES);
	before = read_sysreg(DAIF);
	asm volatile("msr DAIFClr, #2");
	daif = spin_lock_irqsave(&lock);
	value = read_sysreg(DAIF);
	spin_unlock_irqrestore(&lock, daif);
	TAP_OK((value & 0xc0) == 0xc0 && (read_sysreg(DAIF) & 0x80) == 0 && spin_trylock(&lock),
	       "spin_lock_irqsave masks interrupts, and puts them back as they were", PAGE_TABLES);
	asm volatile("msr DAIF, %0" :: "r"(before));
}

void main(void)
{
	console_init();
	tap_plan(8 + 16 + 2 + 20 + 5);
	write_sysreg(VBAR_EL2, (uintptr_t)own_vectors);
	isb();

	test_map();
	test_regions();
	test_stacks();
	test_map_and_unmap();
	test_memory();
	tap_done();
}
