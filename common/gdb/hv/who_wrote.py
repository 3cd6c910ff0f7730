# SPDX-License-Identifier: MIT
"""Who wrote it? Back in a recorded run to the instruction that last wrote to a place in memory, to a general
register or to a system register.

Memory has watchpoints, and a system register has few instructions that write it. Most general registers are
written everywhere: there the last instructions are looked at, one by one."""

import contextlib
import re

import gdb

from hv.machine import RENAMED, HvCommand, HypervisorMemory, register, value
from hv.replay import (HOW, Here, Places, Switch, code, go, instruction_count, instructions, instructions_words,
                       is_replay, last_stops, raw_instruction, raw_level, raw_pc, run_to, send, step, trace,
                       vector_tables)


def written_registers(word):
    """The general registers that an A64 instruction writes, by number; 31 is SP."""
    rd, rn, rt2, rs = word & 31, word >> 5 & 31, word >> 10 & 31, word >> 16 & 31
    group = word >> 25 & 15
    if group in (8, 9):                                 # immediates
        to_sp = (word & 0x3f800000 == 0x11000000 or     # ADD, SUB
                 word & 0x1f800000 == 0x12000000 and word >> 29 & 3 != 3)
        return {rd} if rd != 31 or to_sp else set()
    if group in (5, 13):                                # registers
        compares = word & 0x1fe00000 == 0x1a400000      # CCMP, CCMN
        flags = word & 0x1fe00000 == 0x1a000000 and word >> 10 & 0x3f
        to_sp = word & 0x3fe00000 == 0x0b200000         # ADD, SUB with an extended register
        return set() if compares or flags or rd == 31 and not to_sp else {rd}
    if group in (10, 11):                               # branches, system
        if word >> 26 == 0x25 or word & 0xfffffc00 == 0xd63f0000:
            return {30}                                 # BL, BLR
        return {rd} - {31} if word >> 20 in (0xd52, 0xd53) else set()
    if group in (7, 15):                                # from the FP and SIMD registers
        converts = word & 0x5f20fc00 == 0x1e200000 and word >> 16 & 7 in (0, 1, 4, 5, 6)
        moves = word & 0xbfe0f400 == 0x0e002400
        return {rd} - {31} if converts or moves else set()
    if group & 5 != 4:
        return set()
    simd, load = word >> 26 & 1, word >> 22 & 3 != 0    # loads and stores
    found = set()
    if word >> 27 & 7 == 5:                             # of pairs
        load = word >> 22 & 1
        found = {rd, rt2} if load and not simd else set()
        back = word >> 23 & 1
    elif word >> 24 & 0x3b == 0x18:                     # literal
        return set() if simd or word >> 30 == 3 else {rd} - {31}
    elif word >> 24 & 0x3f == 8:                        # exclusive, ordered, compare and swap
        load, ordered, pair = word >> 22 & 1, word >> 23 & 1, word >> 21 & 1
        if pair and (ordered or not word >> 31):
            return {rs, rs + 1} - {31, 32} if not ordered else {rs} - {31}
        return ({rd, rt2} if load and pair else {rd} if load else
                set() if ordered else {rs}) - {31}
    else:
        prefetch = word >> 30 == 3 and word >> 22 & 3 == 2 and not simd
        indexed = not word >> 24 & 1
        back = indexed and not word >> 21 & 1 and word >> 10 & 1
        atomic = indexed and word >> 21 & 1 and word >> 10 & 3 != 2
        if not simd and not prefetch and (load or atomic):
            found = {rd}
    found.discard(31)
    return found | {rn} if back else found


# Which registers an exception writes, and what of it says so.
WRITTEN_BY_EXCEPTION = re.compile(r"(ELR|SPSR|ESR|FAR|HPFAR)_EL([23])$")


