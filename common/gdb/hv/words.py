# SPDX-License-Identifier: MIT
"""Registers in words: the CPU's state and a syndrome, as the panic screen has them."""

import gdb
import gdb.disassembler

from hv.fields import general
from hv.machine import current_level, register

LEVELS = ("user", "kernel", "hypervisor", "firmware")


def pstate_words(pstate):
    """Mode and masks, as in the panic screen: EL2h (hypervisor), D-IF masked."""
    if pstate & 16:
        mode = "AArch32, mode 0x%02x" % (pstate & 31)
    else:
        level = pstate >> 2 & 3
        mode = "EL%d%s (%s)" % (level, "h" if pstate & 1 else "t", LEVELS[level])
    masks = "".join(name if pstate >> bit & 1 else "-"
                    for name, bit in (("D", 9), ("A", 8), ("I", 7), ("F", 6)))
    return mode, masks + " masked"


def translation_words(level):
    """Whether the MMU is on; for a guest, both of its stages."""
    control = register("SCTLR" if level < 2 else "SCTLR_EL%d" % level)
    if control is None:
        return ""
    words = ("off", "on")
    hcr = register("HCR_EL2")
    if level < 2 and hcr is not None:
        return "stage 1 %s, stage 2 %s, " % (words[control & 1], words[hcr & 1])
    return "MMU %s, " % words[control & 1]


def cpu_words():
    thread = gdb.selected_thread()
    pstate = register("cpsr")
    if thread is None or pstate is None:
        return "the CPU's state is not known"
    mode, masks = pstate_words(pstate)
    return "CPU %d: %s, %s%s" % (thread.num - 1, mode, translation_words(current_level()), masks)


# ---- The syndrome in words ----------------------------------------------------------------------

def image_string(table, index):
    """A string of a table in the image, so that no name is written down twice. From the ELF file:
    the CPU may be somewhere where the hypervisor's memory is not mapped."""
    before = gdb.parameter("trust-readonly-sections")
    gdb.execute("set trust-readonly-sections on", to_string=True)
    try:
        text = gdb.parse_and_eval("'esr.c'::%s[%d]" % (table, index))
        return text.string() if int(text) else "Reserved"
    except (gdb.error, ValueError):
        return "(this image has no names for it)"
    finally:
        gdb.execute("set trust-readonly-sections %s" % ("on" if before else "off"), to_string=True)


def esr_words(esr):
    ec, iss = esr >> 26 & 0x3f, esr & 0x1ffffff
    words = [image_string("ec_names", ec)]
    if ec in (0x24, 0x25):
        words.append("write" if iss >> 6 & 1 else "read")
        if iss >> 24 & 1:
            register_number = iss >> 16 & 31
            words[-1] += " of %d byte%s, register %s" % (
                1 << (iss >> 22 & 3), "s" if iss >> 22 & 3 else "",
                "xzr" if register_number == 31 else "x%d" % register_number)
    if ec in (0x20, 0x21, 0x24, 0x25):
        words.append(image_string("fsc_names", iss & 0x3f))
        if iss >> 7 & 1:
            words.append("on a stage 1 table walk")
    if ec in (0x12, 0x15, 0x16, 0x17, 0x38, 0x3c):
        words.append("#%d" % (iss & 0xffff))
    if ec in (0x01, 0x03, 0x04, 0x05, 0x0c, 0x18, 0x1a):
        words.append(esr_instruction(esr))
    return "EC 0x%02x, IL %d, ISS 0x%07x: %s" % (ec, esr >> 25 & 1, iss, ", ".join(words))


# ---- Shorter: what an exit was ------------------------------------------------------------------

class OneWord(gdb.disassembler.DisassembleInfo):
    """An instruction that need not be anywhere in memory."""
    word = 0

    def read_memory(self, length, offset):
        return OneWord.word.to_bytes(4, "little")[offset:offset + length]


class Substitute(gdb.disassembler.Disassembler):
    def __init__(self):
        super().__init__("el2labs")

    def __call__(self, info):
        return gdb.disassembler.builtin_disassemble(OneWord(info))


def disassemble_word(word):
    """A 32-bit word of A64 as GDB's disassembler spells it, from no memory at all."""
    OneWord.word = word
    before = gdb.disassembler.register_disassembler(Substitute())
    try:
        architecture = gdb.selected_inferior().architecture()
        return architecture.disassemble(register("pc") or 0)[0]["asm"].replace("\t", " ")
    except (gdb.error, gdb.MemoryError):
        return ".inst 0x%08x" % word
    finally:
        gdb.disassembler.register_disassembler(before)


