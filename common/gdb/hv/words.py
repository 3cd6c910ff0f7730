# SPDX-License-Identifier: MIT
"""Registers in words: the CPU's state and a syndrome, as the panic screen has them."""

import gdb

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
    return "EC 0x%02x, IL %d, ISS 0x%07x: %s" % (ec, esr >> 25 & 1, iss, ", ".join(words))
