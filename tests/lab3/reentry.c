// SPDX-License-Identifier: MIT
/*
 * reentry.c - what is not done again: on re-entry of a vCPU the TLB keeps what it has, on a change of VMs
 * too, and FP is loaded when somebody else has used it. tlbi.sh counts the TLBIs of each phase under GDB.
 */
#include "puppet.h"

#include "drivers/console.h"
#include "mm/stage2_tlb.h"
#include "guest/guest.h"
#include "vmids.h"

#define ENTRIES		200
#define SWITCHES	50
#define PAGE_IPA	(RAM_BASE + 0x100000)

static struct guest a, b;
static struct vcpu second;		/* of A's VM */

/* Where GDB looks at its counts: a phase begins. */
void phase(unsigned int number);
__noinline void phase(unsigned int number)
{
	asm volatile("" :: "r"(number) : "memory");
}

static uint64_t *entry_of(struct stage2 *s2, uint64_t ipa)
{
	uint64_t *table = s2->root;
	int level = s2->config.start_level;

	/* Concatenated roots make one table with a larger index. */
	uint64_t index = ipa >> (39 - 9 * level);

	for (; level < 3; level++) {
		if (!(table[index] & 2))
			return NULL;
		table = (uint64_t *)(table[index] & 0x0000fffffffff000);
		index = ipa >> (39 - 9 * (level + 1)) & 511;
	}
	return &table[index];
}

static uint64_t read_page(void)
{
	return puppet(&a.vcpu, INSN_LDR, 0, PAGE_IPA).x0;
}

/*
 * A translation that is in the TLB, and in the table no more: as long as the guest gets the old page, no
 * TLB maintenance has been done. (No software may rely on that, but QEMU keeps what it has.)
 */
static void test_tlb_survives(void)
{
	uint64_t *page = guest_memory(&a, PAGE_IPA), *other = guest_memory(&a, PAGE_IPA + PAGE_SIZE), *entry;
	unsigned int n;

	stage2_protect(&a.vm.stage2, PAGE_IPA, PAGE_SIZE, STAGE2_R);	/* a page of its own */
	page[0] = 1;
	other[0] = 2;
	vcpu_bind(&a.vcpu);
	TAP_EQ(read_page(), 1, "a page is read", VMIDS);
	entry = entry_of(&a.vm.stage2, PAGE_IPA);
	TAP_OK(entry && (*entry & 1), "its entry is found", STAGE2);
	if (!entry)
		return;
	*entry += PAGE_SIZE;
	TAP_EQ(read_page(), 1, "the entry is changed behind the TLB's back: re-entry does not flush", VMIDS);
	phase(1);
	for (n = 0; n < ENTRIES; n++)
		puppet(&a.vcpu, INSN_NOP, 0, 0);
	phase(2);
	TAP_EQ(read_page(), 1, "nor do many more entries", VMIDS);
	stage2_tlb_flush_local();
	TAP_EQ(read_page(), 2, "after a flush the new page is read: this shows that the method works", VMIDS);
	*entry -= PAGE_SIZE;
	stage2_tlb_flush_local();
	vcpu_unbind(&a.vcpu);
}

static unsigned int vmid_now(void)
{
	return read_sysreg(VTTBR_EL2) >> 48;
}

static void test_vmids(void)
{
	unsigned int vmid_a, vmid_b, n, changed = 0;
	uint64_t flushes;

	vcpu_bind(&a.vcpu);
	vmid_a = vmid_now();
	TAP_EQ(read_sysreg(VTTBR_EL2) & 0x0000fffffffffffe, (uintptr_t)a.vm.stage2.root,
	       "VTTBR_EL2 has the VM's root while it is bound", STAGE2);
	vcpu_unbind(&a.vcpu);
	vcpu_bind(&b.vcpu);
	vmid_b = vmid_now();
	vcpu_unbind(&b.vcpu);
	TAP_OK(vmid_a && vmid_b, "VMID 0 is nobody's", VMIDS);
	TAP_OK(vmid_a != vmid_b, "each VM has a VMID of its own", VMIDS);

	flushes = a.vcpu.tlb_flushes + b.vcpu.tlb_flushes;
	phase(3);
	for (n = 0; n < SWITCHES; n++) {
		vcpu_bind(&a.vcpu);
		changed += vmid_now() != vmid_a;
		puppet(&a.vcpu, INSN_NOP, 0, 0);
		vcpu_unbind(&a.vcpu);
		vcpu_bind(&b.vcpu);
		changed += vmid_now() != vmid_b;
		puppet(&b.vcpu, INSN_NOP, 0, 0);
		vcpu_unbind(&b.vcpu);
	}
	phase(4);
	TAP_EQ(changed, 0, "and keeps it over many changes", VMIDS);
	TAP_EQ(a.vcpu.tlb_flushes + b.vcpu.tlb_flushes, flushes, "two VMs by turns: no flush", VMIDS);
	TAP_EQ(vmid_pool.rollovers, 0, "and no roll-over", VMIDS);
}

