# SPDX-License-Identifier: MIT
"""Commands that run: from world to world, and over what traps.

They run the machine to breakpoints of their own, which nobody sees and which are gone afterwards,
whatever happens. All of it counts on the current CPU only: the breakpoints are for its thread."""

import re

import gdb

from hv import narrate
from hv.context import show_uart
from hv.machine import (HvCommand, Session, check_on, current_level, has_type, register,
                        set_powered_off, this_vcpu, value)
from hv.words import esr_short, image_string

VECTOR_KINDS = {"sync": 0x000, "irq": 0x080, "fiq": 0x100, "serror": 0x180}
FROM_LOWER = (0x400, 0x600)         # AArch64, AArch32

# What an exit is asked for by; the names of the classes themselves are the image's (esr.c).
SHORT = {"wfx": (0x01,), "wfi": (0x01,), "wfe": (0x01,), "fp": (0x07,), "simd": (0x07,),
         "svc": (0x11, 0x15), "hvc": (0x12, 0x16), "smc": (0x13, 0x17), "sysreg": (0x18,),
         "sys": (0x18,), "msr": (0x18,), "mrs": (0x18,), "cp15": (0x03, 0x04), "iabt": (0x20,),
         "mmio": (0x24,), "dabt": (0x24,), "brk": (0x38, 0x3c), "eret": (0x1a,), "sve": (0x19,),
         "illegal": (0x0e,), "undef": (0x00,), "unknown": (0x00,)}


Session.physical = False    # "hv phys on"


# ---- Running ------------------------------------------------------------------------------------

class Quiet:
    """No report for a stop on the way: it would take longer than the step."""

    def __init__(self):
        self.before = gdb.parameter("suppress-cli-notifications")
        self.connected = Session.connected

    def begin(self):
        gdb.execute("set suppress-cli-notifications on", to_string=True)
        Session.connected = False           # what the hooks of context.py go by

    def end(self):
        Session.connected = self.connected
        gdb.execute("set suppress-cli-notifications %s" % ("on" if self.before else "off"),
                    to_string=True)


class Stations:
    """Breakpoints of ours, for the current CPU: (address, condition or "") each."""

    def __init__(self, places):
        self.breakpoints = []
        thread = gdb.selected_thread()
        try:
            for address, condition in places:
                breakpoint = gdb.Breakpoint("*0x%x" % address, internal=True)
                self.breakpoints.append(breakpoint)
                breakpoint.silent = True
                if condition:
                    breakpoint.condition = condition
                if thread and len(gdb.selected_inferior().threads()) > 1:
                    breakpoint.thread = thread.global_num
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self):
        return {breakpoint.number for breakpoint in self.breakpoints}

    def __exit__(self, *exception):
        for breakpoint in self.breakpoints:
            if breakpoint.is_valid():
                breakpoint.delete()


class Stop:
    """What the event of a stop says, noted at once: a temporary breakpoint is gone afterwards."""

    def __init__(self, event, before):
        """before: the user's breakpoints when the run began, by counts_of()."""
        self.signal = event.stop_signal if isinstance(event, gdb.SignalEvent) else None
        self.hit = {}           # breakpoints, by number, GDB's and ours too: is it a watchpoint?
        if isinstance(event, gdb.BreakpointEvent):
            # The event has all that are here, those too of another thread or with a condition that is
            # false, and those that "ignore" passes: GDB counts no hit, or one less to ignore.
            for breakpoint in event.breakpoints:
                hits, ignored = before.get(breakpoint.number, (0, 0))
                if breakpoint.hit_count != hits and breakpoint.ignore_count == ignored:
                    self.hit[breakpoint.number] = breakpoint.type not in (
                        gdb.BP_BREAKPOINT, getattr(gdb, "BP_HARDWARE_BREAKPOINT", -1))


def counts_of(breakpoints):
    return {breakpoint.number: (breakpoint.hit_count, breakpoint.ignore_count) for breakpoint in breakpoints}


def run(command):
    """Run it without a word; returns the Stop, or None. A machine that is gone is a GdbError."""
    check_on()
    stops, quiet, before = [], Quiet(), counts_of(gdb.breakpoints())

    def note(event):
        stops.append(Stop(event, before))

    gdb.events.stop.connect(note)
    try:
        quiet.begin()                       # within the try: Ctrl-C may come at any moment
        gdb.execute(command, to_string=True)
    except gdb.error as error:
        if register("cpsr") is None:
            raise gdb.GdbError("The machine is gone: a time limit, or QEMU has ended. "
                               "\"quit\", and start it again.")
        raise gdb.GdbError(str(error).splitlines()[0])
    finally:
        quiet.end()
        gdb.events.stop.disconnect(note)
    if register("cpsr") is None:
        raise gdb.GdbError("The machine is gone: a time limit, or QEMU has ended. "
                           "\"quit\", and start it again.")
    stop = stops[-1] if stops else None
    if stop and stop.signal == "SIGQUIT":
        set_powered_off(True)
    return stop


