# SPDX-License-Identifier: MIT
"""Translation tables, descriptor by descriptor (Arm ARM, "The AArch64 Virtual Memory System
Architecture", VMSAv8-64)."""

import gdb

from hv.machine import RENAMED, HvCommand, PhysicalMemory, bits, current_level, register, symbol
from hv.words import image_string

MASK = 2 ** 64 - 1
LAST_LEVEL = 3
TG0 = {0: 12, 1: 16, 2: 14}                 # TCR_ELx.TG0, VTCR_EL2.TG0: bits within a granule
TG1 = {1: 14, 2: 12, 3: 16}
PA_BITS = (32, 36, 40, 42, 44, 48, 52, 56)  # PS, IPS and PARange
SHAREABLE = ("Non-shareable", "Reserved", "Outer Shareable", "Inner Shareable")
DEVICES = ("Device-nGnRnE", "Device-nGnRE", "Device-nGRE", "Device-GRE")
CACHES = ("Non-cacheable", "Write-Through", "Write-Back")


# ---- Memory and registers ------------------------------------------------------------------------

def physical(address, size):
    """Bytes at a physical address. Within "with PhysicalMemory()"."""
    return bytes(gdb.selected_inferior().read_memory(address, size))


class OnThread:
    """For a moment, another CPU's registers are the ones that are seen."""

    def __init__(self, thread):
        self.thread = thread

    def __enter__(self):
        self.before = gdb.selected_thread()
        self.frame = gdb.selected_frame()
        if self.thread != self.before:
            self.thread.switch()

    def __exit__(self, *exception):
        if self.thread != self.before:
            self.before.switch()
            if self.frame.is_valid():
                self.frame.select()


def read_live(names):
    return {name: register(RENAMED.get(name, name)) for name in names}


STAGE1 = ("SCTLR_EL1", "TCR_EL1", "TTBR0_EL1", "TTBR1_EL1", "MAIR_EL1")
STAGE2 = ("HCR_EL2", "VTCR_EL2", "VTTBR_EL2")
FEATURES = ("ID_AA64MMFR0_EL1", "ID_AA64MMFR1_EL1")


def thread_of(percpu):
    """The CPU whose TPIDR_EL2 is this."""
    for thread in gdb.selected_inferior().threads():
        with OnThread(thread):
            if register("TPIDR_EL2") == percpu:
                return thread
    return None


def members(structure):
    return {field.name for field in structure.type.strip_typedefs().fields()}


def is_stage2(found):
    return found.type.strip_typedefs().name == "stage2"


def find_guest(expression):
    """What an expression means: (vCPU or None, its struct stage2), of a vCPU, a VM, or a struct
    that has one. Within "with PhysicalMemory()"."""
    example = 'the address of a struct vcpu or struct vm, such as "&guests[1].vcpu"'
    try:
        found = gdb.parse_and_eval(expression)
        if found.type.strip_typedefs().code == gdb.TYPE_CODE_PTR:
            found = found.dereference()
        if found.type.strip_typedefs().code != gdb.TYPE_CODE_STRUCT:
            raise gdb.error
        # The nearest first: a struct guest_cpu has a vCPU, and also knows its machine.
        while "stage2" not in members(found) and not is_stage2(found):
            parts = [name for name in ("vcpu", "vm", "machine") if name in members(found)]
            if not parts:
                raise gdb.error
            found = found[parts[0]]
            if found.type.strip_typedefs().code == gdb.TYPE_CODE_PTR:
                found = found.dereference()
        stage2 = found if is_stage2(found) else found["stage2"]
        is_vcpu = stage2.type.strip_typedefs().code == gdb.TYPE_CODE_PTR
        if is_vcpu and int(stage2):
            stage2 = stage2.dereference()
        elif is_vcpu:
            stage2 = None
        if stage2 is None or not int(stage2["root"]):
            raise gdb.GdbError("%s has no stage 2 yet." % expression)
        return (found if is_vcpu else None), stage2
    except gdb.MemoryError:
        raise
    except gdb.error:
        raise gdb.GdbError('"%s" is no guest here: give %s.' % (expression, example))


