// SPDX-License-Identifier: MIT
/*
 * fuzz_vgic.c - guests that do anything at all with the virtual GIC, in any order: what must hold of it
 * all the time (check_state() and check_choice() in vgic_machine.h), and that it never hangs.
 *
 * The input is a program for up to eight vCPUs: a byte says what, the next ones with what. A target for
 * libFuzzer: make -C tests/lab4 fuzz.
 * Without it, fuzz_main.c feeds it random bytes: make check.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../common/vgic_machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned int steps;

/* Where it stops, the fuzzer keeps the input. */
static void wrong(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "step %u: ", steps);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	abort();
}

static const uint8_t *input, *input_end;

static unsigned int byte(void)
{
	return input < input_end ? *input++ : 0;
}

static uint32_t word(void)
{
	uint32_t value = byte();

	value |= byte() << 8;
	value |= byte() << 16;
	return value | (uint32_t)byte() << 24;
}

/* ---- What a guest can do ---------------------------------------------------------------------- */

/* A register that is one, more often than not; or anything. */
static uint32_t offset_of(unsigned int what)
{
	static const uint16_t arrays[] = {
		0x080, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380, 0x400, 0xc00, 0x000,
	};
	uint32_t offset = word();

	if (what % 16 < 10)
		return arrays[what % 16] + offset % 0x80 / 4 * 4;
	if (what % 16 < 12)
		return 0x6100 + offset % 96 * 8;
	return offset;
}

static void access(unsigned int cpu)
{
	unsigned int what = byte(), owner = byte() % 9;
	unsigned int size = what < 128 ? 4 : 1U << what / 16 % 4;
	uint32_t offset = offset_of(what);
	uint64_t value = word();

	if (byte() % 4 == 0)
		value = ~UINT64_C(0);
	if (byte() % 2)
		offset += owner * 0x20000 + (byte() % 4 ? 0x10000 : 0);
	else
		owner = 9;
	if (owner == 9 && byte() % 4)
		vgic_dist_write(&machine.gic, cpu, offset, size, value);
	else if (owner == 9)
		vgic_dist_read(&machine.gic, cpu, offset, size, &value);
	else if (byte() % 4)
		vgic_redist_write(&machine.gic, cpu, offset, size, value);
	else
		vgic_redist_read(&machine.gic, cpu, offset, size, &value);
}

/* What was acknowledged, by right; or any INTID, by wrong. */
static unsigned int any_active(unsigned int cpu)
{
	unsigned int choice = byte(), n = choice % machine.cpus[cpu].count;

	if (choice < 200 && (lr_state(machine.cpus[cpu].lr[n]) & ACTIVE))
		return lr_intid(machine.cpus[cpu].lr[n]);
	return choice;
}

static void step(void)
{
	unsigned int what = byte(), cpu = what / 32 % machine.gic.cpu_count, intid;

	switch (what % 32) {
	default:
		access(cpu);
		break;
	case 10:
	case 11:
		vgic_send_sgi(&machine.gic, cpu, byte() % 3, word() | (uint64_t)word() << 32);
		break;
	case 12:
	case 13:
		vgic_send_sgi(&machine.gic, cpu, VGIC_SGI1R, (byte() & 15) << 24 | byte());
		break;
	case 14:
	case 15:
	case 16:
		/* The host's: it knows that a linked one has its own way. */
		intid = byte();
		if (intid != TIMER)
			vgic_set_level(&machine.gic, cpu, intid, byte() & 1);
		break;
	case 17:
		intid = byte();
		if (intid != TIMER)
			vgic_pulse(&machine.gic, cpu, intid);
		break;
	case 18:
	case 19:
		machine.timer_line[cpu] = byte() & 1;
		break;
	case 20:
	case 21:
	case 22:
	case 23:
		acknowledge(&machine.cpus[cpu]);
		break;
	case 24:
	case 25:
		end_of_interrupt(&machine.cpus[cpu], any_active(cpu), byte() & 1);
		break;
	case 26:
		intid = any_active(cpu);
		if (deactivate(&machine.cpus[cpu], intid) && eoi_mode(&machine.cpus[cpu]))
			vgic_deactivate(&machine.gic, cpu, intid);
		break;
	case 27:
		machine.cpus[cpu].vmcr = (uint64_t)byte() << 24 | (byte() & 1) << 9 | (byte() & 3);
		break;
	case 28:
		/* It leaves its CPU, and waits. */
		sync_cpu(cpu);
		pull(cpu);
		vgic_wants_cpu(&machine.gic, cpu, (uint8_t)byte(), byte() & 1, byte() & 1);
		machine.dirty[cpu] = true;
		break;
	case 29:
		vgic_irq_state(&machine.gic, cpu, byte() % VGIC_INTIDS);
		break;
	case 30:
		settle(cpu);
		break;
	case 31:
		sync_cpu(cpu);
		break;
	}
	if (byte() % 4)
		settle(cpu);
	steps++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int cpus, lrs;

	input = data;
	input_end = data + size;
	steps = 0;
	cpus = 1 + byte() % 8;
	lrs = 1 + byte() % 16;
	machine_init(cpus, lrs, NULL);
	for (unsigned int n = 0; n < cpus; n++)
		machine.cpus[n].any_order = true;
	if (byte() % 8)
		machine_start();
	while (input < input_end)
		step();
	for (unsigned int n = 0; n < cpus; n++)
		settle(n);
	check_state();
	if (spin_is_locked(&machine.gic.lock))
		wrong("the lock is held");
	return 0;
}
