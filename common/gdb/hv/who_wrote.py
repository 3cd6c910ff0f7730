# SPDX-License-Identifier: MIT
"""Who wrote it? Back in a recorded run to the instruction that last wrote to a place in memory, to a general
register or to a system register.

What was executed and stored was noted as the run was recorded (hv/index.py): so it is looked up, however long ago
it was, and QEMU is only to go there."""

import contextlib
import re

import gdb

from hv.index import VECTOR
from hv.machine import RENAMED, HvCommand, HypervisorMemory, register, value
from hv.narrate import decode
from hv.replay import (HOW, Here, Switch, go, index, instruction_count, instructions_words, is_replay, raw_level,
                       raw_pc, remote_register, step, step_writes)

# Which registers an exception writes, and what of it says so.
WRITTEN_BY_EXCEPTION = re.compile(r"(ELR|SPSR|ESR|FAR|HPFAR)_EL([123])$")

# Of the classes of exceptions, those that have an address: in FAR_ELx, and HPFAR_EL2.
WITH_FAR = (0x20, 0x21, 0x22, 0x24, 0x25, 0x34, 0x35)
WITH_HPFAR = (0x20, 0x24)
INSTRUCTION_ABORTS = (0x20, 0x21)
# What comes before its instruction is begun: Instruction Aborts, and a PC that is not aligned.
OF_THE_NEXT = INSTRUCTION_ABORTS + (0x22,)

TABLE = 16 * VECTOR
SYNCHRONOUS = 0            # of each four vectors

DC_ZVA = 0xd50b7420
SYSTEM = 0xd5000000 >> 22


class Writer:
    """The instruction that was looked for; of an exception the vector's first, and the exception in words."""

    def __init__(self, n):
        self.n, self.count, self.pc = n, index().count(n), index().at(n)[0]
        self.exception = None

    def slot(self):
        """Which of the 16 of its vector table."""
        return self.pc % TABLE // VECTOR


def go_to_vector(writer):
    go(writer.count)
    if raw_pc() != writer.pc:               # at what faults
        step()


