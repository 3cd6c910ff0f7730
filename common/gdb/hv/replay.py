# SPDX-License-Identifier: MIT
"""Time travel, in a recorded run ("make gdb-replay").

QEMU goes backwards by going forwards: it loads an earlier snapshot and executes up to the place
that is wanted. So does what is below, with two things that QEMU's own reverse-continue does not
have: the log says where exceptions were, so that a search begins close by; and a long recording has
snapshots on the way, so that every place is close behind one.

A place in the run is a number of instructions executed before it, and a PC: an instruction that
faults, or before which an interrupt comes, is not executed, so that the vector has the same
number."""

import bisect
import os
import re
import struct

import gdb

from hv.index import Index
from hv.machine import (HvCommand, Session, current_level, register, set_powered_off, symbol,
                        value)
from hv.words import esr_words

HOW = "Only a recorded run goes backwards: start with \"make gdb-replay\"."


# ---- The machine, past GDB ----------------------------------------------------------------------

# Stops on the way are not GDB's business, and would take ten times as long with it.

def monitor(command):
    return gdb.execute("monitor " + command, to_string=True)


def instruction_count():
    """How many instructions the CPU has executed, in a replay; None in other runs."""
    try:
        found = re.match(r"Replaying .*instruction count = (\d+)", monitor("info replay"), re.S)
    except gdb.error:
        return None
    return int(found.group(1)) if found else None


def is_replay():
    return instruction_count() is not None


def send(packet):
    return gdb.selected_inferior().connection.send_packet(packet)


def raw_register(number):
    return int.from_bytes(bytes.fromhex(send("p%x" % number).decode()), "little")


def raw_pc():
    return raw_register(32)


def raw_level():
    pstate = raw_register(33)
    return (pstate & 15 != 0) if pstate & 16 else pstate >> 2 & 3


def forget():
    """What GDB has read of the machine is no longer so."""
    gdb.execute("maint flush register-cache", to_string=True)
    gdb.execute("maint flush dcache", to_string=True)


def step():
    send("vCont;s:p1.1")


def step_writes(address, size):
    """One instruction. Whether it has written there: then we may still be before it."""
    send("Z2,%x,%x" % (address, size))
    answer = send("vCont;s:p1.1")
    send("z2,%x,%x" % (address, size))
    return b"watch" in answer


class Until:
    """A number of instructions that next() does not go past, while the block is executed."""

    def __init__(self, count):
        self.count = count
        self.is_set = False

    def __enter__(self):
        return self

    def next(self, now=None):
        """Forwards, to there or to one of Places. True: it is one of these. now: where we are, if known."""
        # From there on, QEMU would not stop any more.
        if (instruction_count() if now is None else now) >= self.count:
            return False
        if not self.is_set:
            monitor("replay_break %d" % self.count)
        self.is_set = send("vCont;c:p1.-1").startswith(b"T05")
        return self.is_set

    def __exit__(self, *exception):
        if self.is_set:
            monitor("replay_delete_break")


def run_to(count):
    """Forwards, to that many instructions, or to one of Places. True: a breakpoint was hit."""
    with Until(count) as until:
        return until.next()


class Places:
    """Breakpoints, while the block is executed."""

    def __init__(self, addresses):
        self.packets = ["0,%x,4" % address for address in addresses]

    def __enter__(self):
        for packet in self.packets:
            if send("Z" + packet) != b"OK":
                raise gdb.GdbError("QEMU has no more breakpoints to give.")

    def __exit__(self, *exception):
        for packet in self.packets:
            send("z" + packet)


# ---- The log ------------------------------------------------------------------------------------

