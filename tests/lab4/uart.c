// SPDX-License-Identifier: MIT
/*
 * uart.c - the virtual UART in its machine: what the guest prints by the project's own driver arrives complete
 * and in order; so does what it is sent, polled or by interrupt, and nothing is lost when it is slow. And the
 * line to the virtual GIC, from each of its reasons.
 */
#include "gic_puppet.h"

#include "arch/layout.h"
#include "drivers/console.h"
#include "drivers/pl011.h"
#include "drivers/timer.h"
#include "guest/guest.h"
#include "guests/uart_guest.h"
#include "lib/printf.h"
#include "timeout.h"

extern const char uart_guest[], uart_guest_end[];

static struct machine machine;
static struct guest_cpu *cpu;

/* ---- The other end of the wire ------------------------------------------------------------------------- */

static uint8_t output[4096];
static unsigned int output_length;

static void put(struct machine *from, uint8_t c)
{
	(void)from;
	if (output_length < sizeof(output))
		output[output_length] = c;
	output_length++;
}

static uint8_t to_send(unsigned int n)
{
	return (uint8_t)(n * 167 + n / 256);
}

static unsigned int sent, refused, bursts;
static struct timeout more;

/*
 * So many at a time as there may be, until there is no room: the rest waits. Now and then a pause, long enough
 * for a guest that has read all to fall asleep.
 */
static void send_some(struct timeout *timeout)
{
	unsigned int pause = ++bursts % 32 ? 80 : 5000;
	unsigned int n = 1 + (unsigned int)(host_random() >> 30) % 24;

	while (n-- && sent < UART_BYTES) {
		if (!machine_receive(&machine, to_send(sent))) {
			refused++;
			break;
		}
		sent++;
	}
	if (sent < UART_BYTES)
		timeout_set(timeout, timer_deadline_us(pause), send_some);
}

/* The first place where the output is not what it should be; the length if it is. */
static unsigned int same_until(const uint8_t *want, unsigned int length)
{
	unsigned int n;

	for (n = 0; n < length && n < output_length && output[n] == want[n]; n++)
		;
	return n;
}

/* ---- By the driver ----------------------------------------------------------------------------------------- */

static void test_output(void)
{
	static char want[4096];
	unsigned int length = 0, n;

	for (n = 0; n < UART_LINES; n++)
		length += (unsigned int)ksnprintf(want + length, sizeof(want) - length, "line %u of %u\n", n, UART_LINES);
	for (n = 0; n < 256; n++)
		want[length++] = (char)n;
	TAP_EQ(host_run(cpu), EXIT_HYPERCALL, "the guest prints", UART);
	TAP_EQ(output_length, length, "as many characters arrive as it has sent", UART);
	TAP_EQ(same_until((const uint8_t *)want, length), length, "those that it has sent", UART);
}

static void test_input(const char *how)
{
	static uint8_t want[UART_BYTES];
	unsigned int n;

	for (n = 0; n < UART_BYTES; n++)
		want[n] = to_send(n);
	output_length = sent = refused = 0;
	timeout_set(&more, timer_deadline_us(80), send_some);
	TAP_EQ(host_run(cpu), EXIT_HYPERCALL, how, UART);
	timeout_cancel(&more);
	TAP_EQ(output_length, UART_BYTES, "each character comes back once", UART);
	TAP_EQ(same_until(want, UART_BYTES), UART_BYTES, "in order", UART);
	TAP_OK(refused, "though the guest had no room at times", UART);
}

