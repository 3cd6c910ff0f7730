// SPDX-License-Identifier: MIT
#include "mm/vmid.h"

#include <string.h>

/*
 * What the quick path of vmid_get() reads, other CPUs may be writing. Relaxed accesses will do: the
 * one thing that has to be decided is who was first at active[cpu], this CPU or a roll-over, and of
 * one single word all CPUs see the same order.
 */
static uint64_t load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static void store(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
}

static bool is_current(const struct vmid_pool *pool, uint64_t id)
{
	return (id & ~VMID_NUMBER) == load(&pool->generation);
}

static bool is_used(const struct vmid_pool *pool, unsigned int number)
{
	return pool->used[number / 64] & BIT(number % 64);
}

static void mark_used(struct vmid_pool *pool, uint64_t id)
{
	unsigned int number = id & VMID_NUMBER;

	pool->used[number / 64] |= BIT(number % 64);
}

void vmid_pool_init(struct vmid_pool *pool, unsigned int bits, const struct vmid_ops *ops)
{
	memset(pool, 0, sizeof(*pool));
	spin_init(&pool->lock);
	pool->ops = ops;
	pool->generation = VMID_GENERATION_STEP;
	pool->numbers = bits == 16 ? VMID_NUMBERS_MAX : 256;
	pool->next = 1;
}

/* A number that nobody has in this generation, or 0. */
static unsigned int find_free(struct vmid_pool *pool)
{
	while (pool->next < pool->numbers && is_used(pool, pool->next))
		pool->next++;
	return pool->next < pool->numbers ? pool->next : 0;
}

/*
 * Begin a new generation. The numbers in the CPUs' VTTBR_EL2 stay with their owners: those CPUs are
 * executing guests under them, and are not interrupted. Everybody else's are free again, and the
 * TLBs are emptied before the first of them is given to anyone.
 */
static void roll_over(struct vmid_pool *pool)
{
	store(&pool->generation, pool->generation + VMID_GENERATION_STEP);
	memset(pool->used, 0, sizeof(pool->used));
	pool->next = 1;

	for (unsigned int cpu = 0; cpu < MAX_CPUS; cpu++) {
		/*
		 * Take the id away in one step: a CPU that is just on the quick path was there
		 * before, and its new id is what we get; or it finds the 0, and waits for the lock.
		 */
		uint64_t id = __atomic_exchange_n(&pool->active[cpu], 0, __ATOMIC_RELAXED);

		/* 0: no vmid_get() there since the last roll-over: it has what it had then. */
		if (id)
			pool->reserved[cpu] = id;
		mark_used(pool, pool->reserved[cpu]);
	}

	pool->ops->flush_all();
	pool->rollovers++;
}

/* If a CPU has kept this id over roll-overs, bring it up to date wherever it was kept. */
static bool renew_reserved(struct vmid_pool *pool, uint64_t old, uint64_t renewed)
{
	bool found = false;

	for (unsigned int cpu = 0; cpu < MAX_CPUS; cpu++) {
		if (pool->reserved[cpu] == old) {
			pool->reserved[cpu] = renewed;
			found = true;
		}
	}
	return found;
}

/* An id of the current generation for a VM that has none, or an older one. */
static uint64_t new_id(struct vmid_pool *pool, uint64_t old)
{
	uint64_t renewed = pool->generation | (old & VMID_NUMBER);
	unsigned int number;

	if (old && renew_reserved(pool, old, renewed))
		return renewed;

	number = find_free(pool);
	if (!number) {
		roll_over(pool);
		number = find_free(pool);	/* there are fewer CPUs than numbers */
	}
	mark_used(pool, number);
	return pool->generation | number;
}

unsigned int vmid_get_locked(struct vmid_pool *pool, struct vmid *vmid, unsigned int cpu)
{
	uint64_t daif = spin_lock_irqsave(&pool->lock);
	uint64_t id = vmid->id;

	if (!is_current(pool, id)) {
		id = new_id(pool, id);
		store(&vmid->id, id);
		/*
		 * Who changes the VM's tables writes the entry, DSB, and then reads the VMID to
		 * invalidate. Here the VMID is written, DSB, and then the tables are walked. So
		 * either he sees the new number, or its walks see the new entry.
		 */
		pool->ops->publish();
	}
	store(&pool->active[cpu], id);
	spin_unlock_irqrestore(&pool->lock, daif);
	return id & VMID_NUMBER;
}
