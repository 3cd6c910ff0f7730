# SPDX-License-Identifier: MIT
"""What happens by itself: at each stop and prompt, at the connection's beginning and end."""

import os
import re
import sys

import gdb

from hv.fields import difference
from hv.machine import (RENAMED, HvCommand, HypervisorMemory, Internal, Session, check_on,
                        current_level, has_type, quietly, register, set_powered_off, symbol,
                        this_vcpu, value)
from hv.vms import exit_words, fresh_exit, last_exit_of, newest_exit, short_label
from hv.words import cpu_words


def forget():
    """Another machine, and nothing is known of it."""
    Session.stops = {}              # by CPU
    Session.counts = {}             # of the exits in a vCPU's log, at the last stop
    Session.instructions = {}       # in a replay: of a vCPU's exits, by their number
    Session.watched = None          # registers that a stop looks at
    Session.last_vcpu = None        # that was bound at a stop


forget()

# What starts the CPU again.
RUNNERS = ("continue", "step", "next", "stepi", "nexti", "finish", "until", "advance", "jump", "signal")


# ---- The UART -----------------------------------------------------------------------------------

def uart_text(offset):
    text = Session.uart_source(offset) if Session.uart_source else None
    if text is not None:
        return text
    try:
        with open(os.environ["EL2LABS_UART"], "rb") as uart:
            uart.seek(offset)
            return uart.read()
    except (KeyError, OSError):
        return b""          # "make debug": the console is another terminal


def show_uart():
    new = uart_text(Session.uart_offset)
    Session.uart_offset += len(new)
    for line in new.decode("ascii", "replace").replace("\r", "").splitlines():
        gdb.write("| %s\n" % line)


@quietly
def refresh_names():
    """$SCTLR_EL1 and so on, and two that QEMU does not have: as they are at this prompt."""
    for name, real in RENAMED.items():
        number = register(real)
        if number is not None:
            gdb.set_convenience_variable(name, number)
    pstate = register("cpsr")
    if pstate is not None:
        gdb.set_convenience_variable("CurrentEL", current_level() << 2)
        gdb.set_convenience_variable("DAIF", pstate & 0x3c0)


# ---- What has changed since the last stop --------------------------------------------------------

# Those that no switch moves, or that change by themselves.
STILL = re.compile("ID_|MVFR|DBG|PM|RES_|L2|CPU|OS[DL]|CBAR|RVBAR|MDRAR|MDCCSR|REVIDR|AIDR|CLIDR|"
                   "CTR_|CNTFRQ|ERR|ERX|GMID|DCZID|CCSIDR|MIDR|MPIDR|DACR32|FPEXC32|IFSR32|HACR|"
                   "ACTLR_EL2|AFSR._EL2|AMAIR_EL2|CNTPS|SP_EL2")
SUFFIX = re.compile(r"_EL[012]$")
LINE = 100


def register_names():
    """All of the machine's registers, by GDB's numbers."""
    if Session.register_names is None:
        listing = gdb.execute("maint print registers", to_string=True)
        Session.register_names = {int(number): name for name, number in
                                  re.findall(r"^ *(\S+) +(\d+) ", listing, re.M)}
    return list(Session.register_names.values())


def system_registers():
    """The system registers that a stop looks at, by QEMU's names."""
    if Session.watched is None:
        Session.watched = [name for name in register_names()
                           if name[:1].isupper() and not STILL.match(name) and
                           (SUFFIX.search(name) or name in RENAMED.values())]
    return Session.watched


def snapshot():
    """The registers by their names of the Arm ARM, as they are."""
    right = {real: name for name, real in RENAMED.items()}
    frame = gdb.newest_frame()
    found = {}
    for name in system_registers():
        number = int(frame.read_register(name)) & 2 ** 64 - 1
        if name.startswith("CNT") and "_CTL_" in name:
            number &= ~4                # ISTATUS: the time goes on by itself
        found[right.get(name, name)] = number
    return found


class Stop:
    """What a CPU was like when it was last shown: one for each."""

    def __init__(self):
        self.level = None
        self.registers, self.before = {}, {}            # and those of the stop before
        self.saved = self.saved_before = None           # of the vCPU, in memory
        self.exit = None
        self.announced = None   # an exit that was seen before it was in a log: an Announced


def this_stop():
    thread = gdb.selected_thread()
    return Session.stops.setdefault(thread.num if thread else 0, Stop())


def change(name, old, new):
    if name in ("ELR_EL2", "VBAR_EL2", "ELR_EL1", "VBAR_EL1"):
        return "%s %s" % (name, symbol(new) or "0x%x" % new)
    if name == "ESR_EL2":
        return name
    words = difference(name, old, new)
    return "%s %s" % (name, words if words and words.count(" ") < 5 else "0x%x" % new)


FIRST = ("HCR_EL2", "VTTBR_EL2", "VTCR_EL2", "VBAR_EL2", "SCTLR_EL2", "CPTR_EL2", "ELR_EL2",
         "SPSR_EL2",
         "ESR_EL2", "FAR_EL2", "HPFAR_EL2")


