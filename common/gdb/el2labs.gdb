# SPDX-License-Identifier: MIT
#
# el2labs.gdb - GDB for a hypervisor in QEMU. "make gdb" and "make debug" read it.
#
# What it does by itself:
#   - after "target remote" it runs to el2_entry, where the symbols and the source are;
#   - each stop first shows what the hypervisor has printed since the last one (lines with "|"),
#     and then the CPU's state in words (a line with "--");
#   - the prompt is the exception level;
#   - it warns where GDB or QEMU would be silently wrong.
# "help hv" lists what there is to ask for. All aids are below the prefix "hv".

set confirm off
set pagination off
set width 0
set filename-display basename

python

import os
import re
import sys

import gdb

LEVELS = ("user", "kernel", "hypervisor", "firmware")
KINDS = ("Synchronous", "IRQ", "FIQ", "SError")
SOURCES = ("current EL with SP_EL0", "current EL with SP_ELx",
           "lower EL using AArch64", "lower EL using AArch32")

# QEMU gives these registers other names, and "p $SCTLR_EL1" would print "void".
RENAMED = {"SCTLR_EL1": "SCTLR", "VBAR_EL1": "VBAR", "CPACR_EL1": "CPACR",
           "CNTKCTL_EL1": "CNTKCTL", "AMAIR_EL1": "AMAIR0"}

# What starts the CPU again.
RUNNERS = ("continue", "step", "next", "stepi", "nexti", "finish", "until", "advance", "jump")


class Session:
    connected = False
    powered_off = False
    level = None            # at the last stop
    prompt = None           # that was shown last
    uart_offset = 0
    register_names = None   # number to name, read once


def value(expression):
    """The value as an unsigned number; None if there is none."""
    try:
        result = gdb.parse_and_eval(expression)
        if result.type.strip_typedefs().code == gdb.TYPE_CODE_VOID:
            return None
        return int(result) & (2 ** 64 - 1)
    except (gdb.error, ValueError, OverflowError):
        return None


def register(name):
    return value("$" + name)


def current_level():
    """0 to 3; None without a machine. In AArch32 only the mode tells: User is EL0, the rest EL1."""
    pstate = register("cpsr")
    if pstate is None:
        return None
    if pstate & 16:
        return 0 if pstate & 15 == 0 else 1
    return pstate >> 2 & 3


def symbol(address):
    """The symbol at an address, as name+offset, or nothing."""
    try:
        text = gdb.execute("info symbol 0x%x" % address, to_string=True)
    except gdb.error:
        return ""
    found = re.match(r"(\S+)(?: \+ (\d+))? in section", text)
    if not found:
        return ""
    return found.group(1) + ("+0x%x" % int(found.group(2)) if found.group(2) else "")


def pstate_words(pstate):
    """Mode and masks, as in the panic screen: EL2h (hypervisor), D-IF masked."""
    if pstate & 16:
        mode = "AArch32, mode 0x%02x" % (pstate & 31)
    else:
        level = pstate >> 2 & 3
        mode = "EL%d%s (%s)" % (level, "h" if pstate & 1 else "t", LEVELS[level])
    masks = "".join(name if pstate >> bit & 1 else "-"
                    for name, bit in (("D", 9), ("A", 8), ("I", 7), ("F", 6)))
    return mode, masks + " masked"


def translation_words(level):
    """Whether the MMU is on; for a guest, both of its stages."""
    control = register("SCTLR" if level < 2 else "SCTLR_EL%d" % level)
    if control is None:
        return ""
    words = ("off", "on")
    hcr = register("HCR_EL2")
    if level < 2 and hcr is not None:
        return "stage 1 %s, stage 2 %s, " % (words[control & 1], words[hcr & 1])
    return "MMU %s, " % words[control & 1]


def cpu_words():
    thread = gdb.selected_thread()
    pstate = register("cpsr")
    if thread is None or pstate is None:
        return "the CPU's state is not known"
    mode, masks = pstate_words(pstate)
    return "CPU %d: %s, %s%s" % (thread.num - 1, mode, translation_words(current_level()), masks)


# ---- The syndrome in words ----------------------------------------------------------------------

