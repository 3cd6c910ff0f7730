# SPDX-License-Identifier: MIT
"""What the hypervisor knows of its guests, by the image's debug information: VMs, vCPUs, exits.

Addresses go in and out, and every function here reads the hypervisor's memory wherever the CPU is.
Of an image without such structures (labs 1 and 2, a stripped one) they tell None."""

import re

import gdb

from hv.machine import (current_level, has_type, in_hypervisor, pointer, register, symbol,
                        this_vcpu)
from hv.words import esr_short

KINDS = ("SYNC", "IRQ", "FIQ", "SERROR")        # of a vector, in the table's order
KIND_WORDS = {"SYNC": "synchronous", "IRQ": "IRQ", "FIQ": "FIQ", "SERROR": "SError"}


def offset_of(type_name, member):
    for field in gdb.lookup_type(type_name).fields():
        if field.name == member:
            return field.bitpos // 8
    return None


# ---- This CPU -----------------------------------------------------------------------------------

def guest_cpu_of(vcpu):
    """From lab 4 on a struct vcpu is the first member of a struct guest_cpu."""
    return pointer(vcpu, "struct guest_cpu") if has_type("struct guest_cpu") else None


# ---- Names --------------------------------------------------------------------------------------

def vm_of(vcpu):
    """The struct vm of a struct vcpu (a pointer to it), or None: its stage 2 is part of it."""
    stage2 = int(pointer(vcpu, "struct vcpu")["stage2"])
    if not stage2 or not has_type("struct vm"):
        return None
    return pointer(stage2 - offset_of("struct vm", "stage2"), "struct vm")


def vm_name(vm):
    try:
        name = vm["name"].string("ascii", length=-1)
    except (gdb.error, UnicodeDecodeError):
        return ""
    return name if re.fullmatch(r"[ -~]{1,32}", name) else ""


def guest_label(name):
    return name if name.startswith("guest") else ("guest " + name).strip()


def vcpu_index(vcpu):
    """Its number in its VM, and how many the VM has (1, if nobody says)."""
    guest_cpu = guest_cpu_of(vcpu)
    if guest_cpu is None:
        return int(pointer(vcpu, "struct vcpu")["id"]), 1
    machine = guest_cpu["machine"]
    return int(guest_cpu["index"]), int(machine["cpu_count"]) if int(machine) else 1


@in_hypervisor
def label_of(vcpu):
    if not vcpu:
        return "guest"
    vm = vm_of(vcpu)
    label = guest_label(vm_name(vm) if vm is not None else "")
    index, count = vcpu_index(vcpu)
    return label if count == 1 and index == 0 else "%s/vCPU %d" % (label, index)


def short_label(vcpu):
    """guest A; with several vCPUs guest vm0/vCPU 1"""
    return label_of(vcpu) or "guest"


@in_hypervisor
def long_label(vcpu):
    """vCPU 0 of guest A"""
    vm = vm_of(vcpu)
    label = guest_label(vm_name(vm) if vm is not None else "")
    return "vCPU %d of %s" % (vcpu_index(vcpu)[0], label)


# ---- All of them --------------------------------------------------------------------------------

def is_struct(type_, wanted):
    """By its tag: how a type is printed depends on the frame's language, which may be assembly."""
    return type_.code == gdb.TYPE_CODE_STRUCT and "struct %s" % type_.tag == wanted


def holds(type_, wanted, depth=3):
    """Whether a struct has a member of that type somewhere."""
    type_ = type_.strip_typedefs()
    while type_.code == gdb.TYPE_CODE_ARRAY:
        type_ = type_.target().strip_typedefs()
    if type_.code not in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
        return False
    if is_struct(type_, wanted):
        return True
    return depth > 0 and any(holds(field.type, wanted, depth - 1) for field in type_.fields())


def elements(value):
    if value.type.strip_typedefs().code != gdb.TYPE_CODE_ARRAY:
        return [("", value)]
    low, high = value.type.range()
    return [("[%d]" % n, value[n]) for n in range(low, high + 1)]


def members(value, wanted, path="", depth=3):
    """[(path, value)] of all members of a type, however deep."""
    found = []
    for index, one in elements(value):
        type_ = one.type.strip_typedefs()
        if is_struct(type_, wanted):
            found.append((path + index, one))
        elif depth > 0 and type_.code == gdb.TYPE_CODE_STRUCT:
            for field in type_.fields():
                if field.name and holds(field.type, wanted, depth - 1):
                    found += members(one[field.name], wanted, "%s%s.%s" % (path, index, field.name),
                                     depth - 1)
    return found


CONTAINERS = {}         # of an image: the variables that hold VMs


def containers():
    """Variables of the image that hold a struct vm: "machine", "vms", "guests"."""
    image = gdb.current_progspace().filename
    if not all(one.is_valid() for one in CONTAINERS.get(image, [])):
        del CONTAINERS[image]
    if image not in CONTAINERS:
        found = []
        listing = gdb.execute("info variables -q -n",
                              to_string=True) if has_type("struct vm") else ""
        for name in sorted(set(re.findall(r"^\d+:\s+(?:static )?struct \w+ (\w+)(?:\[\d+\])?;",
                                          listing,
                                          re.M))):
            symbols = gdb.lookup_static_symbols(name)
            symbols += [one for one in [gdb.lookup_global_symbol(name)] if one]
            found += [one for one in symbols if one.is_variable and holds(one.type, "struct vm") and
                      one.addr_class == gdb.SYMBOL_LOC_STATIC]
        CONTAINERS[image] = found
    return CONTAINERS[image]


