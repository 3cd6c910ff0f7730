// SPDX-License-Identifier: MIT
#include "scheduler.h"

#include "arch/barrier.h"
#include "arch/esr.h"
#include "drivers/console.h"
#include "drivers/gicv3.h"
#include "drivers/timer.h"
#include "smp.h"
#include "virtual_gic.h"
#include "vm_console.h"

#define QUEUE_MAX	64

/* A CPU's vCPUs. Written before the CPUs start; then each has its own. */
static struct queue {
	struct task *tasks[QUEUE_MAX];
	unsigned int count;
	unsigned int last;		/* who had the turn before */
	struct timeout slice;
	bool slice_over;
	uint64_t slice_ends;
} queues[MAX_CPUS];

static unsigned int vms_on;
static bool started;

/* ---- Homes ------------------------------------------------------------------------------------------ */

void scheduler_add(struct guest_vm *vm)
{
	static unsigned int next;
	unsigned int n;

	for (n = 0; n < vm->machine.cpu_count; n++) {
		struct queue *queue;

		while (!smp_is_online(next % MAX_CPUS))
			next++;
		queue = &queues[next % MAX_CPUS];
		vm->tasks[n].home = smp_cpu(next % MAX_CPUS);
		queue->tasks[queue->count++ % QUEUE_MAX] = &vm->tasks[n];
		next++;
	}
	vms_on++;
}

static void kick(const struct task *task)
{
	if (task->home != this_cpu())
		gicv3_send_sgi(task->home->mpidr, SGI_KICK);
}

static void kick_all(void)
{
	unsigned int n;

	for (n = 0; n < MAX_CPUS; n++)
		if (smp_is_online(n) && smp_cpu(n) != this_cpu())
			gicv3_send_sgi(smp_cpu(n)->mpidr, SGI_KICK);
}

/* ---- From power-on to power-off ------------------------------------------------------------------------ */

static bool start(struct task *task)
{
	struct psci_entry entry;

	if (!psci_cpu_started(&task->vm->psci, task->cpu->index, &entry))
		return false;
	guest_cpu_reset(task->cpu, entry.address, entry.context);
	task->on = true;
	task->halted = false;
	task->resume = false;
	return true;
}

/* The VM is off. If it was the last one, all CPUs are to see that. */
static void vm_is_off(struct guest_vm *vm)
{
	printf("%s is off\n", vm->machine.vm.name);
	if (!__atomic_sub_fetch(&vms_on, 1, __ATOMIC_SEQ_CST))
		kick_all();
}

/* Its last vCPU has left: the VM is ours alone. */
static void vm_is_empty(struct guest_vm *vm)
{
	int error;

	if (psci_system(&vm->psci) == PSCI_GOES_OFF || (vm->resets_max && vm->resets == vm->resets_max)) {
		vm_is_off(vm);
		return;
	}
	vm->resets++;
	error = guest_vm_boot(vm);
	if (error) {
		printf("%s cannot be started again: error %d\n", vm->machine.vm.name, error);
		vm_is_off(vm);
		return;
	}
	kick(&vm->tasks[0]);
}

static void leave(struct task *task)
{
	task->on = false;
	timeout_cancel(&task->timer);
	if (psci_cpu_stopped(&task->vm->psci, task->cpu->index))
		vm_is_empty(task->vm);
}

/* Something that no guest survives: say what, and turn its VM off. */
static void give_up(struct task *task, enum exit_reason reason)
{
	const struct trap_frame *frame = &task->cpu->vcpu.frame;
	char words[ESR_DESCRIPTION_SIZE];

	esr_describe(frame->esr, words, sizeof(words));
	printf("%s, vCPU %u, cannot go on: %s: %s, at 0x%lx\n", task->vm->machine.vm.name,
	       task->cpu->index, exit_reason_name(reason), words, frame->elr);
	psci_system_stop(&task->vm->psci, PSCI_GOES_OFF);
	guest_vm_kick(task->vm);
}

/* ---- Waiting ------------------------------------------------------------------------------------------ */

static void wake_task(struct timeout *timeout)
{
	container_of(timeout, struct task, timer)->wake = 1;
}

static bool system_runs(const struct task *task)
{
	return psci_system(&task->vm->psci) == PSCI_RUNS;
}

/*
 * When a timer of a vCPU that is off the CPU would interrupt it. If its time is over and its interrupt is active,
 * it has done so: whether that ends a WFI, the virtual GIC says. Waking for it would never let the vCPU sleep.
 */
