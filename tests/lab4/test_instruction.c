// SPDX-License-Identifier: MIT
/*
 * test_instruction.c - the decoder of loads and stores, against two witnesses that know nothing of
 * it.
 *
 *   The assembler: instruction_table.h has what it made of some thousand lines of text. Here the
 *   text is read, and says which registers, sizes, extensions and addresses it has to be.
 *   The Arm ARM: its encoding diagrams, typed off, bit by bit. Ten million words, half of them made
 *   from those diagrams, must be what the diagrams say, and above all no load or store where these
 *   have none.
 */
#include "unit_main.h"

#include <stdbool.h>
#include <string.h>

#include "instruction.h"

#define HANDOUT		"  handout: lab4-exits/README.md, \"When the syndrome does not say\""

/* Says what is wrong and where, and ends the test. (In loops, ck_assert() would take too long.) */
#define wrong(...)	ck_abort_msg(__VA_ARGS__)

static uint64_t random64(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static const char *const class_names[] = {
	[INSTRUCTION_ACCESS] = "ACCESS", [INSTRUCTION_PREFETCH] = "PREFETCH",
	[INSTRUCTION_EXCLUSIVE] = "EXCLUSIVE", [INSTRUCTION_ATOMIC] = "ATOMIC",
	[INSTRUCTION_STRUCTURE] = "STRUCTURE", [INSTRUCTION_TAG] = "TAG",
	[INSTRUCTION_UNPREDICTABLE] = "UNPREDICTABLE", [INSTRUCTION_OTHER] = "OTHER",
	[INSTRUCTION_NONE] = "NONE",
};

#define N_CLASSES	(sizeof(class_names) / sizeof(class_names[0]))

/* ---- What a line of assembly means ----------------------------------------------------------- */

struct meaning {
	bool load, is_signed, simd;
	unsigned int size;		/* of an element in memory */
	unsigned int registers;
	unsigned int number[2];
	unsigned int width;		/* bits of a register that a load writes */
	int base, index;		/* 31: SP, XZR. -1: there is none */
	char extend[8];			/* "lsl", "uxtw", ... */
	unsigned int amount;
	long offset;
	bool pre, post;
};

static bool skip(const char **p, const char *what)
{
	size_t length = strlen(what);

	if (strncmp(*p, what, length) != 0)
		return false;
	*p += length;
	return true;
}

/* "x7", "wzr", "sp", "q31": its letter, and its number. */
static char parse_register(const char **p, int *number)
{
	char kind = **p;

	if (skip(p, "sp")) {
		*number = 31;
		return 'x';
	}
	(*p)++;
	if (skip(p, "zr"))
		*number = 31;
	else
		*number = (int)strtol(*p, (char **)p, 10);
	return kind;
}

/* "ldr", "ldapursb": the name without its size, and the size with the sign. */
static void parse_name(const char **p, struct meaning *m)
{
	static const char *const stems[] = {	/* those that begin like another one come first */
		"ldapur", "ldapr", "ldlar", "ldar", "ldnp", "ldtr", "ldur", "ldp", "ldr",
		"stllr", "stlur", "stlr", "stnp", "sttr", "stur", "stp", "str",
	};

	m->load = **p == 'l';
	for (size_t i = 0; i < sizeof(stems) / sizeof(stems[0]); i++)
		if (skip(p, stems[i]))
			break;
	m->is_signed = skip(p, "s");
	m->size = skip(p, "b") ? 1 : skip(p, "h") ? 2 : skip(p, "w") ? 4 : 0;
	ck_assert(skip(p, " "));
}

static struct meaning parse(const char *text)
{
	struct meaning m = { .base = -1, .index = -1 };
	const char *p = text;
	char kind = 0;

	parse_name(&p, &m);
	while (*p != '[' && *p != '.') {
		int number;

		kind = parse_register(&p, &number);
		m.number[m.registers++] = (unsigned int)number;
		ck_assert_msg(skip(&p, ", "), "%s: cannot read \"%s\"", text, p);
	}
	m.simd = kind != 'w' && kind != 'x';
	m.width = kind == 'x' ? 64 : 32;
	if (m.size == 0)
		m.size = kind == 'b' ? 1 : kind == 'h' ? 2 : kind == 'q' ? 16 :
			 kind == 'x' || kind == 'd' ? 8 : 4;

	if (skip(&p, ".")) {
		m.offset = strtol(p, (char **)&p, 10);
	} else {
		ck_assert(skip(&p, "["));
		parse_register(&p, &m.base);
		if (skip(&p, ", #")) {
			m.offset = strtol(p, (char **)&p, 10);
		} else if (skip(&p, ", ")) {
			/* Extended as the text says; a W register alone is not possible. */
			strcpy(m.extend, "lsl");
			parse_register(&p, &m.index);
			if (skip(&p, ", ")) {
				size_t length = strcspn(p, " ]");

				memcpy(m.extend, p, length);
				m.extend[length] = '\0';
				p += length;
				if (skip(&p, " #"))
					m.amount = (unsigned int)strtoul(p, (char **)&p, 10);
			}
		}
		ck_assert_msg(skip(&p, "]"), "%s: cannot read \"%s\"", text, p);
		m.pre = skip(&p, "!");
		m.post = skip(&p, ", #");
		if (m.post)
			m.offset = strtol(p, (char **)&p, 10);
	}
	ck_assert_msg(*p == '\0', "%s: cannot read \"%s\"", text, p);
	return m;
}

/* The address, from the text. */
static uint64_t address_of(const struct meaning *m, const struct trap_frame *frame, uint64_t sp)
{
	uint64_t base = m->base == -1 ? frame->elr : m->base == 31 ? sp : frame->x[m->base];
	uint64_t index;

	if (m->post)
		return base;
	if (m->index == -1)
		return base + (uint64_t)m->offset;
	index = m->index == 31 ? 0 : frame->x[m->index];
	if (strcmp(m->extend, "uxtw") == 0)
		index %= UINT64_C(0x100000000);
	else if (strcmp(m->extend, "sxtw") == 0)
		index = (uint64_t)(int64_t)(int32_t)index;
	else
		ck_assert(strcmp(m->extend, "lsl") == 0 || strcmp(m->extend, "sxtx") == 0);
	return base + (index << m->amount);
}

/* ---- The assembler --------------------------------------------------------------------------- */

static const struct {
	uint32_t word;
	const char *text;
} load_stores[] = {
#define LOAD_STORE(word, text)		{ word, text },
#include "instruction_table.h"
};

static const struct {
	uint32_t word;
	const char *text;
	enum instruction_class class;
} others[] = {
#define OTHER(word, text, class)	{ word, text, class },
#include "instruction_table.h"
};

#define N_LOAD_STORES	(sizeof(load_stores) / sizeof(load_stores[0]))
#define N_OTHERS	(sizeof(others) / sizeof(others[0]))

static struct instruction decode_access(uint32_t word, const char *text)
{
	struct instruction got;
	enum instruction_class class = instruction_decode(word, &got);

	if (class != INSTRUCTION_ACCESS)
		wrong("0x%08x, %s: expected class ACCESS, got %s" HANDOUT, word, text,
		      class_names[class]);
	return got;
}

#define SAME(what, expected, got_it) do {						\
	long want_ = (long)(expected), got_ = (long)(got_it);				\
	if (want_ != got_)								\
		wrong("0x%08x, %s: expected %s %ld, got %ld" HANDOUT, word, text, what,	\
		      want_, got_);							\
} while (0)

