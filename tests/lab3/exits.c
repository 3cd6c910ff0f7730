// SPDX-License-Identifier: MIT
/*
 * exits.c - every way out of a guest: all eight vectors for a lower exception level end in vcpu_run()
 * returning, with the kind, the syndrome where there is one, and all registers; from AArch32 too, and for a
 * real FIQ.
 */
#include "puppet.h"

#include "arch/cpu.h"
#include "arch/esr.h"
#include "drivers/console.h"
#include "drivers/gicv3.h"
#include "drivers/mmio.h"
#include "drivers/timer.h"
#include "guest/guest.h"

#define CODE_IPA	0x40002000	/* changes every register, and then HVC #5 */
#define HVC_IPA		(CODE_IPA + 4 * 33)
#define A32_IPA		0x40003000
#define NOWHERE		0x90001230UL

extern char redirect_vectors[];
static struct guest guest;

/* ---- Each slot of the vectors ------------------------------------------------------------------------- */

struct frame_tally {
	uint64_t bad_kind, bad_registers, bad_elr, bad_esr, done;
};

static void one_exit(struct frame_tally *tally, unsigned int slot)
{
	struct vcpu *vcpu = &guest.vcpu;
	struct trap_frame want;
	uint64_t odd = host_random();
	unsigned int n;

	for (n = 0; n < 32; n++)
		vcpu_set_gpr(vcpu, n, host_random());
	vcpu->frame.sp_el0 = host_random();
	vcpu->frame.spsr = (host_random() & 0xf00003c0) | 5;
	vcpu->frame.esr = odd;
	vcpu_set_entry(vcpu, CODE_IPA);
	/* What the code makes of them. */
	want = vcpu->frame;
	want.sp_el0 = want.x[1];
	want.spsr = (want.x[0] & 0xf0000000) | (want.spsr & 0x3c5);
	for (n = 0; n < 31; n++)
		want.x[n] = ~want.x[n];

	write_sysreg(VBAR_EL2, redirect_vectors + 2048 * (slot - 8));
	isb();
	tally->bad_kind += (unsigned int)run_checked(vcpu, host_random() & 0x3c0) != slot % 4;
	write_sysreg(VBAR_EL2, vcpu_vectors);
	isb();

	for (n = 0; n < 32; n++)
		tally->bad_registers |= want.x[n] != vcpu->frame.x[n] ? BIT(n) : 0;
	tally->bad_registers |= want.sp_el0 != vcpu->frame.sp_el0 ? BIT(32) : 0;
	tally->bad_registers |= (want.spsr ^ vcpu->frame.spsr) & 0xf00003df ? BIT(33) : 0;
	tally->bad_elr += vcpu->frame.elr != HVC_IPA + 4;
	/* Synchronous and SError have a syndrome: HVC64, 32-bit instruction, #5. An interrupt has none. */
	tally->bad_esr += vcpu->frame.esr != (slot % 4 == 0 || slot % 4 == 3 ? 0x5a000005 : odd);
	tally->done++;
}

static void test_slots(void)
{
	static const char *const names[] = {
		"synchronous", "IRQ", "FIQ", "SError", "synchronous, AArch32", "IRQ, AArch32",
		"FIQ, AArch32", "SError, AArch32",
	};
	unsigned int slot, round, n;

	uint32_t *code = guest_memory(&guest, CODE_IPA);

	*code++ = 0xd51b4200;				/* msr NZCV, x0 */
	*code++ = 0xd5184101;				/* msr SP_EL0, x1 */
	for (n = 0; n < 31; n++)
		*code++ = 0xaa2003e0 | n << 16 | n;	/* mvn xn, xn */
	*code++ = INSN_HVC(5);
	vcpu_bind(&guest.vcpu);
	for (slot = 8; slot < 16; slot++) {
		struct frame_tally tally = {};
		uint64_t bad;

		for (round = 0; round < 50; round++)
			one_exit(&tally, slot);
		bad = tally.bad_kind | tally.bad_registers | tally.bad_elr | tally.bad_esr;
		if (bad)
			printf("# kind wrong %lu times, ELR %lu, ESR %lu; registers (32 SP_EL0, 33 SPSR) 0x%lx\n",
			       tally.bad_kind, tally.bad_elr, tally.bad_esr, tally.bad_registers);
		TAP_EQ(bad, 0, names[slot - 8], SWITCH);
	}
	vcpu_unbind(&guest.vcpu);
}

/* ---- A real FIQ ------------------------------------------------------------------------------------------ */

#define ICC_IAR0_EL1		S3_0_C12_C8_0
#define ICC_EOIR0_EL1		S3_0_C12_C8_1
#define ICC_SGI0R_EL1		S3_0_C12_C11_7

