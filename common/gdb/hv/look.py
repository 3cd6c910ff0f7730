# SPDX-License-Identifier: MIT
"""Commands that look: the CPU's state, and what the hypervisor knows of its guests."""

import re

import gdb

from hv import context, fields
from hv.machine import (RENAMED, HvCommand, HypervisorMemory, Session, current_level, has_type,
                        pointer, register, symbol, this_vcpu, value)
from hv.vms import (CONTAINERS, all_vms, example, example_of, fresh_exit, guest_cpu_of, guest_label,
                    is_struct, last_exit_of, long_label, vm_name)
from hv.words import cpu_words, esr_words, pstate_words

KINDS = ("Synchronous", "IRQ", "FIQ", "SError")
SOURCES = ("current EL with SP_EL0", "current EL with SP_ELx",
           "lower EL using AArch64", "lower EL using AArch32")


class HvState(HvCommand):
    """Where the CPU is, and its last exception to EL2, in words.

The last exception is the one that ESR_EL2, ELR_EL2, SPSR_EL2 and FAR_EL2 still tell of. All are
UNKNOWN until there has been one."""
    name = "state"

    def show(self, argument):
        gdb.write("%s\n" % cpu_words())
        for name in ("pc", "sp", "VBAR_EL2", "ELR_EL2"):
            number = register(name)
            if number is not None:
                gdb.write(("  %-9s 0x%016x  %s" % (name, number, symbol(number))).rstrip() + "\n")
        for name in ("HCR_EL2", "SCTLR_EL2", "FAR_EL2"):
            number = register(name)
            if number is not None:
                gdb.write("  %-9s 0x%016x\n" % (name, number))
        number = register("SPSR_EL2")
        if number is not None:
            gdb.write("  SPSR_EL2  0x%016x  from %s, %s\n" % ((number,) + pstate_words(number)))
        number = register("ESR_EL2")
        if number is not None:
            gdb.write("  ESR_EL2   0x%016x  %s\n" % (number, esr_words(number)))


def number_of(argument, otherwise):
    """An argument's value as 64 bits, or that of a register."""
    if argument:
        number = value(argument)
        if number is None:
            raise gdb.GdbError("\"%s\" is no number here." % argument)
        return number
    number = live(otherwise)
    if number is None:
        raise gdb.GdbError("GDB does not have %s here: give a value, \"hv %s 0x...\"." % (
            otherwise, otherwise.split("_EL")[0].lower()))
    return number


def live(name):
    """A register of the selected CPU by its name of the Arm ARM. QEMU has some without suffix."""
    for real in (RENAMED.get(name), name, name.rsplit("_", 1)[0] if name.endswith("_EL1")
                 else None):
        number = register(real) if real else None
        if number is not None:
            return number
    return None


def bits(one):
    return "%d" % one.hi if one.hi == one.lo else "%d:%d" % (one.hi, one.lo)


def print_fields(name, number):
    """A line for each field that is not 0, or whose 0 means something; then the others' names."""
    zero = []
    for one in fields.decode(name, number):
        if not one.value and not one.meaning:
            zero.append(one.name)
        elif not (one.name == "RES1" and not one.meaning):
            gdb.write(("  %5s  %-9s %-6s %s" % (bits(one), one.name, fields.number_words(one),
                                               one.meaning)).rstrip() + "\n")
    line = "  0:"
    for one in zero:
        if len(line) + len(one) > 98:
            gdb.write(line + "\n")
            line = "    "
        line += " " + one
    if zero:
        gdb.write(line + "\n")


class HvEsr(HvCommand):
    """A syndrome in words, and field by field.

hv esr          ESR_EL2, as it is now
hv esr EL1      another exception level's
hv esr VALUE    an expression:  hv esr 0x96000046,  hv esr frame->esr

The fields of the ISS are those of the exception class. Of a trapped MSR, MRS or System instruction
the instruction is spelt, too."""
    name = "esr"
    takes_argument = True
    needs_machine = False       # a number needs none

    def show(self, argument):
        level = re.fullmatch("(?i)el([123])", argument)
        name = "ESR_EL" + (level.group(1) if level else "2")
        number = number_of("" if level else argument, name)
        gdb.write("0x%016x  %s\n" % (number, esr_words(number)))
        print_fields(name, number)


