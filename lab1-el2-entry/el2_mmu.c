// SPDX-License-Identifier: MIT
/*
 * el2_mmu.c - the hypervisor's map of itself, and turning it on.
 *
 * Why translate at all, when every address is mapped to itself? With the MMU off all data accesses
 * are Device-nGnRnE: no caches, no unaligned access, and exclusives and atomics need not work (Arm
 * ARM: they are guaranteed for Normal, cacheable memory only). And a page table is what turns a
 * stray write into a report.
 */
#include "el2_mmu.h"

#include "arch/barrier.h"
#include "arch/cache.h"
#include "arch/layout.h"
#include "arch/sysreg.h"
#include "lib/panic.h"

/* From the linker script. */
extern char __text_start[], __text_end[], __rodata_start[], __rodata_end[];
extern char __data_start[], __data_end[], __heap_start[], __heap_end[];

struct page_pool hyp_pool;
struct el2_stage1 hyp_stage1;

static void map_or_panic(const void *start, const void *end, enum el2_mapping mapping)
{
	uint64_t from = (uintptr_t)start;
	int error = el2_stage1_map(&hyp_stage1, from, from, (uintptr_t)end - from, mapping);

	if (error)
		panic("cannot map the hypervisor's %p to %p: error %d", start, end, error);
}

static void map_device(uintptr_t base, size_t size)
{
	map_or_panic((void *)base, (void *)(base + size), EL2_DEVICE);
}

void el2_mmu_init(void)
{
	uintptr_t block;

	if (page_pool_init(&hyp_pool, (uintptr_t)__heap_start, (uintptr_t)__heap_end) ||
	    el2_stage1_init(&hyp_stage1, &hyp_pool))
		panic("no page for the root of the EL2 stage 1");

	map_or_panic(__text_start, __text_end, EL2_TEXT);
	map_or_panic(__rodata_start, __rodata_end, EL2_RODATA);
	map_or_panic(__data_start, __data_end, EL2_DATA);
	map_or_panic(__heap_start, __heap_end, EL2_DATA);

	for (block = STACKS_BASE; block < HYP_END; block += STACK_BLOCK_SIZE) {
		map_or_panic((void *)(block + STACK_SIZE), (void *)(block + STACK_BLOCK_SIZE),
			     EL2_DATA);
		map_or_panic((void *)(block + OVERFLOW_STACK_END),
			     (void *)(block + OVERFLOW_STACK_TOP), EL2_DATA);
	}

	map_device(UART_BASE, PAGE_SIZE);
	map_device(FW_CFG_BASE, PAGE_SIZE);
	map_device(GICD_BASE, GICD_SIZE);
	map_device(GICR_BASE, MAX_CPUS * GICR_STRIDE);

	/*
	 * All of this was written with the caches off. A line that firmware left in a cache for one of
	 * these addresses would hide it from the moment the caches go on: drop such lines.
	 */
	dcache_invalidate_poc(__data_start, (size_t)(__data_end - __data_start));
	dcache_invalidate_poc(__heap_start, hyp_pool.base - (uintptr_t)__heap_start +
			      (hyp_pool.total - hyp_pool.free) * PAGE_SIZE);
	dcache_invalidate_poc((void *)STACKS_BASE, HYP_END - STACKS_BASE);
}

void el2_mmu_enable(void)
{
	/*
	 * TCR_EL2.PS: the width of output addresses. The PARange encoding is the same, but for 52 bits
	 * and more (6 and up), which need descriptors of another format: 48 bits (5) is our most.
	 */
	uint64_t pa_range = FIELD_GET(ID_AA64MMFR0_PARANGE, read_sysreg(ID_AA64MMFR0_EL1));
	uint64_t ps = pa_range > 5 ? 5 : pa_range;
	uint64_t sctlr;

	write_sysreg(MAIR_EL2, MAIR_EL2_VALUE);
	write_sysreg(AMAIR_EL2, 0);
	write_sysreg(TCR_EL2, TCR_EL2_RES1 | FIELD_PREP(TCR_EL2_PS, ps) | TCR_EL2_TG0_4K |
		     TCR_EL2_SH0_INNER | TCR_EL2_ORGN0_WBWA | TCR_EL2_IRGN0_WBWA |
		     FIELD_PREP(TCR_EL2_T0SZ, 64 - EL2_VA_BITS));
	write_sysreg(TTBR0_EL2, (uintptr_t)hyp_stage1.root);
	isb();

	/*
	 * TLBs and instruction caches hold UNKNOWN entries out of reset, or an earlier owner's.
	 * The DSB completes the tables' stores, too.
	 */
	dsb(sy);
	asm volatile("tlbi alle2" ::: "memory");
	asm volatile("ic iallu" ::: "memory");
	dsb(nsh);
	isb();

	/*
	 * M: translate. C, I: data and instruction caches. SA: a misaligned SP is a fault and not a
	 * puzzle. WXN: what is writable is never executable, whatever a table entry says. IESB, where
	 * there is FEAT_IESB: an SError is synchronised at each exception entry and return, so that
	 * the hypervisor's are not taken for a guest's. A = 0: alignment is checked for Device memory
	 * only. EE = 0: little-endian.
	 */
	sctlr = SCTLR_EL2_RES1 | SCTLR_EL2_M | SCTLR_EL2_C | SCTLR_EL2_I | SCTLR_EL2_SA |
		SCTLR_EL2_WXN;
	if (FIELD_GET(ID_AA64MMFR2_IESB, read_sysreg(ID_AA64MMFR2_EL1)))
		sctlr |= SCTLR_EL2_IESB;
	write_sysreg(SCTLR_EL2, sctlr);
	isb();

	/* Exclusives work from here on, so locks do. */
	page_pool_share(&hyp_pool);
}

int el2_mmu_map(uint64_t start, uint64_t size, enum el2_mapping mapping)
{
	int error = el2_stage1_map(&hyp_stage1, start, start, size, mapping);

	/* The stores complete, and this CPU's later instructions use them: now one may access it. */
	dsb(ishst);
	isb();
	return error;
}

int el2_mmu_unmap(uint64_t start, uint64_t size)
{
	int error = el2_stage1_unmap(&hyp_stage1, start, size);
	uint64_t page;

	if (error)
		return error;
	dsb(ishst);		/* the table walkers see the invalid entries ... */
	for (page = start; page < start + size; page += PAGE_SIZE)
		asm volatile("tlbi vae2is, %0" :: "r"(page >> PAGE_SHIFT) : "memory");
	dsb(ish);		/* ... before the old ones are gone from all TLBs */
	isb();
	return 0;
}

const char *el2_region_name(uint64_t address)
{
	const char *at = (const char *)(uintptr_t)address;

	if (at >= __text_start && at < __text_end)
		return "text";
	if (at >= __rodata_start && at < __rodata_end)
		return "rodata";
	if (at >= __data_start && at < __data_end)
		return "data";
	if (at >= __heap_start && at < __heap_end)
		return "pages of the allocator";
	if (address >= STACKS_BASE && address < HYP_END) {
		uint64_t offset = address % STACK_BLOCK_SIZE;

		if (offset >= STACK_SIZE)
			return "a stack";
		if (offset >= STACK_GUARD)
			return "the guard page below a stack";
		if (offset >= OVERFLOW_STACK_END)
			return "an overflow stack";
		return "the guard page below an overflow stack";
	}
	if (address < PAGE_SIZE)
		return "page 0: a null pointer";
	if (el2_stage1_walk(&hyp_stage1, address, NULL))
		return "a device";
	return "not mapped";
}
