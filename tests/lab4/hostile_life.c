// SPDX-License-Identifier: MIT
#include "hostile_life.h"

#include <string.h>

#include "bystander_work.h"
#include "drivers/console.h"
#include "drivers/timer.h"
#include "guest/guest.h"
#include "host.h"
#include "hostile_watch.h"
#include "inject.h"

#define TURN_TICKS 4 /* of the host's timer: a turn of one vCPU; the bystander's turn is one */

extern const char program_hostile[], program_hostile_end[];

struct hostile_life life;
struct hostile_lives lives;
void (*hostile_report)(const uint64_t *x);
uint64_t dice_seed = 1;

/* Its machine; and to the left and right of that, what nobody ever writes to. */
static struct {
	uint64_t before[128];
	struct machine machine;
	uint64_t after[128];
} guarded;
#define hostile		guarded.machine

unsigned int hostile_guards(void)
{
	unsigned int n, changed = 0;

	for (n = 0; n < ARRAY_SIZE(guarded.before); n++)
		changed += guarded.before[n] != 0;
	for (n = 0; n < ARRAY_SIZE(guarded.after); n++)
		changed += guarded.after[n] != 0;
	return changed;
}

uint64_t dice(void)
{
	static uint64_t x;

	x += dice_seed * 2 + 1;
	return (x ^ x >> 29) * 0xbf58476d1ce4e5b9 >> 24;
}

/* ---- What the host does --------------------------------------------------------------------- */

/* What comes from outside: somebody types, memory fails. */
static void disturb(struct guest_cpu *cpu)
{
	unsigned int n;

	if (dice() % 4 == 0)
		for (n = 0; n < 20; n++)
			machine_receive(cpu->machine, (uint8_t)dice());
	if (dice() % 8 == 0)
		inject_serror(&cpu->vcpu, dice());
}

/*
 * A sleeping guest: most often it is woken for no reason, sometimes the host really waits with
 * it, for a while.
 */
static void halt(struct guest_cpu *cpu)
{
	uint64_t soon = timer_now() + timer_frequency() / 5000;

	if (dice() % 64)
		return;
	if (cpu->exit.halt.until > soon)
		cpu->exit.halt.until = soon;
	guest_cpu_wait(cpu);
}

/*
 * Is this what a host may be asked for? A device's register is a place and a size; and neither a
 * table walk nor cache maintenance is an access to a device.
 */
static void check_question(const struct guest_cpu *cpu)
{
	const struct mmio_access *access = &cpu->exit.mmio;
	uint64_t esr = cpu->vcpu.frame.esr;

	if (ESR_EC(esr) == EC_DABT_LOWER && !(esr & (DABT_S1PTW | DABT_CM)) &&
	    access->ipa >> 52 == 0 && access->size <= 8 && IS_POWER_OF_TWO(access->size))
		return;
	if (!lives.bad_questions++)
		printf("# MMIO: IPA 0x%lx, %u bytes, ESR_EL2 0x%lx\n", access->ipa, access->size,
		       esr);
}

/* An MMIO access or a system register: the host may answer anything, or nothing, or refuse. */
static enum exit_reason answer(struct guest_cpu *cpu, enum exit_reason reason)
{
	uint64_t r = dice();
	unsigned int pieces;

	if (reason == EXIT_SYSREG_READ || reason == EXIT_SYSREG_WRITE ||
	    ((r & 0x3f) == 0 && life.stage != HOSTILE_CLASSES)) {
		if (r & 0x40)
			return vcpu_exit_refuse(cpu);
		/* A pair of 16 bytes each has four pieces. */
		for (pieces = 0; reason != EXIT_NOTHING && pieces < 8; pieces++)
			reason = vcpu_exit_complete(cpu, dice());
		return reason;
	}
	return machine_handle(cpu, reason);
}