def changes(stop, level, registers, arrived):
    """In a line or two: the exception level, EL2's registers one by one, and how many of EL1's.
    arrived: an exit that has a line of its own."""
    old = dict(stop.registers)
    if arrived:
        old.pop("ESR_EL2", None)
        old.pop("ELR_EL2", None)
    differ = [name for name in registers if name in old and old[name] != registers[name] and
              not name.startswith("SP_EL")]
    differ.sort(key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))
    parts = []
    if stop.level is not None and stop.level != level:
        parts.append("EL%d to EL%d" % (stop.level, level))
    hypervisors = [name for name in differ if name.endswith("_EL2")]
    others = [name for name in differ if not name.endswith("_EL2")]
    if len(others) > 3:
        parts += ["%d of EL1 and EL0" % len(others)]
        others = []
    parts += [change(name, old[name], registers[name]) for name in hypervisors + others]
    lines, line = [], "-- changed:"
    for n, part in enumerate(parts):
        if len(line) + len(part) > LINE - 40 * len(lines) and line != "-- changed:":
            lines.append(line)
            line = "           "
            if len(lines) == 2:
                lines[1] += " and %d more (hv sysregs --changed)" % (len(parts) - n)
                return lines
        line += " %s%s" % (part, "," if n < len(parts) - 1 else "")
    return lines + [line] if parts else []


class Announced:
    """A guest's exit that a stop has shown before it was in the vCPU's log."""

    def __init__(self, found):
        self.exit, self.vcpu = found, found.vcpu
        logged = last_exit_of(found.vcpu)
        self.logged = logged.count if logged else 0
        self.instructions = instructions()

    def holds(self):
        """It is still the last one: it is in no log, and a recording has not gone back behind it."""
        logged, now = last_exit_of(self.vcpu), instructions()
        return self.vcpu == this_vcpu() and (logged.count if logged else 0) == self.logged and (
            now is None or self.instructions is None or self.instructions <= now)


def new_exit(stop):
    """The last exit, if the last stop did not know of it yet."""
    found, before = newest_exit(), stop.exit
    if found is None:
        return None
    stop.exit = found
    first = stop.level is None          # what had happened before a CPU's first stop is not new
    announced = stop.announced
    if announced and not announced.holds():
        stop.announced = None
    if found.fresh:
        known = stop.announced and stop.announced.exit.same(found)
        if found.vcpu and has_type("struct guest_cpu"):
            # It will be in the vCPU's log; there now is the one before it, or none.
            stop.announced = stop.announced if known else Announced(found)
            Session.counts[found.vcpu] = stop.announced.logged
        if found.at_vector:
            note_instruction(found.vcpu, stop)
            return found
        return None if first or known or before and found.same(before) else found
    if found.count is not None:
        known = Session.counts.get(found.vcpu, None if first else 0)
        Session.counts[found.vcpu] = found.count
        if found.count == known:
            return None
        return None if first or announced and announced.vcpu == found.vcpu and \
            found.same(announced.exit) else found
    if before and found.same(before):
        if found.rewritten:
            stop.exit = before
        return None
    return None if first else found


def instructions():
    """In a replay: how many have been executed. Else None."""
    replay = sys.modules.get("hv.replay")
    return replay.instruction_count() if replay and replay.State.recording else None


def note_instruction(vcpu, stop):
    """In a replay: at which instruction of the recording an exit was taken, for "hv exits"."""
    now = instructions()
    if now is not None and stop.announced:
        Session.instructions[vcpu, stop.announced.logged + 1] = now


def last_exit():
    """The last exit: as its vector had it, while it is in no log yet; else what is known of it."""
    announced = this_stop().announced
    if announced and fresh_exit() is None and announced.holds():
        return announced.exit
    return newest_exit()


@quietly
def show_changes():
    stop, level = this_stop(), current_level()
    registers = snapshot()
    arrived = new_exit(stop)
    if arrived:
        gdb.write("-- %s\n" % exit_words(arrived))
    for line in changes(stop, level, registers, arrived):
        gdb.write(line.rstrip() + "\n")
    stop.before, stop.registers, stop.level = stop.registers, registers, level
    # For "hv sysregs gic --changed", which is about memory.
    stop.saved_before, stop.saved = stop.saved, saved_registers()


def saved_registers():
    """The bytes of struct guest_sysregs of the vCPU that is bound, or was the last to be."""
    address = this_vcpu() or Session.last_vcpu
    Session.last_vcpu = address
    if not address:
        return None
    with HypervisorMemory():
        try:
            pointer = gdb.Value(address).cast(gdb.lookup_type("struct vcpu").pointer())
            registers = pointer["sysregs"]
            return address, bytes(gdb.selected_inferior().read_memory(
                int(registers.address), registers.type.sizeof))
        except gdb.error:
            return None


@quietly
def before_stop_is_shown():
    if Session.connected:
        for function in Session.before_stops:
            function()
        show_uart()
        Session.level = current_level()
        gdb.write("-- %s\n" % cpu_words())
        if Session.level is not None:
            show_changes()
        refresh_names()