class HvFields(HvCommand):
    """A register's fields. The subclasses are made below, one for each name."""
    takes_argument = True
    needs_machine = False

    def show(self, argument):
        level = re.fullmatch("(?i)el([123])", argument)
        register_name = self.register
        if level and "_EL" in register_name:
            register_name = register_name.split("_EL")[0] + "_EL" + level.group(1)
            if register_name not in fields.REGISTERS:
                raise gdb.GdbError("There is no %s among the registers that hv has fields of." %
                                   register_name)
            argument = ""
        if not argument and register_name == "PSTATE":
            number = number_of("$cpsr", None) & 0xffffffff
        elif not argument and register_name.startswith("ICH_"):
            number = self.of_vcpu(register_name)
        else:
            number = number_of(argument, register_name)
        gdb.write(("%s 0x%016x  %s" % (register_name, number,
                                       self.words(register_name, number))).rstrip() +
                  "\n")
        print_fields(register_name, number)

    @staticmethod
    def words(name, number):
        if name.startswith(("ELR", "FAR", "VBAR")):
            return symbol(number)
        if name.startswith(("SPSR", "PSTATE")):
            return "%s, %s" % pstate_words(number)
        if name.startswith(("MAIR", "HPFAR")):
            return ""
        return fields.short(name, number)

    def of_vcpu(self, name):
        """GDB cannot read ICH_* in the CPU: what the vCPU's last unbind has saved."""
        vcpu = this_vcpu() if current_level() is not None else None
        if name == "ICH_VTR_EL2":           # nobody saves what never changes
            return self.of_cpu(name)
        if not vcpu or name == "ICH_LR_EL2":
            value = "0x..."
            if has_type("struct guest_sysregs"):
                value = "%s%s.sysregs.%s" % (
                    example(), ".vcpu" if has_type("struct guest_cpu") else "",
                    "ich_lr0_el2" if name == "ICH_LR_EL2" else name.lower())
            raise gdb.GdbError("GDB cannot read %s in the CPU: give a value, \"hv %s %s\"." % (
                name.replace("LR_", "LR<n>_"), self.name, value))
        with HypervisorMemory():
            gdb.write("(%s, as its last unbind saved it: GDB cannot read it in the CPU)\n" %
                      long_label.inside(vcpu))
            return int(pointer(vcpu, "struct vcpu")["sysregs"][name.lower()])

    def of_cpu(self, name):
        """As "hv gic" has it: by an instruction of the image's."""
        from hv.gic import Mrs
        why = "there is no machine" if current_level() is None else Mrs.why_not()
        number = None if why else Mrs.read([name]).get(name)
        if number is None:
            raise gdb.GdbError("GDB cannot read %s here (%s): give a value, \"hv %s 0x90080003\"." % (
                name, why or "this image has no instruction that reads it", self.name))
        return number


# Command, register that it means when nothing is said.
FIELD_COMMANDS = [(name.rsplit("_EL", 1)[0].lower(), name) for name in (
    "HCR_EL2", "SPSR_EL2", "VTCR_EL2", "SCTLR_EL2", "VTTBR_EL2", "CPTR_EL2", "MDCR_EL2",
    "CNTHCTL_EL2",
    "TCR_EL2", "MAIR_EL2", "HSTR_EL2", "FAR_EL2", "HPFAR_EL2", "ELR_EL2", "VBAR_EL2", "CPACR_EL1",
    "ICH_HCR_EL2", "ICH_VMCR_EL2", "ICH_LR_EL2", "ICH_VTR_EL2", "SCR_EL3")] + [("pstate", "PSTATE")]


def field_commands():
    for command, register_name in FIELD_COMMANDS:
        levels = [level for level in "123"
                  if re.sub(r"_EL\d$", "_EL" + level, register_name) in fields.REGISTERS]
        usage = ["hv %-9s        %s, as it is now" % (command, register_name)]
        if len(levels) > 1:
            usage.append("hv %-9s EL1    another exception level's: EL%s" % (
                command, ", EL".join(levels)))
        usage.append("hv %-9s VALUE  an expression" % command)
        text = ("The fields of %s, by the Arm ARM's names.\n\n%s\n\nFields that are not 0, or of "
                "which 0 means something, have a line each; the last lines name the others." % (
                    register_name, "\n".join(usage)))
        type("Hv" + command, (HvFields,), {"name": command, "register": register_name,
                                           "__doc__": text})()


