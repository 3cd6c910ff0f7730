# SPDX-License-Identifier: MIT
"""An instruction in words: which registers and which memory it reads and writes.

decode() knows A64 by the tables of the Arm ARM, C4.1: what each class reads and writes. narrate()
puts the machine's values to it, and the names of this hypervisor's own structures."""

import functools
import re

import gdb

from hv.fields import general
from hv.machine import (HypervisorMemory, bits, current_level, has_type, register, symbol,
                        this_percpu, this_vcpu, value)
from hv.words import UNNAMED, disassemble_word, esr_short

FLAGS = "PSTATE.NZCV"
MASK = 2 ** 64 - 1


def signed(number, width):
    return number - (1 << width) if number >> width - 1 & 1 else number


def x(number):
    """A general-purpose register where 31 is XZR: a list, because XZR is none."""
    return [] if number == 31 else ["x%d" % number]


def x_sp(number):
    return ["sp"] if number == 31 else ["x%d" % number]


class Access:
    """A load or store: where, how much, and which registers, one for each element.

    base is a register or None (PC-relative: offset is from the instruction). The address is
    base + offset, or base + an index register that is extended and shifted. writeback is what
    is added to base, a number or a register's name, or None; post: after the access."""

    def __init__(self, kind, base, names, size, offset=0, index=None, writeback=None, post=False):
        self.kind, self.base, self.names, self.size = kind, base, names, size
        self.offset, self.index, self.writeback, self.post = offset, index, writeback, post

    def address(self, pc):
        base = pc if self.base is None else register(self.base)
        if base is None:
            return None
        if self.post:
            return base
        if self.index:
            name, option, shift = self.index
            number = (register(name) or 0) if name != "xzr" else 0
            if option in (2, 6):
                number &= 0xffffffff
            if option == 6:
                number = signed(number, 32)
            return base + (number << shift) & MASK
        return base + self.offset & MASK


class Decoded:
    """What can be told of an instruction without a machine."""

    def __init__(self, kind, reads=(), writes=(), access=None, **more):
        self.kind, self.access = kind, access
        self.reads, self.writes = unique(reads), unique(writes)
        self.name = more.get("name", "")            # of a system register, or of a PSTATE field
        self.target = more.get("target")            # of a branch, as an offset
        self.number = more.get("number")            # an immediate
        self.condition = more.get("condition")      # of a branch


def unique(names):
    return list(dict.fromkeys(names))


# ---- Loads and stores ---------------------------------------------------------------------------

def data_names(vector, size, *numbers):
    """The registers that are loaded or stored, as they are called, and as reads and writes have
    them."""
    if vector:
        letter = {1: "b", 2: "h", 4: "s", 8: "d", 16: "q"}[size]
        return ["%s%d" % (letter, n) for n in numbers], ["v%d" % n for n in numbers]
    return [general(n) for n in numbers], sum((x(n) for n in numbers), [])


def transfer(access, data, more_reads=(), more_writes=()):
    """The reads and writes of an access follow from it. data: the registers, as in reads."""
    reads, writes = list(more_reads), list(more_writes)
    if access.base:
        reads.append(access.base)
        if access.writeback is not None:
            writes.append(access.base)
            reads += [access.writeback] if isinstance(access.writeback, str) else []
    if access.index and access.index[0] != "xzr":
        reads.append(access.index[0])
    if access.kind == "load":
        writes = data + writes
    else:
        reads = data + reads
    return Decoded(access.kind, reads, writes, access)


def decode_exclusive(w):
    size, rs, rt2 = 1 << bits(w, 31, 30), bits(w, 20, 16), bits(w, 14, 10)
    base, rt = x_sp(bits(w, 9, 5))[0], bits(w, 4, 0)
    load, o2, o1 = w >> 22 & 1, w >> 23 & 1, w >> 21 & 1
    if o1 and o2:                                           # CAS
        return Decoded("atomic", x(rs) + x(rt) + [base], x(rs),
                       Access("atomic", base, [general(rt)], size))
    if o1 and not w >> 31:                                  # CASP
        size = 8 if w >> 30 & 1 else 4
        pair = x(rs) + x(rs + 1)
        return Decoded("atomic", pair + x(rt) + x(rt + 1) + [base], pair,
                       Access("atomic", base, [general(rt), general(rt + 1)], size))
    names, data = data_names(False, size, *((rt, rt2) if o1 else (rt,)))
    access = Access("load" if load else "store", base, names, size)
    # An exclusive store says in Ws whether it has stored.
    return transfer(access, data, (), [] if load or o2 else x(rs))


def decode_pair(w):
    vector, opc, mode = w >> 26 & 1, bits(w, 31, 30), bits(w, 24, 23)
    if vector:
        size, scale = 4 << opc, 2 + opc
    elif opc == 1:                                          # LDPSW; STGP, which is 16 bytes apart
        size, scale = (4, 2) if w >> 22 & 1 else (8, 4)
    else:
        size, scale = (8, 3) if opc == 2 else (4, 2)
    offset = signed(bits(w, 21, 15), 7) << scale
    names, data = data_names(vector, size, bits(w, 4, 0), bits(w, 14, 10))
    return transfer(Access("load" if w >> 22 & 1 else "store", x_sp(bits(w, 9, 5))[0], names, size,
                           offset, None, offset if mode in (1, 3) else None, mode == 1), data)


def decode_literal(w):
    opc, vector = bits(w, 31, 30), w >> 26 & 1
    if opc == 3 and not vector:
        return Decoded("hint")                              # PRFM
    size = 4 << opc if vector else (4, 8, 4)[opc]
    names, data = data_names(vector, size, bits(w, 4, 0))
    return transfer(Access("load", None, names, size, signed(bits(w, 23, 5), 19) * 4), data)


def decode_atomic(w):
    size, rs, rt = 1 << bits(w, 31, 30), bits(w, 20, 16), bits(w, 4, 0)
    base, load_acquire = x_sp(bits(w, 9, 5))[0], bits(w, 15, 12) == 12
    if load_acquire:                                        # LDAPR
        return transfer(Access("load", base, [general(rt)], size), x(rt))
    return Decoded("atomic", x(rs) + [base], x(rt), Access("atomic", base, [general(rs)], size))


