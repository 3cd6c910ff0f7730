// SPDX-License-Identifier: MIT
#include "host.h"

#include "arch/cpu.h"
#include "arch/layout.h"
#include "drivers/console.h"
#include "drivers/fw_cfg.h"
#include "drivers/gicv3.h"
#include "drivers/timer.h"
#include "el2_mmu.h"
#include "features.h"
#include "guest/guest.h"
#include "hal.h"
#include "smp.h"
#include "vmids.h"

struct irqs irqs[MAX_CPUS];
struct run_findings run_findings[MAX_CPUS];
void (*host_irq_hook)(void);

unsigned int cpu_number(void)
{
	return cpu_affinity() % MAX_CPUS;
}

bool counts_wanted(void)
{
	return bootarg("counts");
}

uint64_t host_random(void)
{
	static uint64_t states[MAX_CPUS];
	uint64_t *x = &states[cpu_number()];

	if (!*x)
		*x = 0xd1342543de82ef95 * (cpu_number() + 1);
	*x ^= *x >> 12;
	*x ^= *x << 25;
	*x ^= *x >> 27;
	return *x * 0x2545f4914f6cdd1d;
}

/* ---- The machine ----------------------------------------------------------------------------------- */

static enum irq_result handle_irq(struct percpu *cpu, uint32_t intid)
{
	struct irqs *own = &irqs[cpu_number()];

	(void)cpu;
	if (host_irq_hook)
		host_irq_hook();
	own->last = intid;
	if (intid == INTID_CNTHP) {
		timer_stop();
		own->timer++;
		return IRQ_HANDLED;
	}
	own->others++;
	return intid < GIC_PPI_FIRST ? IRQ_HANDLED : IRQ_UNEXPECTED;
}

static const struct vcpu_hal hal = HAL_GICV3(handle_irq);

static void give_up(const char *what, int error)
{
	printf("Bail out! %s: error %d\n", what, error);
	tap_done();
}

static void enable_cpu(void)
{
	int error = gicv3_cpu_init(&this_cpu()->gicr);

	if (!error)
		error = percpu_hardware_enable(vcpu_vectors);
	if (error)
		give_up("a CPU cannot be set up", error);
	gicv3_enable_private(this_cpu()->gicr, INTID_CNTHP);
}

void host_start(void)
{
	struct id_registers id;
	struct hw_features features;
	int error;

	console_init();
	error = percpu_init(smp_boot_cpu(), 0, &hal);
	if (!error)
		error = gicv3_dist_init();
	if (error)
		give_up("the boot CPU cannot be set up", error);
	enable_cpu();
	id_registers_read(&id);
	hw_features_decode(&id, &features);
	vmids_init(features.vmid_bits);
}

static void (*run_others)(struct percpu *cpu);

static void run_other(struct percpu *cpu)
{
	enable_cpu();
	run_others(cpu);
}

unsigned int host_start_others(void (*run)(struct percpu *cpu))
{
	run_others = run;
	return smp_start(&smp_psci, &hal, run_other);
}

/* ---- VMs --------------------------------------------------------------------------------------------- */

void guest_create(struct guest *guest, const char *name, const char *program, const char *end,
		  uint64_t x0, const struct vcpu_setup_config *setup)
{
	static const struct vcpu_setup_config nothing;
	const struct vcpu_create_config create = { .mpidr = 0, .dtb = x0 };
	int error = vm_create(&guest->vm, name, program, (size_t)(end - program), &hyp_pool);

	if (!error)
		error = vcpu_create(&guest->vcpu, 0, &create);
	if (!error)
		error = vcpu_setup(&guest->vcpu, setup ? setup : &nothing);
	if (!error)
		error = vcpu_set_entry(&guest->vcpu, GUEST_ENTRY);
	if (!error)
		error = vcpu_set_stage2_root(&guest->vcpu, &guest->vm.stage2);
	if (error)
		give_up("a guest cannot be made", error);
}

/* ---- Running them ------------------------------------------------------------------------------------ */

/* Known to run_poisoned.S. */
struct caller {
	uint64_t in[11], daif_in, sp_before;
	uint64_t out[11], daif_out, sp_after;
};
ASSERT_OFFSET(struct caller, daif_in, 88);
ASSERT_OFFSET(struct caller, out, 104);
ASSERT_OFFSET(struct caller, sp_after, 200);

uint64_t run_poisoned(struct vcpu *vcpu, struct caller *caller);

enum vcpu_exit_kind run_checked(struct vcpu *vcpu, uint64_t daif)
{
	struct run_findings *found = &run_findings[cpu_number()];
	uint64_t tpidr = read_sysreg(TPIDR_EL2), before = read_sysreg(DAIF), kind;
	struct caller caller;
	unsigned int n;

