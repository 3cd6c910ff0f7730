// SPDX-License-Identifier: MIT
/*
 * neighbour.c - what one VM can do to another's CPU, by what the host does for it. One VM computes
 * (guests/neighbour_good.c), and hostile ones (guests/neighbour_bad.c) are let go, one after the other. How often the
 * good one is interrupted, and how much of the CPU it has, is not up to them.
 */
#include "host.h"

#include "drivers/console.h"
#include "el2_mmu.h"
#include "guest/guest.h"
#include "guests/neighbour.h"
#include "scheduler.h"

extern const char neighbour_good_guest[], neighbour_good_guest_end[];
extern const char neighbour_bad_guest[], neighbour_bad_guest_end[];

/*
 * Memory that nobody else has. The last of the hostile VMs gets what the others leave, and a RAM disk, whatever is
 * in that: it is loaded again with each reset, which takes longer than a slice.
 */
#define BAD_RAM		0x48000000
#define BAD_RAM_SIZE	0x4000000
#define INITRD		(BAD_RAM + BAD_RAM_SIZE)
#define INITRD_SIZE	0x2000000

/*
 * How many interrupts more than it has to take the good VM may see, in percent of the SGIs or resets. There should be
 * none; but if there is one for each, some of them become one on the way.
 */
#define INTERRUPTS_MAX	10

/* What the good one gets of the CPU that it shares, in percent: about a half, as the other one wants all of it. */
#define SHARE_MIN	35

static struct guest_vm good;
static exit_handler next_hvc;

static const char *const names[ATTACKS] = { "sgis", "resets", "big" };
static struct guest_vm bad[ATTACKS];
static struct guest_images images[ATTACKS];

/*
 * The CPUs are given in turn. With two of them, vCPU 0 of the first two is on another CPU than the good VM, and vCPU 1,
 * which is off, is at home on its; and the third one's only vCPU shares its CPU.
 */
static const unsigned int vcpus[ATTACKS] = { 2, 3, 1 };

/* A hostile VM is watched from its second round to its last: the first is after what it took to turn it on. */
#define FIRST_ROUND	2
#define SGIS		1000
#define RESETS		40
#define BIG_RESETS	5
static const unsigned int last_round[ATTACKS] = {
	FIRST_ROUND + SGIS / ATTACK_SGIS_ROUND, FIRST_ROUND + RESETS, FIRST_ROUND + BIG_RESETS,
};

/*
 * What the good VM has had by some moment, and between two of them. Its own time is between two rounds of one turn. By
 * the counter: if this machine has but half of a CPU, that makes all times longer, and no share smaller.
 */
struct had {
	uint64_t us, own_us, turns, interrupts;
};
static uint64_t good_us;
static struct had under[ATTACKS];

static struct had had_by_now(void)
{
	const struct exit_log *log = &good.machine.cpus[0].log;

	return (struct had){
		host_now_us(), __atomic_load_n(&good_us, __ATOMIC_RELAXED),
		__atomic_load_n(&good.tasks[0].turns, __ATOMIC_RELAXED),
		__atomic_load_n(&log->counts[EXIT_EXTERNAL_INTERRUPT], __ATOMIC_RELAXED),
	};
}

static struct had had_since(struct had before)
{
	struct had now = had_by_now();

	return (struct had){
		now.us - before.us, now.own_us - before.own_us, now.turns - before.turns,
		now.interrupts - before.interrupts,
	};
}

/* It is watched no longer, and ends; from a call of its own: then it has a vCPU that is on. */
static void bad_round(struct guest_vm *vm)
{
	static unsigned int rounds[ATTACKS];
	static struct had before;
	unsigned int attack = (unsigned int)(vm - bad);

	rounds[attack]++;
	if (rounds[attack] == FIRST_ROUND)
		before = had_by_now();
	if (rounds[attack] != last_round[attack])
		return;
	under[attack] = had_since(before);
	host_stop(vm, PSCI_GOES_OFF);
}

static bool is_off(const struct guest_vm *vm)
{
	return psci_system(&vm->psci) == PSCI_GOES_OFF && psci_cpu_power(&vm->psci, 0) == POWER_OFF;
}

static void count_own_time(void)
{
	static uint64_t last_us, last_turn;
	uint64_t us = host_now_us(), turn = good.tasks[0].turns;

	if (turn == last_turn)
		__atomic_store_n(&good_us, good_us + us - last_us, __ATOMIC_RELAXED);
	last_us = us;
	last_turn = turn;
}

