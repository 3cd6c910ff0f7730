// SPDX-License-Identifier: MIT
/*
 * main.c - the host program of lab 1: what a hypervisor does that has only just arrived at EL2.
 */
#include "arch/cpu.h"
#include "arch/layout.h"
#include "arch/psci.h"
#include "drivers/console.h"
#include "drivers/fw_cfg.h"
#include "entry.h"
#include "exception.h"
#include "features.h"
#include "lib/errno.h"
#include "probe.h"
#include "provoke.h"

static bool answer_brk(struct el2_frame *frame, unsigned int immediate)
{
	printf("  BRK #%u taken at 0x%lx: answered, and on we go\n", immediate, frame->elr);
	frame->x[0] = immediate + 1;
	return true;
}

/* A BRK, handled: the handler sees the interrupted registers and may change them. */
static void show_brk(void)
{
	uint64_t answer;

	printf("\nAn exception that returns:\n");
	el2_set_brk_handler(answer_brk);
	asm volatile("brk #41\n\tmov %0, x0" : "=r"(answer) :: "x0");
	el2_set_brk_handler(NULL);
	printf("  resumed behind it, with x0 = %lu from the handler\n", answer);
}

/* A read that may fault, and does. */
static void show_probe(void)
{
	uint64_t value = 0;
	int error;

	printf("\nProbing reads:\n");
	error = probe_read64(HYP_BASE, &value);
	printf("  0x%x: %s\n", HYP_BASE, error ? "fault" : "readable");
	error = probe_read64(RAM_BASE, &value);
	printf("  0x%x: %s, because the hypervisor maps only what is its own\n", RAM_BASE,
	       error == -EFAULT ? "fault, survived" : "readable");
}

void main(void)
{
	const char *lacking, *panic;

	console_init();
	printf("EL2 Labs, lab 1: EL2 entry and vectors\n");
	printf("Running at EL%u, MMU and caches on, vectors at 0x%lx\n\n", current_el(),
	       read_sysreg(VBAR_EL2));

	hw_features_print();
	if (!has_hardware_support(&lacking)) {
		printf("el2labs: no hypervisor can run here: %s\n", lacking);
		goto off;
	}
	printf("A hypervisor can run here: yes\n");

	panic = bootarg("panic");
	if (panic) {
		provoke(panic);
		goto off;
	}
	show_brk();
	show_probe();
	printf("\nDone. Powering off.\n");
off:
	console_flush();
	psci_system_off();
}