class Recording:
    """What the log says at which instruction: exceptions, the UART's characters, the end.

    The format is QEMU 7.2's. With another one, end is None and the searches begin elsewhere."""

    VERSION = 0xe0200c
    INSTRUCTIONS, INTERRUPT, EXCEPTION, CHAR_WRITE, RANDOM, TIMERS, END = 0, 1, 2, 22, 27, 34, 39
    WITH_8_BYTES = (3, 4, 8, 22, 28, 29)
    SHUTDOWN = range(10, 22)

    def __init__(self, directory):
        self.end = None
        self.last_timer = 2 ** 64 - 1
        self.exceptions, self.uart_counts, self.uart_lengths = [], [], []
        self.uart = b""
        try:
            with open(os.path.join(directory, "uart"), "rb") as uart:
                self.uart = uart.read()
            with open(os.path.join(directory, "log"), "rb") as log:
                self.read(log.read())
        except OSError:
            pass

    def read(self, log):
        if int.from_bytes(log[:4], "big") != self.VERSION:
            return
        at, count, length, last_timer = 12, 0, 0, 0
        while at < len(log):
            event = log[at]
            at += 1
            # At EL3 the CPU goes on for some instructions after it has asked for power-off.
            if event == self.END or event in self.SHUTDOWN:
                break
            if event == self.INSTRUCTIONS:
                count += int.from_bytes(log[at:at + 4], "big")
                at += 4
            elif event in (self.INTERRUPT, self.EXCEPTION):
                self.exceptions.append(count)
            elif event == self.TIMERS:
                last_timer = count
            elif event == self.RANDOM:
                at += 8 + int.from_bytes(log[at + 4:at + 8], "big")
            elif event == self.CHAR_WRITE:
                length += struct.unpack_from(">I", log, at + 4)[0]
                self.uart_counts.append(count)
                self.uart_lengths.append(length)
                at += 8
            elif event in self.WITH_8_BYTES:
                at += 8
        self.end, self.last_timer = count, last_timer

    def uart_text(self, count):
        """What had been printed by then."""
        if self.end is None:
            return self.uart
        n = bisect.bisect_right(self.uart_counts, count)
        return self.uart[:self.uart_lengths[n - 1] if n else 0]


class State:
    recording = None        # that of this connection
    index = None            # of it, read when it is needed
    snapshots = [0]         # counts at which there is one, by name "el2labs-COUNT"; 0 is QEMU's own
    loaded = None           # the count of the last that was loaded
    timer_writes = None     # the MSRs to CNTHP's registers
    warned = False          # of memory that snapshots leave out
    remote_numbers = None   # of system registers, in GDB's protocol


def recording():
    return State.recording or Recording("")


def index():
    if State.index is None:
        State.index = Index(os.environ.get("EL2LABS_REPLAY", ""), recording())
    return State.index


def last_place():
    """Before the last instruction: from a machine that is off, QEMU does not go back."""
    return recording().end and recording().end - 1


# ---- Snapshots ----------------------------------------------------------------------------------

# Most of what a snapshot costs, 0.1 s to save and 0.05 s to load, is for looking through 1 GiB of RAM, and
# most of that is not used: run-qemu has put it into a file, and snapshots leave that out. What they take then,
# 0.02 s and 0.01 s, is less than to execute so many instructions, most of them for the first time.
APART = 200000
MOST = 15
CLOSE = 25000           # more than a time slice of lab 5's, which begins with a write to CNTHP


def check_unused_memory():
    """Once something was written there, it is not as it was."""
    try:
        written = os.stat(os.path.join(os.environ.get("EL2LABS_REPLAY", ""), "middle")).st_blocks
    except OSError:
        return
    if written and not State.warned and "x-ignore-shared: on" in monitor("info migrate_capabilities"):
        State.warned = True
        gdb.write("-- Something was written between 0x41000000 and 0x7c000000: what is there does not go "
                  "back with the rest.\n")


