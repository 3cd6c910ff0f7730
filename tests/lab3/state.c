// SPDX-License-Identifier: MIT
/*
 * state.c - every operation in every state: what it returns, the state afterwards, and that an operation
 * which is refused has changed nothing. And the small functions on a vCPU's registers.
 */
#include "puppet.h"

#include <string.h>

#include "arch/barrier.h"
#include "arch/cpu.h"
#include "drivers/console.h"
#include "drivers/gicv3.h"
#include "drivers/timer.h"
#include "el2_mmu.h"
#include "guest/guest.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "smp.h"

static struct vm vm;
static struct guest other;
static struct vcpu subject, before;
static const struct vcpu_create_config create = { .mpidr = 0x80000003, .dtb = 0x48000000 };
static const struct vcpu_setup_config nothing;

/* ---- CPU 1, which holds a vCPU for us ------------------------------------------------------------------- */

enum command { IDLE, DO_BIND, DO_RUN, DO_UNBIND };
static enum command command;
static int command_error;
static unsigned int cpus;

static void serve(struct percpu *cpu)
{
	if (cpu->id != 1)
		return;
	for (;;) {
		enum command now = __atomic_load_n(&command, __ATOMIC_ACQUIRE);

		if (now == IDLE)
			continue;
		if (now == DO_BIND)
			command_error = vcpu_bind(&subject);
		if (now == DO_UNBIND)
			command_error = vcpu_unbind(&subject);
		if (now == DO_RUN) {
			/* The guest spins, until we are sent an SGI. */
			vcpu_bind(&subject);
			irq_unmask();
			command_error = run_checked(&subject, 0) != VCPU_EXIT_IRQ;
			vcpu_unbind(&subject);
			irq_mask();
		}
		__atomic_store_n(&command, IDLE, __ATOMIC_RELEASE);
	}
}

static bool wait_for(bool running)
{
	uint64_t deadline = timer_deadline_us(2000000);

	while (running ? vcpu_state(&subject) != VCPU_RUNNING : __atomic_load_n(&command, __ATOMIC_ACQUIRE) != IDLE)
		if (timer_passed(deadline))
			return false;
	return true;
}

static void tell(enum command now)
{
	__atomic_store_n(&command, now, __ATOMIC_RELEASE);
	wait_for(now == DO_RUN);
}

/* ---- The states ------------------------------------------------------------------------------------------- */

enum situation { ZERO, DESTROYED, CREATED, NO_ROOT, FREE, HERE, ELSEWHERE, RUNNING, SITUATIONS };

static const char *const situation_names[] = {
	"zeroed memory", "destroyed", "created", "free, no stage 2", "free", "ready, here",
	"ready, on another CPU", "running on another CPU",
};
static const enum vcpu_state states[] = {
	VCPU_INVALID, VCPU_INVALID, VCPU_CREATED, VCPU_FREE, VCPU_FREE, VCPU_READY, VCPU_READY, VCPU_RUNNING,
};

static void arrange(enum situation situation)
{
	memset(&subject, 0, sizeof(subject));
	if (situation == ZERO)
		return;
	vcpu_create(&subject, 0, &create);
	if (situation == CREATED)
		return;
	vcpu_setup(&subject, &nothing);
	vcpu_set_entry(&subject, GUEST_ENTRY);
	if (situation == NO_ROOT)
		return;
	vcpu_set_stage2_root(&subject, &vm.stage2);
	if (situation == DESTROYED)
		vcpu_destroy(&subject);
	if (situation == HERE)
		vcpu_bind(&subject);
	if (situation == ELSEWHERE)
		tell(DO_BIND);
	if (situation == RUNNING) {
		/* An endless loop, instead of the program. */
		*(uint32_t *)((char *)vm.ram + 0x2000) = 0x14000000;
		vcpu_set_entry(&subject, RAM_BASE + 0x2000);
		tell(DO_RUN);
		/* Its last word before the ERET is in_guest; then the struct stands still. */
	}
}

