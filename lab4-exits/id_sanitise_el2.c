// SPDX-License-Identifier: MIT
/* id_sanitise_el2.c - this CPU's identification registers, read; and what a guest sees of them. */
#include "id_sanitise.h"

#include "arch/sysreg.h"
#include "drivers/console.h"

/* A register's number is part of the instruction. Encodings that are reserved in this group read as 0. */
#define READ_ID(ids, crm, op2)	((ids)->value[crm][op2] = read_sysreg(S3_0_C0_C##crm##_##op2))
#define READ_IDS(ids, crm)                                                                       \
	(READ_ID(ids, crm, 0), READ_ID(ids, crm, 1), READ_ID(ids, crm, 2), READ_ID(ids, crm, 3), \
	 READ_ID(ids, crm, 4), READ_ID(ids, crm, 5), READ_ID(ids, crm, 6), READ_ID(ids, crm, 7))

void id_registers_hardware(struct guest_ids *hardware)
{
	*hardware = (struct guest_ids){ 0 };
	READ_IDS(hardware, 1);
	READ_IDS(hardware, 2);
	READ_IDS(hardware, 3);
	READ_IDS(hardware, 4);
	READ_IDS(hardware, 5);
	READ_IDS(hardware, 6);
	READ_IDS(hardware, 7);
}

void guest_ids_read(struct guest_ids *ids, unsigned int ipa_bits)
{
	struct guest_ids hardware;

	id_registers_hardware(&hardware);
	guest_ids_make(ids, &hardware, ipa_bits);
}

void guest_ids_print(const struct guest_ids *ids)
{
	struct guest_ids hardware;
	unsigned int n;

	id_registers_hardware(&hardware);
	printf("  %-18s %-18s %s\n", "Register", "the CPU's", "the guest's");
	for (n = 0; n < id_register_count; n++) {
		const struct id_register *reg = &id_registers[n];

		if (hardware.value[reg->crm][reg->op2])
			printf("  %-18s 0x%016lx 0x%016lx\n", reg->name,
			       hardware.value[reg->crm][reg->op2], ids->value[reg->crm][reg->op2]);
	}
}
