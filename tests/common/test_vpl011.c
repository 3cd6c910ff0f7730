// SPDX-License-Identifier: MIT
/*
 * test_vpl011.c - the virtual UART, against another one.
 *
 * The other one was written from DDI 0183 (PrimeCell UART (PL011) Technical Reference Manual)
 * alone, with offsets and bits as numbers, as plain as can be: a list of characters that is moved
 * up, and one variable for each interrupt. Both get the same accesses, chosen by chance, and must
 * agree after each. Before that come the cases by hand: each register at each size and offset, each
 * level of the FIFO.
 */
#include "unit_main.h"

#include <string.h>

#include "vdev/vpl011.h"

#define HANDOUT		"  handout: lab4-exits/README.md, \"The virtual UART\""

#define DR	0x00
#define RSR	0x04
#define FR	0x18
#define LCR_H	0x2c
#define CR	0x30
#define IFLS	0x34
#define IMSC	0x38
#define RIS	0x3c
#define MIS	0x40
#define ICR	0x44

#define FEN	0x10
#define LBE	0x80

#define INT_RX	0x010
#define INT_TX	0x020
#define INT_RT	0x040
#define INT_OE	0x400

/*
 * Says what is wrong and ends the test. (ck_assert() takes a microsecond and more when all is
 * well.)
 */
#define must(condition, ...)	do { if (!(condition)) ck_abort_msg(__VA_ARGS__); } while (0)