def decode_single(w):
    vector, opc, form = w >> 26 & 1, bits(w, 23, 22), bits(w, 11, 10)
    scale, base, rt = bits(w, 31, 30), x_sp(bits(w, 9, 5))[0], bits(w, 4, 0)
    unsigned, register_form = w >> 24 & 1, w >> 21 & 1
    if not unsigned and register_form and form == 0:
        return decode_atomic(w)
    if not unsigned and register_form and form != 2:        # LDRAA, LDRAB: the address is signed
        offset = signed(w >> 22 & 1, 1) * 4096 + bits(w, 20, 12) * 8
        return transfer(Access("load", base, [general(rt)], 8, offset, None,
                               offset if w >> 11 & 1 else None), x(rt))
    if vector:
        scale, load = (4, opc & 1) if opc & 2 else (scale, opc & 1)
    else:
        load = opc != 0
        if scale == 3 and opc == 2:
            return Decoded("hint", [base])                  # PRFM
    names, data = data_names(vector, 1 << scale, rt)
    access = Access("load" if load else "store", base, names, 1 << scale)
    if unsigned:
        access.offset = bits(w, 21, 10) << scale
    elif register_form:
        access.index = (general(bits(w, 20, 16)), bits(w, 15, 13), scale if w >> 12 & 1 else 0)
    else:
        access.offset = signed(bits(w, 20, 12), 9)
        if form in (1, 3):
            access.writeback, access.post = access.offset, form == 1
    return transfer(access, data)


def decode_structures(w):
    """LD1 to LD4, ST1 to ST4."""
    load, post, rt, base = w >> 22 & 1, w >> 23 & 1, bits(w, 4, 0), x_sp(bits(w, 9, 5))[0]
    if w >> 24 & 1:                                         # one element of each register
        count = 1 + (w >> 21 & 1) + 2 * (w >> 13 & 1)
        scale = bits(w, 15, 14)
        if scale == 3:                                      # replicated to all
            scale = bits(w, 11, 10)
        elif scale == 2 and w >> 10 & 1:
            scale = 3
        size = 1 << scale
    else:
        count = {0: 4, 2: 4, 4: 3, 6: 3, 7: 1, 8: 2, 10: 2}.get(bits(w, 15, 12), 1)
        size = 16 if w >> 30 & 1 else 8
    numbers = [(rt + n) % 32 for n in range(count)]
    rm = bits(w, 20, 16)
    writeback = (count * size if rm == 31 else "x%d" % rm) if post else None
    access = Access("load" if load else "store", base, ["v%d" % n for n in numbers], size, 0, None,
                    writeback, bool(post))
    data = ["v%d" % n for n in numbers]
    # One lane of a register: the others stay as they are.
    return transfer(access, data, data if load and w >> 24 & 1 else ())


def decode_memory(w):
    group = bits(w, 29, 27)
    if group == 0b101:
        return decode_pair(w)
    if group == 0b011 and not w >> 24 & 1:
        return decode_literal(w)
    if group == 0b111:
        return decode_single(w)
    if bits(w, 29, 24) == 0b001000:
        return decode_exclusive(w)
    if group == 0b001 and w >> 26 & 1 and not w >> 31:
        return decode_structures(w)
    if group == 0b011 and not w >> 21 & 1 and bits(w, 11, 10) == 0:
        opc, size = bits(w, 23, 22), 1 << bits(w, 31, 30)   # LDAPUR, STLUR
        rt = bits(w, 4, 0)
        return transfer(Access("load" if opc else "store", x_sp(bits(w, 9, 5))[0], [general(rt)],
                               size, signed(bits(w, 20, 12), 9)), x(rt))
    if bits(w, 31, 24) == 0b11011001 and w >> 21 & 1:       # STG, LDG and so on: Allocation Tags
        base, rt, form = x_sp(bits(w, 9, 5)), bits(w, 4, 0), bits(w, 11, 10)
        if form == 0:
            loads = bits(w, 23, 22) in (1, 3)
            return Decoded("tag", base + x(rt), x(rt) if loads else [])
        return Decoded("tag", base + x_sp(rt), base if form in (1, 3) else [])
    return Decoded("unknown")


# ---- Data processing ----------------------------------------------------------------------------

def decode_immediate(w):
    rd, rn, group, opc = bits(w, 4, 0), bits(w, 9, 5), bits(w, 25, 23), bits(w, 30, 29)
    if group in (0, 1):                                     # ADR, ADRP
        offset = signed(bits(w, 23, 5) << 2 | opc, 21)
        return Decoded("address", ["pc"], x(rd), target=offset << 12 if w >> 31 else offset,
                       name="page" if w >> 31 else "")
    if group == 2:                                          # ADD, SUB
        sets = w >> 29 & 1
        return Decoded("data", x_sp(rn), x(rd) + [FLAGS] if sets else x_sp(rd))
    if group == 3:                                          # ADDG, SUBG
        return Decoded("data", x_sp(rn), x_sp(rd))
    if group == 4:
        return Decoded("data", x(rn), x(rd) + [FLAGS] if opc == 3 else x_sp(rd))
    if group == 5:                                          # MOVN, MOVZ, MOVK
        shift = 16 * bits(w, 22, 21)
        number = bits(w, 20, 5) << shift
        if opc == 0:
            number ^= MASK if w >> 31 else 0xffffffff
        if opc == 3:
            return Decoded("data", x(rd), x(rd), name="bits %d:%d" % (shift + 15, shift),
                           target=bits(w, 20, 5))
        return Decoded("data", [], x(rd), number=number)
    if group == 6:                                          # BFM keeps the other bits of Rd
        return Decoded("data", x(rn) + (x(rd) if opc == 1 else []), x(rd))
    return Decoded("data", x(rn) + x(bits(w, 20, 16)), x(rd))