def show_stop():
    """What GDB and the context say of any stop."""
    gdb.execute("el2labs-stop")
    try:
        gdb.execute("frame")
    except gdb.error as error:
        gdb.write("%s\n" % error)


class Detour(Exception):
    """The machine has stopped somewhere else than it was sent to. The text says why."""


class OtherCpu(Detour):
    """And it is another CPU that is selected now."""


def users(stop, ours=()):
    """The user's own breakpoints at a stop: "breakpoint 2, watchpoint 3", or ""."""
    return ", ".join("%s %d" % ("watchpoint" if is_watch else "breakpoint", number)
                     for number, is_watch in (stop.hit if stop else {}).items()
                     if number > 0 and number not in ours)


def check_stop(stop, wanted):
    """Raises Detour for any stop that the user has to know of. wanted: what did not come about."""
    if Session.powered_off:
        raise gdb.GdbError("The machine has powered off: %s." % wanted)
    if stop and stop.signal not in (None, "SIGTRAP", "0"):
        if stop.signal == "SIGINT" and Session.is_at_end():
            raise Detour("The recording ends here: %s." % wanted)
        if stop.signal == "SIGINT":
            raise Detour("Interrupted: %s." % wanted)
        raise Detour("Stopped by %s: %s." % (stop.signal, wanted))
    hit = users(stop)
    if hit:
        raise Detour("Stopped at %s: %s." % (hit, wanted))


def run_to(places, wanted):
    """To the first of the places; returns when it is reached, and raises what came instead."""
    with Stations(places) as ours:
        stop = run("continue")
        here = register("pc")
        arrived = stop and any(number in ours for number in stop.hit)
    if Session.powered_off or not arrived:
        check_stop(stop, wanted)
        raise Detour("Stopped at 0x%x: %s." % (here, wanted))
    hit = users(stop, ours)
    if hit:
        gdb.write("-- Also at %s.\n" % hit)


def stepi(wanted):
    """One instruction. A breakpoint of the user's where it arrives is no detour: it has arrived."""
    cpu = gdb.selected_thread()
    stop = run("stepi")
    if Session.powered_off or stop and stop.signal and gdb.selected_thread() == cpu:
        check_stop(stop, wanted)
    # All CPUs go on in a step, and another one may be the first to stop.
    if gdb.selected_thread() != cpu:
        raise OtherCpu("CPU %d has stopped first%s. CPU %d may have made its step, or not: \"thread %d\"." % (
            gdb.selected_thread().num - 1, ", at %s" % users(stop) if users(stop) else "", cpu.num - 1,
            cpu.num))
    return stop


def other_cpus():
    return " on this CPU" if len(gdb.selected_inferior().threads()) > 1 else ""


def guest_address(name):
    address = narrate.address_of(name)
    if address is None:
        raise gdb.GdbError("This image runs no guest: it has no %s, or no symbols. (Lab 3's is the "
                           "first that does.)" % name)
    return address


def enter_guest(wanted, condition=""):
    """To the next ERET into a guest, and across it."""
    eret = guest_address("vcpu_eret")
    if register("pc") != eret or current_level() != 2:
        run_to([(eret, condition)], wanted)
    stepi(wanted)
    if current_level() > 1:
        raise Detour("The ERET has not left EL%d: look at SPSR_EL2." % current_level())


class Runner(HvCommand):
    """A command that ends with a stop, wherever that is."""

    def show(self, argument):
        check_on()
        try:
            self.go(argument)
        except Detour as detour:
            gdb.write("-- %s\n" % detour)
        except gdb.GdbError:
            if not Session.powered_off:
                raise
            gdb.execute("el2labs-stop")     # its last words
            raise
        show_stop()


# ---- From world to world ------------------------------------------------------------------------

class HvEnter(Runner):
    """Run to the next instruction of a guest.

hv enter

It is the one behind the hypervisor's next ERET into a guest, on this CPU (other CPUs run meanwhile,
and what they do does not count). In a guest: to the next entry, after the next exit."""
    name = "enter"

    def go(self, argument):
        enter_guest("no guest was entered%s" % other_cpus())