/* An SGI of Group 0 is one, where Group 0 is not the Secure world's. */
static void test_fiq(void)
{
	uintptr_t gicr = this_cpu()->gicr + GICR_SGI_FRAME;
	struct vcpu *vcpu = &guest.vcpu;
	uint32_t intid;

	if (read_sysreg(ID_AA64PFR0_EL1) >> 12 & 0xf) {
		TAP_SKIP("a physical FIQ is an exit", "with EL3, FIQs are the Secure world's");
		TAP_SKIP("it is still pending", "with EL3, FIQs are the Secure world's");
		TAP_SKIP("the guest goes on behind it", "with EL3, FIQs are the Secure world's");
		return;
	}
	mmio_write32(gicr + GICD_IGROUPR, mmio_read32(gicr + GICD_IGROUPR) & ~BIT(5));
	mmio_write32(GICD_BASE + GICD_CTLR, mmio_read32(GICD_BASE + GICD_CTLR) | 1);
	write_sysreg(S3_0_C12_C12_6, 1);			/* ICC_IGRPEN0_EL1 */
	isb();
	vcpu_bind(vcpu);
	vcpu_set_entry(vcpu, HVC_IPA);
	write_sysreg(ICC_SGI0R_EL1, gic_sgi1r(cpu_affinity(), 5));
	isb();
	TAP_EQ(run_checked(vcpu, 0x3c0), VCPU_EXIT_FIQ, "a physical FIQ is an exit", SWITCH);
	intid = read_sysreg(ICC_IAR0_EL1);
	TAP_EQ(intid, 5, "it is still pending", SWITCH);
	write_sysreg(ICC_EOIR0_EL1, intid);
	write_sysreg(ICC_DIR_EL1, intid);
	isb();
	TAP_EQ(run_checked(vcpu, 0x3c0), VCPU_EXIT_SYNC, "the guest goes on behind it", SWITCH);
	vcpu_unbind(vcpu);
}

/* ---- AArch32 at EL0 --------------------------------------------------------------------------------------- */

static void test_aarch32(void)
{
	static const char *const whats[] = {
		"AArch32 at EL0: its abort is an exit", "ESR_EL2: a Data Abort, read", "HPFAR_EL2: the IPA",
		"SPSR_EL2: User mode", "an interrupt of it is an exit", "of User mode, at its instruction",
	};
	struct vcpu *vcpu = &guest.vcpu;
	struct answer answer;
	unsigned int n;

	if ((read_sysreg(ID_AA64PFR0_EL1) & 0xf) != 2) {
		for (n = 0; n < ARRAY_SIZE(whats); n++)
			TAP_SKIP(whats[n], "this CPU has no AArch32 at EL0");
		return;
	}
	((uint32_t *)guest_memory(&guest, A32_IPA))[0] = 0xe5910000;	/* ldr r0, [r1] */
	((uint32_t *)guest_memory(&guest, A32_IPA))[1] = 0xeafffffe;	/* b . */
	vcpu_set_entry(vcpu, GUEST_ENTRY);
	vcpu->frame.spsr = 0x3c5;
	vcpu_bind(vcpu);
	puppet(vcpu, INSN_MSR(SYSREG(3, 0, 4, 0, 0)), 0x10, 0);		/* SPSR_EL1: User, A32 */
	puppet(vcpu, INSN_MSR(SYSREG(3, 0, 4, 0, 1)), A32_IPA, 0);	/* ELR_EL1 */
	answer = puppet(vcpu, 0xd69f03e0, 0, NOWHERE);			/* ERET */
	TAP_EQ(answer.kind, VCPU_EXIT_SYNC, whats[0], SWITCH);
	TAP_EQ(answer.esr & 0xfc00007c, 0x90000004, whats[1], SWITCH);
	TAP_EQ(answer.hpfar, NOWHERE >> 12 << 4, whats[2], STAGE2);
	TAP_EQ(vcpu->frame.spsr & 0x1f, 0x10, whats[3], FRAME);
	vcpu_skip_instruction(vcpu);
	timer_start(timer_deadline_us(200));
	/* Masked: if it goes off before the entry already, it is not taken by the host. */
	TAP_EQ(run_checked(vcpu, SPSR_I), VCPU_EXIT_IRQ, whats[4], SWITCH);
	TAP_EQ((vcpu->frame.spsr & 0x1f) << 32 | vcpu->frame.elr, 0x10UL << 32 | (A32_IPA + 4), whats[5], FRAME);
	timer_stop();
	vcpu_unbind(vcpu);
}

void main(void)
{
	host_start();
	tap_plan(8 + 3 + 6 + RUN_FINDINGS_TESTS);
	GUEST_CREATE(&guest, "guest", program_puppet, 0, NULL);
	test_slots();
	test_fiq();
	test_aarch32();
	tap_run_findings();
	tap_done();
}
