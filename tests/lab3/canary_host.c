// SPDX-License-Identifier: MIT
#include "canary_host.h"

#include "arch/esr.h"
#include "drivers/console.h"
#include "guest/guest.h"
#include "guests/canary_registers.h"
#include "lib/printf.h"

#define ID(encoding, low)	(read_sysreg(encoding) >> (low) & 0xf)

/* By the Arm ARM, not by the layer: it might overlook a feature, and leave its registers to all guests. */
static uint64_t features(void)
{
	uint64_t features = 0;

	if (ID(S3_0_C0_C6_1, 4) || ID(S3_0_C0_C6_1, 8) || ID(S3_0_C0_C6_2, 12))
		features |= CANARY_PAUTH;	/* ID_AA64ISAR1_EL1.APA, API; ISAR2.APA3 */
	if (ID(S3_0_C0_C4_0, 56) >= 2)
		features |= CANARY_CSV2_2;	/* ID_AA64PFR0_EL1.CSV2 */
	if (ID(S3_0_C0_C4_1, 24) >= 1)
		features |= CANARY_SME;		/* ID_AA64PFR1_EL1.SME */
	return features;
}

void canary_create(struct canary_vm *canary, const char *name, unsigned int seed)
{
	/* Its own timers too, so that it can fill their registers. */
	static const struct vcpu_setup_config setup = { .passthrough_timer = true };

	GUEST_CREATE(&canary->guest, name, program_canary, seed | features() << CANARY_SEED_BITS, &setup);
}

static void wrong(struct canary_vm *canary, const char *what, uint64_t number, uint64_t wanted,
		  uint64_t got)
{
	if (canary->wrong)
		return;
	canary->wrong = what;
	canary->number = number;
	canary->wanted = wanted;
	canary->got = got;
}

static void check(struct canary_vm *canary, const char *what, uint64_t number, uint64_t wanted,
		  uint64_t got)
{
	if (wanted != got)
		wrong(canary, what, number, wanted, got);
}

/* The frame against the pattern, while the guest has it in its registers. */
static void check_frame(struct canary_vm *canary, const struct mailbox *mailbox)
{
	const struct trap_frame *frame = &canary->guest.vcpu.frame;
	unsigned int n;

	for (n = 0; n < 31; n++)
		check(canary, "frame: x", n, mailbox->in.x[n], frame->x[n]);
	check(canary, "frame: SP_EL0", 0, mailbox->in.sp_el0, frame->sp_el0);
	check(canary, "frame: SPSR_EL2", 0, mailbox->in.nzcv | mailbox->in.daif | 5,
	      frame->spsr & 0xf00003df);
}

/* What the host changes, the guest finds changed. */
static void change_frame(struct canary_vm *canary, struct mailbox *mailbox)
{
	struct vcpu *vcpu = &canary->guest.vcpu;
	unsigned int n;

	for (n = 0; n < 31; n++) {
		mailbox->in.x[n] = host_random();
		vcpu_set_gpr(vcpu, n, mailbox->in.x[n]);
	}
	vcpu_set_gpr(vcpu, 31, host_random());
	vcpu->frame.sp_el0 = mailbox->in.sp_el0 = host_random();
	mailbox->in.nzcv = host_random() & 0xf0000000;
	vcpu->frame.spsr = mailbox->in.nzcv | mailbox->in.daif | 5;
	canary->changed_by_host++;
}

static const unsigned int classes[] = {
	[CANARY_HVC] = 0x16, [CANARY_SMC] = 0x17, [CANARY_WFI] = 0x01,
	[CANARY_READ] = 0x24, [CANARY_WRITE] = 0x24,
};