static void test_driver(void)
{
	uint64_t interrupts, for_nothing;

	host_machine(&machine, "uart", uart_guest, uart_guest_end, 1, 0);
	machine.put = put;
	cpu = &machine.cpus[0];
	guest_cpu_load(cpu);
	test_output();
	test_input("the guest reads by polling");
	test_input("the guest reads by interrupts");
	interrupts = vcpu_gpr(&cpu->vcpu, 0);
	for_nothing = vcpu_gpr(&cpu->vcpu, 1);
	/* How many there are is a matter of time: one may read all, while more and more arrives. */
	TAP_OK(interrupts && interrupts <= UART_BYTES, "not more interrupts than characters", UART);
	TAP_EQ(for_nothing, 0, "none of them found nothing to read", UART);
	TAP_EQ(cpu->log.counts[EXIT_HALT] > 0, true, "and it has slept between them", UART);
	guest_cpu_put(cpu);
	machine_destroy(&machine);
}

/* ---- Register by register --------------------------------------------------------------------------------------- */

static uint32_t get(uint32_t reg)
{
	return puppet_read(cpu, UART_BASE + reg);
}

static void set(uint32_t reg, uint32_t value)
{
	puppet_write(cpu, UART_BASE + reg, value);
}

/* The line as the guest's GIC has it. */
static bool line(void)
{
	return puppet_read(cpu, puppet_gic_register(cpu, GICD_ISPENDR, INTID_UART, 1)) & BIT(INTID_UART % 32);
}

/* RIS, MIS, and the line: 0xRRRMMML. */
static uint32_t status(void)
{
	return get(PL011_RIS) << 16 | get(PL011_MIS) << 4 | line();
}

#define STATUS(ris, mis)	((uint32_t)(ris) << 16 | (uint32_t)(mis) << 4 | ((mis) != 0))

static unsigned int fill(void)
{
	unsigned int n;

	for (n = 0; n < 100 && machine_receive(&machine, to_send(n)); n++)
		;
	return n;
}

/* Reads until it is empty: how many there were, 1000 if one was wrong. */
static unsigned int drain(void)
{
	unsigned int n;

	for (n = 0; !(get(PL011_FR) & PL011_FR_RXFE); n++)
		if (get(PL011_DR) != to_send(n))
			return 1000;
	return n;
}

