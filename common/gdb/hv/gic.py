# SPDX-License-Identifier: MIT
"""The GIC: the physical one, a CPU's virtual CPU interface, and the model of lab 4 (GIC
architecture specification, IHI 0069)."""

import re
import struct

import gdb

from hv.machine import (HvCommand, PhysicalMemory, Session, bits, current_level, has_type, pointer,
                        register, this_percpu, this_vcpu)
from hv.symbols import Elf
from hv.walk import OnThread, find_guest, physical, thread_of

# "BSA, PPI assignments": what the CPU's own interrupts are for.
PPIS = {23: "PMU", 25: "GIC maintenance", 26: "EL2 physical timer", 27: "EL1 virtual timer",
        28: "EL2 virtual timer", 30: "EL1 physical timer"}
STATES = ("invalid", "pending", "active", "pending and active")
SGI_FRAME = 0x10000

# (op0, op1, CRn, CRm, op2) of the registers that an MRS reads without any effect.
ICH = {"ICH_HCR_EL2": (3, 4, 12, 11, 0), "ICH_VTR_EL2": (3, 4, 12, 11, 1),
       "ICH_VMCR_EL2": (3, 4, 12, 11, 7)}
ICH.update({"ICH_AP%dR%d_EL2" % (group, n): (3, 4, 12, 8 + group, n)
            for group in range(2) for n in range(4)})