def decode_register(w):
    rd, rn, rm = bits(w, 4, 0), bits(w, 9, 5), bits(w, 20, 16)
    group, sets = bits(w, 24, 21), w >> 29 & 1
    if not w >> 28 & 1:
        if not group >> 3:                                  # logical; ORR with XZR is MOV
            return Decoded("data", x(rn) + x(rm), x(rd) + ([FLAGS] if bits(w, 30, 29) == 3 else []))
        if group & 1:                                       # ADD, SUB, extended register
            return Decoded("data", x_sp(rn) + x(rm), x(rd) + [FLAGS] if sets else x_sp(rd))
        return Decoded("data", x(rn) + x(rm), x(rd) + ([FLAGS] if sets else []))
    if group & 8:                                           # MADD and so on
        return Decoded("data", x(rn) + x(rm) + x(bits(w, 14, 10)), x(rd))
    if group == 0:
        if bits(w, 14, 10) & 0b11111 and bits(w, 13, 10) in (1, 2):
            return Decoded("data", x(rn) + [FLAGS], [FLAGS])            # RMIF, SETF
        return Decoded("data", x(rn) + x(rm) + [FLAGS], x(rd) + ([FLAGS] if sets else []))
    if group == 2:                                          # CCMP: Rm, or a number
        return Decoded("data", x(rn) + ([] if w >> 11 & 1 else x(rm)) + [FLAGS], [FLAGS])
    if group == 4:
        return Decoded("data", x(rn) + x(rm) + [FLAGS], x(rd))
    if group == 6 and w >> 30 & 1:
        if rm == 1:                                         # PAC*, AUT*: the modifier may be SP
            return Decoded("data", x(rd) + ([] if w >> 13 & 1 else x_sp(rn)), x(rd))
        return Decoded("data", x(rn), x(rd))
    if group == 6:
        opcode = bits(w, 15, 10)
        if opcode in (0, 4, 5):                             # SUBP, IRG, GMI: addresses with tags
            return Decoded("data", x_sp(rn) + (x_sp(rm) if opcode == 0 else x(rm)),
                           (x_sp(rd) if opcode == 4 else x(rd)) + ([FLAGS] if sets else []))
        return Decoded("data", x(rn) + (x_sp(rm) if opcode == 12 else x(rm)), x(rd))
    return Decoded("unknown")


def decode_vector(w):
    """Floating point and SIMD: exact in the general-purpose registers and the flags. Vd counts as
    read wherever it may be."""
    rd, rn, rm = bits(w, 4, 0), bits(w, 9, 5), bits(w, 20, 16)
    vd, vn, vm = ["v%d" % rd], ["v%d" % rn], ["v%d" % rm]
    if bits(w, 28, 24) == 0b11110 and not w >> 30 & 1:
        opcode, whole = bits(w, 18, 16), bits(w, 15, 10) == 0
        if not w >> 29 & 1 and (not w >> 21 & 1 or whole):  # to and from general-purpose registers
            if opcode in (2, 3, 7):
                high = opcode == 7 and bits(w, 20, 19) == 1 # FMOV Vd.D[1] keeps the other half
                return Decoded("data", x(rn) + (vd if high else []),
                               vd + ([] if opcode == 7 else ["FPSR"]))
            return Decoded("data", vn, x(rd) + ([] if opcode == 6 else ["FPSR"]))
        if not w >> 29 & 1:
            form = bits(w, 11, 10)
            if form == 0 and bits(w, 13, 10) == 0b1000:     # FCMP, or with 0.0
                return Decoded("data", vn + ([] if w >> 3 & 1 else vm), [FLAGS, "FPSR"])
            if bits(w, 12, 10) == 0b100:
                return Decoded("data", [], vd)              # FMOV, immediate
            if form == 1:                                   # FCCMP
                return Decoded("data", vn + vm + [FLAGS], [FLAGS, "FPSR"])
            if form == 3:                                   # FCSEL
                return Decoded("data", vn + vm + [FLAGS], vd)
            if form == 2:
                return Decoded("data", vn + vm, vd + ["FPSR"])
            return Decoded("data", vn, vd + ["FPSR"])
    if bits(w, 28, 24) == 0b11111 and not w >> 30 & 1 and not w >> 29 & 1:
        return Decoded("data", vn + vm + ["v%d" % bits(w, 14, 10)], vd + ["FPSR"])
    if bits(w, 28, 21) == 0b01110000 and not w >> 31 and not w >> 15 & 1 and w >> 10 & 1:
        form = bits(w, 14, 11)                              # DUP, INS, SMOV, UMOV
        if not w >> 29 & 1:
            if form == 1:
                return Decoded("data", x(rn), vd)
            if form == 3:
                return Decoded("data", x(rn) + vd, vd)
            if form in (5, 7):
                return Decoded("data", vn, x(rd))
        return Decoded("data", vn + vd, vd)
    if bits(w, 28, 19) == 0b0111100000 and not w >> 31 and w >> 10 & 1:
        keeps = w >> 12 & 1 and bits(w, 15, 14) != 3        # ORR and BIC; MOVI and FMOV do not
        return Decoded("data", vd if keeps else [], vd)
    if bits(w, 27, 23) == 0b11110 and w >> 10 & 1:          # a shift by a number
        return Decoded("data", vn + vd, vd + ["FPSR"])
    if bits(w, 27, 24) == 0b1111 and not w >> 10 & 1 and not w >> 23 & 1:
        vm = ["v%d" % (rm & 15)]                            # by an element of 16 bits
    two = bits(w, 21, 17) in (0b10000, 0b11000, 0b11100, 0b10100) and bits(w, 11, 10) == 2
    # What accumulates reads Vd as well: say so of all, rather than miss one.
    return Decoded("data", (vn if two else vn + vm) + vd, vd + ["FPSR"])


# ---- Branches, exceptions, system ---------------------------------------------------------------

CONDITIONS = ("EQ", "NE", "CS", "CC", "MI", "PL", "VS", "VC", "HI", "LS", "GE", "LT", "GT", "LE",
              "AL", "NV")
PSTATE_NAMES = {"DAIF": "PSTATE.DAIF", "NZCV": FLAGS, "SPSEL": "PSTATE.SP",
                "CURRENTEL": "PSTATE.EL", "PAN": "PSTATE.PAN", "UAO": "PSTATE.UAO",
                "DIT": "PSTATE.DIT", "SSBS": "PSTATE.SSBS", "TCO": "PSTATE.TCO",
                "ALLINT": "PSTATE.ALLINT"}
# Of MSR (immediate), by op1 and op2.
PSTATE_FIELDS = {(0, 3): "UAO", (0, 4): "PAN", (0, 5): "SP", (1, 0): "ALLINT", (3, 1): "SSBS",
                 (3, 2): "DIT", (3, 4): "TCO", (3, 6): "DAIF", (3, 7): "DAIF"}