static uint64_t timer_due(const struct guest_cpu *cpu, uint64_t ctl, uint64_t due, uint32_t intid)
{
	if ((ctl & (CNT_CTL_ENABLE | CNT_CTL_IMASK)) != CNT_CTL_ENABLE ||
	    ((cpu->linked_active & BIT(intid)) && timer_passed(due)))
		return UINT64_MAX;
	return due;
}

static uint64_t timers_due(const struct guest_cpu *cpu)
{
	const struct guest_sysregs *regs = &cpu->vcpu.sysregs;
	uint64_t due_v = timer_due(cpu, regs->cntv_ctl_el0, regs->cntv_cval_el0 + regs->cntvoff_el2, INTID_CNTV);
	uint64_t due_p = timer_due(cpu, regs->cntp_ctl_el0, regs->cntp_cval_el0, INTID_CNTP);

	return due_v < due_p ? due_v : due_p;
}

/* The only vCPU of its CPU waits where it is: its timer and its list registers are there. */
static void wait_loaded(struct task *task, uint64_t until)
{
	struct percpu *percpu = this_cpu();

	if (until != UINT64_MAX)
		timeout_set(&task->timer, until, wake_task);
	while (!virtual_gic_pending(task->cpu) && !timer_passed(until) && system_runs(task)) {
		dsb(sy);
		asm volatile("wfi" ::: "memory");
		percpu->irq_handler(percpu);
	}
	timeout_cancel(&task->timer);
	virtual_gic_settle(task->cpu);
}

/* After guest_cpu_put(): sleep until an interrupt is due, unless there is one by now. */
static void fall_asleep(struct task *task, uint64_t until)
{
	uint64_t due = timers_due(task->cpu);

	if (until < due)
		due = until;
	if (due != UINT64_MAX)
		timeout_set(&task->timer, due, wake_task);
	task->halted = true;
	if (virtual_gic_pending(task->cpu))
		task->wake = 1;
}

/* ---- A turn -------------------------------------------------------------------------------------------- */

static bool is_runnable(const struct task *task)
{
	if (!task->on)
		return psci_cpu_power(&task->vm->psci, task->cpu->index) == POWER_ON_PENDING;
	return !task->halted || __atomic_load_n(&task->wake, __ATOMIC_SEQ_CST) || !system_runs(task);
}

static bool gives_way(const struct task *task)
{
	return !timer_passed(task->gives_way_until);
}

/*
 * The next one after "last" that has something to do, and if there is one, none that gives way. NULL: nobody
 * has.
 */
static struct task *next_task(struct queue *queue)
{
	unsigned int n, found = queue->count;

	for (n = 1; n <= queue->count; n++) {
		unsigned int at = (queue->last + n) % queue->count;

		if (!is_runnable(queue->tasks[at]))
			continue;
		if (!gives_way(queue->tasks[at])) {
			found = at;
			break;
		}
		if (found == queue->count)
			found = at;
	}
	if (found == queue->count)
		return NULL;
	queue->last = found;
	return queue->tasks[found];
}

static bool somebody_else_waits(const struct queue *queue, const struct task *task)
{
	unsigned int n;

	for (n = 0; n < queue->count; n++)
		if (queue->tasks[n] != task && is_runnable(queue->tasks[n]) && !gives_way(queue->tasks[n]))
			return true;
	return false;
}

static void slice_is_over(struct timeout *timeout)
{
	container_of(timeout, struct queue, slice)->slice_over = true;
}

static void begin_slice(struct queue *queue)
{
	queue->slice_over = false;
	queue->slice_ends = timer_deadline_us(SCHEDULER_SLICE_US);
	if (queue->count > 1)
		timeout_set(&queue->slice, queue->slice_ends, slice_is_over);
}

static void end_slice(struct queue *queue, struct task *task)
{
	uint64_t now = timer_now();

	timeout_cancel(&queue->slice);
	if (now > queue->slice_ends)
		task->gives_way_until = now + (now - queue->slice_ends);
}

/* How a turn ends. */
enum turn {
	TURN_GOES_ON,
	TURN_IS_OVER,		/* others wait */
	TURN_SLEEPS,		/* until something is due, or "until" */
	TURN_LEAVES,		/* the vCPU is off */
};

