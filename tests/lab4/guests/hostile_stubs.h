/* SPDX-License-Identifier: MIT */
/*
 * hostile_stubs.h - single instructions, each with a name: x1 is the address, x2 and x3 are
 * values. Spelt as the oldest assembler takes them; a CPU without the instruction finds it
 * UNDEFINED, which is as good.
 */
#ifndef TESTS_LAB4_HOSTILE_STUBS_H
#define TESTS_LAB4_HOSTILE_STUBS_H

/* Those that stand for an exception class. */
#define STUBS_CLASSES(X)					\
	X(UDF, udf 7)						\
	X(SVC, svc 5)						\
	X(HVC, hvc 99)						\
	X(SMC, smc 5)						\
	X(BRK, brk 5)						\
	X(HLT, hlt 5)						\
	X(ERET, eret)						\
	X(BR, br x1)						\
	X(LDR_SP, ldr x2, [sp])					\
	X(NOP, nop)						\
	X(WFI, wfi)						\
	X(WFE, wfe)						\
	X(FMOV, fmov d0, x2)					\
	X(SVE, .inst 0x2518e3e0)	/* ptrue p0.b */	\
	X(SME, .inst 0xd503477f)	/* smstart */		\
	X(PACIASP, .inst 0xd503233f)				\
	X(MRS_ID, mrs x2, ID_AA64PFR0_EL1)			\
	X(MRS_CTR, mrs x2, CTR_EL0)				\
	X(MSR_IMPDEF, msr S3_0_C15_C2_0, x2)			\
	X(MSR_SGI, msr S3_0_C12_C11_5, x2)			\
	X(AT, at s1e1r, x1)					\
	X(TLBI, tlbi vmalle1)					\
	X(DC_CISW, dc cisw, x2)					\
	X(LDR, ldr x2, [x1])					\
	X(STR, str x2, [x1])

/* Accesses, for a device or for anything else. */
#define STUBS_MMIO(X)						\
	X(LDRB, ldrb w2, [x1])					\
	X(LDRH, ldrh w2, [x1])					\
	X(LDRW, ldr w2, [x1])					\
	X(LDRX, ldr x2, [x1])					\
	X(STRB, strb w2, [x1])					\
	X(STRH, strh w2, [x1])					\
	X(STRW, str w2, [x1])					\
	X(STRX, str x2, [x1])					\
	X(LDRSB, ldrsb x2, [x1])				\
	X(LDRSH, ldrsh w2, [x1])				\
	X(LDRSW, ldrsw x2, [x1])				\
	X(LDRXZR, ldr xzr, [x1])				\
	X(STRXZR, str xzr, [x1])				\
	X(LDUR, ldur x2, [x1, -3])				\
	X(LDP, ldp x2, x3, [x1])				\
	X(LDPW, ldp w2, w3, [x1], 8)				\
	X(LDPSW, ldpsw x2, x3, [x1, 8]!)			\
	X(STP, stp x2, x3, [x1])				\
	X(STPW, stp w2, w3, [x1, -8]!)				\
	X(POST, ldr w2, [x1], 4)				\
	X(PRE, str w2, [x1, 4]!)				\
	X(REGISTER, ldr w2, [x1, w3, uxtw])			\
	X(LDRQ, ldr q1, [x1])					\
	X(STRQ, str q1, [x1])					\
	X(LDPQ, ldp q1, q2, [x1])				\
	X(STRD, str d1, [x1], 8)				\
	X(LDRFB, ldr b1, [x1])					\
	X(LDXR, ldxr w2, [x1])					\
	X(STXR, stxr w3, x2, [x1])				\
	X(LDXP, ldxp x2, x3, [x1])				\
	X(LDAR, ldar w2, [x1])					\
	X(STLR, stlr x2, [x1])					\
	X(LDADD, .inst 0xb8230022)	/* ldadd w3, w2, [x1] */ \
	X(SWP, .inst 0xf8238022)	/* swp x3, x2, [x1] */	\
	X(CAS, .inst 0x88a37c22)	/* cas w3, w2, [x1] */	\
	X(LDAPR, .inst 0xb8bfc022)	/* ldapr w2, [x1] */	\
	X(LD1, ld1 {v1.16b}, [x1])				\
	X(ST4, st4 {v1.4s, v2.4s, v3.4s, v4.4s}, [x1])		\
	X(LDTR, ldtr w2, [x1])					\
	X(STTR, sttr x2, [x1])					\
	X(PRFM, prfm pldl1keep, [x1])				\
	X(DC_CIVAC, dc civac, x1)				\
	X(DC_CVAC, dc cvac, x1)					\
	X(DC_IVAC, dc ivac, x1)					\
	X(DC_ZVA, dc zva, x1)					\
	X(IC_IVAU, ic ivau, x1)					\
	X(FETCH, br x1)

#define STUBS(X)	STUBS_CLASSES(X) STUBS_MMIO(X)

#ifndef __ASSEMBLER__

#define STUB_NUMBER(name, ...)	STUB_##name,
enum stub { STUBS(STUB_NUMBER) STUB_COUNT };
#define STUB_MMIO_FIRST		STUB_LDRB

/* They lie one after the other, STUB_SIZE bytes each. */
extern const char hostile_stubs[];

#endif
#endif