/* What is left for the host. Returns true when the guest's life is over. */
static bool handle(struct guest_cpu *cpu, enum exit_reason reason)
{
	switch (reason) {
	case EXIT_MMIO_READ:
	case EXIT_MMIO_WRITE:
		check_question(cpu);
		__attribute__((fallthrough));
	case EXIT_SYSREG_READ:
	case EXIT_SYSREG_WRITE:
	case EXIT_SEND_IPI:
		reason = answer(cpu, reason);
		return reason != EXIT_NOTHING && handle(cpu, reason);
	case EXIT_HYPERCALL:
		if (host_hvc(cpu) == HVC_DONE && life.stage != HOSTILE_INSTRUCTIONS)
			return true;
		if (life.stage == HOSTILE_CLASSES) {
			if (host_hvc(cpu) == HVC_REPORT)
				hostile_report(cpu->vcpu.frame.x);
		} else if (dice() % 2) {
			vcpu_exit_refuse(cpu);
		} else {
			vcpu_set_return_value(&cpu->vcpu, dice());
		}
		return false;
	case EXIT_HALT:
		halt(cpu);
		return false;
	case EXIT_NESTED_PAGE_FAULT:
		/*
		 * Most guests get an abort; a host that maps memory on demand would run the
		 * guest again.
		 */
		if (dice() % 16 == 0)
			return false;
		reason = vcpu_exit_refuse(cpu);
		return reason != EXIT_NOTHING && handle(cpu, reason);
	case EXIT_NOTHING:
	case EXIT_EXTERNAL_INTERRUPT:
		return false;
	default:
		lives.stopped += reason == EXIT_FAIL_ENTRY;
		return true;
	}
}

static struct hostile_world *world(unsigned int cpu)
{
	return (void *)((char *)hostile.vm.ram + (HOSTILE_WORLD(cpu) - RAM_BASE));
}

static unsigned int machine_lives;	/* in this machine; 0 if there is none */

void hostile_bury(void)
{
	unsigned int n, reason;

	if (!machine_lives)
		return;
	for (n = 0; n < HOSTILE_CPUS; n++)
		for (reason = 0; reason < EXIT_REASONS; reason++)
			lives.returned[reason] += hostile.cpus[n].log.counts[reason];
	machine_destroy(&hostile);
	machine_lives = 0;
}

/*
 * How many ticks may pass without an exit and without a sign of life: more than there are in a turn. At first QEMU has to
 * translate the guest's program; and of the exception classes none may be missed, even where
 * QEMU gets little time to run.
 */
static unsigned int patience(unsigned int n)
{
	return life.stage == HOSTILE_CLASSES ? 100 : world(n)->steps ? 1 : 10;
}

/*
 * Nor is a guest worth it that is well and busy, but with exceptions of its own only. One that goes through a
 * list has an end, and the exception classes each their report.
 */
static bool is_boring(void)
{
	return life.quiet > 50 && !life.end && life.stage != HOSTILE_CLASSES;
}

/* Its exits so far, but for those that the host's interrupts are the reason of. */
static uint64_t exits_of(const struct guest_cpu *cpu)
{
	return exit_log_total(&cpu->log) - cpu->log.counts[EXIT_EXTERNAL_INTERRUPT];
}

/*
 * Until the guest's next exit that is the host's turn: in every other life the machine answers by
 * itself what it can.
 */
static enum exit_reason run(struct guest_cpu *cpu)
{
	enum exit_reason reason;

	if (life.by_machine)
		return machine_run(cpu);
	reason = guest_cpu_run(cpu);
	if (reason != EXIT_EXTERNAL_INTERRUPT)
		life.classes[ESR_EC(cpu->vcpu.frame.esr)]++;
	return reason;
}

/*
 * Some ticks of the host, or until so many exits have been used up. A guest that goes round in
 * itself, with exits or without, is not worth waiting for. Returns true when this life is over.
 */