static enum turn suspend(struct task *task)
{
	task->resume = task->outcome.action == PSCI_ACTION_POWERDOWN;
	vcpu_set_return_value(&task->cpu->vcpu, (uint64_t)task->outcome.x0);
	return TURN_SLEEPS;
}

static enum turn handle(struct queue *queue, struct task *task, enum exit_reason reason, uint64_t *until)
{
	struct guest_vm *vm = task->vm;

	switch (reason) {
	case EXIT_NOTHING:
	case EXIT_EXTERNAL_INTERRUPT:
		return TURN_GOES_ON;
	case EXIT_HALT:
		vm_console_idle(vm);
		*until = task->cpu->exit.halt.until;
		if (queue->count > 1)
			return TURN_SLEEPS;
		wait_loaded(task, *until);
		return TURN_GOES_ON;
	case EXIT_CPU_UP:
		vcpu_set_return_value(&task->cpu->vcpu, (uint64_t)task->outcome.x0);
		kick(&vm->tasks[task->outcome.target]);
		return TURN_GOES_ON;
	case EXIT_CPU_SUSPEND:
		return suspend(task);
	case EXIT_CPU_DOWN:
		return TURN_LEAVES;
	case EXIT_SYSTEM_DOWN:
	case EXIT_SYSTEM_RESET:
		guest_vm_kick(vm);
		return TURN_LEAVES;
	case EXIT_HYPERCALL:
	case EXIT_SYSREG_READ:
	case EXIT_SYSREG_WRITE:
	case EXIT_NESTED_PAGE_FAULT:
		/* Nothing is mapped on demand here. */
		if (vcpu_exit_refuse(task->cpu) == EXIT_NOTHING)
			return TURN_GOES_ON;
		break;
	default:
		break;
	}
	give_up(task, reason);
	return TURN_LEAVES;
}

static void take_turn(struct queue *queue, struct task *task)
{
	struct guest_cpu *cpu = task->cpu;
	uint64_t until = UINT64_MAX;
	enum turn turn = TURN_GOES_ON;

	if (!task->on && !start(task))
		return;
	timeout_cancel(&task->timer);
	__atomic_store_n(&task->wake, 0, __ATOMIC_SEQ_CST);
	task->halted = false;
	if (!system_runs(task)) {
		leave(task);
		return;
	}
	if (task->resume) {
		guest_cpu_reset(cpu, task->outcome.entry.address, task->outcome.entry.context);
		task->resume = false;
	}
	if (guest_cpu_load(cpu)) {
		give_up(task, EXIT_FAIL_ENTRY);
		leave(task);
		return;
	}
	task->turns++;
	/*
	 * FP registers are loaded at their first use (lab 3), which spares a turn that does without. The only
	 * vCPU of a CPU has but one turn: its first use would be an exit for nothing.
	 */
	if (queue->count == 1)
		vcpu_fp_trapped(&cpu->vcpu);

	while (turn == TURN_GOES_ON) {
		turn = handle(queue, task, machine_run(cpu), &until);
		if (turn != TURN_GOES_ON)
			break;
		if (!system_runs(task)) {
			turn = TURN_LEAVES;
		} else if (queue->slice_over) {
			if (somebody_else_waits(queue, task))
				turn = TURN_IS_OVER;
			else
				begin_slice(queue);
		}
	}
	guest_cpu_put(cpu);
	if (turn == TURN_SLEEPS)
		fall_asleep(task, until);
	else if (turn == TURN_LEAVES)
		leave(task);
}

void scheduler_start(void)
{
	__atomic_store_n(&started, true, __ATOMIC_SEQ_CST);
	kick_all();
}

/* A kick that comes after the look at what there is to do makes the WFI return at once. */
static void sleep_until_kicked(struct percpu *percpu)
{
	dsb(sy);
	asm volatile("wfi" ::: "memory");
	percpu->irq_handler(percpu);
}

void scheduler_run(void)
{
	struct percpu *percpu = this_cpu();
	struct queue *queue = &queues[percpu->id];

	while (!__atomic_load_n(&started, __ATOMIC_SEQ_CST))
		sleep_until_kicked(percpu);
	while (__atomic_load_n(&vms_on, __ATOMIC_SEQ_CST)) {
		struct task *task = next_task(queue);

		if (task) {
			begin_slice(queue);
			take_turn(queue, task);
			end_slice(queue, task);
		} else {
			sleep_until_kicked(percpu);
		}
	}
}
