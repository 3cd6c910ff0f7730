// SPDX-License-Identifier: MIT
#include "uart_guest.h"

#include "arch/barrier.h"
#include "arch/cpu.h"
#include "arch/sysreg.h"
#include "drivers/gicv3.h"
#include "drivers/pl011.h"
#include "guest/exception.h"
#include "guest/guest.h"
#include "guest/print.h"

#define INTID_UART	33

static volatile unsigned int interrupts, received, for_nothing;

/* As long as there is something: the line has to be low at the end, or it comes again. */
static void handle_exception(struct guest_frame *frame, unsigned int vector)
{
	uint32_t intid = gicv3_acknowledge();
	unsigned int before = received;
	int c;

	(void)frame;
	if (vector != GUEST_FROM_SPX + GUEST_IRQ || intid != INTID_UART)
		hvc(HVC_DONE, 1, vector, intid, read_sysreg(ESR_EL1));
	interrupts++;
	while ((c = pl011_getc()) >= 0) {
		pl011_putc((char)c);
		received++;
	}
	for_nothing += received == before;
	gicv3_drop_priority(intid);
	gicv3_deactivate(intid);
}

static void print(void)
{
	unsigned int n;

	for (n = 0; n < UART_LINES; n++)
		guest_printf("line %u of %u\n", n, UART_LINES);
	for (n = 0; n < 256; n++)
		pl011_putc((char)n);
}

static void poll(void)
{
	unsigned int n;

	for (n = 0; n < UART_BYTES; n++) {
		int c;

		while ((c = pl011_getc()) < 0)
			;
		pl011_putc((char)c);
	}
}

static void wait_for_interrupts(void)
{
	uintptr_t gicr;

	guest_on_exception(handle_exception);
	if (gicv3_dist_init() || gicv3_cpu_init(&gicr))
		hvc(HVC_DONE, 2, 0, 0, 0);
	gicv3_enable_spi(INTID_UART, 0);
	pl011_interrupt_on_receive();
	irq_mask();
	while (received < UART_BYTES) {
		wfi();
		irq_unmask();
		isb();
		irq_mask();
	}
}

void guest_main(uint64_t x0)
{
	(void)x0;
	pl011_init();
	print();
	pl011_flush();
	hvc(HVC_REPORT, 0, 0, 0, 0);
	poll();
	hvc(HVC_REPORT, 0, 0, 0, 0);
	wait_for_interrupts();
	hvc(HVC_REPORT, interrupts, for_nothing, 0, 0);
}
