// SPDX-License-Identifier: MIT
#include "hal.h"

#include "el2_mmu.h"

void hal_irq_disable(struct percpu *cpu, uint32_t intid)
{
	if (intid < GIC_SPI_FIRST)
		gicv3_disable_private(cpu->gicr, intid);
	else
		gicv3_disable_spi(intid);
}

void *hal_pages_alloc(unsigned int count)
{
	return page_alloc_contiguous(&hyp_pool, count, count * PAGE_SIZE);
}

void hal_pages_free(void *pages, unsigned int count)
{
	page_free_contiguous(&hyp_pool, pages, count);
}