START_TEST(transfer)
{
	/*
	 * A value that differs from its zero and from its sign extension, at each size and width.
	 */
	const uint64_t value = 0xf1e2d3c4b5a69788;

	for (size_t i = 0; i < N_LOAD_STORES; i++) {
		uint32_t word = load_stores[i].word;
		const char *text = load_stores[i].text;
		struct meaning m = parse(text);
		struct instruction in = decode_access(word, text);
		const struct access *got = &in.access;
		uint64_t want;

		SAME("a load", m.load, got->load);
		SAME("SIMD&FP", m.simd, got->simd);
		SAME("size", m.size, got->size);
		SAME("elements", m.registers, got->elements);
		for (unsigned int k = 0; k < m.registers; k++)
			SAME("register", m.number[k], got->reg[k]);
		SAME("big-endian", 0, got->big_endian);
		SAME("write-back", m.pre || m.post, got->write_back);
		if (m.pre || m.post) {
			SAME("base", m.base, got->base);
			SAME("offset", m.offset, got->offset);
		}
		if (!m.load || m.simd)
			continue;
		want = m.size == 8 ? value : value % (UINT64_C(1) << m.size * 8);
		if (m.is_signed)
			want |= UINT64_MAX << (m.size * 8 - 1);
		if (m.width == 32)
			want %= UINT64_C(0x100000000);
		SAME("the loaded register to be", want,
		     access_extend(value, got->size, got->sign_extend, got->sf));
	}
}
END_TEST