# What binutils 2.40 has no names for, and a hypervisor meets: of 3_4, by CRn, CRm, Op2.
UNNAMED = {(12, 8 + n // 4, n % 4): "ich_ap%dr%d_el2" % (n // 4, n % 4) for n in range(8)}
UNNAMED.update({(12, 12 + n // 8, n % 8): "ich_lr%d_el2" % n for n in range(16)})
UNNAMED.update({(12, 11, n): "ich_%s_el2" % name for n, name in (
    (0, "hcr"), (1, "vtr"), (2, "misr"), (3, "eisr"), (5, "elrsr"), (7, "vmcr"))})


def system_instruction(iss):
    """The instruction of an EC 0x18 syndrome: "msr icc_sgi1r_el1, x3". The ISS has all of it."""
    op0, op2, op1, crn = iss >> 20 & 3, iss >> 17 & 7, iss >> 14 & 7, iss >> 10 & 15
    rt, crm, read = iss >> 5 & 31, iss >> 1 & 15, iss & 1
    text = disassemble_word(0xd5000000 | read << 21 | op0 << 19 | op1 << 16 | crn << 12 | crm << 8 |
                            op2 << 5 | rt)
    if (op0, op1) == (3, 4) and (crn, crm, op2) in UNNAMED:
        name = UNNAMED[crn, crm, op2]
        return "mrs %s, %s" % (general(rt), name) if read else "msr %s, %s" % (name, general(rt))
    return text


def coprocessor_instruction(ec, iss):
    """Of AArch32: "mrc p15, 0, r3, c1, c0, 0"."""
    number = {0x03: 15, 0x04: 15, 0x05: 14, 0x0c: 14}[ec]
    if ec in (0x04, 0x0c):
        return "%s p%d, %d, r%d, r%d, c%d" % (
            "mrrc" if iss & 1 else "mcrr", number, iss >> 16 & 15, iss >> 5 & 31, iss >> 10 & 31,
            iss >> 1 & 15)
    return "%s p%d, %d, r%d, c%d, c%d, %d" % (
        "mrc" if iss & 1 else "mcr", number, iss >> 14 & 7, iss >> 5 & 31, iss >> 10 & 15,
        iss >> 1 & 15, iss >> 17 & 7)


INSTRUCTIONS = {0x11: "SVC", 0x12: "HVC", 0x13: "SMC", 0x15: "SVC", 0x16: "HVC", 0x17: "SMC",
                0x38: "BKPT", 0x3c: "BRK"}


TRAPPED = {0x07: "SIMD and FP access trapped", 0x19: "SVE access trapped",
           0x1d: "SME access trapped"}


def esr_instruction(esr):
    """The instruction that a syndrome tells of, or "": "HVC #2", "mrs x3, vbar_el1", "WFI"."""
    ec, iss = esr >> 26 & 0x3f, esr & 0x1ffffff
    if ec in INSTRUCTIONS:
        return INSTRUCTIONS[ec] if ec == 0x13 else "%s #%d" % (INSTRUCTIONS[ec], iss & 0xffff)
    if ec == 0x01:
        return ("WFI", "WFE", "WFIT", "WFET")[iss & 3]
    if ec == 0x18:
        return system_instruction(iss)
    if ec in (0x03, 0x04, 0x05, 0x0c):
        return coprocessor_instruction(ec, iss)
    if ec == 0x1a:
        return ("ERET", "ERET", "ERETAA", "ERETAB")[iss & 3]
    return ""


def esr_short(esr, ipa=None):
    """A synchronous exception in a few words. ipa: of an abort of the guest's, if it is known."""
    ec, iss = esr >> 26 & 0x3f, esr & 0x1ffffff
    instruction = esr_instruction(esr)
    if instruction:
        return instruction
    if ec in (0x24, 0x25):
        words = "Data Abort, %s" % ("write" if iss >> 6 & 1 else "read")
        if iss >> 24 & 1:
            words += " of %d" % (1 << (iss >> 22 & 3))
    elif ec in (0x20, 0x21):
        words = "Instruction Abort"
    else:
        return TRAPPED.get(ec) or image_string("ec_names", ec)
    if ipa is not None and ec in (0x20, 0x24):
        words += " at IPA 0x%x" % ipa
    return "%s, %s" % (words, image_string("fsc_names", iss & 0x3f))