def image_string(table, index):
    """A string of a table in the image, so that no name is written down twice. From the ELF file:
    the CPU may be somewhere where the hypervisor's memory is not mapped."""
    before = gdb.parameter("trust-readonly-sections")
    gdb.execute("set trust-readonly-sections on", to_string=True)
    try:
        text = gdb.parse_and_eval("'esr.c'::%s[%d]" % (table, index))
        return text.string() if int(text) else "Reserved"
    except (gdb.error, ValueError):
        return "(this image has no names for it)"
    finally:
        gdb.execute("set trust-readonly-sections %s" % ("on" if before else "off"), to_string=True)


def esr_words(esr):
    ec, iss = esr >> 26 & 0x3f, esr & 0x1ffffff
    words = [image_string("ec_names", ec)]
    if ec in (0x24, 0x25):
        words.append("write" if iss >> 6 & 1 else "read")
        if iss >> 24 & 1:
            register_number = iss >> 16 & 31
            words[-1] += " of %d byte%s, register %s" % (
                1 << (iss >> 22 & 3), "s" if iss >> 22 & 3 else "",
                "xzr" if register_number == 31 else "x%d" % register_number)
    if ec in (0x20, 0x21, 0x24, 0x25):
        words.append(image_string("fsc_names", iss & 0x3f))
        if iss >> 7 & 1:
            words.append("on a stage 1 table walk")
    if ec in (0x12, 0x15, 0x16, 0x17, 0x38, 0x3c):
        words.append("#%d" % (iss & 0xffff))
    return "EC 0x%02x, IL %d, ISS 0x%07x: %s" % (ec, esr >> 25 & 1, iss, ", ".join(words))


# ---- The UART -----------------------------------------------------------------------------------

def uart_text(offset):
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


# ---- What happens by itself ---------------------------------------------------------------------

def quietly(function):
    """An aid that fails must not get in the way of the debugger."""
    def guarded(*arguments):
        try:
            return function(*arguments)
        except Exception as error:
            gdb.write("(el2labs.gdb, %s: %s)\n" % (function.__name__, error))
    return guarded


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


@quietly
def before_stop_is_shown():
    if Session.connected:
        show_uart()
        Session.level = current_level()
        gdb.write("-- %s\n" % cpu_words())
        refresh_names()


@quietly
def after_stop_is_shown(event):
    # QEMU holds a machine that is off for us to look at, and GDB learns of it by this signal.
    if isinstance(event, gdb.SignalEvent) and event.stop_signal == "SIGQUIT":
        Session.powered_off = True
        gdb.write("-- The machine has powered off. What it left can be looked at; \"quit\" ends.\n")


@quietly
def register_changed(event):
    if Session.register_names is None:
        listing = gdb.execute("maint print registers", to_string=True)
        Session.register_names = {int(number): name for name, number in
                                  re.findall(r"^ *(\S+) +(\d+) ", listing, re.M)}
    name = Session.register_names.get(event.regnum, "")
    if name[:1].isupper():
        gdb.write("-- QEMU ignores writes to system registers: $%s stays as it is.\n" % name)
    elif name == "cpsr" and Session.level is not None and current_level() != Session.level:
        gdb.write("-- PSTATE changed by hand: from EL%d to EL%d, without an exception. "
                  "No hardware does that.\n" % (Session.level, current_level()))


def prompt(current):
    # Only GDB's own prompt is replaced: "set prompt" still does what it says.
    if current not in ("(gdb) ", Session.prompt):
        return None
    level = current_level() if Session.connected else None
    if level is None:
        Session.prompt = "(gdb) "
    elif len(gdb.selected_inferior().threads()) > 1 and gdb.selected_thread():
        Session.prompt = "(CPU %d, EL%d) " % (gdb.selected_thread().num - 1, level)
    else:
        Session.prompt = "(EL%d) " % level
    return Session.prompt


def connected():
    Session.connected = True
    Session.powered_off = False
    Session.uart_offset = 0
    try:
        # By default QEMU holds interrupts off while it steps.
        gdb.execute("maint packet Qqemu.sstep=0x1", to_string=True)
        start = os.environ.get("EL2LABS_START", "el2_entry")
        address = value("(unsigned long) &%s" % start)
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