START_TEST(address)
{
	static const uint64_t special[] = {
		0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x7fffffffffffffff,
		0x8000000000000000, UINT64_MAX,
	};
	struct trap_frame frame = { 0 };

	for (unsigned int round = 0; round < 40; round++) {
		uint64_t sp = random64();

		for (unsigned int n = 0; n < 31; n++)
			frame.x[n] = random64() % 4 ? random64() :
				     special[random64() % (sizeof(special) / sizeof(special[0]))];
		frame.elr = random64() & ~UINT64_C(3);
		frame.sp_el0 = random64();
		for (size_t i = 0; i < N_LOAD_STORES; i++) {
			const char *text = load_stores[i].text;
			struct instruction in = decode_access(load_stores[i].word, text);
			struct meaning m = parse(text);
			uint64_t want = address_of(&m, &frame, sp);
			uint64_t got = instruction_address(&in, &frame, sp);

			if (want != got)
				wrong("0x%08x, %s: expected address 0x%lx, got 0x%lx" HANDOUT,
				      load_stores[i].word, text, want, got);
		}
	}
}
END_TEST

/* Nothing of an instruction that is not emulated gets out. */
static bool is_empty(const struct instruction *in)
{
	static const struct instruction empty;
	const struct access *a = &in->access, *none = &empty.access;

	return a->load == none->load && a->simd == none->simd && a->size == 0 &&
	       a->sign_extend == none->sign_extend && a->sf == none->sf && a->elements == 0 &&
	       a->write_back == none->write_back && a->reg[0] == 0 && a->reg[1] == 0 &&
	       a->base == 0 && a->offset == 0 && in->form == ADDRESS_OFFSET && in->index == 0 &&
	       in->extend == 0 && in->shift == 0;
}

START_TEST(not_emulated)
{
	for (size_t i = 0; i < N_OTHERS; i++) {
		struct instruction in;
		enum instruction_class got;

		memset(&in, 0xa5, sizeof(in));
		got = instruction_decode(others[i].word, &in);
		if (got != others[i].class)
			wrong("0x%08x, %s: expected class %s, got %s" HANDOUT, others[i].word,
			      others[i].text, class_names[others[i].class], class_names[got]);
		if (!is_empty(&in))
			wrong("0x%08x, %s: expected *out to be 0" HANDOUT, others[i].word,
			      others[i].text);
	}
}
END_TEST

/* ---- Each value of each field ---------------------------------------------------------------- */

