// SPDX-License-Identifier: MIT
/*
 * main.c - the host program of lab 3: two guests, linked at the same address, by turns on one CPU.
 */
#include "arch/cpu.h"
#include "arch/esr.h"
#include "arch/layout.h"
#include "arch/psci.h"
#include "drivers/console.h"
#include "drivers/fw_cfg.h"
#include "drivers/gicv3.h"
#include "el2_mmu.h"
#include "entry.h"
#include "features.h"
#include "guest/guest.h"
#include "hal.h"
#include "percpu.h"
#include "smp.h"
#include "vcpu.h"
#include "vm.h"
#include "vmids.h"

extern const char guest_a[], guest_a_end[], guest_b[], guest_b_end[];

struct guest {
	struct vm vm;
	struct vcpu vcpu;
	bool done;
	uint64_t exits[4];		/* by enum vcpu_exit_kind */
	uint64_t hypercalls, fp_traps;
};

static struct guest guests[2];

/* ---- What this lab needs of a host (lab 2 shows more) --------------------------------------------- */

static enum irq_result host_irq(struct percpu *cpu, uint32_t intid)
{
	(void)cpu;
	(void)intid;
	return IRQ_UNEXPECTED;
}

static const struct vcpu_hal hal = HAL_GICV3(host_irq);

/* ---- A guest's turn -------------------------------------------------------------------------------- */

/* A hypercall. Returns true if the turn is over. */
static bool handle_hvc(struct guest *guest)
{
	const struct vcpu *vcpu = &guest->vcpu;

	guest->hypercalls++;
	switch (FIELD_GET(ISS_IMM16, vcpu->frame.esr)) {
	case HVC_YIELD:
		return true;
	case HVC_REPORT:
		printf("  %s: turn %lu: %lu registers and %lu words of memory checked, %lu differ\n",
		       guest->vm.name, vcpu_gpr(vcpu, 0), vcpu_gpr(vcpu, 1), vcpu_gpr(vcpu, 2),
		       vcpu_gpr(vcpu, 3));
		return false;
	case HVC_DONE:
		if (vcpu_gpr(vcpu, 0))
			printf("  %s: gives up: x0 0x%lx, x1 0x%lx, x2 0x%lx, x3 0x%lx\n",
			       guest->vm.name, vcpu_gpr(vcpu, 0), vcpu_gpr(vcpu, 1),
			       vcpu_gpr(vcpu, 2), vcpu_gpr(vcpu, 3));
		guest->done = true;
		return true;
	}
	printf("  %s: unknown hypercall\n", guest->vm.name);
	guest->done = true;
	return true;
}

/* A synchronous exit. Returns true if the turn is over. */
static bool handle_sync(struct guest *guest)
{
	struct vcpu *vcpu = &guest->vcpu;
	char words[ESR_DESCRIPTION_SIZE];

	switch (ESR_EC(vcpu->frame.esr)) {
	case EC_HVC64:
		return handle_hvc(guest);
	case EC_FP:
		guest->fp_traps++;
		vcpu_fp_trapped(vcpu);
		return false;
	}
	esr_describe(vcpu->frame.esr, words, sizeof(words));
	printf("  %s: stopped: %s, at 0x%lx\n", guest->vm.name, words, vcpu->frame.elr);
	guest->done = true;
	return true;
}

static void take_turn(struct guest *guest)
{
	struct vcpu *vcpu = &guest->vcpu;
	int error = vcpu_bind(vcpu);
	bool over = error != 0;

	if (error) {
		printf("  %s: cannot be bound: error %d\n", guest->vm.name, error);
		guest->done = true;
	}
	while (!over) {
		enum vcpu_exit_kind kind = vcpu_run(vcpu);

		if (kind == VCPU_EXIT_NOT_BOUND)
			break;
		guest->exits[kind]++;
		/* An interrupt is the host's: it was taken as soon as vcpu_run() put our masks back. */
		over = kind == VCPU_EXIT_SYNC && handle_sync(guest);
	}
	vcpu_unbind(vcpu);
}

/* ---- The demo -------------------------------------------------------------------------------------- */

static int make_guest(struct guest *guest, const char *name, const char *program, const char *end)
{
	const struct vcpu_create_config create = {
		.mpidr = 0,
		.dtb = sysreg_conditions(),	/* for guest_registers.c */
	};
	const struct vcpu_setup_config setup = { 0 };
	int error = vm_create(&guest->vm, name, program, (size_t)(end - program), &hyp_pool);

	if (error)
		return error;
	vcpu_create(&guest->vcpu, 0, &create);
	vcpu_setup(&guest->vcpu, &setup);
	vcpu_set_entry(&guest->vcpu, GUEST_ENTRY);
	return vcpu_set_stage2_root(&guest->vcpu, &guest->vm.stage2);
}

static void print_counts(void)
{
	const struct guest *a = &guests[0], *b = &guests[1];

	printf("What was switched, and when:                            %8s %8s\n", a->vm.name, b->vm.name);
#define ROW(what, when, count) \
	printf("  %-24s %-28s %8lu %8lu\n", what, when, a->count, b->count)
	ROW("general registers", "each exit: synchronous", exits[VCPU_EXIT_SYNC]);
	ROW("", "each exit: interrupt", exits[VCPU_EXIT_IRQ]);
	ROW("EL1, timer, GIC, stage 2", "bind and unbind", vcpu.binds);
	ROW("FP and SIMD: loaded", "first use after a bind", vcpu.fp_loads);
	ROW("FP and SIMD: saved", "unbind, if used", vcpu.fp_saves);
	ROW("TLB: this VMID flushed", "another vCPU of the VM here", vcpu.tlb_flushes);
#undef ROW
}

static int start(void)
{
	struct id_registers id;
	struct hw_features features;
	int error = percpu_init(smp_boot_cpu(), 0, &hal);

	if (!error)
		error = gicv3_dist_init();
	if (!error)
		error = gicv3_cpu_init(&this_cpu()->gicr);
	if (!error)
		error = percpu_hardware_enable(vcpu_vectors);
	if (error)
		return error;
	id_registers_read(&id);
	hw_features_decode(&id, &features);
	vmids_init(features.vmid_bits);

	error = make_guest(&guests[0], "guest A", guest_a, guest_a_end);
	return error ? error : make_guest(&guests[1], "guest B", guest_b, guest_b_end);
}

void main(void)
{
	const char *lacking;
	unsigned int turn, n;
	int error;

	console_init();
	printf("EL2 Labs, lab 3: the vCPU and the world switch\n");
	if (!has_hardware_support(&lacking)) {
		printf("el2labs: no hypervisor can run here: %s\n", lacking);
		goto off;
	}
	error = start();
	if (error) {
		printf("el2labs: cannot set the guests up: error %d\n", error);
		goto off;
	}
	printf("Two guests, both linked at IPA 0x%x: A in memory at 0x%lx, B at 0x%lx\n", GUEST_ENTRY,
	       (uintptr_t)guests[0].vm.ram, (uintptr_t)guests[1].vm.ram);

	irq_unmask();
	for (turn = 1; !guests[0].done || !guests[1].done; turn++)
		for (n = 0; n < 2; n++)
			if (!guests[n].done)
				take_turn(&guests[n]);
	irq_mask();
	print_counts();
	if (bootarg("registers"))
		guest_sysregs_dump(&guests[0].vcpu.sysregs, sysreg_conditions());
	printf("Done. Powering off.\n");
off:
	console_flush();
	psci_system_off();
}
