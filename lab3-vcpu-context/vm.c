// SPDX-License-Identifier: MIT
#include "vm.h"

#include <string.h>

#include "arch/cache.h"
#include "arch/layout.h"
#include "arch/sysreg.h"
#include "guest/guest.h"
#include "lib/errno.h"
#include "mm/stage2_tlb.h"
#include "percpu.h"

/*
 * A guest starts with its MMU and caches off: it reads memory itself, not the caches. So what the
 * hypervisor wrote through its caches has to be in memory, and no instruction cache may have anything
 * older for these addresses.
 */
static void publish(const void *start, size_t size)
{
	dcache_clean_poc(start, size);
	asm volatile("ic ialluis" ::: "memory");
	dsb(ish);
	isb();
}

int vm_create(struct vm *vm, const char *name, const void *program, size_t size,
	      struct page_pool *pool)
{
	uintptr_t ram;
	int error;

	if (size > GUEST_RAM_SIZE - (GUEST_ENTRY - RAM_BASE))
		return -E2BIG;
	vm->name = name;
	vm->pool = pool;
	error = stage2_init(&vm->stage2, &this_cpu()->stage2, pool, &stage2_tlb_ops);
	if (error)
		return error;
	vm->ram = page_alloc_contiguous(pool, GUEST_RAM_SIZE / PAGE_SIZE, GUEST_RAM_SIZE);
	ram = (uintptr_t)vm->ram;
	error = vm->ram ? stage2_map(&vm->stage2, RAM_BASE, ram, GUEST_RAM_SIZE, STAGE2_RWX) : -ENOMEM;
	if (error) {
		vm_destroy(vm);
		return error;
	}
	memcpy((void *)(ram + (GUEST_ENTRY - RAM_BASE)), program, size);
	publish(vm->ram, GUEST_RAM_SIZE);
	return 0;
}

void vm_destroy(struct vm *vm)
{
	stage2_destroy(&vm->stage2);
	page_free_contiguous(vm->pool, vm->ram, GUEST_RAM_SIZE / PAGE_SIZE);
	vm->ram = NULL;
}