/* A format with its offset field at 0: where the field is, and what it is counted in. */
static const struct {
	const char *text;
	uint32_t word;
	unsigned int low, bits, unit;
	bool is_signed;
} offsets[] = {
	{ "ldrb w0, [x1]", 0x39400020, 10, 12, 1, false },
	{ "strh w0, [x1]", 0x79000020, 10, 12, 2, false },
	{ "ldrsw x0, [x1]", 0xb9800020, 10, 12, 4, false },
	{ "str x0, [x1]", 0xf9000020, 10, 12, 8, false },
	{ "ldr q0, [x1]", 0x3dc00020, 10, 12, 16, false },
	{ "str d0, [x1]", 0xfd000020, 10, 12, 8, false },
	{ "ldur x0, [x1]", 0xf8400020, 12, 9, 1, true },
	{ "ldr x0, [x1], #0", 0xf8400420, 12, 9, 1, true },
	{ "strb w0, [x1, #0]!", 0x38000c20, 12, 9, 1, true },
	{ "ldtr x0, [x1]", 0xf8400820, 12, 9, 1, true },
	{ "ldapur x0, [x1]", 0xd9400020, 12, 9, 1, true },
	{ "stur q0, [x1]", 0x3c800020, 12, 9, 1, true },
	{ "ldp w0, w2, [x1]", 0x29400820, 15, 7, 4, true },
	{ "ldpsw x0, x2, [x1], #0", 0x68c00820, 15, 7, 4, true },
	{ "stp x0, x2, [x1, #0]!", 0xa9800820, 15, 7, 8, true },
	{ "ldnp q0, q2, [x1]", 0xac400820, 15, 7, 16, true },
	{ "stp s0, s2, [x1]", 0x2d000820, 15, 7, 4, true },
	{ "ldp d0, d2, [x1]", 0x6d400820, 15, 7, 8, true },
	{ "ldr x0, .+0", 0x58000000, 5, 19, 4, true },
	{ "ldr s0, .+0", 0x1c000000, 5, 19, 4, true },
	{ "ldrsw x0, .+0", 0x98000000, 5, 19, 4, true },
};

START_TEST(each_offset)
{
	const char *text = offsets[_i].text;
	struct instruction first = decode_access(offsets[_i].word, text);
	long values = 1L << offsets[_i].bits;

	for (long value = 0; value < values; value++) {
		uint32_t word = offsets[_i].word + ((uint32_t)value << offsets[_i].low);
		long number = offsets[_i].is_signed && value >= values / 2 ? value - values : value;
		struct instruction in = decode_access(word, text);

		SAME("offset", number * (long)offsets[_i].unit, in.access.offset);
		SAME("size", first.access.size, in.access.size);
		SAME("Rt", first.access.reg[0], in.access.reg[0]);
		SAME("Rt2", first.access.reg[1], in.access.reg[1]);
		SAME("form", first.form, in.form);
	}
}
END_TEST

START_TEST(each_register)
{
	for (unsigned int n = 0; n < 32; n++) {
		const char *text = "a register's number in another field";
		uint32_t word = 0xf9400000 | n;		/* ldr xn, [x0] */

		SAME("Rt", n, decode_access(word, text).access.reg[0]);
		word = 0xf9400000 | n << 5;		/* ldr x0, [xn] */
		SAME("Rn", n, decode_access(word, text).access.base);
		word = 0xf8606800 | n << 16;		/* ldr x0, [x0, xn] */
		SAME("Rm", n, decode_access(word, text).index);
		word = 0xa9000000 | n << 10;		/* stp x0, xn, [x0] */
		SAME("Rt2", n, decode_access(word, text).access.reg[1]);
		word = 0x58000000 | n;			/* ldr xn, .+0 */
		SAME("Rt", n, decode_access(word, text).access.reg[0]);
		word = 0xc8dffc00 | n | n << 5;		/* ldar xn, [xn]: the base is not changed */
		SAME("Rt", n, decode_access(word, text).access.reg[0]);
		SAME("Rn", n, decode_access(word, text).access.base);
	}
}
END_TEST

/* ---- The Arm ARM's diagrams ------------------------------------------------------------------ */