def guest_registers(expression=None):
    """The registers that translate a guest's addresses, and where they are from, in words.
    expression: a vCPU or a VM; else what is in this CPU. A VM alone has no registers of stage 1."""
    if not expression:
        return read_live(STAGE1 + STAGE2 + FEATURES), ""
    with PhysicalMemory():
        vcpu, stage2 = find_guest(expression)
        if vcpu is not None and int(vcpu["cpu"]):
            thread = thread_of(int(vcpu["cpu"]))
            if thread:
                where = "" if thread == gdb.selected_thread() else "on CPU %d" % (thread.num - 1)
                with OnThread(thread):
                    return read_live(STAGE1 + STAGE2 + FEATURES), where
        registers = read_live(FEATURES)
        registers["HCR_EL2"] = register("HCR_EL2") | 1      # HCR_EL2.VM: whenever it runs
        registers["VTCR_EL2"] = int(stage2["config"]["vtcr"])
        vmid = int(stage2["vmid"]["id"]) & 0xffff if "id" in members(stage2["vmid"]) else 0
        registers["VTTBR_EL2"] = int(stage2["root"]) | vmid << 48
        if vcpu is not None:
            for name in STAGE1:
                registers[name] = int(vcpu["sysregs"][name.lower()])
        return registers, "stage 2 only" if vcpu is None else "not bound: as in memory"


# ---- Memory types --------------------------------------------------------------------------------
# A type is ("Device", 0 to 3) or ("Normal", outer, inner), each 0 to 2: the lower, the stricter.

def mair_type(byte):
    if byte >> 4 == 0:
        return ("Device", byte >> 2 & 3)
    kinds = [0 if half == 4 else 1 if half >> 2 in (0, 2) else 2 for half in (byte >> 4, byte & 15)]
    return ("Normal", kinds[0], kinds[1])


def memattr_type(memattr, fwb):
    """Stage 2's; None: stage 1's (with HCR_EL2.FWB)."""
    if fwb:
        return {4: ("Normal", 0, 0), 5: ("Normal", 0, 0), 6: ("Normal", 2, 2), 7: None}.get(
            memattr & 7, ("Device", memattr & 3))
    if memattr >> 2 == 0:
        return ("Device", memattr & 3)
    return ("Normal", (memattr >> 2) - 1, max((memattr & 3) - 1, 0))


def type_words(kind):
    if kind is None:
        return "as stage 1 has it"
    if kind[0] == "Device":
        return DEVICES[kind[1]]
    if kind[1] == kind[2]:
        return "Normal " + CACHES[kind[1]]
    return "Normal inner %s, outer %s" % (CACHES[kind[2]], CACHES[kind[1]])


def combined_type(first, second, fwb):
    """What the two stages make of it together."""
    if second is None:
        return first
    if fwb and second == ("Normal", 2, 2):
        return second
    if first[0] == second[0] == "Normal":
        return ("Normal", min(first[1], second[1]), min(first[2], second[2]))
    if first[0] == second[0]:
        return ("Device", min(first[1], second[1]))
    return first if first[0] == "Device" else second


# ---- One stage -----------------------------------------------------------------------------------

class Fault(Exception):
    """As FSC (DFSC, IFSC) of ESR_ELx has it."""
    KINDS = ((0x00, "Address size fault"), (0x04, "Translation fault"), (0x08, "Access flag fault"))

    def __init__(self, kind, level, why=""):
        super().__init__()
        self.fsc = kind | level if level >= 0 else {0x04: 0x2b, 0x00: 0x29}[kind]
        name = image_string("fsc_names", self.fsc)
        if name.startswith("("):            # no debug information
            name = "%s, level %d" % (dict(self.KINDS)[kind], level)
        self.words = "%s (FSC 0x%02x)%s" % (name, self.fsc, ": " + why if why else "")


ADDRESS_SIZE, TRANSLATION, ACCESS_FLAG = 0x00, 0x04, 0x08