	for (n = 0; n < 11; n++)
		caller.in[n] = host_random();
	caller.daif_in = daif;
	kind = run_poisoned(vcpu, &caller);

	found->runs++;
	for (n = 0; n < 11; n++)
		if (caller.in[n] != caller.out[n])
			found->lost_registers |= BIT(19 + n);
	if (caller.sp_before != caller.sp_after)
		found->lost_registers |= BIT(31);
	if (caller.daif_out != daif && !found->lost_daif++) {
		found->want_daif = daif;
		found->got_daif = caller.daif_out;
	}
	if (read_sysreg(TPIDR_EL2) != tpidr) {
		found->lost_tpidr++;
		write_sysreg(TPIDR_EL2, tpidr);
	}
	if ((uint32_t)kind > VCPU_EXIT_SERROR && (uint32_t)kind != (uint32_t)VCPU_EXIT_NOT_BOUND)
		found->bad_kind++;
	/* (One that is not bound here may well be running elsewhere.) */
	if ((uint32_t)kind <= VCPU_EXIT_SERROR &&
	    (vcpu_state(vcpu) == VCPU_RUNNING || vcpu_gpr(vcpu, 31) != 0))
		found->bad_state++;
	irq_restore(before);
	return (enum vcpu_exit_kind)(uint32_t)kind;
}

void tap_run_findings(void)
{
	struct run_findings all = {};
	unsigned int cpu;

	for (cpu = 0; cpu < MAX_CPUS; cpu++) {
		const struct run_findings *found = &run_findings[cpu];

		if (!all.lost_daif) {
			all.want_daif = found->want_daif;
			all.got_daif = found->got_daif;
		}
		all.lost_registers |= found->lost_registers;
		all.lost_daif += found->lost_daif;
		all.lost_tpidr += found->lost_tpidr;
		all.bad_kind += found->bad_kind;
		all.bad_state += found->bad_state;
	}
	TAP_EQ(all.lost_registers, 0,
	       "vcpu_run() keeps its caller's x19 to x29 and SP (bit n: register n was lost, 31: SP)", SWITCH);
	TAP_EQ(all.got_daif, all.want_daif, "vcpu_run() keeps its caller's DAIF", SWITCH);
	TAP_EQ(all.lost_tpidr, 0, "vcpu_run() keeps TPIDR_EL2", SWITCH);
	TAP_EQ(all.bad_kind, 0, "vcpu_run() returns one of the kinds of exit", SWITCH);
	TAP_EQ(all.bad_state, 0, "after vcpu_run() the vCPU is not RUNNING, and its XZR slot is 0", FRAME);
}

/* ---- A host that leaves nothing as it was ------------------------------------------------------------- */

void host_poison_between_runs(void)
{
	write_sysreg(SP_EL0, host_random());
	write_sysreg(ELR_EL2, host_random());
	write_sysreg(SPSR_EL2, host_random() & 0xf00003c5);
	write_sysreg(ESR_EL2, host_random());
	write_sysreg(FAR_EL2, host_random());
	write_sysreg(HPFAR_EL2, host_random() & 0xfffffffff0);
	isb();
}

/*
 * All that bind has to set, if it is not to come from somebody else. Timers stay masked, the virtual CPU
 * interface stays off: both are as unbind has left them. (FP is not poisoned: its registers still
 * belong to the vCPU that used them last, that is what makes it lazy. The next guest poisons them.)
 */
void host_poison_unbound(void)
{
	uint64_t conditions = sysreg_conditions();

	host_poison_between_runs();
#define POISON(reg, field, reset, condition, meaning)				\
	if (SYSREG_IF_##condition == SYSREG_IF_ALWAYS || (conditions & BIT(SYSREG_IF_##condition))) \
		write_sysreg(reg, host_random());
	SYSREGS_EL1(POISON)
	SYSREGS_GIC(POISON)
#undef POISON
	write_sysreg(MDSCR_EL1, 0);			/* no software step of ourselves */
	write_sysreg(CNTV_CVAL_EL0, host_random());
	write_sysreg(CNTV_CTL_EL0, 2);
	write_sysreg(CNTP_CVAL_EL0, host_random());
	write_sysreg(CNTP_CTL_EL0, 2);
	write_sysreg(VPIDR_EL2, host_random());
	write_sysreg(VMPIDR_EL2, host_random());
	write_sysreg(CNTVOFF_EL2, host_random());
	write_sysreg(CNTHCTL_EL2, host_random() & 3);
	write_sysreg(HSTR_EL2, host_random() & 0x9fff);
	isb();
}