ICH.update({"ICH_LR%d_EL2" % n: (3, 4, 12, 12 + n // 8, n % 8) for n in range(16)})


def intid_name(intid):
    if intid < 16:
        return "SGI %d" % intid
    if intid < 32:
        return "PPI, %s" % PPIS[intid] if intid in PPIS else "PPI"
    return "SPI %d" % (intid - 32)


def write_rows(rows):
    """Of each interrupt: INTID, and what there is to say. SGIs and SPIs in a row of which the same
    is to be said are one line."""
    at = 0
    while at < len(rows):
        last = at
        while (last + 1 < len(rows) and rows[last + 1] == (rows[last][0] + 1,) + rows[at][1:] and
               not 15 <= rows[last][0] < 32):
            last += 1
        intid, end = rows[at][0], rows[last][0]
        name = intid_name(intid) + ("" if last == at else " to " + intid_name(end))
        gdb.write("  %-7s  %-23s  %s\n" % (
            "%d" % intid if last == at else "%d-%d" % (intid, end), name, rows[at][1]))
        at = last + 1


# ---- Registers that GDB does not see -------------------------------------------------------------

def packet(text):
    """A packet to QEMU, behind GDB's back: it does not count as a stop."""
    answer = gdb.execute("maint packet " + text, to_string=True)
    return re.search(r'received: "(.*)"', answer).group(1)


class Mrs:
    """Reads system registers that QEMU does not show to GDB, by an MRS of the hypervisor's own
    code: the CPU executes this one instruction, with interrupts and the clock held, and then is as
    it was. Nothing is written to memory. At EL2 only, for at EL1 such an MRS is not allowed; and
    not while a run is replayed, which is of so many instructions and no more."""
    places = {}                 # in the image's text: encoding to (address, Rt)
    image = None

    @classmethod
    def find(cls):
        name = gdb.current_progspace().filename
        if name == cls.image:
            return
        cls.image, cls.places = name, {}
        try:
            elf = Elf(name)
        except (OSError, TypeError):
            return
        for flags, offset, start, size in elf.segments:
            if not flags & 1:
                continue
            code = elf.data[offset:offset + (size & ~3)]
            for n, (word,) in enumerate(struct.iter_unpack("<I", code)):
                if word >> 20 == 0xd53 and word & 31 != 31:
                    encoding = (2 + (word >> 19 & 1), word >> 16 & 7, word >> 12 & 15,
                                word >> 8 & 15, word >> 5 & 7)
                    cls.places.setdefault(encoding, (start + 4 * n, word & 31))

    @classmethod
    def why_not(cls):
        """None if it can be done here; else why not."""
        if current_level() != 2:
            return "at EL%d the CPU does not show them" % current_level()
        if Session.powered_off:
            return "the machine is off"
        # In WFI it would execute nothing, and we would wait for ever.
        state = packet("qThreadExtraInfo,p1.%x" % gdb.selected_thread().ptid[1])
        if b"halted" in bytes.fromhex(state):
            return "the CPU is in WFI and executes nothing"
        if "not active" not in gdb.execute("monitor info replay", to_string=True):
            return "not while a run is recorded or replayed"
        cls.find()
        if ICH["ICH_VTR_EL2"] in cls.places:
            return None
        return "this image has no instruction that reads them"

    @classmethod
    def read(cls, names):
        """The registers of these names, as far as there is an instruction. After why_not()."""
        values = {}
        thread = gdb.selected_thread().ptid[1]
        # GDB and QEMU are to agree on which CPU's registers are meant.
        gdb.execute("maint flush register-cache", to_string=True)
        register("pc")
        before_step = packet("qqemu.sstep")
        packet("Qqemu.sstep=0x7")
        pc = packet("p20")
        try:
            for name in names:
                if ICH[name] not in cls.places:
                    continue
                at, rt = cls.places[ICH[name]]
                saved = packet("p%x" % rt)
                packet("P20=" + at.to_bytes(8, "little").hex())
                packet("vCont;s:p1.%x" % thread)
                behind = int.from_bytes(bytes.fromhex(packet("p20")), "little")
                answer = packet("p%x" % rt)
                packet("P%x=%s" % (rt, saved))
                if behind == at + 4:
                    values[name] = int.from_bytes(bytes.fromhex(answer), "little")
        finally:
            packet("P20=" + pc)
            packet("Qqemu.sstep=" + before_step)
            gdb.execute("maint flush register-cache", to_string=True)
        return values


def list_registers(vtr):
    return bits(vtr, 4, 0) + 1


def implemented(vtr):
    """The names of the ICH registers that there are: to read another one is UNDEFINED."""
    priority_words = 1 << max(bits(vtr, 28, 26) + 1 - 5, 0)
    return (["ICH_HCR_EL2", "ICH_VMCR_EL2"] +
            ["ICH_AP%dR%d_EL2" % (group, n) for group in range(2) for n in range(priority_words)] +
            ["ICH_LR%d_EL2" % n for n in range(list_registers(vtr))])


# ---- The virtual CPU interface -------------------------------------------------------------------

def flags(number, names):
    return " ".join(name for bit, name in names if number >> bit & 1) or "nothing set"


def hcr_words(hcr):
    return "%s, EOIcount %d" % (flags(hcr, (
        (0, "En"), (1, "UIE"), (2, "LRENPIE"), (3, "NPIE"), (4, "VGrp0EIE"), (5, "VGrp0DIE"),
        (6, "VGrp1EIE"), (7, "VGrp1DIE"), (10, "TC"), (11, "TALL0"), (12, "TALL1"), (13, "TSEI"),
        (14, "TDIR"))), bits(hcr, 31, 27))


def vmcr_words(vmcr):
    return "VPMR 0x%02x, VBPR0 %d, VBPR1 %d, %s" % (
        bits(vmcr, 31, 24), bits(vmcr, 23, 21), bits(vmcr, 20, 18),
        flags(vmcr, ((0, "VENG0"), (1, "VENG1"), (2, "VAckCtl"), (3, "VFIQEn"),
                      (4, "VCBPR"), (9, "VEOIM"))))


def lr_words(lr):
    words = "%s, vINTID %d (%s), priority 0x%02x, group %d" % (
        STATES[bits(lr, 63, 62)], bits(lr, 31, 0), intid_name(bits(lr, 31, 0)), bits(lr, 55, 48),
        lr >> 60 & 1)
    if lr >> 61 & 1:
        return words + ", HW: pINTID %d" % bits(lr, 44, 32)
    return words + (", EOI" if lr >> 41 & 1 else "")


def active_words(values, group, vtr):
    """The priorities that are active, from the bits of ICH_AP<group>R<n>_EL2."""
    step = 8 - (bits(vtr, 28, 26) + 1) if vtr is not None else 3
    found = []
    for n in range(4):
        word = values.get("ICH_AP%dR%d_EL2" % (group, n), 0)
        found += ["0x%02x" % (32 * n + bit << step) for bit in range(32) if word >> bit & 1]
    return ", ".join(found) or "none"


def show_interface(values, vtr):
    for name, words in (("ICH_HCR_EL2", hcr_words), ("ICH_VMCR_EL2", vmcr_words)):
        if name in values:
            gdb.write("  %-13s 0x%016x  %s\n" % (name, values[name], words(values[name])))
    for group in range(2):
        if "ICH_AP%dR0_EL2" % group in values:
            gdb.write("  ICH_AP%dR<n>   active priorities: %s\n" % (
                group, active_words(values, group, vtr)))
    used = 0
    for n in range(16):
        lr = values.get("ICH_LR%d_EL2" % n, 0)
        if lr >> 62:
            used += 1
            gdb.write("  %-13s 0x%016x  %s\n" % ("ICH_LR%d_EL2" % n, lr, lr_words(lr)))
    count = list_registers(vtr) if vtr is not None else None
    gdb.write("  list registers in use: %d%s\n" % (used, " of %d" % count if count else ""))


# ---- The model (lab 4) ---------------------------------------------------------------------------

def words_of(array):
    return [int(array[n]) for n in range(array.type.strip_typedefs().range()[1] + 1)]


def show_model(cpu):
    """Of a struct guest_cpu: its vCPU's interrupts in struct vgic. With PhysicalMemory()."""
    index = int(cpu["index"])
    gic = cpu["machine"]["gic"]
    gic.fetch_lazy()
    own = gic["cpus"][index]
    banks = [own["bank"]] + [gic["spis"][n] for n in range(1, gic["spis"].type.range()[1] + 1)]
    ctlr = int(gic["ctlr"])
    gdb.write("The model: GICD_CTLR EnableGrp0 %d, EnableGrp1 %d%s%s\n" % (
        ctlr & 1, ctlr >> 1 & 1, ", asleep (GICR_WAKER)" if int(own["asleep"]) else "",
        ", out of date: a fold is due (gic_dirty)" if int(cpu["gic_dirty"]) else ""))
    rows = []
    for number, bank in enumerate(banks):
        word = {field.name: int(bank[field.name]) for field in bank.type.fields()
                if field.type.strip_typedefs().code == gdb.TYPE_CODE_INT}
        mine = int(own["routed"][number]) | int(own["active"][number]) | int(own["listed"][number])
        pending = word["latch"] | word["latch_listed"] | word["level"] & ~word["edge"]
        if number == 0:
            mine = 0xffffffff
        shown = (word["enabled"] | pending | word["active"] | word["listed"]) & mine
        for n in range(32):
            if not shown >> n & 1:
                continue
            state = [name for name, mask in (
                ("enabled", word["enabled"]), ("pending", pending), ("active", word["active"]),
                ("listed", word["listed"]), ("linked", word["linked"]), ("held", word["held"]))
                if mask >> n & 1]
            queued = (pending & word["enabled"] & ~(word["active"] | word["listed"])) >> n & 1
            group = word["group"] >> n & 1
            if queued and not ctlr >> group & 1:
                queued = 0
            if queued:
                state.append("queued for a list register")
            rows.append((32 * number + n, "priority 0x%02x, group %d, %s: %s" % (
                int(bank["priority"][n]), group, "edge" if word["edge"] >> n & 1 else "level",
                ", ".join(state))))
    write_rows(rows)
    if not rows:
        gdb.write("  nothing is enabled, pending or active\n")


# ---- The physical GIC ----------------------------------------------------------------------------

class Map:
    """Where QEMU has put the GIC, as its monitor says."""
    places = None

    @classmethod
    def find(cls):
        if cls.places is None:
            text = gdb.execute("monitor info mtree", to_string=True)
            cls.places = {}
            for start, end, name in re.findall(
                    r"^ +([0-9a-f]{16})-([0-9a-f]{16}) \(.*\): (gic\S+)", text, re.M):
                cls.places.setdefault(name, (int(start, 16), int(end, 16) + 1))
        return cls.places


def words_at(base, offset, count):
    return struct.unpack("<%dI" % count, b"".join(physical(base + offset + 4 * n, 4)
                                                  for n in range(count)))


def show_bank(base, first, route, groups):
    """32 interrupts of a distributor, or of a redistributor's SGI frame: those that are enabled,
    pending or active. Reads of these registers have no effect. groups: IGROUPR has them; where there are two
    Security states it reads as zero, and what is seen from the Non-secure one is of its group 1."""
    n = first // 32
    enabled, pending, active, group = (
        words_at(base, offset + 4 * n, 1)[0] for offset in (0x100, 0x200, 0x300, 0x80))
    shown = enabled | pending | active
    rows = []
    for bit in range(32):
        if not shown >> bit & 1:
            continue
        intid = first + bit
        priority = words_at(base, 0x400 + intid // 4 * 4, 1)[0] >> 8 * (intid % 4) & 0xff
        edge = words_at(base, 0xc00 + intid // 16 * 4, 1)[0] >> 2 * (intid % 16) + 1 & 1
        state = [name for name, mask in (
            ("enabled", enabled), ("pending", pending), ("active", active)) if mask >> bit & 1]
        if route:
            low, high = words_at(base, 0x6000 + 8 * intid, 2)
            state.append("to %s" % ("any CPU" if low >> 31 else "affinity %d.%d.%d.%d" % (
                high & 255, low >> 16 & 255, low >> 8 & 255, low & 255)))
        rows.append((intid, "priority 0x%02x, group %d, %s: %s" % (
            priority, group >> bit & 1 if groups else 1, "edge" if edge else "level", ", ".join(state))))
    write_rows(rows)
    return bool(rows)


def redistributor(regions, mpidr):
    """The redistributor of the CPU with this affinity, by GICR_TYPER."""
    wanted = mpidr & 0xffffff | mpidr >> 32 << 24
    for start, end in regions:
        for base in range(start, end, 0x20000):
            low, high = words_at(base, 8, 2)
            if high == wanted:
                return base
            if low >> 4 & 1:                # GICR_TYPER.Last
                break
    return None


def show_physical():
    places = Map.find()
    if "gicv3_dist" not in places:
        raise gdb.GdbError("This machine has no GICv3, and the hypervisor needs one: "
                           "leave out --gic 2.")
    distributor = places["gicv3_dist"][0]
    regions = [place for name, place in places.items() if name.startswith("gicv3_redist")]
    # What a CPU's affinity is says its struct percpu, or its place: QEMU's first 16 are 0.0.0.n.
    number = gdb.selected_thread().num - 1
    mpidr = (number // 16) << 8 | number % 16
    with PhysicalMemory():
        percpu = this_percpu()
        if percpu:
            mpidr = int(pointer(percpu, "struct percpu")["mpidr"]) & 0xff00ffffff
        ctlr, typer = words_at(distributor, 0, 2)
        gdb.write("Distributor at 0x%x: GICD_CTLR 0x%x (%s), INTIDs up to %d\n" % (
            distributor, ctlr, flags(ctlr, ((0, "EnableGrp0"), (1, "EnableGrp1"), (4, "ARE"),
                                            (6, "DS"), (31, "RWP"))),
            min(32 * (typer & 31) + 31, 1019)))
        found = False
        for first in range(32, min(32 * (typer & 31) + 32, 1020), 32):
            found = show_bank(distributor, first, True, ctlr >> 6 & 1) or found
        if not found:
            gdb.write("  no SPI is enabled, pending or active\n")
        base = redistributor(regions, mpidr)
        if base is None:
            return
        waker = words_at(base, 0x14, 1)[0]
        gdb.write("Redistributor of CPU %d at 0x%x: %s\n" % (
            number, base, "asleep (GICR_WAKER)" if waker & 6 else "awake"))
        if not show_bank(base + SGI_FRAME, 0, False, ctlr >> 6 & 1):
            gdb.write("  no SGI or PPI is enabled, pending or active\n")


class HvGic(HvCommand):
    """Interrupts: of the vCPU on this CPU, and of the machine.

hv gic            the virtual CPU interface (ICH_*), the list registers, and from lab 4 on what the
                  model knows of each interrupt that is enabled, pending or active; without a vCPU
                  on this CPU, the physical GIC
hv gic VCPU       the same of another one: an expression for a struct vcpu, or what has one
hv gic --phys     the physical GIC: the distributor, and this CPU's redistributor

QEMU does not show ICH_* to GDB. At EL2 the hypervisor's own MRS instructions are used to read them:
only that one instruction is executed, all else is as before. Elsewhere the values are those that
the hypervisor has written; what the guest or the hardware has changed since is not in them.

"listed": it is in a list register, which is the truth about it. "queued": it waits for one.
"linked": its end also ends a physical interrupt, which is "held" until then."""
    name = "gic"
    takes_argument = True

    def show(self, argument):
        if argument == "--phys":
            show_physical()
            return
        if argument.startswith("--"):
            raise gdb.GdbError("hv gic has the option --phys only: see \"help hv gic\".")
        vcpu = self.vcpu(argument)
        if vcpu is None:
            if has_type("struct vcpu"):
                gdb.write("No vCPU is on this CPU (\"hv gic VCPU\" shows another one's): "
                          "the physical GIC\n")
            show_physical()
            return
        name = argument or "this CPU's vCPU"
        with PhysicalMemory():
            bound = int(vcpu["cpu"])
            number = int(vcpu["id"])
        thread = thread_of(bound) if bound else None
        if thread:
            with OnThread(thread):
                vtr, values, source = self.values(vcpu, bound, True)
            if thread != gdb.selected_thread():
                source = source.replace("the CPU", "CPU %d" % (thread.num - 1))
        else:
            vtr, values, source = self.values(vcpu, bound, False)
        gdb.write("Virtual CPU interface of vCPU %d (%s), %s\n" % (number, name, source))
        show_interface(values, vtr)
        if has_type("struct guest_cpu"):
            with PhysicalMemory():
                show_model(pointer(int(vcpu.address), "struct guest_cpu").dereference())

    @staticmethod
    def vcpu(argument):
        if argument:
            if not has_type("struct vcpu"):
                raise gdb.GdbError("This image has no vCPUs: lab 3's is the first that does.")
            with PhysicalMemory():
                vcpu, stage2 = find_guest(argument)
            if vcpu is None:
                raise gdb.GdbError("\"%s\" is a VM: give one of its vCPUs." % argument)
            return vcpu
        address = this_vcpu()
        return pointer(address, "struct vcpu").dereference() if address else None

    @staticmethod
    def values(vcpu, bound, here):
        """ICH_VTR_EL2 (or None), the registers by name, and where they are from, in words."""
        why = Mrs.why_not() if here else "it is not on this CPU"
        if here and not why:
            vtr = Mrs.read(["ICH_VTR_EL2"]).get("ICH_VTR_EL2")
            if vtr is not None:
                values = Mrs.read(implemented(vtr))
                if "ICH_HCR_EL2" not in values:         # lab 3 never reads it
                    with PhysicalMemory():
                        values["ICH_HCR_EL2"] = int(vcpu["sysregs"]["ich_hcr_el2"])
                return vtr, values, "from the CPU"
            why = "this image has no MRS of ICH_VTR_EL2"
        with PhysicalMemory():
            values = {name: int(vcpu["sysregs"][name.lower()])
                      for name in ICH if name != "ICH_VTR_EL2"}
            if not bound:
                return None, values, "which is not bound: as saved"
            if has_type("struct guest_cpu"):
                lrs = pointer(int(vcpu.address), "struct guest_cpu")["lrs"]
                used = int(lrs["used"])
                values.update(("ICH_LR%d_EL2" % n, int(lrs["lr"][n]) if used >> n & 1 else 0)
                              for n in range(16))
                values["ICH_HCR_EL2"] = int(lrs["hcr"])
                values["ICH_VMCR_EL2"] = int(lrs["vmcr"])
            return None, values, "as the hypervisor left it (%s)" % why


def start():
    HvGic()
