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
void vm_publish(const void *start, uint64_t size)
{
	dcache_clean_poc(start, size);
	asm volatile("ic ialluis" ::: "memory");
	dsb(ish);
	isb();
}

/* Stage 2, with the memory in it. */
static int map_ram(struct vm *vm, void *ram, uint64_t size)
{
	int error = stage2_init(&vm->stage2, &this_cpu()->stage2, vm->pool, &stage2_tlb_ops);

	if (error)
		return error;
	vm->ram = ram;
	vm->ram_size = size;
	error = ram ? stage2_map(&vm->stage2, RAM_BASE, (uintptr_t)ram, size, STAGE2_RWX) : -ENOMEM;
	if (error)
		vm_destroy(vm);
	return error;
}

int vm_create(struct vm *vm, const char *name, const void *program, size_t size,
	      struct page_pool *pool)
{
	int error;

	if (size > GUEST_RAM_SIZE - (GUEST_ENTRY - RAM_BASE))
		return -E2BIG;
	*vm = (struct vm){ .name = name, .pool = pool };
	error = map_ram(vm, page_alloc_contiguous(pool, GUEST_RAM_SIZE / PAGE_SIZE, GUEST_RAM_SIZE),
			GUEST_RAM_SIZE);
	if (error)
		return error;
	memcpy((char *)vm->ram + (GUEST_ENTRY - RAM_BASE), program, size);
	vm_publish(vm->ram, GUEST_RAM_SIZE);
	return 0;
}

int vm_create_around(struct vm *vm, const char *name, void *ram, uint64_t size, struct page_pool *pool)
{
	*vm = (struct vm){ .name = name, .pool = pool, .borrowed = true };
	return map_ram(vm, ram, size);
}

void vm_destroy(struct vm *vm)
{
	stage2_destroy(&vm->stage2);
	if (!vm->borrowed)
		page_free_contiguous(vm->pool, vm->ram, vm->ram_size / PAGE_SIZE);
	vm->ram = NULL;
}