/*
 * When the values of the registers' fields make it CONSTRAINED UNPREDICTABLE ("the instruction has
 * ...").
 */
enum rule {
	ALWAYS,
	BASE_NOT_RT = 1,	/* Rn is neither Rt ... */
	BASE_NOT_RT2 = 2,	/* ... nor Rt2, unless it is SP */
	TWO_REGISTERS = 4,	/* Rt is not Rt2 */
};

/*
 * "Loads and Stores", table by table in the Arm ARM's order. What matches no row is unallocated, or
 * is one of the instructions that are not told apart (class OTHER). x and . stand for any bit.
 */
static const struct diagram {
	const char *bits;
	enum instruction_class class;
	unsigned int rules;
} diagrams[] = {
#define R5		"....."
#define IMM9		"........."
#define IMM12		"............"
#define IMM19		"..................."
#define RN_RT		R5 R5
#define RS_TO_RT	R5 "." R5 R5 R5		/* Rs, o0, Rt2, Rn, Rt */

	/* Advanced SIMD load/store multiple and single structures, also post-indexed. */
	{ "0 x 00110 ................" ".........", INSTRUCTION_STRUCTURE, ALWAYS },

	/* Load/store exclusive register; pair; compare and swap pair. */
	{ "xx 001000 0 x 0" RS_TO_RT, INSTRUCTION_EXCLUSIVE, ALWAYS },
	{ "1x 001000 0 x 1" RS_TO_RT, INSTRUCTION_EXCLUSIVE, ALWAYS },
	{ "0x 001000 0 x 1" RS_TO_RT, INSTRUCTION_ATOMIC, ALWAYS },
	/* Load/store ordered. Compare and swap. */
	{ "xx 001000 1 x 0" RS_TO_RT, INSTRUCTION_ACCESS, ALWAYS },
	{ "xx 001000 1 x 1" RS_TO_RT, INSTRUCTION_ATOMIC, ALWAYS },

	/* LDAPR/STLR (unscaled immediate): STLURB to LDAPURSW. */
	{ "00 011001 xx 0" IMM9 "00" RN_RT, INSTRUCTION_ACCESS, ALWAYS },
	{ "01 011001 xx 0" IMM9 "00" RN_RT, INSTRUCTION_ACCESS, ALWAYS },
	{ "10 011001 0x 0" IMM9 "00" RN_RT, INSTRUCTION_ACCESS, ALWAYS },
	{ "10 011001 10 0" IMM9 "00" RN_RT, INSTRUCTION_ACCESS, ALWAYS },
	{ "11 011001 0x 0" IMM9 "00" RN_RT, INSTRUCTION_ACCESS, ALWAYS },
	/* Load/store memory tags. */
	{ "11 011001 xx 1" IMM9 "xx" RN_RT, INSTRUCTION_TAG, ALWAYS },

	/* Load register (literal): LDR W, X, LDRSW, PRFM; S, D, Q. */
	{ "00 011 0 00" IMM19 R5, INSTRUCTION_ACCESS, ALWAYS },
	{ "01 011 0 00" IMM19 R5, INSTRUCTION_ACCESS, ALWAYS },
	{ "10 011 0 00" IMM19 R5, INSTRUCTION_ACCESS, ALWAYS },
	{ "11 011 0 00" IMM19 R5, INSTRUCTION_PREFETCH, ALWAYS },
	{ "00 011 1 00" IMM19 R5, INSTRUCTION_ACCESS, ALWAYS },
	{ "01 011 1 00" IMM19 R5, INSTRUCTION_ACCESS, ALWAYS },
	{ "10 011 1 00" IMM19 R5, INSTRUCTION_ACCESS, ALWAYS },

#define PAIR(opc, v, index, l)	opc "101" v "0" index l "......." R5 R5 R5
	/* Load/store no-allocate pair. */
	{ PAIR("00", "0", "00", "0"), INSTRUCTION_ACCESS, ALWAYS },
	{ PAIR("00", "0", "00", "1"), INSTRUCTION_ACCESS, TWO_REGISTERS },
	{ PAIR("10", "0", "00", "0"), INSTRUCTION_ACCESS, ALWAYS },
	{ PAIR("10", "0", "00", "1"), INSTRUCTION_ACCESS, TWO_REGISTERS },
	{ PAIR("0x", "1", "00", "0"), INSTRUCTION_ACCESS, ALWAYS },
	{ PAIR("10", "1", "00", "0"), INSTRUCTION_ACCESS, ALWAYS },
	{ PAIR("0x", "1", "00", "1"), INSTRUCTION_ACCESS, TWO_REGISTERS },
	{ PAIR("10", "1", "00", "1"), INSTRUCTION_ACCESS, TWO_REGISTERS },
	/* Post-indexed and pre-indexed: their index is x1. STGP and LDPSW have opc 01. */
	{ PAIR("00", "0", "x1", "0"), INSTRUCTION_ACCESS, BASE_NOT_RT | BASE_NOT_RT2 },
	{ PAIR("00", "0", "x1", "1"), INSTRUCTION_ACCESS,
	  BASE_NOT_RT | BASE_NOT_RT2 | TWO_REGISTERS },
	{ PAIR("01", "0", "x1", "0"), INSTRUCTION_TAG, ALWAYS },
	{ PAIR("01", "0", "x1", "1"), INSTRUCTION_ACCESS,
	  BASE_NOT_RT | BASE_NOT_RT2 | TWO_REGISTERS },
	{ PAIR("10", "0", "x1", "0"), INSTRUCTION_ACCESS, BASE_NOT_RT | BASE_NOT_RT2 },
	{ PAIR("10", "0", "x1", "1"), INSTRUCTION_ACCESS,
	  BASE_NOT_RT | BASE_NOT_RT2 | TWO_REGISTERS },
	{ PAIR("0x", "1", "x1", "0"), INSTRUCTION_ACCESS, ALWAYS },
	{ PAIR("10", "1", "x1", "0"), INSTRUCTION_ACCESS, ALWAYS },
	{ PAIR("0x", "1", "x1", "1"), INSTRUCTION_ACCESS, TWO_REGISTERS },
	{ PAIR("10", "1", "x1", "1"), INSTRUCTION_ACCESS, TWO_REGISTERS },
	/* Offset. */
	{ PAIR("00", "0", "10", "0"), INSTRUCTION_ACCESS, ALWAYS },
	{ PAIR("00", "0", "10", "1"), INSTRUCTION_ACCESS, TWO_REGISTERS },
	{ PAIR("01", "0", "10", "0"), INSTRUCTION_TAG, ALWAYS },
	{ PAIR("01", "0", "10", "1"), INSTRUCTION_ACCESS, TWO_REGISTERS },
	{ PAIR("10", "0", "10", "0"), INSTRUCTION_ACCESS, ALWAYS },
	{ PAIR("10", "0", "10", "1"), INSTRUCTION_ACCESS, TWO_REGISTERS },
	{ PAIR("0x", "1", "10", "0"), INSTRUCTION_ACCESS, ALWAYS },
	{ PAIR("10", "1", "10", "0"), INSTRUCTION_ACCESS, ALWAYS },
	{ PAIR("0x", "1", "10", "1"), INSTRUCTION_ACCESS, TWO_REGISTERS },
	{ PAIR("10", "1", "10", "1"), INSTRUCTION_ACCESS, TWO_REGISTERS },

/*
 * Load/store register: the tables of its addressing modes have the same rows. STRB LDRB LDRSB(64,
 * 32), STRH LDRH LDRSH(64, 32), STR LDR LDRSW, STR LDR; then B, Q, H, S, D.
 */
#define GENERAL(b24, rest, rule)							\
	{ "00 111 0 0" b24 "xx" rest, INSTRUCTION_ACCESS, rule },			\
	{ "01 111 0 0" b24 "xx" rest, INSTRUCTION_ACCESS, rule },			\
	{ "10 111 0 0" b24 "0x" rest, INSTRUCTION_ACCESS, rule },			\
	{ "10 111 0 0" b24 "10" rest, INSTRUCTION_ACCESS, rule },			\
	{ "11 111 0 0" b24 "0x" rest, INSTRUCTION_ACCESS, rule }
#define SIMD(b24, rest)									\
	{ "00 111 1 0" b24 "xx" rest, INSTRUCTION_ACCESS, ALWAYS },			\
	{ "01 111 1 0" b24 "0x" rest, INSTRUCTION_ACCESS, ALWAYS },			\
	{ "1x 111 1 0" b24 "0x" rest, INSTRUCTION_ACCESS, ALWAYS }
#define PRFM(b24, rest)									\
	{ "11 111 0 0" b24 "10" rest, INSTRUCTION_PREFETCH, ALWAYS }

	/* Unscaled immediate; immediate post-indexed; unprivileged; immediate pre-indexed. */
	GENERAL("0", "0" IMM9 "00" RN_RT, ALWAYS),
	SIMD("0", "0" IMM9 "00" RN_RT),
	PRFM("0", "0" IMM9 "00" RN_RT),
	GENERAL("0", "0" IMM9 "01" RN_RT, BASE_NOT_RT),
	SIMD("0", "0" IMM9 "01" RN_RT),
	GENERAL("0", "0" IMM9 "10" RN_RT, ALWAYS),
	GENERAL("0", "0" IMM9 "11" RN_RT, BASE_NOT_RT),
	SIMD("0", "0" IMM9 "11" RN_RT),
	/* Register offset: option is x1x. */
	GENERAL("0", "1" R5 "x1x" "x" "10" RN_RT, ALWAYS),
	SIMD("0", "1" R5 "x1x" "x" "10" RN_RT),
	PRFM("0", "1" R5 "x1x" "x" "10" RN_RT),
	/* Unsigned immediate. */
	GENERAL("1", IMM12 RN_RT, ALWAYS),
	SIMD("1", IMM12 RN_RT),
	PRFM("1", IMM12 RN_RT),

	/* Atomic memory operations: o3 = 0, LDADD to LDUMIN. o3 = 1: SWP; LDAPR. */
	{ "xx 111 0 00 xx 1" R5 "0 xxx 00" RN_RT, INSTRUCTION_ATOMIC, ALWAYS },
	{ "xx 111 0 00 xx 1" R5 "1 000 00" RN_RT, INSTRUCTION_ATOMIC, ALWAYS },
	{ "xx 111 0 00 10 1" "11111" "1 100 00" RN_RT, INSTRUCTION_ACCESS, ALWAYS },
};

