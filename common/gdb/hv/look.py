# SPDX-License-Identifier: MIT
"""Commands that look: the CPU's state, and what the hypervisor knows of its guests."""

import gdb

from hv.machine import HvCommand, HypervisorMemory, register, symbol, value
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


class HvEsr(HvCommand):
    """A syndrome in words.

hv esr          ESR_EL2, as it is now
hv esr VALUE    an expression:  hv esr 0x96000046,  hv esr frame->esr"""
    name = "esr"
    takes_argument = True
    needs_machine = False       # a number needs none

    def show(self, argument):
        number = value(argument) if argument else register("ESR_EL2")
        if number is None:
            raise gdb.GdbError("\"%s\" is no number here." % (argument or "$ESR_EL2"))
        gdb.write("0x%016x  %s\n" % (number, esr_words(number)))


class HvVectors(HvCommand):
    """The vector table that VBAR_EL2 points to: for each slot, where its first instruction goes."""
    name = "vectors"

    def show(self, argument):
        base = register("VBAR_EL2")
        if base is None:
            raise gdb.GdbError("This machine has no VBAR_EL2: is there an EL2?")
        gdb.write("VBAR_EL2 0x%016x  %s\n" % (base, symbol(base)))
        memory = gdb.selected_inferior()
        for slot in range(16):
            at = base + 0x80 * slot
            word = int.from_bytes(bytes(memory.read_memory(at, 4)), "little")
            if word >> 26 == 0b000101:          # B: 26 bits of words, signed
                offset = (word & 0x3ffffff) - ((word & 0x2000000) << 1)
                does = "b " + (symbol(at + 4 * offset) or "0x%x" % (at + 4 * offset))
            else:
                does = "instruction 0x%08x" % word
            gdb.write("%2d  +0x%03x  %-37s %s\n" % (
                slot, 0x80 * slot, KINDS[slot % 4] + ", " + SOURCES[slot // 4], does))


class HvSysregs(HvCommand):
    """A vCPU's system registers, as the hypervisor's own table names them (from lab 3 on).

hv sysregs VCPU    an expression: a struct vcpu, or a pointer to one
                   (hv sysregs vcpu,  hv sysregs guests[0].vcpu)

The values are those in memory: what was saved by the last unbind. While the vCPU is bound to a CPU
the newest values are in that CPU."""
    name = "sysregs"
    takes_argument = True

    def show(self, argument):
        try:
            vcpu = gdb.parse_and_eval(argument or "vcpu")
            if vcpu.type.strip_typedefs().code == gdb.TYPE_CODE_PTR:
                vcpu = vcpu.dereference()
            conditions = int(vcpu["conditions"])
            bound = int(vcpu["cpu"]) != 0
            registers = int(vcpu["sysregs"].address)
            table = gdb.parse_and_eval("sysreg_infos")
            count = int(gdb.parse_and_eval("sysreg_count"))
        except gdb.MemoryError:
            raise
        except (gdb.error, TypeError, ValueError):
            raise gdb.GdbError("\"%s\" is no vCPU here: try \"hv sysregs guests[0].vcpu\"." % (
                argument or "vcpu"))
        if bound:
            gdb.write("The vCPU is bound: these are from its last unbind, the CPU has newer ones.\n")
        memory = gdb.selected_inferior()
        for number in range(count):
            info = table[number]
            # Before its first bind a vCPU does not know which registers there are: then all are shown.
            if conditions and not conditions >> int(info["condition"]) & 1:
                continue
            saved = bytes(memory.read_memory(registers + int(info["offset"]), 8))
            gdb.write(("  %-16s 0x%016x  %s" % (
                info["name"].string(), int.from_bytes(saved, "little"),
                info["meaning"].string())).rstrip() + "\n")


class HvExits(HvCommand):
    """A vCPU's last exits, the oldest first, and how many there were for each reason (from lab 4 on).

hv exits        the vCPU that is loaded on this CPU
hv exits VCPU   an expression: a struct guest_cpu, or a pointer to one
                (hv exits machine.cpus[0],  hv exits cpu)

Of each exit: where the guest was, what the exit became, and the syndrome in words; of an abort also
the IPA. "(under way)": its handler has not returned yet. The guest's functions have names once its
symbols are loaded (add-symbol-file demo_guest.guest)."""
    name = "exits"
    takes_argument = True

    def show(self, argument):
        try:
            kinds = gdb.lookup_type("enum vcpu_exit_kind")
            reasons = gdb.lookup_type("enum exit_reason")
            guest_cpu = gdb.lookup_type("struct guest_cpu")
        except gdb.error:
            raise gdb.GdbError("This image keeps no exits: lab 4's is the first that does.")
        with HypervisorMemory():
            cpu = self.argument(argument, guest_cpu) if argument else self.loaded(guest_cpu)
            log = cpu["log"]
            index = int(cpu["index"])
            ring = int(log["ring"].address)
            log.fetch_lazy()
        newest = (int(log["last"]) - ring) // log["ring"].type.target().sizeof
        counts = [(field.name, int(log["counts"][field.enumval])) for field in reasons.fields()
                  if field.name != "EXIT_REASONS"]
        total = sum(count for name, count in counts)
        lines = self.timeline(log, newest, total, kinds)
        if not lines:
            gdb.write("vCPU %d: no exit so far\n" % index)
            return
        gdb.write("vCPU %d, its last %d exit%s, the newest last:\n" % (
            index, len(lines), "" if len(lines) == 1 else "s"))
        width = max(len(where) for elr, where, became, why in lines)
        for elr, where, became, why in lines:
            gdb.write("  0x%012x  %-*s  %-18s  %s\n" % (elr, width, where, became, why))
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
            raise gdb.GdbError("No vCPU is loaded on this CPU: try \"hv exits machine.cpus[0]\".")
        return gdb.Value(above).cast(guest_cpu.pointer()).dereference()

    @staticmethod
    def argument(argument, guest_cpu):
        try:
            cpu = gdb.parse_and_eval(argument)
            if cpu.type.strip_typedefs().code == gdb.TYPE_CODE_PTR:
                cpu = cpu.dereference()
            right = cpu.type.strip_typedefs().unqualified() == guest_cpu
        except gdb.MemoryError:
            raise
        except gdb.error:
            right = False
        if not right:
            raise gdb.GdbError("\"%s\" is no struct guest_cpu here: try \"hv exits machine.cpus[0]\"." %
                               argument)
        return cpu

    @staticmethod
    def timeline(log, newest, total, kinds):
        """Of each exit that is noted: PC, its symbol, what it became, why."""
        lines = []
        size = log["ring"].type.range()[1] + 1
        for n in range(size):
            record = log["ring"][(newest + 1 + n) % size]
            esr, elr = int(record["esr"]), int(record["elr"])
            if not esr and not elr:
                continue                        # never written
            # It is noted at once, and counted when it is done with: the newest one may be in between.
            under_way = n == size - 1 and (newest + 1 - total) % size == 1
            became = "(under way)" if under_way else str(record["reason"])[len("EXIT_"):]
            if esr >> 60:                       # EXIT_LOG_KIND: an exit without a syndrome
                why = str(gdb.Value(esr >> 60).cast(kinds))[len("VCPU_EXIT_"):]
            else:
                why = esr_words(esr)
                if esr >> 26 & 0x3f in (0x20, 0x24) and not under_way:
                    why = "IPA 0x%x: %s" % (int(record["ipa"]), why)
            lines.append((elr, symbol(elr), became, why))
        return lines


def start():
    for command in (HvState, HvEsr, HvVectors, HvSysregs, HvExits):
        command()