static bool hostile_turn(unsigned int n, uint64_t limit)
{
	const struct hostile_world *w = world(n);
	struct guest_cpu *cpu = &hostile.cpus[n];
	uint64_t tick = host_ticks.count, end = tick + TURN_TICKS;
	uint64_t before = exits_of(cpu), now = before, tick_exits = before, tick_alive = w->alive;
	uint64_t steps = w->steps, step_exits = before;
	bool over = false;

	guest_cpu_load(cpu);
	if (life.stage != HOSTILE_CLASSES)
		disturb(cpu);
	while (!over && host_ticks.count < end && life.exits + now - before < limit) {
		over = handle(cpu, run(cpu)) || (life.end && w->next >= life.end);
		now = exits_of(cpu);
		if (host_ticks.count != tick) {
			life.idle[n] = now == tick_exits && w->alive == tick_alive ? life.idle[n] + 1 : 0;
			life.quiet = now == tick_exits ? life.quiet + 1 : 0;
			tick = host_ticks.count;
			tick_exits = now;
			tick_alive = w->alive;
		}
		if (life.idle[n] > patience(n)) {
			world(n)->stuck = cpu->vcpu.frame.elr;
			over = true;
		}
		if (w->steps != steps) {
			steps = w->steps;
			step_exits = now;
		}
		over |= now - step_exits > 200 || is_boring();
	}
	life.exits += now - before;
	watch_loaded();
	guest_cpu_put(cpu);
	return over;
}

/* Has the guest destroyed its own program? */
static bool is_ruined(void)
{
	return memcmp((char *)hostile.vm.ram + (GUEST_ENTRY - RAM_BASE), program_hostile,
		      (size_t)(program_hostile_end - program_hostile)) != 0;
}

/* What it prints is of no interest. */
static void swallow(struct machine *machine, uint8_t c)
{
	(void)machine;
	(void)c;
}

static void map_rights(void)
{
	struct stage2 *stage2 = &hostile.vm.stage2;

	stage2_map(stage2, HOSTILE_RIGHTS, (uintptr_t)watch_page(1), PAGE_SIZE, STAGE2_RX);
	stage2_map(stage2, HOSTILE_RIGHTS + 0x1000, (uintptr_t)watch_page(2), PAGE_SIZE, STAGE2_R);
	stage2_map(stage2, HOSTILE_RIGHTS + 0x2000, (uintptr_t)hostile.vm.ram, PAGE_SIZE,
		   STAGE2_RW);
	stage2_map(stage2, HOSTILE_RIGHTS + 0x3000, HOSTILE_CLOCK_BASE, PAGE_SIZE, STAGE2_DEVICE);
}

/*
 * A machine, if there is none; and its vCPUs at the beginning. Most lives are in the machine of the
 * one before: that is quicker, and QEMU need not translate the guest's program anew.
 */
static void be_born(void)
{
	unsigned int n;

	if (machine_lives && (machine_lives++ == 50 || is_ruined() || life.stage == HOSTILE_WRECKS))
		hostile_bury();
	if (!machine_lives) {
		host_machine(&hostile, "hostile", program_hostile, program_hostile_end,
			     HOSTILE_CPUS, life.x0);
		map_rights();
		hostile.put = swallow;
		machine_lives = 1;
		return;
	}
	if (dice() % 2)
		machine_reset(&hostile);
	for (n = 0; n < HOSTILE_CPUS; n++) {
		guest_cpu_reset(&hostile.cpus[n], GUEST_ENTRY, life.x0);
		memset(world(n), 0, offsetof(struct hostile_world, stack));
	}
}

uint64_t hostile_live(unsigned int stage, uint64_t start, uint64_t end, unsigned int cpus,
		      uint64_t limit)
{
	bool over = false;
	unsigned int n;
	uint64_t next;

	life = (struct hostile_life){
		.stage = stage,
		.end = end,
		.x0 = FIELD_PREP(HOSTILE_STAGE, stage) | FIELD_PREP(HOSTILE_START, start) |
		      FIELD_PREP(HOSTILE_RANDOM, dice()),
	};
	life.by_machine = stage != HOSTILE_CLASSES && dice() % 2;
	be_born();
	hostile.host_sysregs = dice() % 2;
	while (!over && life.exits < limit) {
		for (n = 0; n < cpus && !over; n++)
			over = hostile_turn(n, limit);
		bystander_turn();
	}
	next = world(0)->next;
	lives.lives++;
	lives.exits += life.exits;
	/* A guest that wrote nonsense there, or nothing: go on behind where it began. */
	return next > start && next <= HOSTILE_SYSREG_COUNT ? next : start + 1;
}