#define N_DIAGRAMS	(sizeof(diagrams) / sizeof(diagrams[0]))

static struct {
	uint32_t mask, value;
	unsigned int met;		/* how often: a row that never is, proves nothing */
} rows[N_DIAGRAMS];

static void read_diagrams(void)
{
	for (size_t i = 0; i < N_DIAGRAMS; i++) {
		unsigned int bits = 0;

		rows[i].mask = 0;
		rows[i].value = 0;
		rows[i].met = 0;
		for (const char *p = diagrams[i].bits; *p != '\0'; p++) {
			if (*p == ' ')
				continue;
			bits++;
			rows[i].mask = rows[i].mask << 1 | (*p == '0' || *p == '1');
			rows[i].value = rows[i].value << 1 | (*p == '1');
		}
		ck_assert_msg(bits == 32, "diagram %zu, \"%s\": %u bits", i, diagrams[i].bits,
			      bits);
	}
	/* No word is in two of them. */
	for (size_t i = 0; i < N_DIAGRAMS; i++)
		for (size_t j = 0; j < i; j++)
			ck_assert_msg((rows[i].value ^ rows[j].value) & rows[i].mask & rows[j].mask,
				      "diagrams \"%s\" and \"%s\" overlap", diagrams[i].bits,
				      diagrams[j].bits);
}