def exit_words():
    """At a vector: what has come."""
    slot = register("pc") - (register("VBAR_EL2") & ~0x7ff)
    if slot // 0x80 % 4:
        return ("IRQ", "FIQ", "SError")[slot // 0x80 % 4 - 1]
    esr = register("ESR_EL2")
    ipa = (register("HPFAR_EL2") or 0) >> 4 << 12 | (register("FAR_EL2") or 0) & 0xfff
    return esr_short(esr, ipa if esr >> 26 & 0x3f in (0x20, 0x24) else None)


def classes_of(name):
    """The exception classes that a word or a number means; an empty list: none."""
    try:
        number = int(name, 0)
        return [number] if 0 <= number < 64 else []
    except ValueError:
        pass
    if name.lower() in SHORT:
        return list(SHORT[name.lower()])
    if not name:
        return []
    return [ec for ec in range(64) if name.lower() in image_string("ec_names", ec).lower()
            and image_string("ec_names", ec)[0] not in "(" and
            image_string("ec_names", ec) != "Reserved"]


class HvExit(Runner):
    """Run to the next exit of a guest: to the first instruction of the vector.

hv exit             any exit
hv exit KIND        sync, irq, fiq or serror: which of the vectors
hv exit REASON      hvc, smc, svc, mmio (or dabt), iabt, sysreg, fp, wfx, brk, illegal, ...; or the
                    number of an exception class (hv exit 0x16); or a part of its name in the
                    Arm ARM (hv exit watchpoint)

There the guest has just been left: ESR_EL2, ELR_EL2, SPSR_EL2, FAR_EL2 and HPFAR_EL2 tell of it,
and all general-purpose registers are still the guest's. "hv step" shows how they are saved; behind
that, at vcpu_saved_sync ("advance vcpu_saved_sync"), a backtrace goes on in the guest's own code.

What counts is this CPU; other CPUs run meanwhile. To look at the reason, GDB stops at each exit on
the way: a few milliseconds each."""
    name = "exit"
    takes_argument = True

    def go(self, argument):
        vectors, word = guest_address("vcpu_vectors"), argument.lower()
        condition, wanted = "", "no exit came"
        if not word:
            kinds = VECTOR_KINDS.values()
        elif word in VECTOR_KINDS:
            kinds, wanted = [VECTOR_KINDS[word]], "no exit of this kind came"
        else:
            classes = classes_of(argument)
            if not classes:
                raise gdb.GdbError("\"%s\" is no reason for an exit: sync, irq, fiq, serror, hvc, "
                                   "smc, mmio, iabt, sysreg, fp, wfx, ..., or a number from 0 to "
                                   "0x3f. See \"help hv exit\"." % argument)
            kinds, wanted = [VECTOR_KINDS["sync"]], "no exit of this kind came"
            condition = " || ".join("(($ESR_EL2 >> 26) & 0x3f) == 0x%x" % ec for ec in classes)
        places = [(vectors + source + kind, condition) for source in FROM_LOWER for kind in kinds]
        run_to(places, wanted + other_cpus())


class HvOver(Runner):
    """In a guest: past an instruction that traps, to the next instruction of this same vCPU.

hv over

Past an HVC, an SMC, an access to a device or to a register that traps, WFI: through whatever the
hypervisor does, other vCPUs' turns included. An instruction that the hypervisor lets the guest try
again (the first use of FP; an interrupt that came first) is followed until it is done. What does
not trap is a plain step. Then come the general-purpose registers that have another value.

The vCPU has to come back on this CPU; what it does on others does not count. "nexti" would stop in
the hypervisor's vector."""
    name = "over"

    def go(self, argument):
        eret, level = guest_address("vcpu_eret"), current_level()
        if level > 1:
            raise gdb.GdbError("The CPU is at EL%d: \"hv over\" is for a guest's instruction. "
                               "\"hv enter\" runs to a guest." % level)
        vcpu, start, exits = this_vcpu(), register("pc"), []
        before = general_registers()
        text = instruction_text()
        condition = ""
        if vcpu is not None and has_type("struct percpu"):
            condition = "(unsigned long) ((struct percpu *) $TPIDR_EL2)->above == 0x%x" % vcpu
        wanted = "this vCPU has not come back" + other_cpus()
        while True:
            stop = stepi(wanted)
            if current_level() < 2:
                break                       # it did not trap (this time)
            exits.append(exit_words())
            if users(stop):                # in the vectors: that is not where we wanted to go
                check_stop(stop, wanted)
            run_to([(eret, condition)], wanted)
            stop = stepi(wanted)
            if register("pc") != start:
                break
        pc = register("pc")
        gdb.write("-- Over %s: %s\n" % (text, ", ".join(counted(exits)) or "no exit"))
        if exits and pc not in (start, start + 4):
            gdb.write("-- The guest goes on elsewhere than behind it: an exception of its own?\n")
        after = general_registers()
        for name, was in before.items():
            if after[name] != was:
                gdb.write("   %-3s 0x%x -> 0x%x\n" % (name, was, after[name]))
        if users(stop):
            gdb.write("-- Also at %s.\n" % users(stop))


def counted(words):
    """Each once, with how often it came."""
    return ["%s%s" % (word, " (%d times)" % words.count(word) if words.count(word) > 1 else "")
            for word in dict.fromkeys(words)]


def general_registers():
    return {name: register(name) for name in ["x%d" % n for n in range(31)] + ["sp"]}


def instruction_text():
    try:
        return narrate.narrate().text
    except gdb.GdbError:
        return "what is at 0x%x" % register("pc")


# ---- One instruction ----------------------------------------------------------------------------

class HvStep(HvCommand):
    """Execute one instruction and say what it moves from where to where.

hv step         one
hv step N       N, a line each

In the world switch the registers are called after what they hold ("the guest's x1", "the caller's
x19"), memory after the member of the structure or the place on the host's stack. What an interrupt
or a fault makes of an instruction is a line of its own. It works at every exception level and in
every lab."""
    name = "step"
    takes_argument = True

    def show(self, argument):
        check_on()
        count = value(argument) if argument else 1
        if count is None or not 0 < count <= 100000:
            raise gdb.GdbError("\"%s\" is no number of instructions: 1 to 100000." % argument)
        first = current_level()
        try:
            for _ in range(count):
                self.one()
        except Detour as detour:
            gdb.write("-- %s\n" % detour)
            if isinstance(detour, OtherCpu):
                first = None                # it has not been shown yet
        except gdb.GdbError:
            if Session.powered_off:
                gdb.execute("el2labs-stop")
            raise
        if current_level() != first:
            show_stop()
        else:
            show_uart()

    def one(self):
        step, level = narrate.narrate(), current_level()
        where = narrate.place(step.address)
        line = "%-22s %-30s %s" % (where, step.text, step.sentence)
        try:
            stop = stepi("this was the last step")
        except (Detour, gdb.GdbError):
            gdb.write(line + "\n")
            raise
        came, result = narrate.outcome(step, level), step.result()
        gdb.write("%s%s\n" % (line, ": " + result if result else ""))
        if came:
            gdb.write("  -> %s\n" % came)
        if users(stop):
            raise Detour("At %s." % users(stop))


# ---- QEMU's switches ----------------------------------------------------------------------------

def ask(packet):
    """QEMU's answer to a query packet; None if it does not know it."""
    text = gdb.execute("maint packet " + packet, to_string=True)
    found = re.search(r'received: "(.*)"', text)
    return found.group(1) if found and found.group(1) else None


class HvSwitch(HvCommand):
    """on or off; without an argument: how it is."""
    takes_argument = True

    def show(self, argument):
        if argument not in ("", "on", "off"):
            raise gdb.GdbError("\"hv %s on\" or \"hv %s off\": not \"%s\"." % (
                self.name, self.name, argument))
        if argument:
            gdb.execute("maint packet " + self.packet(argument == "on"), to_string=True)
        answer = ask(self.query)
        if answer is None:
            raise gdb.GdbError("QEMU's GDB stub does not know the packet \"%s\"." % self.query)
        gdb.write("%s\n" % self.words(int(answer, 16)))


class HvIrqs(HvSwitch):
    """Whether a step takes an interrupt that is pending.

hv irqs on      as the CPU would: the step ends at the vector
hv irqs off     interrupts and QEMU's timers are held while stepping
hv irqs         how it is now

It is about steps only: "continue" and the commands that run always take interrupts."""
    name, query = "irqs", "qqemu.sstep"

    def packet(self, on):
        return "Qqemu.sstep=%s" % ("0x1" if on else "0x7")

    def words(self, number):
        if number & 2:
            return "Interrupts%s are held while stepping." % (" and timers" if number & 4 else "")
        return "A step takes an interrupt that is pending."


class HvPhys(HvSwitch):
    """Whether GDB reads and writes memory by physical addresses.

hv phys on      x/, print, breakpoints' code: all addresses are physical ones
hv phys off     all are virtual addresses of the current exception level: as the CPU sees them
hv phys         how it is now

In a guest "off" sees the guest's memory, by the guest's own translation and stage 2; "on" sees the
hypervisor's structures, too, whose addresses are physical ones."""
    name, query = "phys", "qqemu.PhyMemMode"

    def packet(self, on):
        # What the user has asked for holds, whatever other aids switch for a moment.
        Session.physical = on
        return "Qqemu.PhyMemMode:%d" % on

    def words(self, number):
        gdb.execute("maint flush dcache", to_string=True)
        if number:
            return "Addresses are physical ones."
        return "Addresses are virtual ones of the current exception level."


def start():
    for command in (HvEnter, HvExit, HvOver, HvStep, HvIrqs, HvPhys):
        command()