static void clear_up(enum situation situation)
{
	if (vcpu_state(&subject) == VCPU_READY && situation == HERE)
		vcpu_unbind(&subject);
	if (situation == FREE && subject.state == VCPU_READY)
		vcpu_unbind(&subject);
	if (situation == ELSEWHERE)
		tell(DO_UNBIND);
	if (situation == RUNNING) {
		gicv3_send_sgi(smp_cpu(1)->mpidr, 1);
		wait_for(false);
	}
}

/* ---- The operations ---------------------------------------------------------------------------------------- */

static int op_setup(void) { return vcpu_setup(&subject, &nothing); }
static int op_destroy(void) { return vcpu_destroy(&subject); }
static int op_entry(void) { return vcpu_set_entry(&subject, GUEST_ENTRY + 8); }
static int op_misaligned(void) { return vcpu_set_entry(&subject, GUEST_ENTRY + 2); }
static int op_root(void) { return vcpu_set_stage2_root(&subject, &vm.stage2); }
static int op_no_root(void) { return vcpu_set_stage2_root(&subject, NULL); }
static int op_bind(void) { return vcpu_bind(&subject); }
static int op_unbind(void) { return vcpu_unbind(&subject); }
static int op_inject(void) { return vcpu_inject_interrupt(&subject, 40); }
static int op_inject_bad(void) { return vcpu_inject_interrupt(&subject, 1020); }
static int op_run(void) { return run_checked(&subject, 0x3c0); }

#define E_PERM		(1 << 8)	/* -EPERM */
#define E_INVAL		(1 << 9)
#define E_BUSY		(1 << 10)
#define NOT_BOUND	(1 << 11)
#define OK		(1 << 12)

/* By what vcpu.h says. Where two errors apply at once, either will do. */
static const struct operation {
	const char *name;
	int (*function)(void);
	unsigned int want[SITUATIONS];
	enum vcpu_state becomes;	/* when it succeeds; INVALID: what it was (destroy apart) */
} operations[] = {
#define P E_PERM
#define I E_INVAL
	/*                          zero   destr  created no root free   here   elsewh running */
	{ "setup", op_setup,       { P,     P,     OK,     P,     P,     P,     P,     P }, VCPU_FREE },
	{ "destroy", op_destroy,   { P,     P,     OK,     OK,    OK,    P,     P,     P }, VCPU_INVALID },
	{ "set_entry", op_entry,   { P,     P,     OK,     OK,    OK,    OK,    OK,    P }, VCPU_INVALID },
	{ "set_entry, misaligned", op_misaligned,
				   { P | I, P | I, I,      I,     I,     I,     I,     P | I }, VCPU_INVALID },
	{ "set_stage2_root", op_root,
				   { P,     P,     P,      OK,    OK,    P,     P,     P }, VCPU_INVALID },
	{ "set_stage2_root, NULL", op_no_root,
				   { P | I, P | I, P | I,  I,     I,     P | I, P | I, P | I }, VCPU_INVALID },
	{ "bind", op_bind,         { P | I, P,     P | I,  I,     OK,    P | E_BUSY, P, P }, VCPU_READY },
	{ "unbind", op_unbind,     { P,     P,     P,      P,     P,     OK,    P,     P }, VCPU_FREE },
	{ "inject_interrupt", op_inject,
				   { P,     P,     P,      OK,    OK,    OK,    P,     P }, VCPU_INVALID },
	{ "inject_interrupt, 1020", op_inject_bad,
				   { P | I, P | I, P | I,  I,     I,     I,     P | I, P | I }, VCPU_INVALID },
	{ "run", op_run,           { NOT_BOUND, NOT_BOUND, NOT_BOUND, NOT_BOUND, NOT_BOUND, OK, NOT_BOUND,
				     NOT_BOUND }, VCPU_INVALID },
#undef P
#undef I
};

static unsigned int code_of(int result)
{
	return result == 0 ? OK : result == -EPERM ? E_PERM : result == -EINVAL ? E_INVAL :
	       result == -EBUSY ? E_BUSY : 0;
}