static bool breaks_rules(uint32_t word, unsigned int rules)
{
	unsigned int rt = word & 31, rn = word >> 5 & 31, rt2 = word >> 10 & 31;

	return ((rules & BASE_NOT_RT) && rn == rt && rn != 31) ||
	       ((rules & BASE_NOT_RT2) && rn == rt2 && rn != 31) ||
	       ((rules & TWO_REGISTERS) && rt == rt2);
}

static enum instruction_class class_by_diagram(uint32_t word)
{
	/* "A64 instruction set encoding": op1, bits 28 to 25, is x1x0 for Loads and Stores. */
	unsigned int op1 = word >> 25 & 15;

	if (op1 != 4 && op1 != 6 && op1 != 12 && op1 != 14)
		return INSTRUCTION_NONE;
	for (size_t i = 0; i < N_DIAGRAMS; i++) {
		if ((word & rows[i].mask) != rows[i].value)
			continue;
		rows[i].met++;
		return breaks_rules(word, diagrams[i].rules) ? INSTRUCTION_UNPREDICTABLE :
							       diagrams[i].class;
	}
	return INSTRUCTION_OTHER;
}

static void check_class(uint32_t word)
{
	struct instruction in;
	enum instruction_class got = instruction_decode(word, &in), want = class_by_diagram(word);

	if (got != want)
		wrong("0x%08x: expected class %s, got %s" HANDOUT, word, class_names[want],
		      got < N_CLASSES ? class_names[got] : "?");
	if (got != INSTRUCTION_ACCESS && !is_empty(&in))
		wrong("0x%08x, %s: expected *out to be 0" HANDOUT, word, class_names[got]);
}

