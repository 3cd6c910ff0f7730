// SPDX-License-Identifier: MIT
/*
 * bench.c - the round trips that "make bench" counts: a guest's HVC, vcpu_run() returns, vcpu_run()
 * again, the guest's next instruction.
 *
 * For each kind of trip: some to warm up, then some between two looks at the clock. This program prints
 * what the clock says; tests/harness/bench finds the same stretches in QEMU's execution trace, by
 * bench_clock(), and takes them apart. With -icount shift=0 a nanosecond is an instruction, and with a
 * counter of 1 GHz (QEMU: -cpu MODEL,cntfrq=1000000000) the clock counts them.
 */
#include "arch/esr.h"
#include "arch/psci.h"
#include "arch/sysreg.h"
#include "drivers/console.h"
#include "drivers/gicv3.h"
#include "el2_mmu.h"
#include "entry.h"
#include "features.h"
#include "guest/guest.h"
#include "hal.h"
#include "lib/errno.h"
#include "percpu.h"
#include "smp.h"
#include "vcpu.h"
#include "vm.h"
#include "vmids.h"

extern const char bench_guest[], bench_guest_end[];

/* ---- The least of a host ------------------------------------------------------------------------- */

static enum irq_result no_irq(struct percpu *cpu, uint32_t intid)
{
	(void)cpu;
	(void)intid;
	return IRQ_UNEXPECTED;
}

static const struct vcpu_hal hal = HAL_GICV3(no_irq);

static int start_host(void)
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
	return 0;
}

/* ---- Two VMs, a vCPU each ------------------------------------------------------------------------- */

static struct vm vms[2];
static struct vcpu vcpus[2];

static int make_vcpu(unsigned int n, bool uses_fp)
{
	const struct vcpu_create_config create = { .dtb = uses_fp };
	const struct vcpu_setup_config setup = { 0 };
	int error = vcpu_create(&vcpus[n], 0, &create);

	if (!error)
		error = vcpu_setup(&vcpus[n], &setup);
	if (!error)
		error = vcpu_set_entry(&vcpus[n], GUEST_ENTRY);
	return error ? error : vcpu_set_stage2_root(&vcpus[n], &vms[n].stage2);
}

static int make_vms(void)
{
	static const char *const names[] = { "A", "B" };
	unsigned int n;
	int error = 0;

	for (n = 0; n < 2 && !error; n++)
		error = vm_create(&vms[n], names[n], bench_guest,
				  (size_t)(bench_guest_end - bench_guest), &hyp_pool);
	return error;
}

/* ---- The trips ------------------------------------------------------------------------------------- */

/* The address of this one instruction is what divides the trace. */
static __noinline uint64_t bench_clock(void)
{
	uint64_t now;

	asm volatile(".globl bench_clock_read\n"
		     "bench_clock_read: mrs %0, CNTPCT_EL0" : "=r"(now) :: "memory");
	return now;
}

/*
 * Four trips in a row, and no loop: what is between two of them is what any caller has to do (pass its
 * arguments, look at the results), and the same each time.
 */
static bool four_same(struct vcpu *vcpu)
{
	return vcpu_run(vcpu) == VCPU_EXIT_SYNC && vcpu_run(vcpu) == VCPU_EXIT_SYNC &&
	       vcpu_run(vcpu) == VCPU_EXIT_SYNC && vcpu_run(vcpu) == VCPU_EXIT_SYNC;
}

static __noinline bool same_vcpu(struct vcpu *vcpu, struct vcpu *unused, uint64_t *ticks)
{
	uint64_t start;
	bool good;

	(void)unused;
	if (vcpu_bind(vcpu))
		return false;
	good = four_same(vcpu);
	start = bench_clock();
	good = good && four_same(vcpu);
	*ticks = bench_clock() - start;
	return !vcpu_unbind(vcpu) && good;
}