static void one_cell(enum situation situation, const struct operation *op)
{
	unsigned int want = op->want[situation], got;
	enum vcpu_state state;
	char what[128];
	int result;

	ksnprintf(what, sizeof(what), "%s: %s", situation_names[situation], op->name);
	if (situation >= ELSEWHERE && cpus < 2) {
		TAP_SKIP(what, "there is one CPU");
		return;
	}
	arrange(situation);
	state = vcpu_state(&subject);
	before = subject;
	result = op->function();
	got = op->function == op_run && result == VCPU_EXIT_NOT_BOUND ? NOT_BOUND : code_of(result);

	if (state != states[situation]) {
		TAP_EQ(state, states[situation], what, BIND);
	} else if (!(got & want)) {
		printf("# returned %d\n", result);
		TAP_EQ(got, want, what, BIND);
	} else if (got != OK) {
		TAP_EQ(memcmp(&before, &subject, sizeof(subject)), 0, what,
		       BIND);
	} else {
		if (op->becomes != VCPU_INVALID || op->function == op_destroy)
			state = op->becomes;
		TAP_EQ(vcpu_state(&subject), state, what, BIND);
	}
	clear_up(situation);
}

static void test_occupied(void)
{
	arrange(FREE);
	vcpu_bind(&other.vcpu);
	before = subject;
	TAP_EQ(vcpu_bind(&subject), -EBUSY, "bind where another vCPU is bound: -EBUSY", NULL);
	TAP_EQ(memcmp(&before, &subject, sizeof(subject)), 0, "and nothing changed", NULL);
	TAP_EQ(vcpu_unbind(&subject), -EPERM, "unbind of one that is not: -EPERM", NULL);
	TAP_EQ(run_checked(&subject, 0), VCPU_EXIT_NOT_BOUND, "run of one that is not bound: nothing runs", SWITCH);
	TAP_EQ(vcpu_state(&other.vcpu), VCPU_READY, "the one that is bound stays so", NULL);
	vcpu_unbind(&other.vcpu);

	percpu_hardware_disable();
	TAP_EQ(vcpu_bind(&subject), -EINVAL, "bind without virtualization: -EINVAL", NULL);
	TAP_EQ(memcmp(&before, &subject, sizeof(subject)), 0, "and nothing changed", NULL);
	percpu_hardware_enable(vcpu_vectors);
	TAP_EQ(vcpu_bind(&subject), 0, "with it, again: it is bound", NULL);
	vcpu_unbind(&subject);
}

/* ---- Registers ------------------------------------------------------------------------------------------------ */

