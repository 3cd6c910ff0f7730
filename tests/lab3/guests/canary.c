// SPDX-License-Identifier: MIT
/* canary.c - the canary guest: see canary.h. It goes on for ever; the host decides how long that is. */
#include "guests/canary.h"

#include "arch/bits.h"
#include "arch/sysreg.h"
#include "guest/guest.h"
#include "guests/canary_registers.h"

#define SCRATCH_SIZE	0x8000
#define MEMORY_WORDS	512

void swap_hvc(const struct swap *in, struct swap *out);
void swap_smc(const struct swap *in, struct swap *out);
void swap_wfi(const struct swap *in, struct swap *out);
void swap_read(const struct swap *in, struct swap *out);
void swap_write(const struct swap *in, struct swap *out);
void swap_spin(const struct swap *in, struct swap *out);
void canary_fp_load(const struct canary_fp *fp);
void canary_fp_store(struct canary_fp *fp);

static void (*const swaps[])(const struct swap *, struct swap *) = {
	[CANARY_HVC] = swap_hvc, [CANARY_SMC] = swap_smc, [CANARY_WFI] = swap_wfi,
	[CANARY_READ] = swap_read, [CANARY_WRITE] = swap_write, [CANARY_SPIN] = swap_spin,
};

static struct mailbox *const mailbox = (struct mailbox *)MAILBOX_IPA;
static char scratch[SCRATCH_SIZE] __aligned(16);
static uint64_t memory[MEMORY_WORDS];
static uint64_t random_state, features;

static uint64_t random64(void)
{
	return random_next(&random_state);
}

static void check(enum canary_part part, uint64_t number, uint64_t wanted, uint64_t got)
{
	if (wanted != got)
		hvc(HVC_DIFFERENCE, part, number, wanted, got);
}

/* ---- General registers, stack pointers, PSTATE ---------------------------------------------------- */

static void test_swap(void)
{
	/* Rather often a spin, for interrupts to find it. */
	enum canary_exit kind = random64() % 8;
	struct swap *in = &mailbox->in, out;
	unsigned int n;

	if (kind > CANARY_SPIN)
		kind = CANARY_SPIN;
	for (n = 0; n < 31; n++)
		in->x[n] = random64();
	in->sp_el0 = random64();
	in->sp_el1 = (uintptr_t)scratch + random64() % SCRATCH_SIZE / 16 * 16;
	in->nzcv = random64() & GENMASK(31, 28);
	in->daif = random64() & GENMASK(9, 6);
	if (kind == CANARY_READ || kind == CANARY_WRITE)
		in->x[6] = CANARY_NOWHERE + (in->x[6] & CANARY_NOWHERE_MASK);
	mailbox->kind = kind;
	asm volatile("" ::: "memory");
	mailbox->filled = kind != CANARY_SPIN;

	swaps[kind](in, &out);

	mailbox->filled = 0;
	for (n = 0; n < SWAP_WORDS; n++)
		check(PART_SWAP, n, ((const uint64_t *)in)[n], ((const uint64_t *)&out)[n]);
}

/* ---- FP and SIMD ---------------------------------------------------------------------------------- */

/* What was loaded some rounds ago is still there: whoever has used FP meanwhile. */
static void test_fp(void)
{
	static struct canary_fp fp;
	static bool loaded;
	struct canary_fp now;
	unsigned int n;

	if (loaded) {
		canary_fp_store(&now);
		for (n = 0; n < sizeof(now) / 8; n++)
			check(PART_FP, n, ((const uint64_t *)&fp)[n], ((const uint64_t *)&now)[n]);
	}
	for (n = 0; n < 32; n++) {
		fp.v[n][0] = random64();
		fp.v[n][1] = random64();
	}
	fp.fpsr = random64() & (BIT(27) | BIT(7) | GENMASK(4, 0));
	fp.fpcr = random64() & GENMASK(26, 22);
	canary_fp_load(&fp);
	/* FPCR's bits are not all there on every CPU: what can be read back is what has to stay. */
	canary_fp_store(&now);
	fp.fpsr = now.fpsr;
	fp.fpcr = now.fpcr;
	loaded = true;
}

/* ---- System registers ----------------------------------------------------------------------------- */

static void read_registers(uint64_t *values)
{
#define READ(reg, feature, varies, ones, ignored)				\
	*values++ = !(feature) || (features & (feature)) ?			\
		    read_sysreg(reg) & ~(uint64_t)(ignored) : 0;
	CANARY_SYSREGS(READ)
#undef READ
}

static void test_sysregs(void)
{
	static uint64_t wanted[CANARY_SYSREG_COUNT];
	static bool filled;
	uint64_t now[CANARY_SYSREG_COUNT];
	unsigned int n;

	if (filled) {
		read_registers(now);
		for (n = 0; n < CANARY_SYSREG_COUNT; n++)
			check(PART_SYSREG, n, wanted[n], now[n]);
	}
#define FILL(reg, feature, varies, ones, ignored)				\
	if (!(feature) || (features & (feature)))				\
		write_sysreg(reg, (random64() & (varies)) | (ones));
	CANARY_SYSREGS(FILL)
#undef FILL
	asm volatile("isb" ::: "memory");
	read_registers(wanted);
	filled = true;
}

/* ---- Memory --------------------------------------------------------------------------------------- */

static void test_memory(void)
{
	static uint64_t factor;
	unsigned int n;

	for (n = 0; n < MEMORY_WORDS; n++)
		check(PART_MEMORY, n, factor * (n + 1), memory[n]);
	factor = random64();
	for (n = 0; n < MEMORY_WORDS; n++)
		memory[n] = factor * (n + 1);
}

void guest_main(uint64_t x0)
{
	random_state = (x0 & (BIT(CANARY_SEED_BITS) - 1)) * 0x9e3779b97f4a7c15 + 1;
	features = x0 >> CANARY_SEED_BITS;
	for (;;) {
		uint64_t what = random64();

		test_swap();
		if (what % 4 == 0)
			test_fp();
		if (what / 4 % 4 == 0)
			test_sysregs();
		if (what / 16 % 64 == 0)
			test_memory();
		mailbox->rounds++;
	}
}