class HvWhoWrote(HvCommand):
    """Back to the instruction that last wrote something (in a recorded run: make gdb-replay).

hv who-wrote EXPR
  vcpu->frame.x[3], *(long *)0x7c020000    what has an address: up to 8 bytes
  $x3, $sp                                 a general register
  $HCR_EL2, $ELR_EL2, ...                  a system register

It stops before that instruction: "stepi" executes it. It is also found if it wrote the same value
again. Memory is looked for by the address as it is here, whoever wrote there. Of a system register
an exception may be the writer: it stops before that."""
    name = "who-wrote"
    takes_argument = True

    def show(self, argument):
        if not argument:
            raise gdb.GdbError("Who wrote what? Try \"hv who-wrote $ELR_EL2\".")
        if not is_replay():
            raise gdb.GdbError(HOW)
        name, place = (argument[1:], argument) if re.match(r"\$\w+$", argument) else (None, None)
        if name is None:
            address, size, place = self.locate(argument)        # in the selected frame
        if not index().there:
            raise gdb.GdbError("The recording does not have what was executed: this QEMU takes no plugin for it "
                               "(config.log has why), or it was recorded without.")
        with Here() as here:
            n = index().number(here.count, here.pc)
            if n is None:
                raise gdb.GdbError("What is noted of the run ends before this place: with instruction %d." %
                                   index().count(len(index().executed)))
            if name is None:
                now = self.read(place, here.level)
                writer = self.of_memory(n, address, size)
            else:
                now, writer = self.of_register(n, here, name)
            if writer is None:
                raise gdb.GdbError("Nothing in the recording wrote %s before this." % argument)
            if writer.exception:
                text = here.arrive_before(writer.count, writer.pc, writer.kind)
            else:
                text = here.arrive(writer.count, writer.pc)
            back = here.count - instruction_count()
        before = self.read(place, here.level)
        gdb.write(text)
        if writer.exception:
            gdb.write("The next step is what wrote %s: %s.\n" % (
                argument, writer.exception))
        else:
            gdb.write(gdb.execute("x/i $pc", to_string=True))
        gdb.write("It wrote %s, %s back; before it was %s.\n" % (
            now, instructions_words(back), before))

    @staticmethod
    def read(place, level):
        """A register, or memory as it was seen at that level."""
        try:
            if place[0] == "$":
                return "0x%x" % value("$" + RENAMED.get(place[1:], place[1:]))
            with HypervisorMemory() if level >= 2 else contextlib.nullcontext():
                return "0x%x" % value(place)
        except (gdb.error, TypeError):
            return "not readable here"

    @staticmethod
    def locate(expression):
        """Its address, its size, and an expression for the same that is good anywhere."""
        try:
            result = gdb.parse_and_eval(expression)
            address, size = result.address, result.type.sizeof
            if address is None and result.is_lazy is False and result.is_optimized_out:
                raise gdb.GdbError("%s is optimised out here." % expression)
        except gdb.MemoryError:
            raise
        except gdb.GdbError:
            raise
        except gdb.error as error:
            raise gdb.GdbError("%s: try \"hv who-wrote $x3\", or \"*(long *)ADDRESS\"." % error)
        if address is None:
            raise gdb.GdbError("%s has no address: it is a constant, or in a register." %
                               expression)
        address = int(address) & (2 ** 64 - 1)
        if size not in (1, 2, 4, 8):
            raise gdb.GdbError("%s has %d bytes: give one member of 1 to 8." % (expression, size))
        kind = {1: "char", 2: "short", 4: "int", 8: "long"}[size]
        return address, size, "*(unsigned %s *) 0x%x" % (kind, address)

    @staticmethod
    def of_memory(n, address, size):
        """The last to write there before an instruction, or None."""
        found = index().last_store(n, address, size)
        # DC ZVA writes a block, and is not noted as a store: whether it does here, QEMU's watchpoint knows.
        while True:
            n = index().last(n, lambda _, word: word & 0xffffffe0 == DC_ZVA)
            if n is None or found is not None and n < found:
                break
            writer = Writer(n)
            go(writer.count)
            if step_writes(address, size):
                return writer
        return None if found is None else Writer(found)

    def of_register(self, n, here, name):
        """What it is now, and the last to write it before an instruction, or None."""
        general = re.match(r"(x([12]?\d|30)|sp|fp|lr)$", name)
        if general:
            real = {"fp": "x29", "lr": "x30"}.get(name, name)
        else:
            real = name
            if register(RENAMED.get(name, name)) is None or not name[:1].isupper():
                raise gdb.GdbError("$%s is no register that can be followed: try $x0 to $x30, $sp, or "
                                   "a system register as $ELR_EL2." % name)

        now = "0x%x" % register(RENAMED.get(real, real))        # before QEMU goes elsewhere

        def writes(pc, word):
            # Each level has a stack pointer of its own, and the hypervisor its own 64 MiB.
            return (general or word >> 22 == SYSTEM) and real in decode(word).writes and (
                real != "sp" or pc >> 26 == here.pc >> 26)

        # Before an interrupt QEMU may stop at what is not executed any more: then the vector is yet to come.
        vectors = index().exceptions_until(n if index().at(n)[0] == here.pc else n - 1)
        found = index().last(n, writes)
        while found is not None and not self.was_executed(found):
            found = index().last(found, writes)
        by = WRITTEN_BY_EXCEPTION.match(name)
        return now, by and self.exception(vectors, found, *by.groups()) or (
            None if found is None else Writer(found))

    @staticmethod
    def was_executed(n):
        """Not if it has faulted or was trapped: then a vector is behind it, and the exception its own."""
        if decode(index().at(n)[1]).access:
            return index().has_accessed(n) and not index().is_fault(n)
        if not index().is_vector(n + 1) or Writer(n + 1).slot() % 4 != SYNCHRONOUS:
            return True
        go_to_vector(Writer(n + 1))
        return remote_register("ESR_EL%d" % raw_level()) >> 26 in OF_THE_NEXT

    @classmethod
    def exception(cls, vectors, after, kind, level):
        """The last exception to a level that wrote ELR, SPSR, ...; none that was before an instruction."""
        vectors = [vector for vector in vectors
                   if (after is None or vector > after) and cls.may_write(kind, vector)]
        others, number = set(), 1           # vector tables of other levels
        while vectors:
            # Forwards it is a short way from one to the next.
            part, vectors, number = vectors[-number:], vectors[:-number], 16
            found = None
            for writer in map(Writer, part):
                if writer.pc // TABLE in others:
                    continue
                go_to_vector(writer)
                if raw_level() != int(level):
                    others.add(writer.pc // TABLE)
                elif cls.has_written(kind, writer):
                    found = writer
            if found:
                return found
        return None

    @staticmethod
    def has_written(kind, writer):
        """At a vector: whether the exception did."""
        slot = writer.slot()
        switch = Switch(writer.count, writer.pc, slot, raw_level())
        ec = None if switch.esr is None else switch.esr >> 26
        if kind == "FAR" and ec not in WITH_FAR or kind == "HPFAR" and ec not in WITH_HPFAR:
            return False
        writer.exception = switch.words()
        writer.kind = ("interrupt" if slot % 4 in (1, 2) else
                       "fault" if index().is_fault(writer.n - 1) or ec in INSTRUCTION_ABORTS else "executed")
        return True

    @staticmethod
    def may_write(kind, vector):
        """What can be told without going there: of interrupts, and of what an instruction asks for."""
        slot = Writer(vector).slot()
        if kind in ("ELR", "SPSR"):
            return True
        if slot % 4 not in ((SYNCHRONOUS, 3) if kind == "ESR" else (SYNCHRONOUS,)):
            return False
        if kind == "ESR" or index().is_fault(vector - 1):
            return True
        before = decode(index().at(vector - 1)[1])
        return before.kind not in ("svc", "hvc", "smc", "brk", "mrs", "msr", "hint") and not (
            before.access and not index().has_accessed(vector - 1))


def start():
    HvWhoWrote()