class Writer:
    """The instruction that was looked for; of an exception, the vector's first."""

    def __init__(self, count, pc, by_exception="", esr=None, is_it=lambda: True):
        self.count, self.pc, self.by_exception, self.esr, self.is_it = count, pc, by_exception, esr, is_it


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
        with Here() as here:
            if name is None:
                now, writers = self.memory(here, address, size, place)
            elif re.match(r"(x([12]?\d|30)|sp|fp|lr)$", name):
                now, writers = self.general(here, name)
            else:
                now, writers = self.system(here, name)
            for writer in writers:
                text = (here.arrive_before(writer.count, writer.pc, writer.esr) if writer.by_exception else
                        here.arrive(writer.count, writer.pc))
                if writer.is_it():
                    break
                here.arrived = False
            else:
                raise gdb.GdbError("Nothing in the recording wrote %s before this." % argument)
            back = here.count - instruction_count()
        before = self.read(place, here.level)
        gdb.write(text)
        if writer.by_exception:
            gdb.write("The next step is what wrote %s: %s.\n" % (
                argument, writer.by_exception))
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

    def memory(self, here, address, size, place):
        now = self.read(place, here.level)
        writer = (self.last_near(here.count, address, size) or
                  self.last_far(here.count, address, size))
        return now, [writer] if writer else []

    # Most often it was written a moment ago. Stores there since then are few, and seen in one go.
    NEAR = (1000, 20000)

    def last_near(self, end, address, size):
        for width in self.NEAR:
            start, found = max(0, end - width), None
            go(start)
            while instruction_count() < end:
                with Places([address], 2, size):
                    if not run_to(end):
                        break
                # A replay stops at the store, and would at once do so again.
                count, pc = instruction_count(), raw_pc()
                step()
                if instruction_count() == count + 1:        # else an interrupt came
                    found = Writer(count, pc)
            if found or not start:
                return found
            end = start
        return None

    @staticmethod
    def last_far(end, address, size):
        with Places([address], 2, size):
            for _ in range(64):
                send("bc")
                count = instruction_count()
                if count <= end:
                    break
        if not 0 < count <= end:
            return None
        # There QEMU stops behind the store, or at it.
        pc = raw_pc()
        if raw_instruction(pc - 4) >> 25 & 5 == 4:
            return Writer(count - 1, pc - 4)
        return Writer(count, pc)

    # By how many instructions a search for a general register goes back at a time.
    WIDTHS = (4000, 8000, 16000, 32000, 64000)

    def general(self, here, name):
        number = {"sp": 31, "fp": 29, "lr": 30}.get(name) or int(name[1:])
        return "0x%x" % register(name), self.writers(here, number)

    @staticmethod
    def writers(here, number):
        """Those that can have been it, the last first. In files there may be several programs for one
        address: it shows at the place itself which it was."""
        files = list(code())

        def may_write(pc):
            # Each level has a stack pointer of its own, and the hypervisor its own 64 MiB.
            if number == 31 and pc >> 26 != here.pc >> 26:
                return False
            words = {int.from_bytes(text[pc - base:pc - base + 4], "little")
                     for base, text in files if 0 <= pc - base < len(text)}
            return any(number in written_registers(word) for word in words or {raw_instruction(pc)})

        def wrote():
            return number in written_registers(raw_instruction(raw_pc()))

        end, widths = here.count, list(HvWhoWrote.WIDTHS)
        while end:
            start = max(0, end - widths[0])
            known = {}
            for count, pc in reversed(trace(start, end)):
                if pc not in known:
                    known[pc] = may_write(pc)
                if known[pc]:
                    yield Writer(count, pc, is_it=wrote)
            end, widths = start, widths[1:] or widths

    def system(self, here, name):
        real = RENAMED.get(name, name)
        if register(real) is None or not real[:1].isupper():
            raise gdb.GdbError("$%s is no register that can be followed: try $x0 to $x30, $sp, or "
                               "a system register as $ELR_EL2." % name)
        now = "0x%x" % register(real)
        moves = self.moves_to(name)
        vectors = {}
        by = WRITTEN_BY_EXCEPTION.match(name)
        if by:
            slots = {"ELR": range(16), "SPSR": range(16),
                     "ESR": (*range(0, 16, 4), *range(3, 16, 4))}
            vectors = {table + 0x80 * slot: slot for table in vector_tables()
                       for slot in slots.get(by.group(1), range(0, 16, 4))}

        def wanted(count, pc):
            level = raw_level()
            if pc not in vectors:
                return Writer(count, pc)
            if level != int(by.group(2)):
                return None
            switch = Switch(count, pc, vectors[pc])
            ec = switch.esr >> 26 if switch.esr is not None else None
            if (by.group(1) == "FAR" and ec not in (0x20, 0x21, 0x22, 0x24, 0x25, 0x34, 0x35) or
                    by.group(1) == "HPFAR" and ec not in (0x20, 0x24)):
                return None
            return Writer(count, pc, switch.words(), switch.esr)

        # At a vector the exception has just been.
        writer = wanted(here.count, here.pc) if here.pc in vectors else None
        return now, [writer] if writer else last_stops(
            here.count, moves + list(vectors), wanted, width=1 if vectors else 8)

    @staticmethod
    def moves_to(name):
        """The addresses of the MSRs to a register, by what GDB's disassembler calls it."""
        before = gdb.parameter("trust-readonly-sections")
        architecture = gdb.selected_inferior().architecture()
        names, found = {}, []
        # From the ELF file: the CPU may be where the hypervisor is not mapped.
        gdb.execute("set trust-readonly-sections on", to_string=True)
        try:
            for address, word in instructions(0xfff00000, 0xd5100000):
                try:
                    if word >> 5 not in names:
                        text = architecture.disassemble(address)[0]["asm"]
                        names[word >> 5] = text.split()[1].rstrip(",").upper()
                except gdb.error:
                    continue
                if names[word >> 5] == name:
                    found.append(address)
        finally:
            gdb.execute("set trust-readonly-sections %s" % ("on" if before else "off"),
                        to_string=True)
        return found


def start():
    HvWhoWrote()