class HvVectors(HvCommand):
    """The vector table that VBAR_EL2 points to: for each slot, where its first instruction goes."""
    name = "vectors"

    def show(self, argument):
        base = register("VBAR_EL2")
        if base is None:
            raise gdb.GdbError("This machine has no VBAR_EL2: is there an EL2?")
        gdb.write("VBAR_EL2 0x%016x  %s\n" % (base, symbol(base)))
        with HypervisorMemory():
            memory = gdb.selected_inferior()
            words = [int.from_bytes(bytes(memory.read_memory(base + 0x80 * slot, 4)), "little")
                     for slot in range(16)]
        for slot, word in enumerate(words):
            at = base + 0x80 * slot
            if word >> 26 == 0b000101:          # B: 26 bits of words, signed
                offset = (word & 0x3ffffff) - ((word & 0x2000000) << 1)
                does = "b " + (symbol(at + 4 * offset) or "0x%x" % (at + 4 * offset))
            else:
                does = "instruction 0x%08x" % word
            gdb.write("%2d  +0x%03x  %-37s %s\n" % (
                slot, 0x80 * slot, KINDS[slot % 4] + ", " + SOURCES[slot // 4], does))


def lacks(what, lab):
    if gdb.lookup_global_symbol("main") is None:
        return gdb.GdbError("There is no debug information here, so no %s is known: "
                            "\"info files\", \"symbol-file\"." % what)
    return gdb.GdbError("This image has no %s: lab %d's is the first that has." % (what, lab))


def nobody(command):
    with HypervisorMemory():
        vms = all_vms.inside()
    if not vms:
        return gdb.GdbError("No vCPU is bound to this CPU, and no VM has been made yet.")
    return gdb.GdbError("No vCPU is bound to this CPU: try \"hv %s %s\"." % (
        command, example_of(vms)))


def plausible(found):
    """A struct where one can be: not at 0, nor at an address that the compiler would not give it."""
    return found.address is not None and int(found.address) and int(found.address) % 8 == 0


def vcpu_argument(argument, command):
    """The address of the struct vcpu that an argument means; without one, of this CPU's vCPU."""
    if not has_type("struct vcpu"):
        raise lacks("vCPU", 3)
    if not argument:
        address = this_vcpu()
        if not address:
            raise nobody(command)
        return address
    wanted = [gdb.lookup_type("struct " + name) for name in ("vcpu", "guest_cpu")
              if has_type("struct " + name)]
    with HypervisorMemory():
        try:
            vcpu = gdb.parse_and_eval(argument)
            if vcpu.is_optimized_out:
                raise gdb.GdbError("\"%s\" is optimised out here: try \"hv %s %s\"." % (
                    argument, command, example.inside()))
            if vcpu.type.strip_typedefs().code == gdb.TYPE_CODE_PTR:
                vcpu = vcpu.dereference()
            if vcpu.type.strip_typedefs().unqualified() in wanted and plausible(vcpu):
                return int(vcpu.address)
        except gdb.MemoryError:
            raise
        except gdb.error:
            pass
        raise gdb.GdbError("\"%s\" is no vCPU here: try \"hv %s %s\"." % (
            argument, command, example.inside()))


SYSREG_TABLES = {}          # of an image: its one table of registers


def sysreg_table():
    """[(name, meaning, offset, condition)], from the image's sysreg_infos."""
    image = gdb.current_progspace().filename
    if image not in SYSREG_TABLES:
        # From the ELF file: it is constant, and that is quick, wherever the CPU is.
        before = gdb.parameter("trust-readonly-sections")
        gdb.execute("set trust-readonly-sections on", to_string=True)
        try:
            table = gdb.parse_and_eval("sysreg_infos")
            count = int(gdb.parse_and_eval("sysreg_count"))
            SYSREG_TABLES[image] = [
                (info["name"].string(), info["meaning"].string(), int(info["offset"]),
                 int(info["condition"])) for info in (table[n] for n in range(count))]
        except gdb.error:
            raise lacks("table of a guest's registers", 3)
        finally:
            gdb.execute("set trust-readonly-sections %s" % ("on" if before else "off"),
                        to_string=True)
    return SYSREG_TABLES[image]


def group_of(name):
    return "gic" if name.startswith("ICH_") else "timer" if name.startswith("CNT") else "guest"


class HvSysregs(HvCommand):
    """System registers, of the CPU or of a vCPU.

hv sysregs VCPU      all that the hypervisor's own table has of a vCPU (from lab 3 on): an
                     expression, a struct vcpu or guest_cpu, or a pointer to one
                     (hv sysregs guests[0].vcpu)
hv sysregs guest     EL1's and EL0's in the CPU, by the table's names
hv sysregs hyp       EL2's in the CPU
hv sysregs timer     the counters' and timers' in the CPU
hv sysregs gic       the virtual CPU interface, ICH_*: GDB cannot read these in the CPU, so it is
                     what the vCPU's last unbind has saved
hv sysregs           guest while a vCPU is bound to this CPU, hyp otherwise
  ... VCPU           behind a group: of this vCPU, what its last unbind has saved
  ... --changed      what differs from what it was at this CPU's stop before this one

While a vCPU is bound to a CPU the newest values are in that CPU, and those in memory are from its
last unbind."""
    name = "sysregs"
    takes_argument = True
    GROUPS = ("guest", "hyp", "gic", "timer")

    def show(self, argument):
        words = argument.split()
        changed = "--changed" in words
        words = [word for word in words if word != "--changed"]
        wrong = [word for word in words if word.startswith("--")]
        if wrong:
            raise gdb.GdbError("There is no option %s: only --changed." % wrong[0])
        group = words.pop(0) if words and words[0] in self.GROUPS else None
        expression = " ".join(words)
        if changed:
            if expression:
                raise gdb.GdbError("--changed is about the CPU, not about \"%s\"." % expression)
            self.show_changed(group)
        elif expression:
            self.show_saved(group, expression)
        elif group == "gic":
            self.show_saved(group, "")
        else:
            self.show_live(group or ("guest" if this_vcpu() else "hyp"))

    def show_saved(self, group, argument):
        table = sysreg_table()
        vcpu = vcpu_argument(argument, "sysregs" + (" " + group if group else ""))
        if group == "hyp":
            raise gdb.GdbError("EL2's registers are the CPU's, not a vCPU's: \"hv sysregs hyp\".")
        with HypervisorMemory():
            vcpu = pointer(vcpu, "struct vcpu")
            conditions, bound = int(vcpu["conditions"]), int(vcpu["cpu"]) != 0
            saved = bytes(gdb.selected_inferior().read_memory(
                int(vcpu["sysregs"].address), vcpu["sysregs"].type.sizeof))
        if bound:
            gdb.write("The vCPU is bound: these are from its last unbind, the CPU has newer "
                      "ones.\n")
        for name, meaning, offset, condition in table:
            # Before its first bind a vCPU does not know which registers there are: then all are
            # shown.
            if group in (None, group_of(name)) and (not conditions or conditions >> condition & 1):
                number = int.from_bytes(saved[offset:offset + 8], "little")
                gdb.write(("  %-16s 0x%016x  %s" % (name, number, meaning)).rstrip() + "\n")

    @staticmethod
    def names(group):
        """[(name, meaning)] of a group of the CPU's registers."""
        machine = [name for name in context.register_names() if name[:1].isupper()]
        if group == "hyp":
            names = [name for name in machine if name.endswith("_EL2")]
            first = context.FIRST
            return [(name, "") for name in sorted(names, key=lambda name: (
                first.index(name) if name in first else len(first), name))]
        found = []
        if group == "guest" or has_type("struct sysreg_info"):
            found = [(name, meaning) for name, meaning, offset, condition in sysreg_table()
                     if group_of(name) == group]
        if group == "timer":
            known = [name for name, meaning in found]
            found += [(name, "") for name in sorted(machine)
                      if name.startswith("CNT") and not name.startswith("CNTPS") and
                      name not in known and name + "_EL1" not in known]
        return found

    def show_live(self, group):
        names = self.names(group)
        if group == "guest" and not this_vcpu():
            gdb.write("No vCPU is bound: these are what the last one has left.\n")
        for name, meaning in names:
            number = live(name)
            if number is not None:
                words = meaning
                if name in ("ELR_EL2", "VBAR_EL2"):
                    words = symbol(number)
                elif group == "hyp" and not name.startswith(("FAR", "ELR", "SP_")):
                    words = esr_words(number) if name == "ESR_EL2" else fields.short(name, number)
                    words = "" if words == "0" else words
                elif "_CTL_" in name:
                    words = "; ".join(word for word in (fields.short(name, number), meaning)
                                      if word)
                gdb.write(("  %-16s 0x%016x  %s" % (name, number, words)).rstrip() + "\n")

    def show_changed(self, group):
        stop = context.this_stop()
        if not stop.before:
            raise gdb.GdbError("This is this CPU's first stop: nothing to compare with.")
        lines = []
        for one in [group] if group else ("hyp", "guest", "timer", "gic"):
            if group is None and one in ("guest", "gic") and not has_type("struct sysreg_info"):
                continue
            if one == "gic":
                lines += self.changed_saved(stop)
                continue
            for name, meaning in self.names(one):
                old, new = stop.before.get(name), stop.registers.get(name)
                if new is not None and old is not None and old != new and \
                        not any(line.split()[0] == name for line in lines):
                    lines.append("  %-16s 0x%016x -> 0x%016x  %s" % (
                        name, old, new, fields.difference(name, old, new)))
        if not lines:
            gdb.write("No change since the stop before.\n")
        for line in lines:
            gdb.write(line.rstrip() + "\n")

    @staticmethod
    def changed_saved(stop):
        """In memory: what an unbind has saved."""
        table = sysreg_table()
        if not stop.saved or not stop.saved_before or stop.saved[0] != stop.saved_before[0]:
            return []
        lines = []
        for name, meaning, offset, condition in table:
            old, new = (int.from_bytes(saved[1][offset:offset + 8], "little")
                        for saved in (stop.saved_before, stop.saved))
            if old != new and group_of(name) == "gic":
                lines.append("  %-16s 0x%016x -> 0x%016x  %s" % (
                    name, old, new, fields.difference(name, old, new)))
        return lines


# ---- Where, who ----------------------------------------------------------------------------------

def this_cpu_number():
    thread = gdb.selected_thread()
    return thread.num - 1 if thread else 0


def place_words():
    """vcpu_run(), world_switch.S:43"""
    frame = gdb.newest_frame()
    sal = frame.find_sal()
    name = symbol(register("pc"))
    words = [name or "0x%x" % register("pc")]
    if sal.symtab and sal.line:
        words.append("%s:%d" % (sal.symtab.filename.rsplit("/", 1)[-1], sal.line))
    return ", ".join(words)


class HvWhere(HvCommand):
    """Where the CPU is: exception level, world, guest, and the last exit; each in a sentence.

An exit that has just come is told from EL2's registers, one before from the vCPU's log (from lab 4
on) or its frame. An interrupt, or a handler, writes ELR_EL2 and leaves the syndrome before it in
ESR_EL2; where the two do not belong together any more, it says "ELR_EL2 is now ..."."""
    name = "where"

    def show(self, argument):
        level, vcpu = current_level(), this_vcpu()
        who = long_label(vcpu) if vcpu else None
        if level < 2:
            world = "in %s" % (who or "a guest")
            if not vcpu and not (register("HCR_EL2") or 0) & 1:
                world = "below EL2, and stage 2 is off"
        else:
            world = ("in the hypervisor", "in the firmware, or in the image's start")[level - 2]
        gdb.write("CPU %d is at EL%d, %s: %s.\n" % (this_cpu_number(), level, world, place_words()))
        if level >= 2:
            if vcpu:
                gdb.write("Bound to it is %s, VMID %d.\n" % (who, register("VTTBR_EL2") >> 48))
            elif has_type("struct vcpu"):
                gdb.write("No vCPU is bound to it.\n")
        found = context.last_exit()
        if found is None:
            gdb.write("No synchronous exception has come to EL2 yet.\n")
            return
        what = "exception, from EL2 itself" if found.own else "exit"
        if found.who:
            what += ", of " + found.who
        came = ", under way" if found.under_way else ""
        if found.reason:
            came = ", became " + found.reason
        gdb.write("The last %s: %s%s%s.\n" % (what, found.words(), found.where(), came))


def frame_in_backtrace():
    """The address of the struct el2_frame that a handler up the stack has (labs 1 and 2)."""
    if not has_type("struct el2_frame"):
        return None
    frame = gdb.newest_frame()
    for depth in range(12):
        if frame is None:
            break
        try:
            block = frame.block()
        except RuntimeError:
            block = None
        while block is not None and not block.is_global and not block.is_static:
            for one in block:
                kind = one.type.strip_typedefs() if one.type is not None else None
                if kind is not None and kind.code == gdb.TYPE_CODE_PTR and \
                        (one.is_argument or one.is_variable) and \
                        is_struct(kind.target().strip_typedefs(), "struct el2_frame"):
                    found = one.value(frame)
                    if not found.is_optimized_out and int(found):
                        return int(found)
            block = block.superblock
        frame = frame.older()
    return None


class HvFrame(HvCommand):
    """The trap frame beside the CPU's registers; a * marks what differs.

hv frame        of the vCPU that is bound to this CPU (from lab 3 on); else the frame that a handler
                of an exception in the backtrace has (struct el2_frame, labs 1 and 2)
hv frame EXPR   a struct vcpu, guest_cpu, trap_frame or el2_frame, or a pointer to one

In the hypervisor the frame has the guest, and the CPU's registers are the hypervisor's own: at the
vector they are the guest's still, and at the ERET they are the guest's again. In the guest those of
the CPU are newer; elr and spsr stand beside the PC and PSTATE there."""
    name = "frame"
    takes_argument = True

    def show(self, argument):
        with HypervisorMemory():
            title, frame = self.find(argument)
            names = [field.name for field in frame.type.fields()]
            try:
                frame.fetch_lazy()
            except gdb.MemoryError:
                raise gdb.GdbError("The frame cannot be read at this exception level.")
            general = frame["x"]
            rows = [("x%d" % n, int(general[n]), "x%d" % n) for n in range(31)]
            guest = current_level() < 2
            pairs = {"sp": "sp", "sp_el0": "SP_EL0", "elr": "pc" if guest else "ELR_EL2",
                     "spsr": "cpsr" if guest else "SPSR_EL2", "esr": "ESR_EL2", "far": "FAR_EL2"}
            rows += [(name, int(frame[name]), pairs[name]) for name in names if name in pairs]
        gdb.write("%s\n  %-8s %-18s  %s\n" % (title, "", "frame", "CPU"))
        differ = 0
        for name, saved, real in rows:
            number = live(real)
            mark = " " if number == saved else "*"
            differ += mark == "*"
            words = ""
            if name == "elr":
                words = symbol(saved)
            elif name == "spsr":
                words = fields.pstate_short(saved)
            other = "" if real.lower() == name else \
                {"cpsr": "PSTATE"}.get(real, "PC" if real == "pc" else real)
            gdb.write(("%s %-8s 0x%016x  0x%016x  %-8s %s" % (
                mark, name, saved, number or 0, other, words)).rstrip() + "\n")
        gdb.write("%d of %d differ.\n" % (differ, len(rows)))

    @staticmethod
    def find(argument):
        kinds = {name: "struct " + name for name in ("trap_frame", "el2_frame", "vcpu", "guest_cpu")
                 if has_type("struct " + name)}
        if not kinds:
            raise lacks("trap frame", 1)
        if argument:
            try:
                found = gdb.parse_and_eval(argument)
                if found.is_optimized_out:
                    raise gdb.GdbError("\"%s\" is optimised out here." % argument)
                if found.type.strip_typedefs().code == gdb.TYPE_CODE_PTR:
                    found = found.dereference()
                kind = "struct %s" % found.type.strip_typedefs().tag
            except gdb.MemoryError:
                raise
            except gdb.error:
                kind = ""
            if kind not in kinds.values() or not plausible(found):
                raise gdb.GdbError("\"%s\" is no trap frame and no vCPU here." % argument)
            address = int(found.address)
            if kind.endswith("_frame"):
                return "The frame at 0x%x" % address, pointer(address, kind).dereference()
        else:
            address = this_vcpu.inside() if "vcpu" in kinds else None
            if address is None:
                own = frame_in_backtrace()
                if own is None and "vcpu" in kinds:
                    raise nobody("frame")
                if own is None:
                    raise gdb.GdbError("No struct el2_frame is in the backtrace here: either no exception is "
                                       "being handled, or its frame is no handler's argument (yet).")
                return "The frame of this exception, at 0x%x" % own, \
                    pointer(own, "struct el2_frame").dereference()
        return "The frame of %s" % long_label.inside(address), \
            pointer(address, "struct vcpu")["frame"]


# ---- vCPUs, VMs, CPUs ----------------------------------------------------------------------------

def enum_words(number, prefix):
    return str(number).replace(prefix, "", 1)


def state_words(vcpu):
    """READY on CPU 0: with the hypervisor's memory."""
    vcpu = pointer(vcpu, "struct vcpu")
    words = enum_words(vcpu["state"], "VCPU_")
    if words == "READY" and int(vcpu["in_guest"]):
        words = "RUNNING"
    if int(vcpu["cpu"]):
        words += " on CPU %d" % int(vcpu["cpu"]["id"])
    return words


def power_words(vcpu):
    """What lab 5 knows beyond that: power, home, waiting. "" elsewhere."""
    if not has_type("struct guest_vm"):
        return ""
    cpu = guest_cpu_of(vcpu)
    if not int(cpu["machine"]):
        return ""
    offset = [field.bitpos // 8 for field in gdb.lookup_type("struct guest_vm").fields()
              if field.name == "machine"][0]
    vm = pointer(int(cpu["machine"]) - offset, "struct guest_vm")
    index = int(cpu["index"])
    task = vm["tasks"][index]
    words = "power " + enum_words(vm["psci"]["cpu"][index]["power"], "POWER_")
    if int(task["home"]):
        words += ", home CPU %d" % int(task["home"]["id"])
    if int(task["halted"]):
        words += ", halted"
    turns = int(task["turns"])
    return words + ", %d turn%s" % (turns, "" if turns == 1 else "s")


def pc_of(vcpu):
    """Where a vCPU goes on, or is: the frame's; or the CPU's, if that is in the guest or has just left it."""
    if vcpu == this_vcpu.inside():
        if current_level() < 2:
            return register("pc"), register("cpsr")
        left = fresh_exit()
        if left and not left.own:
            return left.elr, register("SPSR_EL2")
    frame = pointer(vcpu, "struct vcpu")["frame"]
    return int(frame["elr"]), int(frame["spsr"])


class HvVcpu(HvCommand):
    """A vCPU: state, place, last exit, counters (from lab 3 on).

hv vcpu         the one that is bound to this CPU
hv vcpu VCPU    an expression: a struct vcpu or guest_cpu, or a pointer to one"""
    name = "vcpu"
    takes_argument = True

    def show(self, argument):
        address = vcpu_argument(argument, "vcpu")
        title = long_label(address)
        found = last_exit_of(address)
        if address == this_vcpu():
            newest = context.last_exit()
            found = newest if newest and newest.vcpu == address else found
        with HypervisorMemory():
            vcpu = pointer(address, "struct vcpu")
            rows = [("state", state_words(address)), ("", power_words(address))]
            pc, pstate = pc_of(address)
            rows += [("PC", "0x%x  %s" % (pc, symbol(pc))), ("PSTATE", fields.pstate_short(pstate)),
                     ("MPIDR_EL1", "0x%x" % int(vcpu["sysregs"]["vmpidr_el2"]))]
            if int(vcpu["cpu"]):
                hcr = int(vcpu["cpu"]["hcr"])
                rows.append(("HCR_EL2", fields.short("HCR_EL2", hcr ^ int(vcpu["hcr_differs"]))))
                rows.append(("FP", "in the CPU" if int(vcpu["fp_live"]) else
                             "traps until it is used"))
            rows.append(("counts",
                         "%d binds, FP %d times loaded and %d saved, TLB %d times flushed" % tuple(
                int(vcpu[name]) for name in ("binds", "fp_loads", "fp_saves", "tlb_flushes"))))
            if found is None:
                words = "none yet"
            else:
                words = found.words() + found.where()
                if found.reason:
                    words += ", became %s" % found.reason
                if found.under_way:
                    words += ", under way"
            rows.append(("last exit", words))
        gdb.write("%s, at 0x%x\n" % (title, address))
        for name, words in rows:
            if words:
                gdb.write(("  %-10s %s" % (name, words)).rstrip() + "\n")


class HvVms(HvCommand):
    """The VMs and their vCPUs: memory, stage 2, state, PC (from lab 3 on).

They are found by the image's debug information: in each variable that holds a struct vm. A line
begins with the expression that the other commands take."""
    name = "vms"

    def show(self, argument):
        if not has_type("struct vm") or not has_type("struct vcpu"):
            raise lacks("VM", 3)
        with HypervisorMemory():
            vms = all_vms.inside()
            if not vms:
                raise gdb.GdbError("No VM has been made yet.")
            lines = []
            for expression, vm, vcpus in vms:
                root = int(vm["stage2"]["root"])
                lines.append("%s: %s, %d KiB at 0x%x, stage 2 at 0x%x" % (
                    expression, guest_label(vm_name(vm)), int(vm["ram_size"]) >> 10, int(vm["ram"]),
                    root))
                width = max(len(name) for name, vcpu in vcpus)
                for name, vcpu in vcpus:
                    pc = pc_of(vcpu)[0]
                    words = [state_words(vcpu), power_words(vcpu), "PC 0x%x %s" % (pc, symbol(pc))]
                    lines.append(("  %-*s  %s" % (width, name, ", ".join(
                        word for word in words if word))).rstrip())
        for line in lines:
            gdb.write(line + "\n")


class HvPercpu(HvCommand):
    """Each CPU's struct percpu: virtualization, vCPU, interrupts (from lab 2 on)."""
    name = "percpu"

    def show(self, argument):
        if not has_type("struct percpu"):
            raise lacks("struct percpu", 2)
        selected, frame = gdb.selected_thread(), gdb.selected_frame()
        try:
            for thread in sorted(gdb.selected_inferior().threads(), key=lambda thread: thread.num):
                thread.switch()
                self.show_one(thread.num - 1)
        finally:
            selected.switch()
            if frame.is_valid():
                frame.select()

    @staticmethod
    def show_one(number):
        address, hcr = register("TPIDR_EL2"), register("HCR_EL2") or 0
        if not address:
            gdb.write("CPU %d: no struct percpu yet (TPIDR_EL2 is 0)\n" % number)
            return
        vcpu = this_vcpu() if has_type("struct vcpu") else None
        who = long_label(vcpu) if vcpu else "no vCPU" if has_type("struct vcpu") else ""
        level = current_level()
        with HypervisorMemory():
            cpu = pointer(address, "struct percpu").dereference()
            cpu.fetch_lazy()
            counters = cpu["counters"]
            rows = [("MPIDR_EL1", "0x%x" % int(cpu["mpidr"])),
                    ("vectors", symbol(register("VBAR_EL2")) or "0x%x" % register("VBAR_EL2")),
                    ("handler", symbol(int(cpu["irq_handler"])) if int(cpu["irq_handler"])
                     else "none"),
                    ("stack", "top 0x%x" % int(cpu["stack_top"])),
                    ("GICR", "0x%x" % int(cpu["gicr"]) if int(cpu["gicr"]) else "none yet"),
                    ("HCR_EL2", "for guests: %s" % fields.short("HCR_EL2", int(cpu["hcr"]))
                     if int(cpu["hcr"]) else "for guests: not set yet"),
                    ("interrupts", ", ".join("%d %s" % (int(counters[field.name]), field.name)
                                             for field in counters.type.fields()))]
        gdb.write("CPU %d at EL%d: struct percpu at 0x%x, virtualization %s%s\n" % (
            int(cpu["id"]), level, address, "on" if hcr & 1 else "off", ", " + who if who else ""))
        for name, words in rows:
            gdb.write("  %-10s %s\n" % (name, words))


class HvExits(HvCommand):
    """A vCPU's last exits, the oldest first, and how many for each reason (from lab 4 on).

hv exits        the vCPU that is bound to this CPU
hv exits VCPU   an expression: a struct guest_cpu or vcpu, or a pointer to one ("hv vms" has them)

Of each exit: where the guest was, what the exit became, and the syndrome in words; of an abort also
the IPA. "(under way)": its handler has not returned yet. "Not noted yet": it is still on its way
from the vector to the log, and has its line from EL2's registers. In a replay: at which instruction
of the recording it was taken, of those that were stopped at. The guest's functions have names once
its symbols are loaded (add-symbol-file demo_guest.guest)."""
    name = "exits"
    takes_argument = True

    def show(self, argument):
        try:
            kinds = gdb.lookup_type("enum vcpu_exit_kind")
            reasons = gdb.lookup_type("enum exit_reason")
            guest_cpu = gdb.lookup_type("struct guest_cpu")
        except gdb.error:
            raise lacks("log of exits", 4)
        with HypervisorMemory():
            cpu = self.argument(argument, guest_cpu) if argument else self.loaded(guest_cpu)
            log = cpu["log"]
            index = int(cpu["index"])
            ring = int(log["ring"].address)
            log.fetch_lazy()
        last = (int(log["last"]) - ring) // log["ring"].type.target().sizeof
        counts = [(field.name, int(log["counts"][field.enumval])) for field in reasons.fields()
                  if field.name != "EXIT_REASONS"]
        total = sum(count for name, count in counts)
        lines = self.timeline(log, last, total, kinds, int(cpu.address))
        newest, coming = context.last_exit(), ""
        if newest and newest.fresh and newest.vcpu == int(cpu.address):
            coming = "Not noted yet, since it has just come: %s%s\n" % (newest.words(), newest.where())
        if not lines:
            gdb.write(coming or "vCPU %d: no exit so far\n" % index)
            return
        gdb.write("vCPU %d, its last %d exit%s, the newest last:\n" % (
            index, len(lines), "" if len(lines) == 1 else "s"))
        width = max(len(where) for elr, where, became, why in lines)
        for elr, where, became, why in lines:
            gdb.write("  0x%012x  %-*s  %-18s  %s\n" % (elr, width, where, became, why))
        gdb.write(coming)
        gdb.write("What became of all %d:\n" % total)
        for name, count in counts:
            if count:
                gdb.write("  %-20s %10d\n" % (name[len("EXIT_"):], count))

    @staticmethod
    def loaded(guest_cpu):
        percpu = register("TPIDR_EL2")
        if not percpu:
            raise gdb.GdbError("This CPU has no struct percpu yet: TPIDR_EL2 is 0.")
        above = int(gdb.parse_and_eval("((struct percpu *)0x%x)->above" % percpu))
        if not above:
            raise nobody("exits")
        return gdb.Value(above).cast(guest_cpu.pointer()).dereference()

    @staticmethod
    def argument(argument, guest_cpu):
        try:
            cpu = gdb.parse_and_eval(argument)
            if cpu.type.strip_typedefs().code == gdb.TYPE_CODE_PTR:
                cpu = cpu.dereference()
            kind = cpu.type.strip_typedefs().unqualified()
            if kind == gdb.lookup_type("struct vcpu") and cpu.address is not None:
                cpu = gdb.Value(int(cpu.address)).cast(guest_cpu.pointer()).dereference()   # its first member
            right = cpu.type.strip_typedefs().unqualified() == guest_cpu and plausible(cpu)
        except gdb.MemoryError:
            raise
        except gdb.error:
            right = False
        if not right:
            raise gdb.GdbError("\"%s\" is no vCPU here: try \"hv exits %s\"." % (
                argument, example.inside()))
        return cpu

    @staticmethod
    def timeline(log, newest, total, kinds, vcpu):
        """Of each exit that is noted: PC, its symbol, what it became, why."""
        lines = []
        size = log["ring"].type.range()[1] + 1
        unfinished = (newest + 1 - total) % size == 1
        for n in range(size):
            record = log["ring"][(newest + 1 + n) % size]
            esr, elr = int(record["esr"]), int(record["elr"])
            if not esr and not elr:
                continue                        # never written
            # It is noted at once, and counted when it is done with: the newest one may be in
            # between.
            under_way = n == size - 1 and unfinished
            became = "(under way)" if under_way else str(record["reason"])[len("EXIT_"):]
            if esr >> 60:                       # EXIT_LOG_KIND: an exit without a syndrome
                why = str(gdb.Value(esr >> 60).cast(kinds))[len("VCPU_EXIT_"):]
            else:
                why = esr_words(esr)
                if esr >> 26 & 0x3f in (0x20, 0x24) and not under_way:
                    why = "IPA 0x%x: %s" % (int(record["ipa"]), why)
            newer = size - 1 - n
            at = Session.instructions.get((vcpu, total + unfinished - newer))
            if at:
                why += ", at instruction %d" % at
            lines.append((elr, symbol(elr), became, why))
        return lines


def forget(event):
    """Another image, or the same one built anew."""
    SYSREG_TABLES.clear()
    CONTAINERS.clear()


def start():
    for command in (HvState, HvWhere, HvEsr, HvVectors, HvSysregs, HvFrame, HvVcpu, HvVms, HvPercpu,
                    HvExits):
        command()
    field_commands()
    gdb.events.clear_objfiles.connect(forget)
