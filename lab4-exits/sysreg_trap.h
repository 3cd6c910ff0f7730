/* SPDX-License-Identifier: MIT */
/*
 * sysreg_trap.h - the guest's trapped MRS, MSR and system instructions.
 */
#ifndef LAB4_SYSREG_TRAP_H
#define LAB4_SYSREG_TRAP_H

#include "exit.h"
#include "sysreg_rules.h"
#include "vdev/vgic.h"

#define SYS64_ICC_SGI1R		SYS64_REG(3, 0, 12, 11, 5)
#define SYS64_ICC_ASGI1R	SYS64_REG(3, 0, 12, 11, 6)
#define SYS64_ICC_SGI0R		SYS64_REG(3, 0, 12, 11, 7)

/* sysreg_sgi_kind - which of the three it is. reg: of EXIT_SEND_IPI. */
static inline enum vgic_sgi sysreg_sgi_kind(uint32_t reg)
{
	return reg == SYS64_ICC_SGI1R ? VGIC_SGI1R :
	       reg == SYS64_ICC_ASGI1R ? VGIC_ASGI1R : VGIC_SGI0R;
}

/*
 * exit_sysreg - the handler of exception class EC_SYS64. cpu: loaded on this CPU; esr: the syndrome.
 *
 * Returns EXIT_NOTHING: done, and the PC moved on; or the guest has its Undefined Instruction exception.
 * EXIT_SEND_IPI, EXIT_SYSREG_READ, EXIT_SYSREG_WRITE: the host's turn; vcpu_exit_complete() ends it, or
 * vcpu_exit_refuse().
 */
enum exit_reason exit_sysreg(struct guest_cpu *cpu, uint64_t esr);

/*
 * sysreg_trap_cpu_init - once on each CPU, before guests run there: the CPU's own OS Lock is open. It may
 * be closed out of reset, and nothing steps then.
 */
void sysreg_trap_cpu_init(void);

/* Print the table of sysreg_rules.c: register, access, what the guest gets. */
void sysreg_rules_print(void);

#endif
