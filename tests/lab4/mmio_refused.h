/* SPDX-License-Identifier: MIT */
/*
 * mmio_refused.h - what a device does not answer: as mmio_forms.h, with the fault status that the guest
 * gets instead of the number of pieces.
 */
FORM(ALWAYS, FSC_EXCLUSIVE, ldxr x2, [x1])
FORM(ALWAYS, FSC_EXCLUSIVE, ldxrb w2, [x1])
FORM(ALWAYS, FSC_EXCLUSIVE, ldaxr w2, [x1])
FORM(ALWAYS, FSC_EXCLUSIVE, ldxp x2, x3, [x1])
FORM(ALWAYS, FSC_EXCLUSIVE, ldaxp w2, w3, [x1])
FORM(LSE, FSC_EXCLUSIVE, cas x2, x3, [x1])
FORM(LSE, FSC_EXCLUSIVE, casalb w2, w3, [x1])
FORM(LSE, FSC_EXCLUSIVE, casp x2, x3, x12, x13, [x1])
FORM(LSE, FSC_EXCLUSIVE, ldadd x2, x3, [x1])
FORM(LSE, FSC_EXCLUSIVE, ldclralh w2, w3, [x1])
FORM(LSE, FSC_EXCLUSIVE, ldsmin w2, w3, [x1])
FORM(LSE, FSC_EXCLUSIVE, stset x2, [x1])
FORM(LSE, FSC_EXCLUSIVE, swp x2, x3, [x1])
FORM(LSE, FSC_EXCLUSIVE, swpab w2, w3, [x1])
FORM(ALWAYS, FSC_EXTERNAL, ld1 {v2.16b}, [x1])
FORM(ALWAYS, FSC_EXTERNAL, ld1 {v2.b}[3], [x1], #1)
FORM(ALWAYS, FSC_EXTERNAL, ld4r {v2.2d, v3.2d, v4.2d, v5.2d}, [x1])
FORM(ALWAYS, FSC_EXTERNAL, st1 {v2.4s, v3.4s}, [x1], #32)
FORM(ALWAYS, FSC_EXTERNAL, st3 {v2.8h, v3.8h, v4.8h}, [x1])

/* CONSTRAINED UNPREDICTABLE: Undefined here. LDR x1, [x1], #8; LDP x2, x2, [x1]. */
FORM(ALWAYS, 0, .inst 0xf8408421)
FORM(ALWAYS, 0, .inst 0xa9400822)