def check_on():
    """GDB would wait for ever for a machine that is off."""
    if Session.powered_off:
        raise gdb.GdbError("The machine has powered off and cannot go on. "
                           "\"quit\", and start it again.")


# By itself GDB would let the machine go, and say so in three lines.
@quietly
def exiting(event):
    if Session.connected:
        gdb.execute("disconnect", to_string=True)


# ---- The commands -------------------------------------------------------------------------------

class Hv(gdb.Command):
    """Aids for the hypervisor.

$el() is the current exception level, also in conditions:  break printf if $el() == 2
$CurrentEL, $DAIF, $SCTLR_EL1, $VBAR_EL1, $CPACR_EL1, $CNTKCTL_EL1 and $AMAIR_EL1, which QEMU
does not have by these names, are set anew at each prompt: not for conditions.

A step takes an interrupt that is pending, as the CPU would. "maint packet Qqemu.sstep=0x7" holds
interrupts and the timer off while stepping.

Environment: EL2LABS_START, the symbol to run to at first (default: el2_entry; _start is the very
first instruction)."""

    def __init__(self):
        super().__init__("hv", gdb.COMMAND_USER, prefix=True)

    def invoke(self, argument, from_tty):
        if argument:
            raise gdb.GdbError("There is no \"hv %s\": see \"help hv\"." % argument)
        gdb.execute("help hv")


class HvCommand(gdb.Command):
    """One of the above. A subclass has name, show() and its help as the docstring."""

    takes_argument = False

    def __init__(self):
        super().__init__("hv " + self.name, gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        if argument and not self.takes_argument:
            raise gdb.GdbError("\"hv %s\" takes no argument." % self.name)
        if register("cpsr") is None and not (self.name == "esr" and argument):
            raise gdb.GdbError("No machine is connected: start with \"make gdb\".")
        try:
            self.show(argument)
        except gdb.MemoryError as error:
            raise gdb.GdbError("%s (at this exception level)" % error)


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


class HypervisorMemory:
    """The hypervisor's memory, wherever the CPU is: at EL1 and EL0 addresses go through the guest's tables,
    which do not have it. The hypervisor's own addresses are physical ones (lab 1, el2_mmu.c)."""

    def __enter__(self):
        self.level = current_level()
        if self.level < 2:
            gdb.execute("maint packet Qqemu.PhyMemMode:1", to_string=True)

    def __exit__(self, *exception):
        if self.level < 2:
            gdb.execute("maint packet Qqemu.PhyMemMode:0", to_string=True)


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


class HvUart(HvCommand):
    """All that the hypervisor has printed so far. ("make debug" has its console elsewhere.)"""
    name = "uart"

    def show(self, argument):
        Session.uart_offset = 0
        show_uart()


class Internal(gdb.Command):
    """For the hooks of el2labs.gdb."""

    def __init__(self, name, function):
        super().__init__("el2labs-" + name, gdb.COMMAND_MAINTENANCE)
        self.function = function

    def invoke(self, argument, from_tty):
        self.function()


class El(gdb.Function):
    """$el() - the current exception level, 0 to 3."""

    def __init__(self):
        super().__init__("el")

    def invoke(self):
        level = current_level()
        if level is None:
            raise gdb.GdbError("No machine is connected.")
        return level


for command in (Hv, HvState, HvEsr, HvVectors, HvSysregs, HvExits, HvUart, El):
    command()
Internal("connected", connected)
Internal("stop", before_stop_is_shown)
Internal("check-on", check_on)
gdb.events.stop.connect(after_stop_is_shown)
if hasattr(gdb.events, "register_changed"):
    gdb.events.register_changed.connect(register_changed)
if hasattr(gdb.events, "gdb_exiting"):
    gdb.events.gdb_exiting.connect(exiting)
gdb.events.before_prompt.connect(refresh_names)
gdb.prompt_hook = prompt
# Commands from a file or a pipe: the prompts would only be in the way.
if not sys.stdin.isatty():
    gdb.execute("set prompt")
for command in RUNNERS:
    gdb.execute("define hook-%s\nel2labs-check-on\nend" % command)

end

define hook-stop
el2labs-stop
end
define target hookpost-remote
el2labs-connected
end
