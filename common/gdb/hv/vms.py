# SPDX-License-Identifier: MIT
"""What the hypervisor knows of its guests, by the image's debug information: VMs, vCPUs, exits.

Addresses go in and out, and every function here reads the hypervisor's memory wherever the CPU is.
Of an image without such structures (labs 1 and 2, a stripped one) they tell None."""

import re

import gdb

from hv.machine import (HypervisorMemory, current_level, has_type, in_hypervisor, pointer, register,
                        symbol, this_vcpu)
from hv.walk import guest_registers, read_guest
from hv.words import esr_short

KINDS = ("SYNC", "IRQ", "FIQ", "SERROR")        # of a vector, in the table's order
KIND_WORDS = {"SYNC": "synchronous", "IRQ": "IRQ", "FIQ": "FIQ", "SERROR": "SError",
              "OTHER": "an interrupt"}          # IRQ, FIQ or SError: nobody has noted which


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
        self.far = None
        self.reason = ""            # what it became (lab 4)
        self.under_way = False      # not known yet
        self.at_vector = False      # the CPU is at its vector's first instruction
        self.fresh = False          # just taken: in no vCPU's frame and log yet
        self.own = False            # it was taken from EL2 itself
        self.rewritten = False      # ELR_EL2 is not what it was: by a handler, or another exception
        self.who = ""               # the guest

    def same(self, other):
        if self.kind != other.kind or self.kind == "SYNC" and self.esr != other.esr:
            return False
        if self.rewritten or other.rewritten:
            return self.far is None or other.far is None or self.far == other.far
        return None in (self.elr, other.elr) or self.elr == other.elr

    def words(self):
        return esr_short(self.esr, self.ipa) if self.kind == "SYNC" else KIND_WORDS[self.kind]

    def where(self):
        """, ELR_EL2 demo_guest+0x98"""
        if self.elr is None:
            return ""
        place = symbol(self.elr) or "0x%x" % self.elr
        return (" (ELR_EL2 is now %s)" if self.rewritten else ", ELR_EL2 %s") % place


def fault_ipa():
    """HPFAR_EL2 has the page, FAR_EL2 the rest."""
    return (register("HPFAR_EL2") >> 4 & 2 ** 40 - 1) << 12 | register("FAR_EL2") & 0xfff


def own_exception():
    """By SPSR_EL2: taken from EL2."""
    return register("SPSR_EL2") & 0x1e == 8


def in_registers(kind):
    """What ESR_EL2, ELR_EL2, SPSR_EL2 and FAR_EL2 tell."""
    found = Exit(kind, register("ESR_EL2"), register("ELR_EL2"))
    found.own = own_exception()
    found.far = register("FAR_EL2")
    if found.esr >> 26 & 0x3f in (0x20, 0x24):
        found.ipa = fault_ipa()
    return found


def fresh_exit():
    """What was just taken, while the PC is in the vectors or, from a guest's exit, on the way to C."""
    pc, base = register("pc"), register("VBAR_EL2")
    if current_level() != 2 or not base:
        return None
    if 0 <= pc - base < 0x800:
        slot = (pc - base) // 0x80
        found = in_registers(KINDS[slot % 4])
        found.at_vector = (pc - base) % 0x80 == 0
        found.own = slot < 8
    else:
        # Interrupts are masked there, but for its last instruction.
        way = re.match("(?:guest_exit|vcpu_saved)_(sync|irq|fiq|serror)", symbol(pc))
        if not way or own_exception():
            return None
        found = in_registers(way.group(1).upper())
    found.fresh = True
    return found


# Classes of exceptions from a lower exception level only, and from the same one only.
FROM_LOWER = {0x01, 0x03, 0x04, 0x05, 0x06, 0x08, 0x09, 0x0a, 0x0c, 0x11, 0x12, 0x13, 0x15, 0x16, 0x17,
              0x18, 0x1a, 0x20, 0x24, 0x30, 0x32, 0x34, 0x38, 0x3a}
FROM_SAME = {0x21, 0x25, 0x31, 0x33, 0x35}


def is_access(word):
    """A load or store, or (DC, IC, AT) a system instruction."""
    return word >> 25 & 5 == 4 or word >> 22 == 0x354


