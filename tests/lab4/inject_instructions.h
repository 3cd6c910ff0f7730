/* SPDX-License-Identifier: MIT */
/*
 * inject_instructions.h - what the guest of inject.c executes: its code (inject_guest.S) and the names of its
 * instructions are both made from these lines. Each has 16 bytes, with a supervisor call behind it.
 */

/* Undefined on every CPU: the hardware takes it to EL1. */
A64(A64_UDF, .inst 0)
/* Undefined by the hypervisor, or by the CPU: SMC at EL1, the PMU, what is IMPLEMENTATION DEFINED, SVE. */
A64(A64_SMC, smc #0)
A64(A64_PMU, mrs x0, PMCR_EL0)
A64(A64_IMPDEF, mrs x0, S3_0_C11_C3_0)
A64(A64_SVE, .inst 0x0420e3e0)			/* cntb x0 */
A64(A64_LDR, ldr x2, [x1])
A64(A64_STR, str x2, [x1])
A64(A64_LDP, ldp x2, x3, [x1])
A64(A64_STP, stp x2, x3, [x1])
A64(A64_BR, br x1)
A64(A64_NOP, nop)
A64(A64_WFI, wfi)
A64(A64_ISR, mrs x2, ISR_EL1)
A64(A64_LOOP, b .)

/* AArch32: words of A32; two halves of T32, the first one in the low half. */
A32(A32_UDF, 0xe7f000f0)			/* udf #0 */
A32(A32_PMU, 0xee190f1c)			/* mrc p15, 0, r0, c9, c12, 0: PMCR */
A32(A32_PMU_WRITE, 0xee090f1c)			/* mcr of the same */
A32(A32_PMU_NE, 0x1e190f1c)			/* mrcne */
A32(A32_TIMER, 0xee1e0f32)			/* mrc p15, 0, r0, c14, c2, 1: CNTP_CTL */
A32(A32_TIMER64, 0xec510f2e)			/* mrrc p15, 2, r0, r1, c14: CNTP_CVAL */
A32(A32_DEBUG, 0xee100e10)			/* mrc p14, 0, r0, c0, c0, 0: DBGDIDR */
A32(A32_LDR, 0xe5912000)			/* ldr r2, [r1] */
A32(A32_WFI, 0xe320f003)
A32(A32_NOP, 0xe320f000)
T32(T32_UDF, 0xbf00de00)			/* udf #0; nop */
T32(T32_PMU, 0x0f1cee19)
T32(T32_TIMER, 0x0f32ee1e)
T32(T32_TIMER64, 0x0f2eec51)
T32(T32_DEBUG, 0x0e10ee10)
T32(T32_LDR, 0xbf00680a)			/* ldr r2, [r1]; nop */
T32(T32_WFI, 0xdf00bf30)			/* wfi; svc #0 */