def lay_snapshots(apart=None):
    """All along a recording, at its beginning; of a very long one (of an endless loop, say) along its first part."""
    end = recording().end or 0
    apart = apart or min(APART, max(CLOSE, end // 5))
    if end < 2 * apart:
        return
    for at in range(apart, min(end - apart // 2, MOST * apart), apart):
        save(at, at + apart // 2)
    load(0)


def save(count, before):
    """Make a snapshot at a number of instructions, or at the first place behind it where that can be done.

    QEMU's have EL2's timer registers, but not when CNTHP is to fire: the replay would wait for that
    interrupt for ever. Unless the timer is off, or all its interrupts have been; or just before a
    write to any of its registers, which sets it anew."""
    run_to(count)
    if instruction_count() <= recording().last_timer and remote_register("CNTHP_CTL_EL2") != 0:
        if State.timer_writes is None:
            State.timer_writes = [address for address, _ in instructions(0xffffff00, 0xd51ce200)]
        with Places(State.timer_writes):
            if not run_to(before):
                return
    count = instruction_count()
    monitor("savevm el2labs-%d" % count)
    State.snapshots.append(count)


def load(count):
    # QEMU 7.2 dies of a second one when nothing was executed since the first.
    if instruction_count() == State.loaded:
        step()
    monitor("loadvm " + ("el2labs-%d" % count if count else "start_debugging"))
    State.loaded = count
    check_unused_memory()


# ---- From place to place ------------------------------------------------------------------------

def go(count):
    """To a number of instructions. Of two places with the same number it may be either."""
    now = instruction_count()
    base = max(at for at in State.snapshots if at <= count)
    if count <= now or base > now:
        load(base)
        now = base
    # Where one looks, one looks again.
    if count - now > 2 * CLOSE:
        save(count - CLOSE, count)
    run_to(count)


def return_to(count, pc):
    """Where we were."""
    go(count)
    if raw_pc() != pc and count:
        go(count - 1)
        for _ in range(3):
            step()
            if raw_pc() == pc:
                break
    forget()


def stop_at(count):
    """Where a step of GDB's does not stop: between a load exclusive and the store that belongs to it."""
    go(count)
    pc = raw_pc()
    go(count - 1)
    forget()
    breakpoint = gdb.Breakpoint("*0x%x" % pc, internal=True)
    try:
        return gdb.execute("continue", to_string=True)
    finally:
        breakpoint.delete()


def arrive(count, is_it):
    """To the first place, from a number of instructions on, of which is_it() is true: so that GDB
    knows of it, by a step of its own. What that prints is returned."""
    go(max(0, count - 1))
    forget()
    text = ""
    gdb.execute("set suppress-cli-notifications on")
    try:
        for _ in range(3):
            if count:
                text = gdb.execute("stepi", to_string=True)
            if is_it():
                break
            if instruction_count() > count:
                text = stop_at(count)
                break
    finally:
        gdb.execute("set suppress-cli-notifications off")
    set_powered_off(False)
    return text + gdb.execute("frame", to_string=True)


class Here:
    """Where we are; and back there, unless the block has arrived somewhere.

    Meanwhile the innermost frame is selected: GDB looks for a frame that was selected again, and
    crashes when it cannot read its registers, of another time."""

    def __enter__(self):
        self.count = instruction_count()
        if self.count is None:
            raise gdb.GdbError(HOW)
        self.frame_level = gdb.selected_frame().level()
        gdb.newest_frame().select()
        self.pc = register("pc")
        self.level = current_level()
        self.arrived = False
        return self

    def __exit__(self, *exception):
        if exception[0] is KeyboardInterrupt:
            # QEMU still runs: a packet stops it, and has the stop as its answer.
            send("qC")
            send("qC")
        moved = instruction_count() != self.count or raw_pc() != self.pc
        if moved and not self.arrived:
            return_to(self.count, self.pc)
        if self.frame_level and not self.arrived:
            gdb.execute("frame level %d" % self.frame_level, to_string=True)

    def arrive(self, count, pc):
        self.arrived = True
        return arrive(count, lambda: register("pc") == pc)

    def arrive_before(self, count, vector, kind):
        """To the last place before an exception. Of an instruction that is not executed ("fault") it is
        that of its own, with the same number; of one that was, it has one less. Before an "interrupt"
        QEMU may stop at the instruction that is not executed, or not."""
        self.arrived = True
        if kind == "interrupt":
            text = arrive(count - 1, lambda: instruction_count() == count)
        else:
            text = arrive(count if kind == "fault" else count - 1, lambda: True)
        return text if register("pc") != vector else arrive(count - 1, lambda: True)


def windows(count, width):
    """Parts of the run, going backwards from here, the first with so many exceptions in it."""
    exceptions = recording().exceptions
    end = count
    while end:
        n = bisect.bisect_left(exceptions, end) - width
        if recording().end is not None:
            start = max(0, exceptions[n] - 1) if n >= 0 else 0
        else:
            start = max(0, end - 20000 * width)
        yield start, end
        end, width = start, width * 8


def scan(start, end, addresses, wanted):
    """All stops at addresses from start on, that end is behind of, for which wanted() holds."""
    go(start)
    found, now = [], None
    with Places(addresses), Until(end) as until:
        while until.next(now):
            count, pc = instruction_count(), raw_pc()
            stop = wanted(count, pc) if count < end else None
            if stop:
                found.append(stop)
            step()
            # Or still there: what faults is not counted.
            now = count + 1 if count + 1 < end else None
    return found


def last_stops(count, addresses, wanted, number=1):
    """The last so many stops before an instruction; fewer, if there are no more."""
    found = []
    for start, end in windows(count, number):
        found = scan(start, end, addresses, wanted) + found
        if len(found) >= number:
            break
    return found[-number:]


# ---- World switches -----------------------------------------------------------------------------

ERET = 0xd69f03e0


def code():
    """Of each file whose symbols are loaded: (address, bytes) of what is executable in it."""
    for objfile in gdb.objfiles():
        try:
            with open(objfile.filename, "rb") as file:
                elf = file.read()
        except (OSError, TypeError):
            continue
        if elf[:6] != b"\x7fELF\x02\x01":
            continue
        headers, size, number = (struct.unpack_from("<Q", elf, 0x28)[0],) + struct.unpack_from(
            "<HH", elf, 0x3a)
        for n in range(number):
            kind, flags, address, offset, length = struct.unpack_from(
                "<IQQQQ", elf, headers + n * size + 4)
            if kind == 1 and flags & 4:             # SHT_PROGBITS, SHF_EXECINSTR
                yield address, elf[offset:offset + length]


def instructions(mask, match):
    """All instructions of a kind: (address, word)."""
    found = []
    for base, text in code():
        words = struct.unpack("<%dI" % (len(text) // 4), text[:len(text) & ~3])
        found += [(base + 4 * n, word) for n, word in enumerate(words) if word & mask == match]
    return found


def vector_tables():
    """By address: those that VBAR_EL2 and VBAR_EL3 point to, and what has such a name."""
    listing = gdb.execute("info functions -q _vectors$", to_string=True)
    tables = [value("(unsigned long) &" + name)
              for name in re.findall(r"\b(\w+_vectors)\b", listing)]
    tables += [register("VBAR_EL2"), register("VBAR_EL3")]
    return {table for table in tables if table and table % 0x800 == 0}


class Switches:
    """The instructions at which the CPU goes from one world to the other.

    With guests (from lab 3 on): the ERET into one, and the vectors of a lower exception level.
    Without: all exceptions and all ERETs."""

    def __init__(self):
        enter = value("(unsigned long) &vcpu_eret")
        self.guests = enter is not None
        self.erets = {enter} if self.guests else {
            address for address, word in instructions(0xffffffff, ERET)}
        self.vectors = {}
        tables = {value("(unsigned long) &vcpu_vectors")} if self.guests else vector_tables()
        for table in tables - {None}:
            for slot in range(8 if self.guests else 0, 16):
                self.vectors[table + 0x80 * slot] = slot
        self.addresses = sorted(self.erets) + sorted(self.vectors)

    def wanted(self, count, pc):
        level = raw_level()
        if level < 2:               # a guest has something of its own at that address
            return None
        return Switch(count, pc, self.vectors.get(pc), level)

    def last(self, count, number=1):
        return last_stops(count, self.addresses, self.wanted, number)

    def at(self, count, pc):
        """The switch that we are at, if we are."""
        return self.wanted(count, pc) if pc in self.addresses else None

    def next(self, end):
        """From here, without the one that we are at; not behind the end."""
        if instruction_count() >= end:
            return None
        step()
        with Places(self.addresses):
            while instruction_count() < end:
                pc = raw_pc()
                if pc in self.addresses:
                    stop = self.wanted(instruction_count(), pc)
                    if stop:
                        return stop
                    step()
                elif not run_to(end):
                    break
        return None


def remote_register(name):
    """A system register, past GDB; None if QEMU does not have it."""
    if State.remote_numbers is None:
        listing = gdb.execute("maint print remote-registers", to_string=True)
        State.remote_numbers = {fields[0]: int(fields[6]) for fields in
                                (line.split() for line in listing.splitlines())
                                if len(fields) >= 7 and fields[6].isdigit()}
    number = State.remote_numbers.get(name)
    return None if number is None else raw_register(number)


class Switch:
    """One of them, as the CPU is there."""

    def __init__(self, count, pc, slot, level):
        self.count, self.pc, self.slot = count, pc, slot
        self.is_exit = slot is not None
        suffix = "_EL%d" % level
        self.esr = remote_register("ESR" + suffix) if self.is_exit and slot % 4 in (0, 3) else None
        self.elr = remote_register("ELR" + suffix)
        self.spsr = remote_register("SPSR" + suffix) or 0
        self.other = (int(self.spsr & 15 != 0) if self.spsr & 16 else self.spsr >> 2 & 3)

    def words(self):
        other = "EL%d at 0x%x" % (self.other, self.elr)
        name = symbol(self.elr)
        other += " <%s>" % name if name else ""
        if not self.is_exit:
            return "ERET to " + other
        kind = ("", "IRQ", "FIQ", "SError")[self.slot % 4] or esr_words(self.esr)
        return "exception from %s: %s" % (other, kind)

    def short(self):
        if not self.is_exit:
            return "ERET to EL%d" % self.other
        return ("", "IRQ", "FIQ", "SError")[self.slot % 4] or esr_words(self.esr)


def what_switches(switches):
    return "world switch" if switches.guests else "exception or ERET"


class HvBack(HvCommand):
    """Back to the previous world switch (in a recorded run: make gdb-replay).

hv back         to the last ERET into a guest, or the last exit from one, whichever was later
hv back N       N times

It stops at the ERET, or at the vector's first instruction: "reverse-stepi" goes from there to the
guest's instruction that caused the exit. In labs 1 and 2, which have no guests: to the previous
exception or ERET of the hypervisor itself."""
    name = "back"
    takes_argument = True

    def show(self, argument):
        times = number_of("switches", argument, 10000, "hv back 2")
        with Here() as here:
            switches = Switches()
            found = switches.last(here.count, times)
            if len(found) < times:
                raise gdb.GdbError("There is no %s before this in the recording." %
                                   what_switches(switches) if not found else
                                   "There are %d before this in the recording." % len(found))
            switch = found[0]
            text = here.arrive(switch.count, switch.pc)
        gdb.write(text)
        gdb.write("%s, %s back.\n" % (
            capital(switch.words()), instructions_words(here.count - switch.count)))


def number_of(what, argument, most, example):
    times = value(argument) if argument else 1
    if not times or times > most:
        raise gdb.GdbError("\"%s\" is no number of %s: try \"%s\"." % (argument, what, example))
    return times


def instructions_words(number):
    return "%d instruction%s" % (number, "" if number == 1 else "s")


def capital(text):
    return text[:1].upper() + text[1:]


# ---- hv cost ------------------------------------------------------------------------------------

class HvCost(HvCommand):
    """The exact number of instructions between two world switches (make gdb-replay).

hv cost         of the stay in the hypervisor or in the guest that we are in; at a switch, of the
                one that ends here
hv cost N       of the last N

The ERET is counted with the hypervisor, an HVC with the guest. An instruction that faults is not
executed, and not counted. In labs 1 and 2: between exceptions and ERETs."""
    name = "cost"
    takes_argument = True

    def show(self, argument):
        times = number_of("stays", argument, 1000, "hv cost 10")
        with Here() as here:
            switches = Switches()
            end = switches.at(here.count, here.pc)
            ended = end is not None
            if not ended and not argument:
                end = switches.next(last_place() or here.count + 10000000)
            if argument:
                found = switches.last(here.count, times + (not ended)) + [end] * ended
            else:
                found = switches.last(here.count) + [end]
            last = [stop.count if stop else last_place() or here.count for stop in found]
        stays = list(zip(found, found[1:], last[1:]))
        if not stays:
            raise gdb.GdbError("There is no %s before this in the recording." %
                               what_switches(switches))
        if argument:
            gdb.write("  %12s  %-10s  %12s  %s\n" % ("from", "in", "instructions", "ended by"))
            for start, end, last in stays:
                gdb.write("  %12d  %-10s  %12d  %s\n" % (
                    start.count, self.where(switches, start), self.length(start, last, end),
                    end.short() if end else ""))
            return
        start, end, last = stays[0]
        gdb.write("In the %s: %s%s\n" % (
            self.where(switches, start), instructions_words(self.length(start, last, end)),
            "" if ended else ", of which %d before this place" % self.length(start, here.count)))
        gdb.write("  from  %-9d  %s\n" % (start.count, start.words()))
        gdb.write("  to    %-9d  %s\n" % (
            last, end.words() if end else "the recording's end"))

    @staticmethod
    def length(start, last, end=None):
        # A switch is a place before an instruction. The ERET is still to be executed there.
        return last - start.count - (not start.is_exit) + (end is not None and not end.is_exit)

    @staticmethod
    def where(switches, start):
        if start.is_exit:
            return "hypervisor" if switches.guests else "handler"
        return ("guest", "guest", "hypervisor", "firmware")[start.other]


# ---- By itself ----------------------------------------------------------------------------------

def check_end():
    """Before GDB lets the CPU go: is there anything left of the recording?"""
    count = instruction_count() if State.recording else None
    if count is None or recording().end is None:
        return
    last = last_place()
    if count >= last:
        raise gdb.GdbError("The recording ends here: from here it goes backwards only "
                           "(reverse-stepi, hv back).")
    monitor("replay_break %d" % last)


def is_at_end():
    return bool(State.recording and recording().end and instruction_count() == last_place())


def stopped(event):
    if is_at_end():
        gdb.write("-- The recording ends here. It can be looked at, and goes backwards.\n")


def uart_text(offset):
    """In place of the UART's file: what had been printed by now."""
    count = instruction_count()
    if State.recording is None or count is None:
        return None
    text = recording().uart_text(count)
    if offset > len(text):
        Session.uart_offset = len(text)
    return text[offset:]


def start():
    for command in (HvBack, HvCost):
        command()
    directory = os.environ.get("EL2LABS_REPLAY")
    if directory:
        State.recording = Recording(directory)
        Session.uart_source = uart_text
        Session.is_at_end = is_at_end
        Session.at_connection.append(lay_snapshots)
        Session.before_runs.append(check_end)
        gdb.events.stop.connect(stopped)