class Regime:
    """One stage with one root: where its tables begin, and how an address chooses their entries."""
    stage = 1
    two_privileges = False      # EL1&0: user and privileged
    start_level = None
    hierarchical = True
    wxn = False
    big_endian = False
    fwb = xnx = False

    def check(self):
        if self.granule is None:
            raise gdb.GdbError("%s: the granule is a reserved one." % self.title)
        self.stride = self.granule - 3
        # Descriptors with 52 bits of address.
        self.lpa = self.output_bits == 52 and self.granule == 16
        if not (self.ds or self.lpa):
            self.output_bits = min(self.output_bits, 48)
        if self.start_level is None:
            self.start_level = LAST_LEVEL - (self.input_bits - 1 - self.granule) // self.stride
        width = self.input_bits - self.shift(self.start_level)
        if width < 1 or width > self.stride + (4 if self.stage == 2 else 0) or self.input_bits < 12:
            raise Fault(TRANSLATION, 0, "%d bits of address do not fit a start at level %d" % (
                self.input_bits, self.start_level))

    def shift(self, level):
        return self.granule + self.stride * (LAST_LEVEL - level)

    def output(self, descriptor, low):
        """The address in a descriptor, from bit low on."""
        address = descriptor & (1 << 48) - (1 << low)
        if self.ds:
            return descriptor & (1 << 50) - (1 << low) | bits(descriptor, 9, 8) << 50
        if self.lpa:
            return address | bits(descriptor, 15, 12) << 48
        return address

    def blocks(self):
        """The levels that can have a block."""
        return {12: (0, 1, 2) if self.ds else (1, 2), 14: (1, 2) if self.ds else (2,),
                16: (1, 2) if self.lpa else (2,)}[self.granule]