/* One leaves, the other comes. */
static inline __attribute__((always_inline)) bool change(struct vcpu *from, struct vcpu *to)
{
	return vcpu_unbind(from) == 0 && vcpu_bind(to) == 0 && vcpu_run(to) == VCPU_EXIT_SYNC;
}

static __noinline bool four_changes(struct vcpu *a, struct vcpu *b)
{
	return change(b, a) && change(a, b) && change(b, a) && change(a, b);
}

static __noinline bool other_vcpu(struct vcpu *a, struct vcpu *b, uint64_t *ticks)
{
	uint64_t start;
	bool good;

	if (vcpu_bind(b))
		return false;
	good = four_changes(a, b);
	start = bench_clock();
	good = good && four_changes(a, b);
	*ticks = bench_clock() - start;
	return !vcpu_unbind(b) && good;
}

/* With FP a guest has one more exit, at its first use: run it again, until its hypercall. */
static inline __attribute__((always_inline)) bool run_with_fp(struct vcpu *vcpu)
{
	while (vcpu_run(vcpu) == VCPU_EXIT_SYNC) {
		if (ESR_EC(vcpu->frame.esr) == EC_HVC64)
			return true;
		if (ESR_EC(vcpu->frame.esr) != EC_FP)
			return false;
		vcpu_fp_trapped(vcpu);
	}
	return false;
}

static __noinline bool change_fp(struct vcpu *from, struct vcpu *to)
{
	return vcpu_unbind(from) == 0 && vcpu_bind(to) == 0 && run_with_fp(to);
}

static __noinline bool four_changes_fp(struct vcpu *a, struct vcpu *b)
{
	bool good = change_fp(b, a) && change_fp(a, b) && change_fp(b, a) && change_fp(a, b);

	asm volatile("" ::: "memory");	/* no tail call, which would make the last trip another one */
	return good;
}

static __noinline bool other_vcpu_fp(struct vcpu *a, struct vcpu *b, uint64_t *ticks)
{
	uint64_t start;
	bool good;

	if (vcpu_bind(b))
		return false;
	good = four_changes_fp(a, b);
	start = bench_clock();
	good = good && four_changes_fp(a, b);
	*ticks = bench_clock() - start;
	return !vcpu_unbind(b) && good;
}

static const struct trip {
	const char *name;		/* as in bench.budget */
	bool (*make)(struct vcpu *a, struct vcpu *b, uint64_t *ticks);
	bool uses_fp;
} trips[] = {
	{ "same-vcpu", same_vcpu, false },
	{ "other-vcpu", other_vcpu, false },
	{ "other-vcpu-fp", other_vcpu_fp, true },
};

static void make_trips(const struct trip *trip)
{
	uint64_t ticks = 0;
	bool good = !make_vcpu(0, trip->uses_fp) && !make_vcpu(1, trip->uses_fp) &&
		    trip->make(&vcpus[0], &vcpus[1], &ticks);

	if (good)
		printf("trip %s clock %lu flushes %lu\n", trip->name, ticks,
		       vcpus[0].tlb_flushes + vcpus[1].tlb_flushes);
	else
		printf("error: %s: ESR_EL2 0x%lx and 0x%lx\n", trip->name, vcpus[0].frame.esr,
		       vcpus[1].frame.esr);
	vcpu_destroy(&vcpus[0]);
	vcpu_destroy(&vcpus[1]);
}

void main(void)
{
	const char *lacking = NULL;
	unsigned int n;
	int error;

	console_init();
	if (!has_hardware_support(&lacking)) {
		printf("error: no hypervisor can run here: %s\n", lacking);
	} else {
		error = start_host();
		if (!error)
			error = make_vms();
		if (error)
			printf("error: cannot set up: %d\n", error);
		printf("counter %lu\n", read_sysreg(CNTFRQ_EL0));
		for (n = 0; n < ARRAY_SIZE(trips) && !error; n++)
			make_trips(&trips[n]);
		printf("end\n");
	}
	console_flush();
	psci_system_off();
}