def belongs(elr, esr, spsr, word):
    """Whether ELR_EL2 can be as a syndrome's exception has left it. An interrupt writes ELR_EL2 and SPSR_EL2,
    but no syndrome; a handler may write ELR_EL2. word(address): the instruction there, or None."""
    ec, iss = esr >> 26 & 0x3f, esr & 0x1ffffff
    own = spsr & 0x1e == 8
    if ec in (FROM_LOWER if own else FROM_SAME):
        return False
    if spsr & 16:
        return True                 # AArch32
    found = word(elr - 4 if ec in (0x15, 0x16) else elr)
    if found is None:
        return True
    if ec in (0x15, 0x16, 0x17, 0x3c):
        opcode = {0x15: 0xd4000001, 0x16: 0xd4000002, 0x17: 0xd4000003, 0x3c: 0xd4200000}[ec]
        immediate = found >> 5 & 0xffff if ec == 0x17 else iss & 0xffff     # SMC's ISS has none
        return found == opcode | immediate << 5
    if ec == 0x01:
        return found & 0xfffff01f == 0xd503201f or found & 0xfffff000 == 0xd5031000
    if ec == 0x18:
        return found >> 22 == 0x354 and found & 31 == iss >> 5 & 31 and found >> 21 & 1 == iss & 1
    if ec == 0x07:
        return found >> 25 & 7 == 7 or found >> 25 & 5 == 4 and found >> 26 & 1 == 1 or \
            found >> 25 & 15 == 2 or found >> 22 == 0x354
    if ec in (0x24, 0x25):
        return is_access(found)
    return True


def own_word(address):
    try:
        with HypervisorMemory():
            return int.from_bytes(gdb.selected_inferior().read_memory(address, 4), "little")
    except (gdb.error, gdb.MemoryError):
        return None


def guest_word(address, guest=None):
    """By the translation tables that are in the CPU, or an expression's."""
    try:
        found = read_guest(address, 4, guest_registers(guest)[0])
    except (gdb.error, gdb.MemoryError):
        return None
    return None if found is None else int.from_bytes(found, "little")


def exit_in_cpu():
    """What EL2's registers still tell of; ELR_EL2 and SPSR_EL2 may have been written since."""
    esr = register("ESR_EL2")
    if not esr:
        return None
    found = in_registers("SYNC")
    found.rewritten = not belongs(found.elr, esr, register("SPSR_EL2"), own_word if found.own else guest_word)
    if esr >> 26 & 0x3f in FROM_LOWER | FROM_SAME:
        found.own = esr >> 26 & 0x3f in FROM_SAME
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
    # Lab 3 keeps the syndrome of the last synchronous one. Has an interrupt come since, or a handler gone on
    # behind the instruction, then its ELR_EL2 is not known any more.
    if not esr:
        return None
    if not belongs(elr, esr, int(frame["spsr"]),
                   lambda address: guest_word(address, "(struct vcpu *) 0x%x" % vcpu)):
        elr = None
    return Exit("SYNC", esr, elr, vcpu)


@in_hypervisor
def not_logged_yet(vcpu, logged):
    """Of the vCPU that is bound: an exit that is in its frame, and not in its log yet. That is so for some
    instructions of C."""
    frame = pointer(vcpu, "struct vcpu")["frame"]
    if current_level() != 2 or own_exception() or int(pointer(vcpu, "struct vcpu")["in_guest"]) or \
            int(frame["elr"]) != register("ELR_EL2"):
        return None
    if logged and (logged.under_way or logged.elr == int(frame["elr"])):
        return None
    found = exit_in_cpu()
    if found is None or found.own:
        return None
    if found.rewritten or found.esr != int(frame["esr"]):
        found.kind, found.rewritten = "OTHER", False
    found.fresh = True
    return found


def with_guest(found, vcpu):
    if vcpu and not found.own:
        found.vcpu, found.who = vcpu, short_label(vcpu)
    return found


def newest_exit():
    """The last exception that this CPU took to EL2, as far as it can be known."""
    vcpu, found = this_vcpu(), fresh_exit()
    if found is None and vcpu is None:
        found = exit_in_cpu()       # of whichever guest, if it is a guest's
        return found
    if found is None:
        found = last_exit_of(vcpu)
        if guest_cpu_of(vcpu) is not None:
            found = not_logged_yet(vcpu, found) or found
        elif current_level() == 2:
            # What is in the CPU, and not in the frame, is EL2's own, or of a guest that was bound before.
            newer = exit_in_cpu()
            if newer and (found is None or newer.esr != found.esr or newer.elr != found.elr):
                if not newer.own:
                    newer.who = "a guest"
                return newer
    return found and with_guest(found, vcpu)


def exit_words(found):
    """exit of guest A: HVC #2, ELR_EL2 demo_guest+0x98"""
    words = "exception" if found.own else "exit"
    words += "%s: %s%s" % (" of " + found.who if found.who else "", found.words(), found.where())
    return words + (", became %s" % found.reason if found.reason not in ("", "NOTHING") else "")


def start():
    pass
