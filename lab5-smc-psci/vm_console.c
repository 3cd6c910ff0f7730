// SPDX-License-Identifier: MIT
#include "vm_console.h"

#include "drivers/console.h"
#include "drivers/pl011.h"
#include "drivers/timer.h"

#define RETRY_US	2000

/* A VM's line, until it is complete. */
struct line {
	char text[128];
	unsigned int length;
};

static struct {
	struct guest_vm *vms;
	unsigned int count;
	unsigned int focus;		/* who has the input */
	struct spinlock lock;		/* of those below */
	struct line lines[MACHINE_CPUS_MAX];
	const struct line *open;	/* whose piece the UART's last line is, if it is one */
} console;

/*
 * What was typed, and is still to be taken: a guest's UART has room for 16 characters, and a line that is
 * pasted is longer. Of the CPU that has the UART's interrupt.
 */
static struct {
	char text[256];
	unsigned int first, count;
	struct timeout retry;
} typed;

static void put_alone(struct machine *machine, uint8_t c)
{
	(void)machine;
	/* The guest makes its own ends of lines. */
	pl011_putc((char)c);
}

/* What there is of a line, behind the name of its VM. The lock is held. */
static void show(const struct guest_vm *vm, struct line *line, bool complete)
{
	if (console.open && console.open != line)
		printf("\n");
	if (console.open != line)
		printf("%s| ", vm->machine.vm.name);
	printf("%.*s%s", (int)line->length, line->text, complete ? "\n" : "");
	console.open = complete ? NULL : line;
	line->length = 0;
}

static void put_shared(struct machine *machine, uint8_t c)
{
	const struct guest_vm *vm = container_of(machine, struct guest_vm, machine);
	struct line *line = &console.lines[vm->number];
	uint64_t daif = spin_lock_irqsave(&console.lock);

	if (c == '\n' || line->length == sizeof(line->text))
		show(vm, line, true);
	if (c != '\n' && c != '\r')
		line->text[line->length++] = (char)c;
	spin_unlock_irqrestore(&console.lock, daif);
}

void vm_console_idle(struct guest_vm *vm)
{
	struct line *line = &console.lines[vm->number];
	uint64_t daif;

	if (console.count < 2 || vm->number != console.focus || !*(volatile unsigned int *)&line->length)
		return;
	daif = spin_lock_irqsave(&console.lock);
	if (line->length)
		show(vm, line, false);
	spin_unlock_irqrestore(&console.lock, daif);
}

void vm_console_init(struct guest_vm *vms, unsigned int count)
{
	unsigned int n;

	console.vms = vms;
	console.count = count;
	console.focus = 0;
	console.open = NULL;
	spin_init(&console.lock);
	for (n = 0; n < count; n++)
		vms[n].machine.put = count == 1 ? put_alone : put_shared;
}

/* What is left for the one who had the input is for nobody. */
static void move_on(void)
{
	typed.count = 0;
	console.focus = (console.focus + 1) % console.count;
	printf("\n[input: %s]\n", console.vms[console.focus].machine.vm.name);
}

/* As much as there is room for, and the rest in a moment. */
static void pass_on(struct timeout *timeout)
{
	for (; typed.count; typed.count--) {
		if (!guest_vm_input(&console.vms[console.focus], (uint8_t)typed.text[typed.first])) {
			timeout_set(timeout, timer_deadline_us(RETRY_US), pass_on);
			return;
		}
		typed.first = (typed.first + 1) % sizeof(typed.text);
	}
}

void vm_console_read(void)
{
	int c;

	while ((c = pl011_getc()) >= 0) {
		if (c == VM_CONSOLE_NEXT && console.count > 1)
			move_on();
		else if (console.count && typed.count < sizeof(typed.text))
			typed.text[(typed.first + typed.count++) % sizeof(typed.text)] = (char)c;
	}
	pass_on(&typed.retry);
}