static void test_registers(void)
{
	unsigned int n, bad_read = 0, bad_write = 0, bad_neighbour = 0;

	memset(&subject, 0xee, sizeof(subject));
	TAP_EQ(vcpu_create(&subject, 7, &create), 0, "create", FRAME);
	TAP_EQ(vcpu_state(&subject), VCPU_CREATED, "created, whatever was in its memory", FRAME);
	TAP_EQ(vcpu_gpr(&subject, 0), 0x48000000, "x0 is the device tree's address", FRAME);
	for (n = 1; n < 32; n++)
		bad_read += vcpu_gpr(&subject, n) != 0;
	TAP_EQ(bad_read, 0, "x1 to x30 are 0", FRAME);
	TAP_EQ(subject.frame.spsr, 0x3c5, "EL1h, DAIF masked", FRAME);
	TAP_EQ(subject.frame.sp_el0 | subject.frame.elr, 0, "SP_EL0 and ELR are 0", FRAME);
	TAP_EQ(subject.sysregs.vmpidr_el2, 0x80000003, "VMPIDR_EL2 is as configured", TABLE);
	TAP_EQ(subject.id, 7, "its number", FRAME);

	for (n = 0; n < 64; n++) {
		unsigned int m;
		uint64_t value = host_random() | 1;

		for (m = 0; m < 31; m++)
			subject.frame.x[m] = m + 100;
		vcpu_set_gpr(&subject, n, value);
		bad_write += vcpu_gpr(&subject, n) != (n % 32 == 31 ? 0 : value);
		for (m = 0; m < 32; m++)
			if (m != n % 32)
				bad_neighbour += vcpu_gpr(&subject, m) != (m == 31 ? 0 : m + 100);
		bad_neighbour += subject.frame.sp_el0 != 0;
	}
	TAP_EQ(bad_write, 0, "vcpu_set_gpr, then vcpu_gpr, for 0 to 63: the value, and 0 for XZR", FRAME);
	TAP_EQ(bad_neighbour, 0, "no other register is changed", FRAME);
	vcpu_set_return_value(&subject, 0x1234567890);
	TAP_EQ(vcpu_gpr(&subject, 0), 0x1234567890, "the return value is x0", FRAME);
	subject.frame.elr = 0x1000;
	subject.frame.spsr = 0xf0200c05;
	vcpu_skip_instruction(&subject);
	TAP_EQ(subject.frame.elr, 0x1004, "vcpu_skip_instruction: the next instruction", FRAME);
	TAP_EQ(subject.frame.spsr, 0xf0000005, "SS and BTYPE are cleared, and nothing else", FRAME);

	vcpu_setup(&subject, &nothing);
	TAP_EQ(subject.sysregs.vpidr_el2, read_sysreg(MIDR_EL1), "setup: VPIDR_EL2 is the CPU's MIDR_EL1", TABLE);
	TAP_EQ(subject.sysregs.cnthctl_el2 & 3, 1, "the physical counter is open, the timer traps", TABLE);
	TAP_EQ(subject.sysregs.mdcr_el2 & 0xe60, 0xe60, "debug and PMU registers trap (MDCR_EL2)", TABLE);
	TAP_EQ(subject.sysregs.ich_hcr_el2, 1, "the virtual CPU interface is on", TABLE);
	vcpu_destroy(&subject);
}

static void test_guest_view(void)
{
	TAP_EQ(puppet_once(&other.vcpu, INSN_MRS(SYSREG(3, 0, 0, 0, 5)), 0, 0).x0, 0x80000000,
	       "the guest reads its MPIDR_EL1", TABLE);
	TAP_EQ(puppet_once(&other.vcpu, INSN_MRS(SYSREG(3, 0, 0, 0, 0)), 0, 0).x0, read_sysreg(MIDR_EL1),
	       "and its MIDR_EL1", TABLE);
	TAP_EQ(strcmp(vcpu_state_name(VCPU_INVALID), "Invalid") || strcmp(vcpu_state_name(VCPU_CREATED), "Created") ||
	       strcmp(vcpu_state_name(VCPU_FREE), "Free") || strcmp(vcpu_state_name(VCPU_READY), "Ready") ||
	       strcmp(vcpu_state_name(VCPU_RUNNING), "Running"), 0, "the states' names", NULL);
	TAP_OK(vcpu_state_name((enum vcpu_state)77) && vcpu_state_name((enum vcpu_state)-1),
	       "no such state has a name too", NULL);
}

void main(void)
{
	unsigned int n;
	int situation;

	host_start();
	tap_plan(17 + 4 + 8 + SITUATIONS * ARRAY_SIZE(operations) + RUN_FINDINGS_TESTS);
	vm_create(&vm, "subject", "", 0, &hyp_pool);
	GUEST_CREATE(&other, "the other", program_puppet, 0, NULL);
	/* The subject's program is an HVC, over and over. */
	*(uint32_t *)((char *)vm.ram + (GUEST_ENTRY - RAM_BASE)) = INSN_HVC(1);
	cpus = host_start_others(serve);
	test_registers();
	test_guest_view();
	test_occupied();
	for (situation = 0; situation < SITUATIONS; situation++)
		for (n = 0; n < ARRAY_SIZE(operations); n++)
			one_cell((enum situation)situation, &operations[n]);
	tap_run_findings();
	tap_done();
}
