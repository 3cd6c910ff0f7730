/* SPDX-License-Identifier: MIT */
/*
 * mmio_forms32.h - the same for AArch32 programs at EL0, of which this assembler knows nothing: words for
 * A32, a word of two halves for T32 (the first instruction in the low half; NOP fills the rest).
 *
 *   A32(pieces, word, the instruction)     T32(pieces, word, the instruction)
 *
 * Base r1, index r4 (0x18), data r2 and r3. No pieces: no register is named by the syndrome, and the guest
 * gets an External abort.
 */
A32(1, 0xe5912000, "ldr r2, [r1]")
A32(1, 0xe5912008, "ldr r2, [r1, #8]")
A32(1, 0xe5112004, "ldr r2, [r1, #-4]")
A32(1, 0xe7912004, "ldr r2, [r1, r4]")
A32(1, 0xe5d12001, "ldrb r2, [r1, #1]")
A32(1, 0xe1d120b2, "ldrh r2, [r1, #2]")
A32(1, 0xe1d120d1, "ldrsb r2, [r1, #1]")
A32(1, 0xe1d120f2, "ldrsh r2, [r1, #2]")
A32(1, 0xe5812004, "str r2, [r1, #4]")
A32(1, 0xe5c12001, "strb r2, [r1, #1]")
A32(1, 0xe1c120b2, "strh r2, [r1, #2]")
A32(1, 0xe591e000, "ldr lr, [r1]")
T32(1, 0xbf00680a, "ldr r2, [r1]")
T32(1, 0xbf00684a, "ldr r2, [r1, #4]")
T32(1, 0xbf00590a, "ldr r2, [r1, r4]")
T32(1, 0xbf00784a, "ldrb r2, [r1, #1]")
T32(1, 0xbf00884a, "ldrh r2, [r1, #2]")
T32(1, 0xbf00570a, "ldrsb r2, [r1, r4]")
T32(1, 0xbf005f0a, "ldrsh r2, [r1, r4]")
T32(1, 0xbf00604a, "str r2, [r1, #4]")
T32(1, 0xbf00704a, "strb r2, [r1, #1]")
T32(1, 0xbf00804a, "strh r2, [r1, #2]")
T32(1, 0x2004f8d1, "ldr.w r2, [r1, #4]")
T32(1, 0x2001f991, "ldrsb.w r2, [r1, #1]")
T32(1, 0x2002f8a1, "strh.w r2, [r1, #2]")
A32(0, 0xe4912004, "ldr r2, [r1], #4")
A32(0, 0xe4812004, "str r2, [r1], #4")
A32(0, 0xe1c120d0, "ldrd r2, r3, [r1]")
A32(0, 0xe891000c, "ldm r1, {r2, r3}")
A32(0, 0xe881000c, "stm r1, {r2, r3}")
A32(0, 0xe1912f9f, "ldrex r2, [r1]")
A32(0, 0xed912b00, "vldr d2, [r1]")
T32(0, 0x000ce891, "ldm.w r1, {r2, r3}")