@in_hypervisor
def all_vms():
    """[(expression, pointer to struct vm, [(expression, address of struct vcpu)])]: those made."""
    found = []
    for variable in containers():
        for index, element in elements(variable.value()):
            base = variable.name + index
            vms = members(element, "struct vm")
            if not vms:
                continue
            path, vm = vms[0]
            vcpus = []
            cpus = members(element, "struct guest_cpu") if has_type("struct guest_cpu") else []
            for inner, one in cpus or members(element, "struct vcpu"):
                address = int(one.address)
                if int(pointer(address, "struct vcpu")["state"]):
                    vcpus.append((base + inner, address))
            if int(vm["name"]) and vcpus:
                found.append((base + path, vm.address, vcpus))
    return found


def example():
    """An expression for a vCPU, for a message: "guests[0].vcpu"."""
    return example_of(all_vms())


def example_of(vms):
    if vms:
        return vms[0][2][0][0]
    return "machine.cpus[0]" if has_type("struct guest_cpu") else "guests[0].vcpu"


example.inside = lambda: example_of(all_vms.inside())


# ---- Exits --------------------------------------------------------------------------------------

class Exit:
    """An exception taken to EL2."""

    def __init__(self, kind, esr, elr, vcpu=None, count=None):
        self.kind, self.esr, self.elr, self.vcpu = kind, esr, elr, vcpu
        self.count = count          # how many the vCPU's log has with this one, if there is one
        self.ipa = None
        self.reason = ""            # what it became (lab 4)
        self.under_way = False      # not known yet
        self.at_vector = False      # the CPU is at its vector's first instruction
        self.own = False            # it was taken from EL2 itself
        self.who = ""               # the guest

    def same(self, other):
        return self.kind == other.kind and self.elr == other.elr and (
            self.kind != "SYNC" or self.esr == other.esr)

    def words(self):
        return esr_short(self.esr, self.ipa) if self.kind == "SYNC" else KIND_WORDS[self.kind]


def fault_ipa():
    """HPFAR_EL2 has the page, FAR_EL2 the rest."""
    return (register("HPFAR_EL2") >> 4 & 2 ** 40 - 1) << 12 | register("FAR_EL2") & 0xfff


def own_exception():
    """By SPSR_EL2: taken from EL2."""
    return register("SPSR_EL2") & 0x1e == 8


def exit_at_vector():
    """While the PC is in the vectors: what was just taken."""
    pc, base = register("pc"), register("VBAR_EL2")
    if current_level() != 2 or not base or not 0 <= pc - base < 0x800:
        return None
    slot = (pc - base) // 0x80
    found = Exit(KINDS[slot % 4], register("ESR_EL2"), register("ELR_EL2"))
    found.at_vector = (pc - base) % 0x80 == 0
    found.own = slot < 8
    if found.esr >> 26 & 0x3f in (0x20, 0x24):
        found.ipa = fault_ipa()
    return found


def exit_in_cpu():
    """What EL2's registers still tell of; ELR_EL2 and SPSR_EL2 may have been written since."""
    esr = register("ESR_EL2")
    if not esr:
        return None
    found = Exit("SYNC", esr, register("ELR_EL2"))
    found.own = own_exception()
    if esr >> 26 & 0x3f in (0x20, 0x24):
        found.ipa = fault_ipa()
    return found


def logged_exit(vcpu):
    """The newest record of a vCPU's log (lab 4)."""
    log = guest_cpu_of(vcpu)["log"]
    last = log["last"]
    if not int(last):
        return None
    esr, elr = int(last["esr"]), int(last["elr"])
    if not esr and not elr:
        return None
    size = log["ring"].type.range()[1] + 1
    place = (int(last) - int(log["ring"].address)) // last.dereference().type.sizeof
    total = sum(int(log["counts"][n]) for n in range(log["counts"].type.range()[1] + 1))
    under_way = (place + 1 - total) % size == 1
    kind = esr >> 60
    found = Exit(KINDS[kind] if kind < len(KINDS) else "SYNC", esr, elr, vcpu, total + under_way)
    found.under_way = under_way
    if not under_way:
        found.reason = str(last["reason"]).replace("EXIT_", "", 1)
        found.ipa = int(last["ipa"])
    elif esr == register("ESR_EL2"):
        found.ipa = fault_ipa()
    return found


@in_hypervisor
def last_exit_of(vcpu):
    """A vCPU's last exit, by what the hypervisor has in its memory."""
    if guest_cpu_of(vcpu) is not None:
        return logged_exit(vcpu)
    frame = pointer(vcpu, "struct vcpu")["frame"]
    esr, elr = int(frame["esr"]), int(frame["elr"])
    # Lab 3 keeps the last synchronous one.
    return Exit("SYNC", esr, elr, vcpu) if esr else None


def newest_exit():
    """The last exception that this CPU took to EL2, as far as it can be known."""
    found, vcpu = exit_at_vector(), this_vcpu()
    if found is None and vcpu:
        found = last_exit_of(vcpu)
    if found is None or not found.at_vector and found.count is None:
        # Between the vector and the frame, or after an exception of EL2's own, the CPU has a newer
        # one. While the guest executes, what is in the CPU and not in its frame is another guest's.
        newer = None if vcpu and current_level() < 2 else exit_in_cpu()
        if newer and (found is None or newer.esr != found.esr):
            found = newer
    if found is not None and vcpu and not found.own:
        found.who = short_label(vcpu)
    return found


def exit_words(found):
    """exit of guest A: HVC #2, ELR_EL2 demo_guest+0x98"""
    words = "exception" if found.own else "exit"
    words += "%s: %s, ELR_EL2 %s" % (" of " + found.who if found.who else "", found.words(),
                                     symbol(found.elr) or "0x%x" % found.elr)
    return words + (", became %s" % found.reason if found.reason not in ("", "NOTHING") else "")


def start():
    pass
