/* SPDX-License-Identifier: MIT */
/*
 * vm_console.h - one UART for all VMs. One VM has it for itself, character by character. Of several, each
 * line comes in one piece and says whose it is, and what is typed goes to one of them; Ctrl-T moves on to the
 * next. Of the VM that has the input, a piece of a line is shown when it waits: it is a prompt then.
 */
#ifndef LAB5_VM_CONSOLE_H
#define LAB5_VM_CONSOLE_H

#include "guest_vm.h"

#define VM_CONSOLE_NEXT		0x14	/* Ctrl-T */

/* vm_console_init - vms[0] to vms[count - 1] share the UART; the first has the input. They stay in use. */
void vm_console_init(struct guest_vm *vms, unsigned int count);

/* vm_console_idle - a vCPU of this VM waits: what it has written so far is for somebody to read. */
void vm_console_idle(struct guest_vm *vm);

/* vm_console_read - for the UART's interrupt: what was typed, to whom it is for. */
void vm_console_read(void);

#endif