@functools.lru_cache(maxsize=None)
def system_name(w):
    """The system register of an MRS or MSR, as the Arm ARM spells it."""
    if bits(w, 20, 16) == 0b11100:                          # op0 3, op1 4
        known = UNNAMED.get((bits(w, 15, 12), bits(w, 11, 8), bits(w, 7, 5)))
        if known:
            return known.upper()
    found = re.match(r"m(?:rs\s+\w+,\s*(\w+)|sr\s+(\w+),)", disassemble_word(w))
    name = (found.group(1) or found.group(2)).upper() if found else "S%d_%d_C%d_C%d_%d" % (
        bits(w, 20, 19), bits(w, 18, 16), bits(w, 15, 12), bits(w, 11, 8), bits(w, 7, 5))
    return PSTATE_NAMES.get(name, name)


def decode_system(w):
    op0, op1, crn, crm = bits(w, 20, 19), bits(w, 18, 16), bits(w, 15, 12), bits(w, 11, 8)
    op2, rt, reads = bits(w, 7, 5), bits(w, 4, 0), w >> 21 & 1
    if op0 >= 2:
        name = system_name(w)
        if reads:
            return Decoded("mrs", [name], x(rt), name=name, number=rt)
        return Decoded("msr", x(rt), [name], name=name, number=rt)
    if op0 == 1:
        if reads:
            return Decoded("sys", [], x(rt))
        text = disassemble_word(w)
        return Decoded("sys", x(rt), ["PAR_EL1"] if text.startswith("at") else [], name=text)
    if crn == 4 and rt == 31:
        if op1 == 0 and op2 < 3:                            # CFINV, XAFLAG, AXFLAG
            return Decoded("data", [FLAGS], [FLAGS])
        field = PSTATE_FIELDS.get((op1, op2))
        if not field:
            return Decoded("unknown")
        name = "PSTATE." + field
        also = ["sp"] if field == "SP" else []
        return Decoded("pstate", [name] if field == "DAIF" else [], [name] + also, name=name,
                       number=crm, condition={6: "set", 7: "clear"}.get(op2 if op1 == 3 else None))
    if crn == 3:
        return Decoded("barrier")
    if crn == 2 and op1 == 3:
        number = crm << 3 | op2
        if number == 7:
            return Decoded("data", ["x30"], ["x30"])        # XPACLRI
        if crm == 1 and op2 in (0, 2, 4, 6):                # PACIA1716 and so on
            return Decoded("data", ["x17", "x16"], ["x17"])
        if crm == 3:                                        # PACIASP, AUTIAZ and so on
            return Decoded("data", ["x30"] + (["sp"] if op2 & 1 else []), ["x30"])
        return Decoded("hint")
    if crn == 1 and op1 == 3:
        return Decoded("hint", x(rt))                       # WFET, WFIT
    return Decoded("unknown")


def decode_branch(w):
    top = bits(w, 31, 29)
    if top & 3 == 0:                                        # B, BL
        return Decoded("branch", ["pc"] if w >> 31 else [], (["x30"] if w >> 31 else []) + ["pc"],
                       target=signed(bits(w, 25, 0), 26) * 4)
    if top & 3 == 1:
        rt = bits(w, 4, 0)
        if w >> 25 & 1:
            bit = (w >> 31) << 5 | bits(w, 23, 19)
            return Decoded("branch", x(rt), ["pc"], target=signed(bits(w, 18, 5), 14) * 4,
                           condition=("bit", general(rt), bit, w >> 24 & 1))
        return Decoded("branch", x(rt), ["pc"], target=signed(bits(w, 23, 5), 19) * 4,
                       condition=("zero", general(rt), w >> 31, w >> 24 & 1))
    if top == 2 and bits(w, 28, 25) == 0b1010:
        return Decoded("branch", [FLAGS], ["pc"], target=signed(bits(w, 23, 5), 19) * 4,
                       condition=("flags", bits(w, 3, 0)))
    if bits(w, 31, 24) == 0xd4:
        kind = {(0, 1): "svc", (0, 2): "hvc", (0, 3): "smc", (1, 0): "brk", (2, 0): "hlt"}.get(
            (bits(w, 23, 21), bits(w, 1, 0)), "unknown")
        return Decoded(kind, number=bits(w, 20, 5))
    if bits(w, 31, 22) == 0x354:
        return decode_system(w)
    if bits(w, 31, 25) == 0b1101011:
        opc, rn, signs = bits(w, 24, 21), bits(w, 9, 5), w >> 11 & 1
        if opc == 4:
            return Decoded("eret")
        modifier = ["sp"] if opc & 7 == 2 and signs else x_sp(bits(w, 4, 0)) if opc & 8 else []
        if opc & 7 == 2:
            return Decoded("return", x(rn) + modifier, ["pc"], number=rn)
        if opc & 7 in (0, 1):
            calls = ["x30"] if opc & 1 else []
            return Decoded("jump", x(rn) + modifier, calls + ["pc"], number=rn)
    return Decoded("unknown")


@functools.lru_cache(maxsize=None)
def decode(word):
    """What an A64 instruction reads and writes, from its 32 bits. Kind "unknown": SVE, SME."""
    group = bits(word, 28, 25)
    if group & 0b1110 == 0b1000:
        return decode_immediate(word)
    if group & 0b1110 == 0b1010:
        return decode_branch(word)
    if group & 0b0101 == 0b0100:
        return decode_memory(word)
    if group & 0b0111 == 0b0101:
        return decode_register(word)
    if group & 0b0111 == 0b0111:
        return decode_vector(word)
    return Decoded("unknown")


# ---- The world switch: who owns which register, and what lies where on the host's stack ---------
#
# world_switch.S is two straight lines, in and out. To go along them once, with what each register
# holds, gives all names: from the image's own code and the types of its debug information.

def address_of(name):
    return value("(unsigned long) &%s" % name)


def code_word(address):
    return int.from_bytes(bytes(gdb.selected_inferior().read_memory(address, 4)), "little")


def sizeof(name):
    return gdb.lookup_type(name).sizeof if has_type(name) else 0


