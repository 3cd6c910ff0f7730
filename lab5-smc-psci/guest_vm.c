// SPDX-License-Identifier: MIT
#include "guest_vm.h"

#include "arch/cache.h"
#include "drivers/console.h"
#include "drivers/gicv3.h"
#include "el2_mmu.h"
#include "lib/errno.h"
#include "virtual_gic.h"

void guest_vm_kick(struct guest_vm *vm)
{
	unsigned int n;

	/* One that is off has nothing to hear, and its home's CPU may be at work for another VM. */
	for (n = 0; n < vm->machine.cpu_count; n++)
		if (psci_cpu_power(&vm->psci, n) != POWER_OFF)
			gicv3_send_sgi(vm->tasks[n].home->mpidr, SGI_KICK);
}

/* Lab 4's virtual GIC: something changed for a vCPU that is on no CPU. Called under its lock. */
static void wake(struct guest_cpu *cpu)
{
	struct task *task = task_of(cpu);

	/*
	 * Who was woken, and has not had its turn since, was kicked then. Another kick would only interrupt
	 * whoever has its home's CPU now, and how often would be up to a guest: SGIs to a vCPU that is off.
	 */
	if (__atomic_exchange_n(&task->wake, 1, __ATOMIC_SEQ_CST))
		return;
	if (task->home && task->home != this_cpu())
		gicv3_send_sgi(task->home->mpidr, SGI_KICK);
}

int guest_vm_create(struct guest_vm *vm, unsigned int number, void *ram,
		    const struct guest_vm_config *config)
{
	const struct guest_images *images = config->images;
	const struct machine_config machine = {
		.name = config->name, .ram = ram, .ram_size = images->ram_size,
		.cpus = config->vcpus, .pool = &hyp_pool,
	};
	uint64_t affinities[MACHINE_CPUS_MAX];
	unsigned int n;
	int error;

	if (!guest_images_fit(images))
		return -EINVAL;
	error = machine_create(&vm->machine, &machine);
	if (error)
		return error;
	vm->machine.wake = wake;
	vm->images = images;
	vm->number = number;
	vm->resets = 0;
	vm->resets_max = config->resets_max;
	vm->takes_input = false;
	spin_init(&vm->input_lock);
	for (n = 0; n < config->vcpus; n++) {
		affinities[n] = n;
		vm->tasks[n] = (struct task){ .cpu = &vm->machine.cpus[n], .vm = vm };
	}
	error = psci_init(&vm->psci, config->vcpus, affinities, RAM_BASE, images->ram_size);
	vm->smccc = (struct smccc){ .host = config->host, .psci = &vm->psci };
	return error;
}

static void set_takes_input(struct guest_vm *vm, bool takes)
{
	uint64_t daif = spin_lock_irqsave(&vm->input_lock);

	vm->takes_input = takes;
	spin_unlock_irqrestore(&vm->input_lock, daif);
}

int guest_vm_boot(struct guest_vm *vm)
{
	struct stage2 *stage2 = &vm->machine.vm.stage2;
	const struct guest_images *images = vm->images;
	int error = 0;

	set_takes_input(vm, false);
	machine_reset(&vm->machine);
	/*
	 * Memory shall have what the caches have of the life before: the guest starts with its caches off, would not
	 * see it, and finds it on top of what it writes itself, some day.
	 */
	if (vm->resets)
		dcache_clean_invalidate_poc(vm->machine.vm.ram, vm->machine.vm.ram_size);
	if (psci_system(&vm->psci) != PSCI_RESETS_WARM)
		error = guest_images_load(images, vm->machine.vm.ram);
	if (error)
		return error;
	/* As after a reset of a CPU: nothing is left of what the guest translated before. */
	stage2->tlb->invalidate_all(stage2);
	set_takes_input(vm, true);
	return psci_boot(&vm->psci, images->entry,
			 images->dtb.size ? images->dtb.ipa : vm->resets);
}

bool guest_vm_input(struct guest_vm *vm, uint8_t c)
{
	uint64_t daif = spin_lock_irqsave(&vm->input_lock);
	bool taken = !vm->takes_input || machine_receive(&vm->machine, c);

	spin_unlock_irqrestore(&vm->input_lock, daif);
	return taken;
}