static void test_receive_interrupts(void)
{
	struct puppet_answer answer;

	TAP_EQ(get(PL011_FR), PL011_FR_RXFE | PL011_FR_TXFE, "nothing received, nothing to send", UART);
	TAP_EQ(status(), STATUS(0, 0), "no interrupt", UART);
	machine_receive(&machine, to_send(0));
	TAP_EQ(status(), STATUS(PL011_INT_RT, 0), "a character: the time-out, masked", UART);
	set(PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
	TAP_EQ(status(), STATUS(PL011_INT_RT, PL011_INT_RT), "not masked: the line is high", UART);
	set(PL011_ICR, PL011_INT_RT);
	TAP_EQ(status(), STATUS(0, 0), "cleared: the line is low", UART);
	TAP_EQ(get(PL011_FR) & PL011_FR_RXFE, 0, "the character is still there", UART);
	TAP_EQ(drain(), 1, "and read", UART);

	TAP_EQ(fill(), VPL011_FIFO_SIZE, "there is room for 16", UART);
	TAP_EQ(line(), true, "both interrupts: the line is high", UART);
	TAP_EQ(drain() << 1 | line(), VPL011_FIFO_SIZE << 1, "all is read: the line is low", UART);
	TAP_EQ(fill(), VPL011_FIFO_SIZE, "there is room for 16 again", UART);
	TAP_EQ(get(PL011_FR) & (PL011_FR_RXFF | PL011_FR_RXFE), PL011_FR_RXFF, "then it is full", UART);
	TAP_EQ(status(), STATUS(PL011_INT_RX | PL011_INT_RT, PL011_INT_RX | PL011_INT_RT), "both interrupts", UART);
	puppet(cpu, PUPPET_MODE, MODE_KEEP, 0, 0);
	answer = puppet(cpu, PUPPET_TAKE, 0, 0, 0);
	TAP_EQ(answer.taken << 8 | answer.intids[0], 1 << 8 | INTID_UART, "taken: SPI 1", UART);
	set(PL011_IMSC, PL011_INT_RX);
	get(PL011_DR);
	TAP_EQ(status() & 1, 1, "the line is high as long as it is at its level", UART);
	puppet_msr(cpu, REG_EOIR(1), INTID_UART);
	answer = puppet(cpu, PUPPET_TAKE, 0, 0, 0);
	TAP_EQ(answer.taken, 1, "ended too early, it comes again", UART);
	set(PL011_LCRH, PL011_LCRH_WLEN8);
	TAP_EQ(status(), STATUS(0, 0), "the FIFOs off: empty, and the line low", UART);
	puppet_msr(cpu, REG_EOIR(1), INTID_UART);
	answer = puppet(cpu, PUPPET_TAKE, 0, 0, 0);
	TAP_EQ(answer.taken, 0, "the end: it does not come again", UART);
	TAP_EQ(fill(), 1, "without FIFOs there is room for one", UART);
	TAP_EQ(status(), STATUS(PL011_INT_RX | PL011_INT_RT, PL011_INT_RX), "which is its level", UART);
	set(PL011_IMSC, 0);
	TAP_EQ(status(), STATUS(PL011_INT_RX | PL011_INT_RT, 0), "masked: the line is low", UART);
	TAP_EQ(drain(), 1, "it is read", UART);
	TAP_EQ(status(), STATUS(0, 0), "and that was all", UART);
	set(PL011_LCRH, PL011_LCRH_WLEN8 | PL011_LCRH_FEN);
}

static void test_send_interrupt(void)
{
	output_length = 0;
	set(PL011_IMSC, PL011_INT_TX);
	TAP_EQ(status(), STATUS(0, 0), "nothing sent: no interrupt", UART);
	set(PL011_DR, 'A');
	TAP_EQ(status(), STATUS(PL011_INT_TX, PL011_INT_TX), "sent: there is room again", UART);
	TAP_EQ(output_length << 8 | output[0], 1 << 8 | 'A', "and it has arrived", UART);
	set(PL011_ICR, PL011_INT_TX);
	TAP_EQ(status(), STATUS(0, 0), "cleared: the line is low", UART);
	set(PL011_IMSC, 0);
}

/* What is sent comes back at once, and nobody waits: the one place where an overrun can be seen. */
static void test_loopback(void)
{
	unsigned int n;

	output_length = 0;
	set(PL011_CR, PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE | PL011_CR_LBE);
	set(PL011_IMSC, PL011_INT_OE);
	for (n = 0; n < VPL011_FIFO_SIZE; n++)
		set(PL011_DR, to_send(n));
	TAP_EQ(status() & 1, 0, "loopback: 16 characters", UART);
	set(PL011_DR, 'x');
	TAP_EQ(get(PL011_MIS) << 4 | line(), PL011_INT_OE << 4 | 1, "one more is an overrun", UART);
	TAP_EQ(drain(), VPL011_FIFO_SIZE, "those before it are there", UART);
	TAP_EQ(output_length, 0, "and nothing has gone out", UART);
	set(PL011_ICR, PL011_INT_ALL);
	TAP_EQ(status(), STATUS(0, 0), "cleared", UART);
	set(PL011_CR, PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE);
	set(PL011_DR, 'y');
	TAP_EQ(output_length << 8 | output[0], 1 << 8 | 'y', "out of loopback it goes out", UART);
}

static void test_registers(void)
{
	puppet_machine(&machine, "registers", 1);
	machine.put = put;
	cpu = &machine.cpus[0];
	guest_cpu_load(cpu);
	puppet_gic_on(cpu, 0);
	set(PL011_LCRH, PL011_LCRH_WLEN8 | PL011_LCRH_FEN);
	test_receive_interrupts();
	test_send_interrupt();
	test_loopback();
	guest_cpu_put(cpu);
	machine_destroy(&machine);
}

void main(void)
{
	host_start();
	tap_plan(3 + 4 + 4 + 3 + 23 + 4 + 6);
	test_driver();
	test_registers();
	tap_done();
}
