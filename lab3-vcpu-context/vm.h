/* SPDX-License-Identifier: MIT */
/*
 * vm.h - a virtual machine, as small as can be: a piece of memory, and a stage 2 that maps it.
 */
#ifndef LAB3_VM_H
#define LAB3_VM_H

#include "mm/page_alloc.h"
#include "mm/stage2.h"

struct vm {
	const char *name;
	struct stage2 stage2;
	void *ram;			/* at IPA RAM_BASE */
	uint64_t ram_size;
	struct page_pool *pool;		/* where the tables are from, and the memory */
	bool borrowed;			/* the memory is not: it is the caller's */
};

/*
 * vm_create - memory filled with zeros and the program at GUEST_ENTRY in it.
 * pool: where memory and tables come from. Returns 0, -ENOMEM, or -E2BIG when the program does not fit.
 */
int vm_create(struct vm *vm, const char *name, const void *program, size_t size,
	      struct page_pool *pool);

/*
 * vm_create_around - the same, with memory that is there: of size bytes at ram, both multiples of 4 KiB (of
 * 2 MiB or 1 GiB: fewer tables), mapped by the hypervisor, in which the caller has put what the guest needs.
 * It stays the caller's. Returns 0, -EINVAL or -ENOMEM.
 */
int vm_create_around(struct vm *vm, const char *name, void *ram, uint64_t size, struct page_pool *pool);

/*
 * vm_publish - the hypervisor has written to [start, start + size) of a guest's memory, at its own address:
 * from here on the guest finds it there, as data and as instructions, with its caches off, too.
 */
void vm_publish(const void *start, uint64_t size);

/* vm_destroy - everything back. None of its vCPUs is bound any more. */
void vm_destroy(struct vm *vm);

#endif