/* Two vCPUs of one VM on one CPU: to the guest they are CPUs with a TLB each. */
static void test_two_vcpus(void)
{
	static const struct vcpu_create_config create = { .mpidr = 1 };
	static const struct vcpu_setup_config setup;
	unsigned int n;

	vcpu_create(&second, 1, &create);
	vcpu_setup(&second, &setup);
	vcpu_set_entry(&second, GUEST_ENTRY);
	vcpu_set_stage2_root(&second, &a.vm.stage2);
	puppet_once(&a.vcpu, INSN_NOP, 0, 0);
	a.vcpu.tlb_flushes = 0;
	phase(5);
	for (n = 0; n < SWITCHES; n++) {
		puppet_once(&second, INSN_NOP, 0, 0);
		puppet_once(&a.vcpu, INSN_NOP, 0, 0);
		/* Another VM between them makes no difference: what is in the TLB stays there. */
		puppet_once(&b.vcpu, INSN_NOP, 0, 0);
		puppet_once(&a.vcpu, INSN_NOP, 0, 0);
	}
	phase(6);
	TAP_EQ(second.tlb_flushes, SWITCHES, "another vCPU of the VM: a local flush each time", VMIDS);
	TAP_EQ(a.vcpu.tlb_flushes, SWITCHES, "and back again; but not for the same one", VMIDS);
}

/* ---- FP ------------------------------------------------------------------------------------------------- */

static void use_fp(struct guest *guest, uint64_t value)
{
	puppet(&guest->vcpu, INSN_FMOV_TO, value, 0);
}

static uint64_t fp_of(struct guest *guest)
{
	return puppet(&guest->vcpu, INSN_FMOV_FROM, 0, 0).x0;
}

static bool fp_traps(void)
{
	return read_sysreg(CPTR_EL2) & BIT(10);
}

static void test_fp(void)
{
	uint64_t loads, saves;

	vcpu_bind(&a.vcpu);
	TAP_EQ(fp_traps(), true, "FP traps for a guest that has not used it yet", LAZY_FP);
	puppet(&a.vcpu, INSN_NOP, 0, 0);
	TAP_EQ(a.vcpu.fp_loads, 0, "one that does not use it has it never loaded", LAZY_FP);
	vcpu_unbind(&a.vcpu);
	TAP_EQ(a.vcpu.fp_saves, 0, "and never saved", LAZY_FP);

	vcpu_bind(&a.vcpu);
	use_fp(&a, 0xaaaa);
	TAP_EQ(fp_traps(), false, "it is used: from then on it does not trap", LAZY_FP);
	TAP_EQ(a.vcpu.fp_loads, 1, "it was loaded once", LAZY_FP);
	vcpu_unbind(&a.vcpu);
	TAP_EQ(a.vcpu.fp_saves, 1, "unbind saves it", LAZY_FP);
	TAP_EQ(a.vcpu.fp.v[0][0], 0xaaaa, "in struct vcpu, for another CPU to load", LAZY_FP);
	TAP_EQ(fp_traps(), true, "and lets it trap again", LAZY_FP);
	TAP_EQ(a.vcpu.fp_live, false, "it is not live while the vCPU is not bound", LAZY_FP);

	loads = a.vcpu.fp_loads;
	vcpu_bind(&b.vcpu);
	puppet(&b.vcpu, INSN_NOP, 0, 0);
	vcpu_unbind(&b.vcpu);
	vcpu_bind(&a.vcpu);
	TAP_EQ(fp_traps(), false, "nobody has used FP meanwhile: it is still there", LAZY_FP);
	TAP_EQ(fp_of(&a), 0xaaaa, "with its value", LAZY_FP);
	TAP_EQ(a.vcpu.fp_loads, loads, "and not loaded again", LAZY_FP);
	use_fp(&a, 0xaaab);
	vcpu_unbind(&a.vcpu);

	vcpu_bind(&b.vcpu);
	TAP_EQ(fp_traps(), true, "another guest: FP traps", LAZY_FP);
	TAP_EQ(fp_of(&b), 0, "it finds its own value, 0 at first, and not the other's", LAZY_FP);
	use_fp(&b, 0xbbbb);
	saves = b.vcpu.fp_saves;
	vcpu_unbind(&b.vcpu);
	TAP_EQ(b.vcpu.fp_saves, saves + 1, "unbind saves it", LAZY_FP);
	vcpu_bind(&a.vcpu);
	TAP_EQ(fp_traps(), true, "back in the first: somebody has used FP, so it traps", LAZY_FP);
	TAP_EQ(fp_of(&a), 0xaaab, "and its value comes back", LAZY_FP);
	TAP_EQ(a.vcpu.fp_loads, loads + 1, "by one load", LAZY_FP);
	vcpu_unbind(&a.vcpu);
	vcpu_bind(&b.vcpu);
	TAP_EQ(fp_of(&b), 0xbbbb, "as does the other's", LAZY_FP);
	vcpu_unbind(&b.vcpu);

	/* A new vCPU in the same memory is not the old one, which used FP here last. */
	vcpu_destroy(&second);
	puppet_once(&a.vcpu, INSN_FMOV_TO, 0x1111, 0);
	{
		static const struct vcpu_create_config create;
		static const struct vcpu_setup_config setup;
		struct vcpu *again = &a.vcpu;

		TAP_EQ(vcpu_destroy(again), 0, "a vCPU that has used FP is destroyed", LAZY_FP);
		vcpu_create(again, 0, &create);
		vcpu_setup(again, &setup);
		vcpu_set_entry(again, GUEST_ENTRY);
		vcpu_set_stage2_root(again, &a.vm.stage2);
		TAP_EQ(puppet_once(again, INSN_FMOV_FROM, 0, 0).x0, 0, "a new one in its place finds 0", LAZY_FP);
	}
}

void main(void)
{
	host_start();
	tap_plan(5 + 6 + 2 + 21 + RUN_FINDINGS_TESTS);
	GUEST_CREATE(&a, "guest A", program_puppet, 0, NULL);
	GUEST_CREATE(&b, "guest B", program_puppet, 0, NULL);
	test_tlb_survives();
	test_vmids();
	test_two_vcpus();
	test_fp();
	tap_run_findings();
	tap_done();
}
