// SPDX-License-Identifier: MIT
#include "timeout.h"

#include "arch/cpu.h"
#include "drivers/gicv3.h"
#include "drivers/timer.h"
#include "percpu.h"

/* For each CPU: what is armed, the earliest first. Only the CPU itself looks at it. */
static struct timeout *armed[MAX_CPUS];

static void program_timer(const struct timeout *first)
{
	if (first)
		timer_start(first->deadline);
	else
		timer_stop();
}

static void take_out(struct timeout **list, struct timeout *timeout)
{
	while (*list && *list != timeout)
		list = &(*list)->next;
	if (*list)
		*list = timeout->next;
	timeout->armed = false;
}

void timeout_set(struct timeout *timeout, uint64_t deadline, void (*expired)(struct timeout *timeout))
{
	uint64_t daif = irq_save();
	struct timeout **first = &armed[this_cpu()->id], **place = first;

	if (timeout->armed)
		take_out(first, timeout);
	timeout->deadline = deadline;
	timeout->expired = expired;
	timeout->armed = true;
	while (*place && (*place)->deadline <= deadline)
		place = &(*place)->next;
	timeout->next = *place;
	*place = timeout;
	program_timer(*first);
	irq_restore(daif);
}

void timeout_cancel(struct timeout *timeout)
{
	uint64_t daif = irq_save();
	struct timeout **first = &armed[this_cpu()->id];

	if (timeout->armed) {
		take_out(first, timeout);
		program_timer(*first);
	}
	irq_restore(daif);
}

void timeout_irq(void)
{
	struct timeout **first = &armed[this_cpu()->id], *timeout;

	while ((timeout = *first) && timer_passed(timeout->deadline)) {
		take_out(first, timeout);
		timeout->expired(timeout);
	}
	/* The line falls now, before the interrupt ends: or it would come again at once. */
	program_timer(*first);
}

void timeout_cpu_init(void)
{
	gicv3_enable_private(this_cpu()->gicr, INTID_CNTHP);
}
