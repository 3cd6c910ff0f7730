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
	void *ram;			/* of GUEST_RAM_SIZE, at IPA RAM_BASE */
	struct page_pool *pool;
};

/*
 * vm_create - memory filled with zeros and the program at GUEST_ENTRY in it.
 * pool: where memory and tables come from. Returns 0, -ENOMEM, or -E2BIG when the program does not fit.
 */
int vm_create(struct vm *vm, const char *name, const void *program, size_t size,
	      struct page_pool *pool);

/* vm_destroy - everything back. None of its vCPUs is bound any more. */
void vm_destroy(struct vm *vm);

#endif