static void handle_filled(struct canary_vm *canary, struct mailbox *mailbox, uint64_t esr)
{
	uint64_t kind = mailbox->kind, x6 = mailbox->in.x[6];

	check_frame(canary, mailbox);
	if (kind >= CANARY_SPIN)
		kind = CANARY_HVC;
	check(canary, "ESR_EL2.EC of an exit of kind", kind, classes[kind], ESR_EC(esr));
	if (kind == CANARY_READ || kind == CANARY_WRITE) {
		check(canary, "ESR_EL2.WnR", 0, kind == CANARY_WRITE, esr >> 6 & 1);
		check(canary, "ESR_EL2.DFSC without its level", 0, 4, esr & 0x3c);
		check(canary, "FAR_EL2", 0, x6, read_sysreg(FAR_EL2));
		check(canary, "HPFAR_EL2", 0, x6 >> 12 << 4, read_sysreg(HPFAR_EL2));
	}
	canary->exits[kind]++;
	if (kind == CANARY_HVC && host_random() % 2)
		change_frame(canary, mailbox);
	if (kind != CANARY_HVC)
		vcpu_skip_instruction(&canary->guest.vcpu);
	/* The exit is dealt with; an FP trap or what else may come is another. */
	mailbox->filled = 0;
}

void canary_handle(struct canary_vm *canary, enum vcpu_exit_kind kind)
{
	static const char *const parts[] = {
		[PART_SWAP] = "guest: register (0 to 30 x, 31 SP_EL0, 32 SP_EL1, 33 NZCV, 34 DAIF)",
		[PART_FP] = "guest: FP (2n, 2n + 1: Vn; 64 FPSR, 65 FPCR)",
		[PART_SYSREG] = "guest: system register",
		[PART_MEMORY] = "guest: its memory, word",
	};
	struct vcpu *vcpu = &canary->guest.vcpu;
	struct mailbox *mailbox = guest_memory(&canary->guest, MAILBOX_IPA);
	uint64_t esr = vcpu->frame.esr;

	if (kind == VCPU_EXIT_IRQ) {
		canary->irqs++;
	} else if (kind != VCPU_EXIT_SYNC) {
		wrong(canary, "the kind of an exit", 0, VCPU_EXIT_SYNC, kind);
	} else if (ESR_EC(esr) == EC_FP) {
		check(canary, "an FP trap while FP is live", 0, false, vcpu->fp_live);
		canary->fp_traps++;
		vcpu_fp_trapped(vcpu);
	} else if (mailbox->filled) {
		handle_filled(canary, mailbox, esr);
	} else if (ESR_EC(esr) == EC_HVC64 && (esr & 0xffff) == HVC_DIFFERENCE &&
		   vcpu_gpr(vcpu, 0) < ARRAY_SIZE(parts)) {
		wrong(canary, parts[vcpu_gpr(vcpu, 0)], vcpu_gpr(vcpu, 1), vcpu_gpr(vcpu, 2),
		      vcpu_gpr(vcpu, 3));
	} else {
		/* An exception to EL1 (x0: 0xb00 + vector, x1: ESR_EL1), or something quite unexpected. */
		wrong(canary, "an exit that it does not make: ESR_EL2", vcpu_gpr(vcpu, 0), vcpu_gpr(vcpu, 1),
		      esr);
	}
}

void tap_canary(const struct canary_vm *canary)
{
	static const char *const sysregs[] = {
#define NAME(reg, feature, varies, ones, ignored) #reg,
		CANARY_SYSREGS(NAME)
#undef NAME
	};
	const struct mailbox *mailbox = guest_memory(&canary->guest, MAILBOX_IPA);
	char what[160];

	if (!canary->wrong) {
		ksnprintf(what, sizeof(what), "%s finds every register as it left it",
			  canary->guest.vm.name);
		TAP_OK(mailbox->rounds > 0, what, SWITCH);
		return;
	}
	ksnprintf(what, sizeof(what), "%s, in round %lu: %s %lu%s%s", canary->guest.vm.name,
		  mailbox->rounds, canary->wrong, canary->number,
		  canary->wrong[7] == 's' && canary->number < ARRAY_SIZE(sysregs) ? ": " : "",
		  canary->wrong[7] == 's' && canary->number < ARRAY_SIZE(sysregs) ?
			  sysregs[canary->number] : "");
	tap_eq(canary->got, canary->wanted, what,
	       TAP_SITE(canary->wrong[7] == 'F' ? LAZY_FP : canary->wrong[7] == 's' ? TABLE : FRAME));
}
