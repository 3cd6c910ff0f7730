// SPDX-License-Identifier: MIT
#include "vm_console.h"

#include "drivers/console.h"
#include "drivers/pl011.h"

static struct {
	struct guest_vm *vms;
	unsigned int count;
	unsigned int focus;		/* who has the input */
	struct spinlock lock;		/* of those below */
	const struct guest_vm *writer;	/* whose line it is, while one is incomplete */
} console;

static void put_alone(struct machine *machine, uint8_t c)
{
	(void)machine;
	/* The guest makes its own ends of lines. */
	pl011_putc((char)c);
}

static void put_shared(struct machine *machine, uint8_t c)
{
	const struct guest_vm *vm = container_of(machine, struct guest_vm, machine);
	uint64_t daif = spin_lock_irqsave(&console.lock);

	if (c != '\r') {
		if (console.writer != vm)
			printf("%s%s| ", console.writer ? "\n" : "", machine->vm.name);
		printf("%c", c);
		console.writer = c == '\n' ? NULL : vm;
	}
	spin_unlock_irqrestore(&console.lock, daif);
}

void vm_console_init(struct guest_vm *vms, unsigned int count)
{
	unsigned int n;

	console.vms = vms;
	console.count = count;
	console.focus = 0;
	console.writer = NULL;
	spin_init(&console.lock);
	for (n = 0; n < count; n++)
		vms[n].machine.put = count == 1 ? put_alone : put_shared;
}

static void move_on(void)
{
	console.focus = (console.focus + 1) % console.count;
	printf("\n[input: %s]\n", console.vms[console.focus].machine.vm.name);
}

void vm_console_read(void)
{
	int c;

	while ((c = pl011_getc()) >= 0) {
		if (!console.count)
			continue;
		if (c == VM_CONSOLE_NEXT && console.count > 1)
			move_on();
		else
			guest_vm_input(&console.vms[console.focus], (uint8_t)c);
	}
}