/* The hostile ones are let go, each when the one before is off: at first all are. Returns true after the last. */
static bool good_round(void)
{
	static unsigned int next;

	count_own_time();
	if (next && !is_off(&bad[next - 1]))
		return false;
	if (next == ATTACKS)
		return true;
	if (!guest_vm_boot(&bad[next]))
		guest_vm_kick(&bad[next]);
	next++;
	return false;
}

static enum exit_reason exit_hvc(struct guest_cpu *cpu, uint64_t esr)
{
	if ((esr & ISS_IMM16) != HVC_ROUND)
		return next_hvc(cpu, esr);
	if (guest_vm_of(cpu) == &good)
		vcpu_set_return_value(&cpu->vcpu, good_round());
	else
		bad_round(guest_vm_of(cpu));
	return EXIT_NOTHING;
}

/* As host_vm() makes them, but with memory of any size, and not turned on by host_run(). */
static int make_bad(enum attack attack, uint64_t ram, uint64_t size)
{
	const struct guest_vm_config config = {
		.name = names[attack], .images = &images[attack], .vcpus = vcpus[attack], .host = &host_smccc,
	};
	int error;

	images[attack] = (struct guest_images){
		.kernel = {
			.data = neighbour_bad_guest,
			.size = (uint64_t)(neighbour_bad_guest_end - neighbour_bad_guest), .ipa = GUEST_ENTRY,
		},
		.entry = GUEST_ENTRY,
		.ram_size = size,
	};
	if (attack == ATTACK_BIG_RESETS)
		images[attack].initrd = (struct guest_image){
			.data = (void *)INITRD, .size = INITRD_SIZE, .ipa = RAM_BASE + size - INITRD_SIZE,
		};
	error = guest_vm_create(&bad[attack], 1 + attack, (void *)ram, &config);
	if (error)
		return error;
	*host_kept(&bad[attack], KEPT_ATTACK) = attack;
	scheduler_add(&bad[attack]);
	return 0;
}

/*
 * Its slices end by an interrupt, and what has come for whoever had the CPU before it may become an exit of its own.
 * What is more than that: as a share of what the hostile VM has done, in percent.
 */
static uint64_t interrupts_percent(const struct had *had, uint64_t done)
{
	uint64_t due = had->us / SCHEDULER_SLICE_US + 1 + had->turns;

	return had->interrupts > due ? (had->interrupts - due) * 100 / done : 0;
}

static uint64_t share_percent(const struct had *had)
{
	return had->us ? had->own_us * 100 / had->us : 0;
}

void main(void)
{
	uint64_t ram = BAD_RAM;
	unsigned int n, lasted = 0;
	int error;

	host_start(HOST_FIRMWARE, NULL);
	tap_plan(GOOD_TESTS + 5);
	next_hvc = exit_register(EC_HVC64, exit_hvc);
	host_vm(&good, "good", neighbour_good_guest, neighbour_good_guest_end, 1, 0);
	error = el2_mmu_map(BAD_RAM, BAD_RAM_SIZE + INITRD_SIZE, EL2_DATA);
	for (n = 0; n < ATTACKS && !error; n++) {
		uint64_t size = n == ATTACK_BIG_RESETS ? BAD_RAM + BAD_RAM_SIZE - ram : GUEST_RAM_SIZE;

		error = make_bad(n, ram, size);
		ram += size;
	}
	TAP_EQ(error, 0, "there are a good VM and hostile ones", VM_LAYER);
	if (error)
		tap_done();
	host_run();

	for (n = 0; n < ATTACKS; n++) {
		const struct had *had = &under[n];

		printf("# %s: in %lu us the good VM had %lu us, %lu turns, %lu interrupts\n", names[n], had->us,
		       had->own_us, had->turns, had->interrupts);
		lasted += had->us != 0;
	}
	TAP_EQ(lasted, ATTACKS, "each hostile VM has had its time", VM_LAYER);
	TAP_OK(interrupts_percent(&under[ATTACK_SGIS], SGIS) < INTERRUPTS_MAX,
	       "SGIs to a vCPU that is off interrupt nobody else", SCHEDULING);
	TAP_OK(interrupts_percent(&under[ATTACK_RESETS], RESETS) < INTERRUPTS_MAX, "nor do resets of another VM",
	       SCHEDULING);
	TAP_OK(share_percent(&under[ATTACK_BIG_RESETS]) >= SHARE_MIN,
	       "nor has it more than its share, however long they take", SCHEDULING);
	tap_done();
}