@quietly
def after_stop_is_shown(event):
    # QEMU holds a machine that is off for us to look at, and GDB learns of it by this signal.
    if isinstance(event, gdb.SignalEvent) and event.stop_signal == "SIGQUIT":
        set_powered_off(True)
        gdb.write("-- The machine has powered off. What it left can be looked at; \"quit\" ends.\n")
    elif Session.connected and isinstance(event, gdb.StopEvent):
        show_instruction()


def show_instruction():
    """Where GDB shows no source line, the instruction. So it is in the code that saves the guest:
    to GDB that is a frame of its own kind, and all of it one line: a macro."""
    frame = gdb.newest_frame()
    place = frame.find_sal()
    pstate = register("cpsr")
    if pstate is None or pstate & 16 or place.symtab and frame.type() != gdb.SIGTRAMP_FRAME:
        return
    pc = register("pc")
    try:
        # Not by "x/i": "$_" is the user's.
        text = gdb.selected_inferior().architecture().disassemble(pc)[0]["asm"]
    except (gdb.error, gdb.MemoryError):
        return
    name = symbol(pc)
    if place.symtab:
        gdb.write("%s:%d\t<%s>:\t%s\n" % (
            os.path.basename(place.symtab.filename), place.line, name, text))
    else:
        gdb.write("=> 0x%x%s:\t%s\n" % (pc, " <%s>" % name if name else "", text))


def place():
    """The exception level and whose code it is: "EL2 hypervisor", "EL1 guest vm0/vCPU 1"."""
    level = current_level()
    if level is None:
        return None
    if level >= 2:
        return "EL%d %s" % (level, ("hypervisor", "firmware")[level - 2])
    try:
        label = short_label(this_vcpu())
    except (gdb.error, gdb.MemoryError):
        label = "guest"
    return "EL%d %s" % (level, label)


def prompt_now():
    where = place() if Session.connected else None
    if where is None:
        return "(gdb) "
    if len(gdb.selected_inferior().threads()) > 1 and gdb.selected_thread():
        where = "CPU %d, %s" % (gdb.selected_thread().num - 1, where)
    return "(%s) " % where


def prompt(current):
    # Only GDB's own prompt is replaced: "set prompt" still does what it says.
    if current not in ("(gdb) ", Session.prompt):
        return None
    try:
        Session.prompt = prompt_now()
    except Exception:
        Session.prompt = "(gdb) "
    return Session.prompt


def connected():
    Session.connected = True
    set_powered_off(False)
    Session.uart_offset = 0
    forget()
    try:
        # By default QEMU holds interrupts off while it steps.
        gdb.execute("maint packet Qqemu.sstep=0x1", to_string=True)
        for function in Session.at_connection:
            function()
        start = os.environ.get("EL2LABS_START", "el2_entry")
        address = value("(unsigned long) &%s" % start)
        if address is None and "EL2LABS_START" in os.environ:
            gdb.write("-- EL2LABS_START: the image has no function \"%s\".\n" % start)
        if address is None or address == register("pc"):
            before_stop_is_shown()
            return
        # "silent", because what GDB says of a breakpoint that nobody has set would be a riddle.
        breakpoint = gdb.Breakpoint("*0x%x" % address, internal=True, temporary=True)
        breakpoint.silent = True
        gdb.write(gdb.execute("continue", to_string=True).replace("Continuing.\n", "", 1))
        if register("pc") == address:
            gdb.execute("frame")
    except gdb.error as error:
        raise gdb.GdbError(str(error))


def before_run(command):
    Session.command = command
    check_on()
    for function in Session.before_runs:
        function()


# By itself GDB would let the machine go, and say so in three lines.
@quietly
def exiting(event):
    if Session.connected:
        try:
            gdb.execute("disconnect", to_string=True)
        except gdb.error:
            pass                # QEMU has gone before


class HvUart(HvCommand):
    """All that the hypervisor has printed so far. ("make debug" has its console elsewhere.)"""
    name = "uart"

    def show(self, argument):
        Session.uart_offset = 0
        show_uart()


class El(gdb.Function):
    """$el() - the current exception level, 0 to 3."""

    def __init__(self):
        super().__init__("el")

    def invoke(self):
        level = current_level()
        if level is None:
            raise gdb.GdbError("No machine is connected.")
        return level


def start():
    for command in (HvUart, El):
        command()
    Internal("connected", connected)
    Internal("stop", before_stop_is_shown)
    Internal("check-on", before_run)
    Internal("prompt", lambda: gdb.write(prompt_now()))
    gdb.events.stop.connect(after_stop_is_shown)
    if hasattr(gdb.events, "gdb_exiting"):
        gdb.events.gdb_exiting.connect(exiting)
    gdb.events.before_prompt.connect(refresh_names)
    gdb.prompt_hook = prompt
    # Commands from a file or a pipe: the prompts would only be in the way.
    if not sys.stdin.isatty():
        gdb.execute("set prompt")
    hooks = [("hook-" + command, "check-on " + command) for command in RUNNERS]
    hooks += [("hook-stop", "stop"), ("target hookpost-remote", "connected")]
    for hook, internal in hooks:
        gdb.execute("define %s\nel2labs-%s\nend" % (hook, internal))