def member(kind, offset, prefix, size=1):
    """The member of a type at an offset: "frame.x[3]". size: of the access;
    what it moves as a whole has one name (v[3], of 128 bits)."""
    kind = kind.strip_typedefs()
    if prefix and not offset and kind.sizeof <= size:
        return prefix
    if kind.code == gdb.TYPE_CODE_ARRAY:
        inside = kind.target()
        if inside.sizeof == 0:
            return prefix
        return member(inside, offset % inside.sizeof, "%s[%d]" % (prefix, offset // inside.sizeof),
                      size)
    if kind.code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
        for field in kind.fields():
            if not hasattr(field, "bitpos"):
                continue
            at = field.bitpos // 8
            if at <= offset < at + field.type.sizeof:
                name = prefix + ("." if prefix and field.name else "") + (field.name or "")
                return member(field.type, offset - at, name, size)
        return "%s+0x%x" % (prefix, offset) if prefix else "+0x%x" % offset
    return prefix + ("+%d" % offset if offset else "")


def member_of(type_name, offset, pointer_name, size=1):
    if not 0 <= offset < sizeof(type_name):
        return ""
    path = member(gdb.lookup_type(type_name), offset, "", size)
    return pointer_name + (path if path.startswith("+") else "->" + path)


VCPU, PERCPU = "the vCPU", "this CPU's struct percpu"
POINTERS = {VCPU: ("struct vcpu", "vcpu"), PERCPU: ("struct percpu", "percpu")}


class Switch:
    """What is known of the way in and of each way out."""

    def __init__(self, there):
        self.before = {}    # address: (what each register holds before it, SP less the stack frame)
        self.into = set()   # the addresses of the way in
        self.stack = {}     # offset on the host's stack: what lies there
        self.size = 0
        run, self.enter, self.eret = (address_of("vcpu_" + name)
                                      for name in ("run", "enter", "eret"))
        if not there or None in (run, self.enter, self.eret):
            return
        with HypervisorMemory():
            self.size = self.frame_size(self.enter)
            self.way_in(run)
            for kind in ("sync", "irq", "fiq", "serror"):
                start = address_of("guest_exit_" + kind)
                if start is not None:
                    self.way_out(start)

    @staticmethod
    def frame_size(address):
        access = decode(code_word(address)).access
        if access and access.base == "sp" and access.writeback is not None:
            return -access.writeback
        return 0

    def way_in(self, address):
        held = {"x%d" % n: "the caller's x%d" % n for n in range(31)}
        held["x0"] = VCPU
        sp = self.size
        while address <= self.eret:
            if address == self.enter:
                # As both of its callers have it: the vCPU twice, and DAIF for afterwards.
                held.update({"x0": VCPU, "x1": VCPU, "x2": "the caller's DAIF"})
            self.into.add(address)
            self.before[address] = (dict(held), sp)
            sp = self.follow(decode(code_word(address)), held, sp, True)
            address += 4

    def way_out(self, address):
        held = {"x%d" % n: "the guest's x%d" % n for n in range(31)}
        sp, end = 0, address + 4 * 128
        while address < end:
            self.before[address] = (dict(held), sp)
            insn = decode(code_word(address))
            if insn.kind == "return":
                break
            sp = self.follow(insn, held, sp, False)
            address += 4

    def slot(self, access, number, held, sp):
        """What one element of an access is called, and what it holds, if the memory tells."""
        post = 0 if access.post else access.offset
        offset = post + number * access.size
        if access.base == "sp":
            offset += sp
            return "host's stack +%d" % offset, self.stack.get(offset, "")
        if held.get(access.base) in POINTERS:
            type_name, name = POINTERS[held[access.base]]
            name = member_of(type_name, offset, name, access.size)
            found = re.search(r"frame\.x\[(\d+)\]$", name)
            return name, "the guest's x" + found.group(1) if found else name
        return "", ""

    def follow(self, insn, held, sp, way_in):
        """One instruction further: held is changed; returns the new SP."""
        access = insn.access
        if access and access.kind == "store" and access.base == "sp":
            for number, name in enumerate(access.names):
                self.stack.setdefault(sp + (0 if access.post else access.offset) +
                                      number * access.size, held.get(name, ""))
        got = {}
        if access and access.kind == "load":
            for number, name in enumerate(access.names):
                got[name] = self.slot(access, number, held, sp)[1]
        elif insn.kind == "mrs":
            got = {name: self.system(insn.name, way_in) for name in insn.writes}
        for name in insn.writes:
            held[name] = got.get(name, "")
        if access and access.base == "sp" and isinstance(access.writeback, int):
            sp += access.writeback
        return sp

    @staticmethod
    def system(name, way_in):
        if name == "TPIDR_EL2":
            return PERCPU
        if name == "PSTATE.DAIF":
            return "the caller's DAIF"
        if way_in:
            return name
        return {"ELR_EL2": "the guest's PC (ELR_EL2)", "SPSR_EL2": "the guest's PSTATE (SPSR_EL2)",
                "ESR_EL2": "the exit's syndrome (ESR_EL2)"}.get(name, "the guest's " + name)

    def is_in(self, address):
        """Whether an address is on the way in."""
        return address in self.into

    def stack_base(self):
        """Where the host's stack frame is, while there is one: below a guest, or on the way."""
        if not self.size:
            return None
        if current_level() < 2:
            return register("SP_EL2")
        known = self.before.get(register("pc"))
        return register("sp") - known[1] & MASK if known and current_level() == 2 else None


@functools.lru_cache(maxsize=4)
def switch_of(image, enter, out):
    return Switch(enter is not None)


def switch():
    """The image's world switch; without one (labs 1 and 2) an empty one."""
    try:
        return switch_of(gdb.current_progspace().filename, address_of("vcpu_enter"),
                         address_of("guest_exit_sync"))
    except gdb.MemoryError:         # its code is not to be seen from here
        return switch_of(None, None, None)


# ---- Names of places ----------------------------------------------------------------------------

def image_symbol(address):
    """The symbol at an address, of the world that the CPU is in: a guest's address is not one of
    the hypervisor's, though the numbers may be alike."""
    try:
        text = gdb.execute("info symbol 0x%x" % address, to_string=True)
    except gdb.error:
        return ""
    of = re.search(r" in section \S+ of (.*)", text)
    name = symbol(address)
    if of:
        image = gdb.current_progspace().filename
        if (of.group(1).strip() == image) == (current_level() < 2):
            return ""
    elif current_level() < 2:
        return ""           # there is one file only, and that is the hypervisor
    return name


def typed_symbol(address, size=1):
    """The object at an address, down to its member: "machine.cpus[0].log.last"."""
    name = image_symbol(address)
    if not name:
        return ""
    plain, _, offset = name.partition("+")
    found = gdb.lookup_global_symbol(plain) or gdb.lookup_static_symbol(plain)
    if not found or not found.is_variable:
        return name
    return member(found.type, int(offset or "0", 16), plain, size)


EXCEPTION_FRAME = re.compile(r"(el2_save_and_call|el2_vector_\d+|percpu_irq_vector)(\+|$)")


def exception_frame(address, size=1):
    """Of an exception to EL2 from EL2 (lab 1): its frame is at SP in these functions."""
    at = address - (register("sp") or 0)
    if 0 <= at < sizeof("struct el2_frame") and EXCEPTION_FRAME.match(symbol(register("pc"))):
        return member_of("struct el2_frame", at, "frame", size)
    return ""


def structure_at(address, size=1):
    """Part of what is this CPU's at the moment: its struct percpu, and the vCPU bound to it."""
    for base, types in ((this_vcpu(), ("vcpu", "guest_cpu")), (this_percpu(), ("percpu",))):
        for name in types:
            if base is not None and base <= address < base + sizeof("struct " + name):
                return member_of("struct " + name, address - base, name, size)
    return ""


def slot_name(address, size=1):
    """What lies at an address: "vcpu->frame.x[3]", "host's stack +24: the caller's DAIF", a symbol;
    "" if it has no name. In a guest only the host's stack and the vCPU are the hypervisor's."""
    way = switch()
    base = way.stack_base()
    if base is not None and base <= address < base + way.size:
        holds = way.stack.get(address - base)
        return "host's stack +%d%s" % (address - base, ": " + holds if holds else "")
    return structure_at(address, size) or (
        current_level() == 2 and exception_frame(address, size)) or typed_symbol(address, size)


# ---- One instruction ----------------------------------------------------------------------------

def joined(names):
    """"the guest's x1, x2"; "vcpu->frame.elr, spsr": what is the same is said once."""
    out, last = [], ""
    for name in names:
        found = re.match(r"(the (?:guest|caller)'s (?=x)|host's stack |.*(?:\.|->))", name)
        head = found.group(1) if found else ""
        out.append(name[len(head):] if head and head == last else name)
        last = head
    return ", ".join(out)


def register_value(name):
    """None of SIMD registers of more than 64 bits."""
    if name in ("xzr", "wzr"):
        return 0
    return None if name[0] in "vq" else register(name)


def memory_number(address, size):
    try:
        return int.from_bytes(bytes(gdb.selected_inferior().read_memory(address, size)), "little")
    except gdb.MemoryError:
        return None


def place(address):
    name = symbol(address) if current_level() >= 2 else image_symbol(address)
    return name or "0x%x" % address


def condition_words(condition):
    """A branch's condition: (in words, whether it holds now)."""
    if condition[0] == "flags":
        nzcv = (register("cpsr") or 0) >> 28
        n, z, c, v = nzcv >> 3 & 1, nzcv >> 2 & 1, nzcv >> 1 & 1, nzcv & 1
        code = condition[1]
        holds = (z, c, n, v, c and not z, n == v, n == v and not z, 1)[code >> 1]
        return CONDITIONS[code], bool(holds) != (code & 1 == 1 and code != 15)
    _, name, number, nonzero = condition
    there = 0 if name == "xzr" else register(name) or 0
    if condition[0] == "bit":
        return "bit %d of %s is %d" % (number, name, nonzero), there >> number & 1 == nonzero
    if not number:
        there &= 0xffffffff
    name = name if number else "w" + name[1:]
    return "%s is %s0" % (name, "not " if nonzero else ""), (there != 0) == bool(nonzero)


BARRIERS = {4: "all memory accesses before it are complete before what follows",
            5: "memory accesses before it come before those behind it",
            6: "what changes the context before it holds for the instructions behind it",
            7: "nothing behind it is executed speculatively", 2: "the exclusive monitor is cleared"}
HINTS = {"nop": "nothing", "wfi": "waits for an interrupt", "wfe": "waits for an event",
         "sev": "sends an event to all CPUs", "sevl": "an event for this CPU",
         "yield": "lets others go first", "bti": "a branch may come here"}


def undefined_call(kind, level):
    """Why an HVC or SMC is UNDEFINED here, or ""."""
    scr, hcr = register("SCR_EL3"), register("HCR_EL2") or 0
    if kind not in ("hvc", "smc"):
        return ""
    if level == 0:
        return "at EL0"
    if kind == "hvc" and scr is not None and not scr >> 8 & 1:
        return "SCR_EL3.HCE is 0"
    if kind == "hvc" and hcr >> 29 & 1:
        return "HCR_EL2.HCD is 1"
    if kind == "smc" and scr is not None and scr >> 7 & 1 and not (level == 1 and hcr >> 19 & 1):
        return "SCR_EL3.SMD is 1"
    return ""


def exception_level(kind, level):
    """Where an SVC, HVC, SMC or BRK goes; 0: nowhere, QEMU is the firmware."""
    hcr = register("HCR_EL2") or 0
    if undefined_call(kind, level):
        return 2 if level == 0 and hcr >> 27 & 1 else max(level, 1)
    if kind == "hvc":
        return max(level, 2) if register("HCR_EL2") is not None else 0
    if kind == "smc":
        if level < 2 and hcr >> 19 & 1:
            return 2
        return 3 if register("SCR_EL3") is not None else 0
    if level == 0 and hcr >> 27 & 1:
        return 2
    if kind == "brk" and level < 2 and (register("MDCR_EL2") or 0) >> 8 & 1:
        return 2
    return max(level, 1)


class Step:
    """One instruction, before it is executed.

    address, word and text: where and what it is. words: the 32-bit word, too.
    reads, writes: registers ("x0", "sp", "v0", "pc" of a branch, "ELR_EL2", "PSTATE.DAIF").
    memory: None or (kind, address, size, names); kind "load", "store" or "atomic" (both), size of
    all of it in bytes, names the registers, one for each element in the order of addresses.
    sentence: what moves from where to where; "" for an instruction that is not known."""

    def __init__(self, address, word, text):
        self.address, self.words, self.word, self.text = address, word, word, text
        # What the disassembler does not know is UNDEFINED, though its class may be known.
        self.insn = Decoded("unknown") if text.startswith((".inst", "udf")) else decode(word)
        self.reads, self.writes = list(self.insn.reads), list(self.insn.writes)
        self.memory, self.executed = None, True
        self.to = None              # the exception level that it asks for
        self.known, self.sp = switch().before.get(address, ({}, None))
        if self.insn.access:
            at = self.insn.access.address(address)
            if at is not None:
                access = self.insn.access
                self.memory = (access.kind, at, access.size * len(access.names), access.names)
        describe = getattr(self, "say_" + self.insn.kind, None)
        self.sentence = describe() if describe else ""
        # What is stored or written to a system register; result() has the rest, after the step.
        self.moved = None
        if self.insn.kind == "store":
            self.moved = [register_value(name) for name in self.insn.access.names]
            if self.insn.access.size < 8:
                self.moved = [number if number is None else number & (1 << 8 * self.insn.access.size) - 1
                              for number in self.moved]
        elif self.insn.kind == "msr":
            self.moved = [register_value(general(self.insn.number))]

    def result(self):
        """After the step: the values that it has moved, "0x0, 0x1f", or "". Of numbers of up to 64
        bits; of a comparison, the flags."""
        if not self.executed:
            return ""
        if self.moved is not None:
            numbers = self.moved
        elif self.insn.kind == "load":
            numbers = [register_value(name) for name in self.insn.access.names]
        elif self.insn.kind in ("data", "mrs", "atomic") and self.insn.number is None or \
                self.insn.kind == "mrs":
            names = [name for name in self.insn.writes if re.match(r"(x\d+|sp)$", name)]
            if not names and self.insn.writes == [FLAGS]:
                nzcv = (register("cpsr") or 0) >> 28
                return "".join(letter if nzcv >> bit & 1 else "-"
                               for letter, bit in (("N", 3), ("Z", 2), ("C", 1), ("V", 0)))
            numbers = [register_value(name) for name in names]
        else:
            return ""
        return "" if None in numbers else ", ".join("0x%x" % number for number in numbers)

    # Each of these is for one kind of Decoded.

    def held(self, name):
        """A register with what it is known to hold."""
        what = self.known.get(name)
        return what if what and what not in POINTERS else \
            "%s (%s)" % (name, what) if what else name

    def part(self, name):
        """A register of which less than 64 bits are moved."""
        # LDRSB Xt and its like write all of it.
        if self.insn.access.size < 8 and re.match(r"x\d+$", name) and \
                not re.search(r" (x\d+, )?%s\b.*\[" % name, self.text):
            return "w" + name[1:]
        return name

    def slots(self):
        access, out = self.insn.access, []
        for number in range(len(access.names)):
            name = switch().slot(access, number, self.known, self.sp)[0] if self.known else ""
            if not name and self.memory:
                name = slot_name(self.memory[1] + number * access.size, access.size)
            out.append(name)
        if all(out):
            return joined(out)
        if not self.memory:
            return "memory"
        if access.base == "sp":
            offset = self.memory[1] - register("sp")
            return "the stack at sp%s" % ("%+d" % offset if offset else "")
        return "memory at 0x%x" % self.memory[1]

    def writeback(self):
        access = self.insn.access
        if access.writeback is None:
            return ""
        by = access.writeback
        return "; %s %s %s" % (access.base, "-" if not isinstance(by, str) and by < 0 else "+",
                               by if isinstance(by, str) else abs(by))

    def say_store(self):
        what = ["0" if name == "xzr" else self.part(self.held(name))
                for name in self.insn.access.names]
        words = "%s into %s" % (joined(what), self.slots())
        status = [name for name in self.insn.writes if name != self.insn.access.base]
        if status:
            words += ", if it is still exclusive; %s says so" % status[0]
        return words + self.writeback()

    def say_load(self):
        access = self.insn.access
        if access.base is None and self.memory:
            number = memory_number(self.memory[1], access.size)
            return "the constant %s into %s" % (
                "at 0x%x" % self.memory[1] if number is None else "0x%x" % number, access.names[0])
        found = [switch().slot(access, number, self.known, self.sp) if self.known else ("", "")
                 for number in range(len(access.names))]
        guests = [holds for _, holds in found]
        slots = self.slots()
        if self.known and all(holds and holds != name for name, holds in found):
            if all(holds.endswith("'s " + name) for holds, name in zip(guests, access.names)):
                return "%s from %s%s" % (joined(guests), slots, self.writeback())
            return "%s from %s into %s%s" % (
                joined(guests), slots, joined(access.names), self.writeback())
        return "%s into %s%s" % (slots, joined([self.part(name) for name in access.names]),
                                 self.writeback())

    def say_atomic(self):
        access = self.insn.access
        old = [name for name in self.insn.writes if name != access.base]
        return "%s combined with %s, in one%s" % (
            self.slots(), joined(access.names), "; as it was, into " + joined(old) if old else "")

    def say_mrs(self):
        name = self.insn.name
        if self.known and name != "PSTATE.DAIF":
            way = switch()
            name = way.system(name, way.is_in(self.address))
        return "%s into %s" % (name, general(self.insn.number))

    def say_msr(self):
        number = self.insn.number
        return "%s into %s" % ("0" if number == 31 else self.held("x%d" % number), self.insn.name)

    def say_pstate(self):
        number, does = self.insn.number, self.insn.condition
        if does:
            names = " ".join(name for bit, name in ((8, "D"), (4, "A"), (2, "I"), (1, "F"))
                             if number & bit)
            return "%s: %s %s" % (self.insn.name, "masks" if does == "set" else "unmasks", names)
        return "%d into %s" % (number, self.insn.name)

    def say_sys(self):
        name = self.insn.name.upper()
        if self.insn.reads and self.insn.reads[0] in name.lower():
            at = register(self.insn.reads[0])
            name = re.sub(r",\s*\w+$", "", name)
            if name.startswith("TLBI"):
                return "%s, for %s 0x%x" % (name, self.insn.reads[0], at or 0)
            words = "%s, at 0x%x" % (name, at or 0)
            return words + (": the result into PAR_EL1" if self.insn.writes else "")
        return name

    def say_tag(self):
        return "Allocation Tags in memory"

    def say_barrier(self):
        return BARRIERS.get(bits(self.word, 7, 5), "a barrier")

    def say_hint(self):
        return HINTS.get(self.text.split()[0], "a hint: changes no register")

    def say_address(self):
        page = bool(self.insn.name)
        to = (self.address & ~0xfff if page else self.address) + self.insn.target & MASK
        return "the %s of %s into %s" % ("page" if page else "address", place(to),
                                         joined(self.insn.writes))

    def say_data(self):
        writes = [name for name in self.insn.writes if name not in (FLAGS, "FPSR")]
        reads = [self.held(name) for name in self.insn.reads]
        mnemonic = self.text.split()[0]
        if self.insn.number is not None:
            return "0x%x into %s" % (self.insn.number, joined(writes) or "nowhere")
        if self.insn.name:
            return "0x%x into %s of %s" % (self.insn.target, self.insn.name, joined(writes))
        if mnemonic == "mov" and len(reads) == 1:
            return "%s into %s" % (reads[0], joined(writes))
        if not reads:                       # ORR with XZR, of a bitmask or of XZR, too: a MOV
            constant = re.search(r"#(-?\w+)$", self.text) if mnemonic == "mov" else None
            return "%s into %s" % (constant.group(1) if constant else "0" if mnemonic == "mov"
                                   else "a constant", joined(writes) or "nowhere")
        if not writes and FLAGS not in self.insn.writes:
            return "a result of %s, into nowhere" % joined(reads)
        if not writes:
            return "%s compared: the result into %s" % (joined(reads), FLAGS)
        flags = " and %s" % FLAGS if FLAGS in self.insn.writes else ""
        return "%s%s from %s" % (joined(writes), flags, joined(reads))

    def say_branch(self):
        to = place(self.address + self.insn.target & MASK)
        link = "; the return address into x30" if "x30" in self.insn.writes else ""
        if self.insn.condition:
            words, holds = condition_words(self.insn.condition)
            return "to %s if %s: %s" % (to, words, "taken" if holds else "not taken")
        return "to %s%s" % (to, link)

    def say_jump(self):
        to = register(general(self.insn.number)) or 0
        link = "; the return address into x30" if "x30" in self.insn.writes else ""
        return "to %s, from %s%s" % (place(to), general(self.insn.number), link)

    def say_return(self):
        to = register(general(self.insn.number)) or 0
        return "back to %s, from %s" % (place(to), general(self.insn.number))

    def say_eret(self):
        level = current_level()
        elr, spsr = "ELR_EL%d" % level, "SPSR_EL%d" % level
        self.reads, self.writes = [elr, spsr], ["pc", "PSTATE"]
        to, pstate = register(elr) or 0, register(spsr) or 0
        if pstate & 16:
            mode = "AArch32, mode 0x%02x" % (pstate & 31)
        else:
            mode = "EL%d%s" % (pstate >> 2 & 3, "h" if pstate & 1 else "t")
        return "PC from %s, PSTATE from %s: to %s, at 0x%x" % (elr, spsr, mode, to)

    def to_exception(self, what, return_after):
        level = current_level()
        to = exception_level(self.insn.kind, level)
        if not to:
            self.reads, self.writes = ["x0", "x1", "x2", "x3"], ["x0"]
            return "%s: QEMU is the firmware here, and answers in x0" % what
        names = ["%s_EL%d" % (name, to) for name in ("ELR", "SPSR", "ESR")]
        self.reads, self.writes = ["pc", "PSTATE"], ["pc", "PSTATE"] + names
        vbar = "VBAR_EL%d" % to
        self.to = to
        self.reads.append(vbar)
        slot = 0x400 if level < to else 0x200 if (register("cpsr") or 0) & 1 else 0
        why = undefined_call(self.insn.kind, level)
        if why:
            what, return_after = "%s is UNDEFINED (%s)" % (what, why), False
        return "%s: to EL%d, at %s + 0x%x; PC%s into ELR_EL%d, PSTATE into SPSR_EL%d, " \
            "the syndrome into ESR_EL%d" % (
                what, to, vbar, slot, " + 4" if return_after else "", to, to, to)

    def say_hvc(self):
        return self.to_exception("HVC #%d" % self.insn.number, True)

    def say_svc(self):
        return self.to_exception("SVC #%d" % self.insn.number, True)

    def say_smc(self):
        # An SMC that HCR_EL2.TSC traps has not been executed: ELR_EL2 is at it.
        return self.to_exception("SMC #%d" % self.insn.number, exception_level("smc", current_level()) == 3)

    def say_brk(self):
        return self.to_exception("BRK #%d" % self.insn.number, False)

    def say_hlt(self):
        return "HLT #%d: semihosting, or a debugger's" % self.insn.number


def narrate(pc=None):
    """The instruction at pc (default: the next one) as a Step. What it reads is as it is now."""
    level = current_level()
    if level is None:
        raise gdb.GdbError("No machine is connected.")
    if pc is None:
        pc = register("pc")
    if register("cpsr") & 16:
        step = Step(pc, 0xd503201f, "(AArch32)")
        step.words = step.word = None
        step.sentence = "an instruction of AArch32, which is not decoded here"
        return step
    try:
        word = code_word(pc)
    except gdb.MemoryError:
        raise gdb.GdbError("There is no instruction to be read at 0x%x: the next thing is an "
                           "Instruction Abort, or memory that GDB does not see." % pc)
    try:
        text = gdb.selected_inferior().architecture().disassemble(pc)[0]["asm"]
        text = re.sub(r"\s*//.*", "", text).replace("\t", " ")
    except (gdb.error, gdb.MemoryError):
        text = ".inst 0x%08x" % word
    return Step(pc, word, text)


KINDS = ("synchronous exception", "IRQ", "FIQ", "SError")


def outcome(step, level):
    """After a step: what came of it other than the next instruction, or "". level: before it.

    An exception that the instruction itself asks for (HVC, SVC, ...) is in its sentence already.
    step.executed: whether the instruction has done what its sentence says."""
    now, pc = current_level(), register("pc")
    if step.text in ("yield", "wfe", "wfi") and now == level and pc == step.address + 8:
        return "QEMU has executed the next instruction in the same step, too"
    if step.text.startswith(("ldx", "ldax")) and now == level and pc != step.address + 4:
        return "GDB has gone on to behind the store that belongs to it, in one step"
    base = register("VBAR" if now == 1 else "VBAR_EL%d" % now) if now else None
    if base is None or now < level:
        return ""
    slot = pc - (base & ~0x7ff)
    if not 0 <= slot < 0x800 or slot % 0x80 or step.address + 4 == pc:
        return ""
    if step.insn.kind in ("branch", "jump", "return") and (
            slot // 0x80 % 4 == 0 or register("ELR_EL%d" % now) != step.address):
        return ""                   # it is where it has gone to
    kind = KINDS[slot // 0x80 % 4]
    step.executed = False
    if slot // 0x80 % 4:
        return "%s taken to EL%d, before this instruction" % (kind, now)
    if step.insn.kind in ("svc", "hvc", "smc", "brk") and now == step.to:
        step.executed = True
        return ""
    return "it has not been executed: an exception to EL%d, %s" % (
        now, esr_short(register("ESR_EL%d" % now)))


def start():
    pass
