// SPDX-License-Identifier: MIT
#include "gic_puppet.h"

#include "arch/layout.h"
#include "drivers/console.h"
#include "guest/guest.h"
#include "virtual_gic.h"

extern const char gic_puppet_guest[], gic_puppet_guest_end[];

/* ---- The device that raises interrupts ----------------------------------------------------------------- */

static enum vdev_result lines_read(void *model, unsigned int cpu, uint32_t offset, unsigned int size, uint64_t *value)
{
	(void)model;
	(void)cpu;
	(void)offset;
	(void)size;
	*value = 0;
	return VDEV_DONE;
}

static enum vdev_result lines_write(void *model, unsigned int cpu, uint32_t offset, unsigned int size, uint64_t value)
{
	struct vgic *gic = model;

	(void)size;
	if (value == LINE_PULSE)
		vgic_pulse(gic, cpu, offset / 4);
	else
		vgic_set_level(gic, cpu, offset / 4, value == LINE_HIGH);
	return VDEV_DONE;
}

/* ---- Orders ----------------------------------------------------------------------------------------------- */

void puppet_order(struct guest_cpu *cpu, uint64_t order, uint64_t x1, uint64_t x2, uint64_t x3)
{
	vcpu_set_gpr(&cpu->vcpu, 0, order);
	vcpu_set_gpr(&cpu->vcpu, 1, x1);
	vcpu_set_gpr(&cpu->vcpu, 2, x2);
	vcpu_set_gpr(&cpu->vcpu, 3, x3);
}

struct puppet_answer puppet_answer(struct guest_cpu *cpu, enum exit_reason reason)
{
	struct puppet_answer answer = {
		.reason = reason,
		.value = vcpu_gpr(&cpu->vcpu, 0),
		.taken = (uint32_t)vcpu_gpr(&cpu->vcpu, 1),
		.esr = (uint32_t)(vcpu_gpr(&cpu->vcpu, 1) >> 32),
	};
	unsigned int n;

	for (n = 0; n < 16; n++)
		answer.intids[n] = (uint8_t)(vcpu_gpr(&cpu->vcpu, 2 + n / 8) >> n % 8 * 8);
	/* A guest that is lost fails the test, in whatever words. */
	if (reason != EXIT_HYPERCALL || host_hvc(cpu) != HVC_REPORT) {
		printf("# the guest is lost: %s, ESR_EL2 0x%lx, ELR_EL2 0x%lx\n", exit_reason_name(reason),
		       cpu->vcpu.frame.esr, cpu->vcpu.frame.elr);
		answer.value = 0xdeaddeaddeaddead;
	}
	return answer;
}

struct puppet_answer puppet(struct guest_cpu *cpu, uint64_t order, uint64_t x1, uint64_t x2, uint64_t x3)
{
	puppet_order(cpu, order, x1, x2, x3);
	return puppet_answer(cpu, host_run(cpu));
}

/* ---- Making one ------------------------------------------------------------------------------------------- */

int puppet_load(struct guest_cpu *cpu, unsigned int lrs)
{
	int error = guest_cpu_load(cpu);

	if (!error && lrs && lrs < cpu->lrs.count) {
		cpu->lrs.count = lrs;
		virtual_gic_update(cpu);
	}
	return error;
}

void puppet_machine(struct machine *machine, const char *name, unsigned int cpus)
{
	struct machine_device lines = { LINES_BASE, LINES_SIZE, &machine->gic, lines_read, lines_write };
	uint64_t entry = 0, stack = 0;
	unsigned int n;

	host_machine(machine, name, gic_puppet_guest, gic_puppet_guest_end, cpus, 0);
	machine_add_device(machine, &lines);
	for (n = 0; n < cpus; n++) {
		struct guest_cpu *cpu = &machine->cpus[n];

		if (n) {
			vcpu_set_entry(&cpu->vcpu, entry);
			cpu->vcpu.sysregs.sp_el1 = stack;
		}
		guest_cpu_load(cpu);
		puppet_answer(cpu, host_run(cpu));
		guest_cpu_put(cpu);
		if (!n) {
			entry = vcpu_gpr(&cpu->vcpu, 0);
			stack = vcpu_gpr(&cpu->vcpu, 1);
		}
	}
}

/* ---- Its GIC ------------------------------------------------------------------------------------------------ */

uint64_t puppet_gic_register(const struct guest_cpu *cpu, uint32_t array, uint32_t intid, unsigned int bits)
{
	uint64_t frame = intid < GIC_SPI_FIRST ? GICR_BASE + cpu->index * GICR_STRIDE + GICR_SGI_FRAME : GICD_BASE;

	return frame + gic_register(array, intid, bits);
}

void puppet_gic_on(struct guest_cpu *cpu, unsigned int eoi_mode)
{
	unsigned int intid, g;

	puppet_write(cpu, GICR_BASE + cpu->index * GICR_STRIDE + GICR_WAKER, 0);
	puppet_write(cpu, GICD_BASE + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_ENABLE_GRP0 | GICD_CTLR_ENABLE_GRP1);
	for (intid = 0; intid < VGIC_INTIDS; intid += 32) {
		puppet_write(cpu, puppet_gic_register(cpu, GICD_IGROUPR, intid, 1), UINT32_MAX);
		puppet_write(cpu, puppet_gic_register(cpu, GICD_ISENABLER, intid, 1), UINT32_MAX);
	}
	for (intid = 0; intid < VGIC_INTIDS; intid += 4)
		puppet_write(cpu, puppet_gic_register(cpu, GICD_IPRIORITYR, intid, 8), 0xa0a0a0a0);
	puppet_msr(cpu, REG_PMR, GIC_PRIORITY_MASK_NONE);
	puppet_msr(cpu, REG_ICC_CTLR, eoi_mode ? ICC_CTLR_EOIMODE : 0);
	for (g = 0; g < 2; g++) {
		puppet_msr(cpu, REG_BPR(g), 0);
		puppet_msr(cpu, REG_IGRPEN(g), 1);
	}
}