def size_words(shift):
    for step, name in ((40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")):
        if shift >= step:
            return "%d %s" % (1 << (shift - step), name)
    return "%d bytes" % (1 << shift)


def el1_regime(registers, va):
    """Stage 1 of EL1&0, or of EL2&0 (HCR_EL2.E2H)."""
    level = registers.get("level", 1)
    regime = Regime()
    high = va >> 55 & 1
    tcr = registers["TCR_EL%d" % level]
    control = registers["SCTLR_EL%d" % level]
    name = "TTBR%d_EL%d" % (high, level)
    size = bits(tcr, 21, 16) if high else bits(tcr, 5, 0)
    regime.two_privileges = True
    regime.granule = TG1.get(bits(tcr, 31, 30)) if high else TG0.get(bits(tcr, 15, 14))
    regime.input_bits = 64 - size
    regime.ds = tcr >> 59 & 1 and regime.granule != 16
    regime.output_bits = PA_BITS[min(bits(tcr, 34, 32), pa_range(registers))]
    regime.ttbr = registers[name]
    regime.mair = registers["MAIR_EL%d" % level]
    regime.big_endian = control >> 25 & 1
    regime.wxn = control >> 19 & 1
    regime.sets_af = tcr >> 39 & 1
    regime.sets_dirty = tcr >> 40 & 1
    regime.hierarchical = not tcr >> (42 if high else 41) & 1
    asid = registers["TTBR%d_EL%d" % (tcr >> 22 & 1, level)] >> 48
    regime.title = "stage 1 of EL%d&0: %s 0x%x, ASID %d, T%dSZ %d" % (
        level, name, regime.ttbr, asid, high, size)
    tagged = tcr >> (38 if high else 37) & 1
    if tagged:
        regime.title += ", TBI%d" % high
        va = va & 2 ** 56 - 1 | (0xff << 56 if high else 0)
    if tcr >> (23 if high else 7) & 1:
        raise Fault(TRANSLATION, 0, "TCR_EL%d.EPD%d = 1" % (level, high))
    if va >> regime.input_bits != ((1 << size) - 1 if high else 0):
        raise Fault(TRANSLATION, 0, "not within the %d bits that T%dSZ = %d leaves" % (
            regime.input_bits, high, size))
    return regime, va & (1 << regime.input_bits) - 1


def single_regime(registers, va):
    """Stage 1 of EL2 and EL3: one range, one privilege."""
    level = registers["level"]
    regime = Regime()
    tcr = registers["TCR_EL%d" % level]
    control = registers["SCTLR_EL%d" % level]
    regime.granule = TG0.get(bits(tcr, 15, 14))
    regime.input_bits = 64 - bits(tcr, 5, 0)
    regime.ds = tcr >> 32 & 1 and regime.granule != 16
    regime.output_bits = PA_BITS[min(bits(tcr, 18, 16), pa_range(registers))]
    regime.ttbr = registers["TTBR0_EL%d" % level]
    regime.mair = registers["MAIR_EL%d" % level]
    regime.big_endian = control >> 25 & 1
    regime.wxn = control >> 19 & 1
    regime.sets_af = tcr >> 21 & 1
    regime.sets_dirty = tcr >> 22 & 1
    regime.hierarchical = not tcr >> 24 & 1
    regime.title = "stage 1 of EL%d: TTBR0_EL%d 0x%x, T0SZ %d" % (
        level, level, regime.ttbr, bits(tcr, 5, 0))
    if tcr >> 20 & 1:
        regime.title += ", TBI"
        va &= 2 ** 56 - 1
    if va >> regime.input_bits:
        raise Fault(TRANSLATION, 0, "not within the %d bits that T0SZ = %d leaves" % (
            regime.input_bits, bits(tcr, 5, 0)))
    return regime, va


def stage2_regime(registers, ipa):
    vtcr, vttbr = registers["VTCR_EL2"], registers["VTTBR_EL2"]
    regime = Regime()
    regime.stage = 2
    regime.granule = TG0.get(bits(vtcr, 15, 14))
    regime.input_bits = 64 - bits(vtcr, 5, 0)
    regime.ds = vtcr >> 32 & 1 and regime.granule != 16
    regime.output_bits = PA_BITS[min(bits(vtcr, 18, 16), pa_range(registers))]
    sl0 = bits(vtcr, 7, 6)
    if regime.granule == 12:
        regime.start_level = 3 if sl0 == 3 else 2 - sl0
        if regime.ds and vtcr >> 33 & 1:                    # SL2
            regime.start_level = -1
    else:
        regime.start_level = 3 - sl0
    regime.sets_af = vtcr >> 21 & 1
    regime.sets_dirty = vtcr >> 22 & 1
    regime.fwb = registers["HCR_EL2"] >> 46 & 1
    regime.xnx = bits(registers.get("ID_AA64MMFR1_EL1") or 0, 31, 28) != 0
    regime.ttbr = vttbr & 2 ** 48 - 1
    vmid = vttbr >> 48 & (0xffff if vtcr >> 19 & 1 else 0xff)
    regime.title = "stage 2: VTTBR_EL2 0x%x, VMID %d, T0SZ %d" % (vttbr, vmid, bits(vtcr, 5, 0))
    if ipa >> regime.input_bits:
        raise Fault(TRANSLATION, 0, "not within the %d bits of an IPA" % regime.input_bits)
    return regime, ipa


def pa_range(registers):
    return min(bits(registers.get("ID_AA64MMFR0_EL1") or 5, 3, 0), 7)


class Walk:
    """The way of one address through one stage. steps: of each entry (level, index, address,
    descriptor, words, note). Then output, or fault."""

    def __init__(self, regime, address, fetch):
        self.steps = []
        self.fault = None
        self.regime = regime
        self.limits = [0, 0, 0, 0]          # of tables: APTable[0], APTable[1], UXNTable, PXNTable
        try:
            regime.check()
            self.output = self.walk(address, fetch)
        except Fault as fault:
            self.fault = fault

    def walk(self, address, fetch):
        regime = self.regime
        level, top = regime.start_level, regime.input_bits
        # A root is aligned to its size, which is 64 bytes at least.
        low = max(top - regime.shift(level) + 3, 4)
        root = regime.ttbr & (1 << 48) - (1 << low)
        if regime.output_bits == 52:
            root = regime.ttbr & (1 << 48) - (1 << max(low, 6)) | bits(regime.ttbr, 5, 2) << 48
        if root >> regime.output_bits:
            raise Fault(ADDRESS_SIZE, 0,
                        "the root's address has more than %d bits" % regime.output_bits)
        table = root
        while True:
            shift = regime.shift(level)
            index = bits(address, top - 1, shift)
            at = table + 8 * index
            descriptor, note = fetch(at)
            if regime.big_endian:
                descriptor = int.from_bytes(descriptor.to_bytes(8, "big"), "little")
            kind = descriptor & 3
            if level == LAST_LEVEL:
                is_leaf, is_table = kind == 3, False
            else:
                is_leaf, is_table = kind == 1 and level in regime.blocks(), kind == 3
            if not (is_leaf or is_table):
                words = "invalid"
                if kind & 1:
                    words = "reserved" if level == LAST_LEVEL else "no block at this level"
                self.steps.append((level, index, at, descriptor, words, note))
                raise Fault(TRANSLATION, level)
            output = regime.output(descriptor, regime.granule if is_table else shift)
            if is_table:
                words = "table at 0x%x" % output + self.table_words(descriptor)
            else:
                name = "page" if level == LAST_LEVEL else "block"
                words = "%s of %s at 0x%x, %s" % (name, size_words(shift), output,
                                                  self.leaf_words(descriptor))
            self.steps.append((level, index, at, descriptor, words, note))
            if output >> regime.output_bits:
                raise Fault(ADDRESS_SIZE, level,
                            "the address has more than %d bits" % regime.output_bits)
            if is_leaf:
                self.descriptor = descriptor
                if not descriptor >> 10 & 1 and not regime.sets_af:
                    raise Fault(ACCESS_FLAG, level)
                return output | address & (1 << shift) - 1
            table, top, level = output, shift, level + 1

    def table_words(self, descriptor):
        """The hierarchical attributes: for all that is below. Bits 63 to 59 of stage 1."""
        if self.regime.stage == 2:
            return ""
        words = []
        if bits(descriptor, 62, 61):
            words.append("APTable 0b{:02b}".format(bits(descriptor, 62, 61)))
        if self.regime.two_privileges:
            names = ((60, "UXNTable"), (59, "PXNTable"), (63, "NSTable"))
        else:
            names = ((60, "XNTable"), (63, "NSTable"))
        words += [name for bit, name in names if descriptor >> bit & 1]
        if words and not self.regime.hierarchical:
            words.append("(not used: HPD)")
        elif self.regime.hierarchical:
            for n, bit in enumerate((61, 62, 60, 59)):
                self.limits[n] |= descriptor >> bit & 1
        return "".join(", " + word for word in words)

    def leaf_words(self, descriptor):
        regime = self.regime
        words = []
        if regime.stage == 2:
            xn = bits(descriptor, 54, 53)
            words.append("S2AP 0b{:02b}".format(bits(descriptor, 7, 6)))
            words.append("XN[1:0] 0b{:02b}".format(xn) if regime.xnx else "XN %d" % (xn >> 1))
            memattr = bits(descriptor, 5, 2)
            words.append("MemAttr 0b{:04b} {}".format(
                memattr, type_words(memattr_type(memattr, regime.fwb))))
        else:
            index = bits(descriptor, 4, 2)
            attribute = regime.mair >> 8 * index & 0xff
            words.append("AP[2:1] 0b{:02b}".format(bits(descriptor, 7, 6)))
            if regime.two_privileges:
                words.append("UXN %d, PXN %d" % (descriptor >> 54 & 1, descriptor >> 53 & 1))
            else:
                words.append("XN %d" % (descriptor >> 54 & 1))
            words.append("AttrIndx %d 0x%02x %s" % (
                index, attribute, type_words(mair_type(attribute))))
        if not regime.ds:
            words.append("SH 0b{:02b} {}".format(
                bits(descriptor, 9, 8), SHAREABLE[bits(descriptor, 9, 8)]))
        words.append("AF %d" % (descriptor >> 10 & 1))
        if regime.stage == 1 and regime.two_privileges:
            words.append("nG %d" % (descriptor >> 11 & 1))
        words += [name for bit, name in ((52, "Contiguous"), (51, "DBM"), (50, "GP"))
                  if descriptor >> bit & 1 and not (bit == 50 and regime.stage == 2)]
        if bits(descriptor, 58, 55):
            words.append("software's bits 0x%x" % bits(descriptor, 58, 55))
        return ", ".join(words)

    def rights(self):
        """What the leaf, and the tables before it, allow: "r", "w" and "x" for EL1 (or the regime's
        own level), and for EL0."""
        descriptor, regime = self.descriptor, self.regime
        # Read-only until the first write, for which the hardware then sets the permission (DBM).
        clean = regime.sets_dirty and descriptor >> 51 & 1
        if regime.stage == 2:
            access = (("r" if descriptor >> 6 & 1 else "") +
                      ("w" if descriptor >> 7 & 1 or clean else ""))
            xn = bits(descriptor, 54, 53) if regime.xnx else bits(descriptor, 54, 54) << 1
            return (access + ("x" if xn in (0, 3) else ""), access + ("x" if xn in (0, 1) else ""))
        no_user, no_write, no_user_x, no_x = self.limits
        write = not ((descriptor >> 7 & 1 and not clean) or no_write)
        own = "r" + ("w" if write else "")
        if not regime.two_privileges:
            never = descriptor >> 54 & 1 or no_user_x or (regime.wxn and write)
            return (own + ("" if never else "x"), None)
        user = own if descriptor >> 6 & 1 and not no_user else ""
        own_x = not (descriptor >> 53 & 1 or no_x or (regime.wxn and write) or "w" in user)
        user_x = not (descriptor >> 54 & 1 or no_user_x or (regime.wxn and "w" in user))
        return (own + ("x" if own_x else ""), user + ("x" if user_x else ""))

    def memory_type(self):
        if self.regime.stage == 2:
            return memattr_type(bits(self.descriptor, 5, 2), self.regime.fwb)
        return mair_type(self.regime.mair >> 8 * bits(self.descriptor, 4, 2) & 0xff)

    def shareability(self):
        return bits(self.descriptor, 9, 8)


# ---- Both ----------------------------------------------------------------------------------------

def fetch_physical(at):
    return int.from_bytes(physical(at, 8), "little"), ""


class TableFault(Exception):
    """Stage 2 has no stage 1 table for the walk."""

    def __init__(self, ipa, walk):
        super().__init__()
        self.ipa, self.walk = ipa, walk


def make_walk(maker, registers, address, fetch):
    """A walk, or one that ends before its first entry."""
    try:
        regime, address = maker(registers, address)
    except Fault as fault:
        walk = Walk.__new__(Walk)
        walk.steps, walk.fault, walk.regime = [], fault, None
        return walk
    return Walk(regime, address, fetch)


def stage2_walk(registers, ipa):
    """None when stage 2 is off."""
    if not registers["HCR_EL2"] & 1:
        return None
    return make_walk(stage2_regime, registers, ipa, fetch_physical)


def guest_stage1(registers, va):
    """None when stage 1 is off."""
    if not registers["SCTLR_EL1"] & 1:
        return None

    def fetch(ipa):
        walk = stage2_walk(registers, ipa)
        if walk is None:
            return fetch_physical(ipa)
        if walk.fault:
            raise TableFault(ipa, walk)
        return fetch_physical(walk.output)[0], "PA 0x%x" % walk.output
    return make_walk(el1_regime, registers, va, fetch)


def translate(va, registers=None):
    """A guest's virtual address to a physical one; None: it faults. With PhysicalMemory()."""
    registers = registers or read_live(STAGE1 + STAGE2 + FEATURES)
    try:
        walk = guest_stage1(registers, va)
        if walk is not None and walk.fault:
            return None
        ipa = va if walk is None else walk.output
        walk = stage2_walk(registers, ipa)
        if walk is None:
            return ipa
        return None if walk.fault else walk.output
    except (TableFault, TypeError, gdb.error):
        return None


def read_guest(va, size, registers=None):
    """Bytes of a guest's memory, page by page; None: some of it is not mapped."""
    registers = registers or read_live(STAGE1 + STAGE2 + FEATURES)
    data = b""
    with PhysicalMemory():
        while size > 0:
            pa = translate(va, registers)
            if pa is None:
                return None
            part = min(size, 4096 - va % 4096)
            data += physical(pa, part)
            va, size = va + part, size - part
    return data


# ---- The command ---------------------------------------------------------------------------------

def show_steps(walk, kind):
    if walk.regime:
        gdb.write("  %s (%d bits), %s granule, from level %d\n" % (
            walk.regime.title, walk.regime.input_bits, size_words(walk.regime.granule),
            walk.regime.start_level))
    for level, index, at, descriptor, words, note in walk.steps:
        gdb.write("  level %d [%d] at %s 0x%x%s: 0x%016x  %s\n" % (
            level, index, kind, at, " (%s)" % note if note else "", descriptor, words))


def rights_words(rights):
    return "".join(letter if letter in rights else "-" for letter in "rwx")


class HvWalk(HvCommand):
    """An address through the translation tables, each descriptor decoded.

hv walk ADDRESS            as the CPU itself would translate it now: at EL2 by the hypervisor's own
                           tables, at EL1 and EL0 by the guest's stage 1, then by stage 2
hv walk --guest ADDRESS    a guest's virtual address, also at EL2: of the vCPU on this CPU
hv walk --ipa ADDRESS      an IPA: stage 2 only
hv walk --el2 ADDRESS      the hypervisor's, also in a guest
hv walk ADDRESS, GUEST     of another guest: an expression for a struct vcpu (its saved registers,
                           while it is not bound) or a struct vm, or what has one:
                           hv walk --ipa 0x40080000, guests[1]

Of each table: the level, the index, the entry's address and the entry. A guest's stage 1 tables are
at IPAs; their PA is in brackets. The last line has the result, and what both stages together allow.
A walk that ends before says with which fault, as ESR_ELx would. A good first one: hv walk $pc"""
    name = "walk"
    takes_argument = True

    def show(self, argument):
        words = argument.split()
        options = []
        while words and words[0].startswith("--") and len(words[0]) > 2:
            options.append(words.pop(0))
        for option in options:
            if option not in ("--guest", "--ipa", "--el2") or len(options) > 1:
                raise gdb.GdbError("hv walk has one of the options --guest, --ipa, --el2: "
                                   "see \"help hv walk\".")
        option = options[0] if options else None
        text, guest = self.split(" ".join(words))
        if not text:
            raise gdb.GdbError("Which address? Such as: hv walk $pc")
        address = self.address(text)
        level = current_level()
        if guest and option == "--el2":
            raise gdb.GdbError("The hypervisor's tables are not a guest's: leave out \"%s\"." %
                               guest)
        if option == "--el2" or (level >= 2 and not option and not guest):
            self.own(address, 2 if option else level)
            return
        if register("HCR_EL2") is None:
            if option == "--ipa":
                raise gdb.GdbError("There is no EL2 on this machine, so there is no stage 2.")
        if level >= 2 and not guest and not register("HCR_EL2") & 1:
            raise gdb.GdbError("HCR_EL2.VM is 0: no guest is on this CPU. \"hv walk ADDRESS\" "
                               "takes the hypervisor's own tables.")
        registers, where = guest_registers(guest)
        if where:
            gdb.write("%s: %s\n" % (guest, where))
        registers["HCR_EL2"] = registers["HCR_EL2"] or 0
        with PhysicalMemory():
            if option == "--ipa" or registers.get("TCR_EL1") is None:
                self.stage2(registers, address, None)
            else:
                self.guest(registers, address)

    @staticmethod
    def split(text):
        """ADDRESS, GUEST: at the last comma that is not within brackets."""
        depth = 0
        for at in range(len(text) - 1, -1, -1):
            depth += (text[at] in ")]}") - (text[at] in "([{")
            if text[at] == "," and depth == 0:
                return text[:at].strip(), text[at + 1:].strip()
        return text.strip(), ""

    @staticmethod
    def address(text):
        try:
            found = gdb.parse_and_eval(text)
            kind = found.type.strip_typedefs().code
            if kind in (gdb.TYPE_CODE_FUNC, gdb.TYPE_CODE_ARRAY):
                found = found.address
                if found is None:           # a string of GDB's own
                    raise gdb.error
            elif kind not in (gdb.TYPE_CODE_INT, gdb.TYPE_CODE_PTR, gdb.TYPE_CODE_ENUM):
                raise gdb.error
            return int(found) & MASK
        except gdb.error:
            raise gdb.GdbError("\"%s\" is no address here: give a number, a pointer or a "
                               "function." % text)

    def own(self, va, level):
        names = ["%s_EL%d" % (name, level) for name in ("SCTLR", "TCR", "TTBR0", "MAIR")]
        hcr = register("HCR_EL2") or 0
        vhe = level == 2 and hcr >> 34 & 1
        registers = read_live(names + (["TTBR1_EL2"] if vhe else []) + list(FEATURES))
        registers["level"] = level
        if registers["SCTLR_EL%d" % level] is None:
            raise gdb.GdbError("This machine has no EL%d." % level)
        if not registers["SCTLR_EL%d" % level] & 1:
            gdb.write("VA 0x%x: stage 1 of EL%d is off (SCTLR_EL%d.M = 0)\nPA 0x%x\n" % (
                va, level, level, va))
            return
        with PhysicalMemory():
            walk = make_walk(el1_regime if vhe else single_regime, registers, va, fetch_physical)
        gdb.write("VA 0x%x%s\n" % (va, self.name_of(va)))
        show_steps(walk, "PA")
        if walk.fault:
            gdb.write("%s\n" % walk.fault.words)
            return
        kind = walk.memory_type()
        gdb.write("PA 0x%x: %s, %s, %s\n" % (
            walk.output, type_words(kind), self.share_words(kind, walk.shareability()),
            rights_words(walk.rights()[0])))

    @staticmethod
    def name_of(address):
        name = symbol(address)
        return "  %s" % name if name else ""

    @staticmethod
    def share_words(kind, share):
        # Device and Non-cacheable memory is always Outer Shareable.
        return SHAREABLE[2 if kind[0] == "Device" or kind[1:] == (0, 0) else share]

    def guest(self, registers, va):
        if not registers["HCR_EL2"] >> 31 & 1 and registers["HCR_EL2"] & 1:
            raise gdb.GdbError("HCR_EL2.RW is 0: EL1 is AArch32, whose tables are not decoded. "
                               "\"hv walk --ipa\" takes stage 2.")
        gdb.write("VA 0x%x%s\n" % (va, self.name_of(va)))
        try:
            walk = guest_stage1(registers, va)
        except TableFault as table:
            gdb.write("  stage 1's table at IPA 0x%x is not there for the walk:\n" % table.ipa)
            show_steps(table.walk, "PA")
            gdb.write("%s, on stage 2, on a stage 1 table walk (S1PTW)\n" % table.walk.fault.words)
            return
        if walk is None:
            cached = registers["HCR_EL2"] >> 12 & 1         # HCR_EL2.DC
            gdb.write("  stage 1 of EL1&0 is off (SCTLR_EL1.M = 0): IPA = VA, "
                      "data accesses are %s\n" %
                      ("Normal Write-Back (HCR_EL2.DC = 1)" if cached else "Device-nGnRnE"))
            self.stage2(registers, va, None, ("Normal", 2, 2) if cached else ("Device", 0))
            return
        show_steps(walk, "IPA" if registers["HCR_EL2"] & 1 else "PA")
        if walk.fault:
            gdb.write("%s, on stage 1\n" % walk.fault.words)
            return
        self.stage2(registers, walk.output, walk)

    def stage2(self, registers, ipa, first, kind=None):
        """first: the walk of stage 1, if it is on; kind: the memory type if it is off."""
        gdb.write("IPA 0x%x\n" % ipa)
        walk = stage2_walk(registers, ipa)
        if walk is None:
            gdb.write("  stage 2 is off (HCR_EL2.VM = 0)\n")
        else:
            show_steps(walk, "PA")
            if walk.fault:
                gdb.write("%s, on stage 2\n" % walk.fault.words)
                return
        fwb = registers["HCR_EL2"] >> 46 & 1
        rights, share = ("rwx", "rwx"), 0
        for part in (first, walk):
            if part:
                rights = [old if new is None else "".join(set(old) & set(new))
                          for old, new in zip(rights, part.rights())]
        if first:
            kind, share = first.memory_type(), first.shareability()
        if walk:
            second = walk.memory_type()
            kind = combined_type(kind, second, fwb) if kind else second
            shares = {share, walk.shareability()}
            share = 2 if 2 in shares else 3 if 3 in shares else 0
        pa = walk.output if walk else ipa
        gdb.write("PA 0x%x" % pa)
        if kind:
            gdb.write(": %s, %s, EL1 %s, EL0 %s" % (
                type_words(kind), self.share_words(kind, share), rights_words(rights[0]),
                rights_words(rights[1])))
        gdb.write("\n")


def start():
    HvWalk()