static uint64_t random64(void)
{
	static uint64_t state = 0x2545f4914f6cdd1d;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* ---- The host: what it was told -------------------------------------------------------------- */

static uint8_t sent[64];
static unsigned int sent_count, level_changes;
static bool level;

static void put(struct vpl011 *uart, uint8_t c)
{
	must(spin_is_locked(&uart->lock), "put() without the lock: order may be lost" HANDOUT);
	sent[sent_count++ % sizeof(sent)] = c;
}

static void set_irq(struct vpl011 *uart, bool now)
{
	must(spin_is_locked(&uart->lock), "set_irq() without the lock" HANDOUT);
	must(now != level, "set_irq(%d) while the line is %d already" HANDOUT, now, level);
	level = now;
	level_changes++;
}

static const struct vpl011_ops ops = { .put = put, .set_irq = set_irq };
static struct vpl011 uart;

static void fresh(void)
{
	memset(&uart, 0xa5, sizeof(uart));
	vpl011_init(&uart, &ops);
	sent_count = level_changes = 0;
	level = false;
}

static uint32_t read32(uint32_t offset)
{
	return (uint32_t)vpl011_read(&uart, offset, 4);
}

static void write32(uint32_t offset, uint32_t value)
{
	vpl011_write(&uart, offset, 4, value);
}

static void expect(uint32_t offset, uint32_t expected, const char *what)
{
	uint32_t value = read32(offset);

	must(value == expected, "%s: register 0x%03x is 0x%x, expected 0x%x" HANDOUT, what,
	     offset, value, expected);
}

/* ---- Registers ------------------------------------------------------------------------------- */

/* Table 3-1 of the manual: reset value, bits that can be written and are kept. */
static const struct {
	uint32_t offset, reset, kept;
} registers[] = {
	{ 0x000, 0, 0 },	/* UARTDR */
	{ 0x004, 0, 0 },	/* UARTRSR/UARTECR */
	{ 0x018, 0x90, 0 },	/* UARTFR: both FIFOs empty */
	{ 0x020, 0, 0xff },	/* UARTILPR */
	{ 0x024, 0, 0xffff },	/* UARTIBRD */
	{ 0x028, 0, 0x3f },	/* UARTFBRD */
	{ 0x02c, 0, 0xff },	/* UARTLCR_H */
	{ 0x030, 0x300, 0xff87 },	/* UARTCR */
	{ 0x034, 0x12, 0x3f },	/* UARTIFLS */
	{ 0x038, 0, 0x7ff },	/* UARTIMSC */
	{ 0x03c, 0, 0 },	/* UARTRIS */
	{ 0x040, 0, 0 },	/* UARTMIS */
	{ 0x044, 0, 0 },	/* UARTICR */
	{ 0x048, 0, 0x7 },	/* UARTDMACR */
	{ 0xfe0, 0x11, 0 }, { 0xfe4, 0x10, 0 }, { 0xfe8, 0x14, 0 }, { 0xfec, 0x00, 0 },
	{ 0xff0, 0x0d, 0 }, { 0xff4, 0xf0, 0 }, { 0xff8, 0x05, 0 }, { 0xffc, 0xb1, 0 },
};
#define REGISTERS	(sizeof(registers) / sizeof(registers[0]))

static int find(uint32_t offset)
{
	for (unsigned int n = 0; n < REGISTERS; n++)
		if (registers[n].offset == offset)
			return (int)n;
	return -1;
}

/* What an access of that size can see of a register. */
static uint64_t cut(uint64_t value, unsigned int size)
{
	return size == 1 ? value & 0xff : size == 2 ? value & 0xffff : value & 0xffffffff;
}

/*
 * Every offset, every size, on a UART out of reset: what it reads, and that reading changes
 * nothing.
 */
START_TEST(reset_values)
{
	fresh();
	for (uint32_t offset = 0; offset < 0x1100; offset++) {
		for (unsigned int size = 1; size <= 8; size *= 2) {
			int n = find(offset);
			uint64_t expected = n < 0 ? 0 : cut(registers[n].reset, size);
			uint64_t value = vpl011_read(&uart, offset, size);

			must(value == expected,
			     "%u bytes at 0x%03x read as 0x%lx, expected 0x%lx" HANDOUT, size,
			     offset, value, expected);
		}
	}
	ck_assert_uint_eq(level_changes, 0);
}
END_TEST

/*
 * Every offset, every size, ones and zeros written: exactly one register changes, in its own bits.
 */
START_TEST(written_bits)
{
	for (uint32_t offset = 0; offset < 0x1100; offset++) {
		for (unsigned int size = 1; size <= 8; size *= 2) {
			int n = find(offset);

			if (offset == DR)
				continue;		/* what it does is for other tests */
			fresh();
			vpl011_write(&uart, offset, size, 0xffffffffffffffff);
			for (unsigned int i = 0; i < REGISTERS; i++) {
				uint32_t expected = registers[i].reset;

				if ((int)i == n && registers[i].kept)
					expected = (uint32_t)cut(registers[i].kept, size);
				must(read32(registers[i].offset) == expected,
				     "ones written with %u bytes at 0x%03x: register 0x%03x is "
				     "0x%x, expected 0x%x" HANDOUT, size, offset,
				     registers[i].offset, read32(registers[i].offset), expected);
			}
			vpl011_write(&uart, offset, size, 0);
			for (unsigned int i = 0; i < REGISTERS; i++) {
				uint32_t expected = registers[i].reset;

				if ((int)i == n && registers[i].kept)
					expected = 0;
				must(read32(registers[i].offset) == expected, "0x%x is left" HANDOUT,
				     read32(registers[i].offset));
			}
			must(!sent_count, "a write at 0x%03x sends" HANDOUT, offset);
		}
	}
}
END_TEST

/* ---- Sending --------------------------------------------------------------------------------- */

START_TEST(sending)
{
	fresh();
	for (unsigned int c = 0; c < 256; c++) {
		unsigned int size = 1U << c % 4;

		vpl011_write(&uart, DR, size, 0xdeadbeef00 | c);
		ck_assert_uint_eq(sent_count, c + 1);
		must(sent[c % sizeof(sent)] == c, "0x%x was written, 0x%x was sent" HANDOUT, c,
		     sent[c % sizeof(sent)]);
		expect(FR, 0x90, "it has left at once");
	}
	expect(RIS, INT_TX, "the transmit FIFO is empty again");
	must(!level, "a masked interrupt raises the line" HANDOUT);
	write32(IMSC, INT_TX);
	must(level, "the mask was lifted, and the line stays low" HANDOUT);
	expect(MIS, INT_TX, "and not masked");
	write32(ICR, ~(uint32_t)INT_TX);
	expect(MIS, INT_TX, "others cleared");
	write32(ICR, INT_TX);
	expect(RIS, 0, "cleared");
	must(!level, "the interrupt was cleared, and the line stays high" HANDOUT);
	write32(DR, 'x');
	must(level, "the next one sent raises no interrupt" HANDOUT);
	write32(IMSC, 0);
	must(!level, "masked, and the line stays high" HANDOUT);
	expect(RIS, INT_TX, "the mask does not change the raw status");
}
END_TEST

/* It works before CR enables it: a guest's early console relies on firmware. */
START_TEST(disabled)
{
	fresh();
	write32(CR, 0);
	write32(DR, 'a');
	ck_assert_uint_eq(sent_count, 1);
	ck_assert(vpl011_receive(&uart, 'b'));
	expect(DR, 'b', "received while disabled");
}
END_TEST

/* ---- Receiving ------------------------------------------------------------------------------- */

/* Filled to the top and emptied, with each value of IFLS: when RX and RT come, and when they go. */
START_TEST(levels)
{
	static const unsigned int at[] = { 2, 4, 8, 12, 14 };

	for (unsigned int fen = 0; fen <= 1; fen++) {
		for (unsigned int select = 0; select < 5; select++) {
			unsigned int size = fen ? 16 : 1, trigger = fen ? at[select] : 1;

			fresh();
			write32(LCR_H, fen ? FEN : 0);
			write32(IFLS, select << 3);
			write32(IMSC, INT_RX);
			for (unsigned int n = 1; n <= size; n++) {
				ck_assert(vpl011_receive(&uart, (uint8_t)(0x40 + n)));
				must(level == (n >= trigger),
				     "IFLS.RXIFLSEL %u, FIFO of %u: with %u characters the "
				     "receive interrupt is %d" HANDOUT, select, size, n, level);
				expect(RIS, INT_RT | (n >= trigger ? INT_RX : 0), "filling");
				expect(FR, 0x80 | (n == size ? 0x40 : 0), "filling");
			}
			must(!vpl011_receive(&uart, 'z'), "a full FIFO takes one more" HANDOUT);
			expect(RIS, INT_RT | INT_RX, "refused: no overrun");
			expect(RSR, 0, "refused: no overrun");
			for (unsigned int n = size; n-- > 0; ) {
				expect(DR, 0x40 + size - n, "in the order in which they came");
				must(level == (n >= trigger),
				     "IFLS.RXIFLSEL %u, FIFO of %u: down to %u characters the "
				     "receive interrupt is %d" HANDOUT, select, size, n, level);
				expect(RIS, (n ? INT_RT : 0) | (n >= trigger ? INT_RX : 0), "emptying");
				expect(FR, 0x80 | (n ? 0 : 0x10), "emptying");
			}
			expect(DR, 0, "an empty FIFO");
			expect(FR, 0x90, "an empty FIFO");
		}
	}
}
END_TEST

/*
 * Cleared by ICR, it comes back when the level is reached again, and not before. The time-out does.
 */
START_TEST(cleared)
{
	fresh();
	write32(LCR_H, FEN);
	write32(IFLS, 0);
	vpl011_receive(&uart, 'a');
	vpl011_receive(&uart, 'b');
	expect(RIS, INT_RX | INT_RT, "at the level");
	write32(ICR, INT_RX | INT_RT);
	expect(RIS, 0, "cleared");
	vpl011_receive(&uart, 'c');
	expect(RIS, INT_RT, "beyond the level: it is a transition");
	read32(DR);
	read32(DR);
	expect(RIS, INT_RT, "below");
	vpl011_receive(&uart, 'd');
	expect(RIS, INT_RX | INT_RT, "at the level again");
}
END_TEST

/* FIFOs turned on or off are empty. Written as it is, LCR_H loses nothing. */
START_TEST(fifo_switched)
{
	fresh();
	write32(LCR_H, FEN);
	write32(IFLS, 0);
	vpl011_receive(&uart, 'a');
	vpl011_receive(&uart, 'b');
	write32(LCR_H, FEN | 0x60);
	expect(RIS, INT_RX | INT_RT, "FEN did not change");
	write32(LCR_H, 0x60);
	expect(FR, 0x90, "FIFO turned off");
	expect(RIS, 0, "FIFO turned off");
	ck_assert(vpl011_receive(&uart, 'c'));
	ck_assert(!vpl011_receive(&uart, 'd'));
	expect(DR, 'c', "a FIFO of one");
	vpl011_receive(&uart, 'e');
	write32(LCR_H, 0x70);
	expect(FR, 0x90, "FIFO turned on");
}
END_TEST

/* Loopback: nothing leaves, and there is no one to wait: what does not fit is lost, and told of. */
START_TEST(overrun)
{
	fresh();
	write32(LCR_H, FEN);
	write32(CR, 0x301 | LBE);
	write32(IMSC, INT_OE);
	for (unsigned int n = 0; n < 16; n++)
		write32(DR, n);
	must(!level, "16 characters are no overrun" HANDOUT);
	write32(DR, 0xee);
	must(level, "an overrun, and no interrupt" HANDOUT);
	expect(RSR, 8, "RSR.OE");
	ck_assert_uint_eq(sent_count, 0);
	expect(DR, 0, "the first");
	write32(DR, 16);
	expect(RSR, 8, "RSR.OE stays until ECR is written");
	write32(RSR, 0);
	expect(RSR, 0, "ECR was written");
	for (unsigned int n = 1; n < 16; n++)
		expect(DR, n, "as they came");
	expect(DR, 0x800 | 16, "DR.OE goes with the first one after the loss");
	write32(DR, 17);
	expect(DR, 17, "only with the first one");
	must(level, "OE is cleared by ICR alone" HANDOUT);
	write32(ICR, INT_OE);
	ck_assert(!level);
}
END_TEST

/* ---- Anything, against the other UART -------------------------------------------------------- */

static struct {
	uint32_t queue[16];
	unsigned int length;
	bool rx, tx, rt, oe, overrun, tell;
	uint32_t lcr_h, ifls, imsc, cr;
} other;

static unsigned int other_depth(void)
{
	return other.lcr_h & 0x10 ? 16 : 1;
}

static unsigned int other_level(void)
{
	switch (other.lcr_h & 0x10 ? other.ifls >> 3 & 7 : 8) {
	case 0:
		return 2;
	case 1:
		return 4;
	case 2:
		return 8;
	case 3:
		return 12;
	case 8:
		return 1;
	default:
		return 14;
	}
}

static void other_receive(uint8_t c)
{
	if (other.length == other_depth()) {
		other.oe = other.overrun = other.tell = true;
		return;
	}
	other.queue[other.length++] = other.tell ? 0x800u | c : c;
	other.tell = false;
	other.rt = true;
	if (other.length == other_level())
		other.rx = true;
}

static uint32_t other_take(void)
{
	uint32_t c = other.queue[0];

	if (!other.length)
		return 0;
	memmove(&other.queue[0], &other.queue[1], sizeof(other.queue) - sizeof(other.queue[0]));
	other.length--;
	if (other.length < other_level())
		other.rx = false;
	if (!other.length)
		other.rt = false;
	return c;
}

static uint32_t other_ris(void)
{
	return (other.rx ? INT_RX : 0) | (other.tx ? INT_TX : 0) | (other.rt ? INT_RT : 0) |
	       (other.oe ? INT_OE : 0);
}

static void other_lcr_h(uint32_t value)
{
	if ((other.lcr_h ^ value) & 0x10) {
		other.length = 0;
		other.rx = other.rt = other.tell = false;
	}
	other.lcr_h = value;
}

static void step(unsigned int kind, uint32_t value)
{
	switch (kind) {
	case 0: case 1: case 2: case 3: {
		bool room = other.length < other_depth();

		if (room)
			other_receive((uint8_t)value);
		must(vpl011_receive(&uart, (uint8_t)value) == room, "room: %d" HANDOUT, room);
		break;
	}
	case 4: case 5: case 6:
		expect(DR, other_take(), "received");
		break;
	case 7: case 8:
		if (other.cr & LBE)
			other_receive((uint8_t)value);
		other.tx = true;
		write32(DR, value);
		break;
	case 9:
		other.imsc = value & 0x7ff;
		write32(IMSC, value);
		break;
	case 10:
		if (value & INT_RX)
			other.rx = false;
		if (value & INT_TX)
			other.tx = false;
		if (value & INT_RT)
			other.rt = false;
		if (value & INT_OE)
			other.oe = false;
		write32(ICR, value);
		break;
	case 11:
		other.ifls = value & 0x3f;
		write32(IFLS, value);
		break;
	case 12:
		other.overrun = false;
		write32(RSR, value);
		break;
	case 13:
		other.cr = value & 0xff87;
		write32(CR, value);
		break;
	case 14:
		/* Mostly with the FIFOs on: there is more to see. */
		value = (value & 0xef) | (value & 0x700 ? 0x10 : 0);
		other_lcr_h(value);
		write32(LCR_H, value);
		break;
	}
}

START_TEST(any_order)
{
	fresh();
	memset(&other, 0, sizeof(other));
	other.ifls = 0x12;
	other.cr = 0x300;
	for (unsigned int n = 0; n < 200000; n++) {
		/* The registers that change the rules are written now and then only. */
		unsigned int kind = random64() % (random64() % 8 ? 11 : 15);
		uint32_t value = (uint32_t)random64(), fr;

		step(kind, value);
		fr = 0x80 | (other.length == 0 ? 0x10 : 0) | (other.length == other_depth() ? 0x40 : 0);
		must(read32(FR) == fr && read32(RIS) == other_ris() &&
		     read32(MIS) == (other_ris() & other.imsc) &&
		     read32(RSR) == (other.overrun ? 8 : 0) &&
		     level == ((other_ris() & other.imsc) != 0),
		     "step %u (kind %u, 0x%x): FR 0x%x RIS 0x%x MIS 0x%x RSR 0x%x line %d, expected "
		     "FR 0x%x RIS 0x%x MIS 0x%x RSR 0x%x" HANDOUT, n, kind, value, read32(FR),
		     read32(RIS), read32(MIS), read32(RSR), level, fr, other_ris(),
		     other_ris() & other.imsc, other.overrun ? 8 : 0);
		must(!spin_is_locked(&uart.lock), "the lock is held" HANDOUT);
	}
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("vpl011");
	TCase *tcase;

	(void)argc;
	tcase = add_case(suite, "registers");
	tcase_add_test(tcase, reset_values);
	tcase_add_test(tcase, written_bits);
	tcase = add_case(suite, "sending");
	tcase_add_test(tcase, sending);
	tcase_add_test(tcase, disabled);
	tcase = add_case(suite, "receiving");
	tcase_add_test(tcase, levels);
	tcase_add_test(tcase, cleared);
	tcase_add_test(tcase, fifo_switched);
	tcase_add_test(tcase, overrun);
	tcase = add_case(suite, "any order");
	tcase_add_test(tcase, any_order);
	return unit_main(argv[0], suite);
}
