/* SPDX-License-Identifier: MIT */
/* gic_puppet.h - the host's hand in the guest guests/gic_puppet.c: give it an order, see what comes of it. */
#ifndef TESTS_LAB4_GIC_PUPPET_H
#define TESTS_LAB4_GIC_PUPPET_H

#include "arch/bits.h"
#include "drivers/gicv3_regs.h"
#include "guests/gic_puppet.h"
#include "guests/gic_storm.h"
#include "host.h"

/* Instructions for PUPPET_EXECUTE, with x0 and x1 as operands. Encodings: Arm ARM, C4. */
#define INSN_NOP	0xd503201fU
#define INSN_WFE	0xd503205fU
#define INSN_WFI	0xd503207fU
#define INSN_SEV	0xd503209fU
#define INSN_IRQ_ON	0xd50342ffU		/* msr DAIFClr, #2 */
#define INSN_IRQ_OFF	0xd50342dfU		/* msr DAIFSet, #2 */
#define INSN_MRS(reg)	(0xd5200000U | (reg))
#define INSN_MSR(reg)	(0xd5000000U | (reg))
#define REG(op0, op1, crn, crm, op2) \
	((op0) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)

#define REG_PMR		REG(3, 0, 4, 6, 0)
#define REG_IAR(g)	((g) ? REG(3, 0, 12, 12, 0) : REG(3, 0, 12, 8, 0))
#define REG_EOIR(g)	((g) ? REG(3, 0, 12, 12, 1) : REG(3, 0, 12, 8, 1))
#define REG_HPPIR(g)	((g) ? REG(3, 0, 12, 12, 2) : REG(3, 0, 12, 8, 2))
#define REG_BPR(g)	((g) ? REG(3, 0, 12, 12, 3) : REG(3, 0, 12, 8, 3))
#define REG_IGRPEN(g)	((g) ? REG(3, 0, 12, 12, 7) : REG(3, 0, 12, 12, 6))
#define REG_DIR		REG(3, 0, 12, 11, 1)
#define REG_RPR		REG(3, 0, 12, 11, 3)
#define REG_SGI1R	REG(3, 0, 12, 11, 5)
#define REG_ASGI1R	REG(3, 0, 12, 11, 6)
#define REG_SGI0R	REG(3, 0, 12, 11, 7)
#define REG_ICC_CTLR	REG(3, 0, 12, 12, 4)
#define REG_CNTPCT	REG(3, 3, 14, 0, 1)
#define REG_CNTP_TVAL	REG(3, 3, 14, 2, 0)
#define REG_CNTP_CTL	REG(3, 3, 14, 2, 1)
#define REG_CNTP_CVAL	REG(3, 3, 14, 2, 2)
#define REG_CNTV_CTL	REG(3, 3, 14, 3, 1)
#define REG_CNTV_CVAL	REG(3, 3, 14, 3, 2)

/* What came of an order. */
struct puppet_answer {
	enum exit_reason reason;	/* EXIT_HYPERCALL, or the guest did not come to its end */
	uint64_t value;
	uint32_t taken;			/* interrupts */
	uint32_t esr;			/* ESR_EL1 of the last exception; 0: there was none */
	uint8_t intids[16];		/* of the interrupts, in the order of their acknowledgement */
};

/*
 * puppet_machine - a machine with the puppet in it, its LINES device, and its vCPUs at their first order. Of
 * the GIC nothing is set up. Each of the vCPUs was on this CPU for a moment.
 */
void puppet_machine(struct machine *machine, const char *name, unsigned int cpus);

/*
 * puppet_load - guest_cpu_load(), and then as if this CPU had so many list registers: 0 for all that there
 * are.
 */
int puppet_load(struct guest_cpu *cpu, unsigned int lrs);

/* puppet - give a loaded vCPU an order, and have it done by host_run(). */
struct puppet_answer puppet(struct guest_cpu *cpu, uint64_t order, uint64_t x1, uint64_t x2, uint64_t x3);

/* The same in two halves, for tests that run the vCPU in another way. */
void puppet_order(struct guest_cpu *cpu, uint64_t order, uint64_t x1, uint64_t x2, uint64_t x3);
struct puppet_answer puppet_answer(struct guest_cpu *cpu, enum exit_reason reason);

/* Short forms. */
static inline uint64_t puppet_mrs(struct guest_cpu *cpu, uint32_t reg)
{
	return puppet(cpu, PUPPET_EXECUTE, INSN_MRS(reg), 0, 0).value;
}

static inline void puppet_msr(struct guest_cpu *cpu, uint32_t reg, uint64_t value)
{
	puppet(cpu, PUPPET_EXECUTE, INSN_MSR(reg), value, 0);
}

static inline uint32_t puppet_read(struct guest_cpu *cpu, uint64_t address)
{
	return (uint32_t)puppet(cpu, PUPPET_READ, address, 0, 0).value;
}

static inline void puppet_write(struct guest_cpu *cpu, uint64_t address, uint32_t value)
{
	puppet(cpu, PUPPET_WRITE, address, value, 0);
}

/*
 * The 32-bit register of an array (GICD_ISENABLER, ...) that has this INTID: in the distributor, or in this
 * vCPU's redistributor.
 */
uint64_t puppet_gic_register(const struct guest_cpu *cpu, uint32_t array, uint32_t intid, unsigned int bits);

/*
 * puppet_gic_on - both groups on, in the distributor and the CPU interface, nothing masked, EOImode as given;
 * all that could be is enabled, of group 1, priority 0xa0.
 */
void puppet_gic_on(struct guest_cpu *cpu, unsigned int eoi_mode);

#endif