START_TEST(ten_million_words)
{
	read_diagrams();
	for (unsigned int i = 0; i < 5000000; i++) {
		uint64_t random = random64();
		size_t n = (random >> 32) % N_DIAGRAMS;
		uint32_t word = (uint32_t)random;

		check_class(word);
		/*
		 * And one that is in a diagram; every other time with two of its registers the
		 * same.
		 */
		if (i % 2)
			word = (word & ~UINT32_C(31)) | (word >> (i % 4 == 1 ? 5 : 10) & 31);
		check_class(rows[n].value | (word & ~rows[n].mask));
	}
	for (size_t i = 0; i < N_DIAGRAMS; i++)
		if (rows[i].met < 1000)
			wrong("diagram \"%s\": met %u times", diagrams[i].bits, rows[i].met);
}
END_TEST

/* A word one bit away from a good one: what the random words may be too far off to find. */
START_TEST(neighbours)
{
	read_diagrams();
	for (size_t i = 0; i < N_LOAD_STORES; i++)
		for (unsigned int a = 0; a < 32; a++)
			for (unsigned int b = 0; b < 32; b++)
				check_class(load_stores[i].word ^ UINT32_C(1) << a ^
					    (a == b ? 0 : UINT32_C(1) << b));
	for (size_t i = 0; i < N_OTHERS; i++)
		for (unsigned int a = 0; a < 32; a++)
			check_class(others[i].word ^ UINT32_C(1) << a);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("instruction");
	TCase *text = add_case(suite, "text"), *fields = add_case(suite, "fields");
	TCase *encoding = add_case(suite, "encoding");

	tcase_add_test(text, transfer);
	tcase_add_test(text, address);
	tcase_add_test(text, not_emulated);
	tcase_add_loop_test(fields, each_offset, 0, sizeof(offsets) / sizeof(offsets[0]));
	tcase_add_test(fields, each_register);
	tcase_add_test(encoding, ten_million_words);
	tcase_add_test(encoding, neighbours);
	return unit_main("tests/lab4/test_instruction", suite);
}
