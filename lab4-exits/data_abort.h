/* SPDX-License-Identifier: MIT */
/*
 * data_abort.h - aborts that stage 2 sent to EL2: a device's registers, or memory that is not there.
 */
#ifndef LAB4_DATA_ABORT_H
#define LAB4_DATA_ABORT_H

#include "arch/layout.h"
#include "arch/sysreg.h"
#include "exit.h"
#include "mmio_syndrome.h"

/*
 * data_abort_ipa - where: HPFAR_EL2 has the page, and far, FAR_EL2, the place in it: stage 1 does not change
 * the lower 12 bits. If HPFAR_EL2 is valid (abort_hpfar_valid()).
 */
static inline uint64_t data_abort_ipa(uint64_t far)
{
	return FIELD_GET(HPFAR_EL2_FIPA, read_sysreg(HPFAR_EL2)) << PAGE_SHIFT | far % PAGE_SIZE;
}

/* The handlers of EC_DABT_LOWER and EC_IABT_LOWER. */
enum exit_reason exit_data_abort(struct guest_cpu *cpu, uint64_t esr);
enum exit_reason exit_instruction_abort(struct guest_cpu *cpu, uint64_t esr);

/* What a load of one register makes of the value that the host read (COMPLETE_LOAD). */
uint64_t data_abort_load_value(const struct vcpu_exit *exit, uint64_t value);

/* One piece of an access is done (COMPLETE_ACCESS): the next one, or the end of the instruction. */
enum exit_reason data_abort_continue(struct guest_cpu *cpu, uint64_t value);

/* The guest gets an abort of its own, with this fault status (FSC_...). As vcpu_exit_refuse(). */
enum exit_reason data_abort_refuse(struct guest_cpu *cpu, unsigned int fsc);

#endif
