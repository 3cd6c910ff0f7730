# SPDX-License-Identifier: MIT
"""What all aids need: the machine that GDB is connected to, its registers and its memory."""

import re

import gdb

# QEMU gives these registers other names, and "p $SCTLR_EL1" would print "void".
RENAMED = {"SCTLR_EL1": "SCTLR", "VBAR_EL1": "VBAR", "CPACR_EL1": "CPACR",
           "CNTKCTL_EL1": "CNTKCTL", "AMAIR_EL1": "AMAIR0"}


class Session:
    connected = False
    powered_off = False
    command = None          # GDB's, that let the CPU go at last
    level = None            # at the last stop
    prompt = None           # that was shown last
    uart_offset = 0
    register_names = None   # number to name, read once
    at_connection = []      # what other modules do at first: the CPUs have not started yet
    before_stops = []       # and before a stop is shown
    before_runs = []        # and before GDB lets the CPU go: a gdb.GdbError keeps it from that
    uart_source = None      # what the UART has printed, from an offset on; None: its file
    is_at_end = staticmethod(lambda: False)     # of a recording


def set_powered_off(off):
    """GDB would wait for ever for a function called in a machine that is off: then it refuses to."""
    Session.powered_off = off
    gdb.execute("set may-call-functions %s" % ("off" if off else "on"))


def check_on():
    """GDB would wait for ever for a machine that is off."""
    if Session.powered_off:
        raise gdb.GdbError("The machine has powered off and cannot go on. "
                           "\"quit\", and start it again.")


def value(expression):
    """The value as an unsigned number; None if there is none."""
    try:
        result = gdb.parse_and_eval(expression)
        if result.type.strip_typedefs().code in (gdb.TYPE_CODE_VOID, gdb.TYPE_CODE_FLT):
            return None
        number = int(result)
        return number & (2 ** 64 - 1) if abs(number) < 2 ** 64 else None
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


class PhysicalMemory:
    """Memory by physical address, wherever the CPU is. Afterwards it is as before ("hv phys")."""

    def __enter__(self):
        answer = gdb.execute("maint packet qqemu.PhyMemMode", to_string=True)
        self.before = "1" if 'received: "1"' in answer else "0"
        gdb.execute("maint packet Qqemu.PhyMemMode:1", to_string=True)

    def __exit__(self, *exception):
        gdb.execute("maint packet Qqemu.PhyMemMode:" + self.before, to_string=True)


class HypervisorMemory(PhysicalMemory):
    """The hypervisor's memory, wherever the CPU is: at EL1 and EL0 addresses go through the guest's tables,
    which do not have it. The hypervisor's own addresses are physical ones (lab 1, el2_mmu.c)."""

    def __enter__(self):
        self.level = current_level()
        if self.level < 2:
            super().__enter__()

    def __exit__(self, *exception):
        if self.level < 2:
            super().__exit__(*exception)


class InC:
    """Expressions are of C while the block is executed, whatever "set language" says."""

    def __enter__(self):
        self.before = gdb.parameter("language")
        if self.before not in ("auto", "local", "unknown", "c", "asm"):
            gdb.execute("set language c", to_string=True)
        else:
            self.before = None

    def __exit__(self, *exception):
        if self.before:
            gdb.execute("set language " + self.before, to_string=True)


def quietly(function):
    """An aid that fails must not get in the way of the debugger."""
    def guarded(*arguments):
        try:
            with InC():
                return function(*arguments)
        except Exception as error:
            gdb.write("(el2labs.py, %s: %s)\n" % (function.__name__, error))
    return guarded


class Internal(gdb.Command):
    """For the hooks that are GDB commands: el2labs-NAME [ARGUMENT] calls a function."""

    def __init__(self, name, function):
        super().__init__("el2labs-" + name, gdb.COMMAND_MAINTENANCE)
        self.function = function

    def invoke(self, argument, from_tty):
        self.function(*([argument] if argument else []))


class HvCommand(gdb.Command):
    """One of the commands below "hv". A subclass has name, show() and its help as the docstring.

    What a user can do wrong, and what is not there at this stop, is a gdb.GdbError: one line. So is
    whatever else goes wrong in show(): nobody is to see a traceback of ours."""

    prefix = "hv "
    takes_argument = False
    needs_machine = True

    def __init__(self):
        super().__init__(self.prefix + self.name, gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        if argument and not self.takes_argument:
            raise gdb.GdbError("\"%s%s\" takes no argument." % (self.prefix, self.name))
        with InC():
            self.guarded(argument)

    def guarded(self, argument):
        if self.needs_machine and register("cpsr") is None:
            raise gdb.GdbError("No machine is connected: start with \"make gdb\".")
        try:
            self.show(argument.strip())
        except gdb.GdbError:
            raise
        except gdb.MemoryError as error:
            raise gdb.GdbError("%s (at this exception level)" % error)
        except KeyboardInterrupt:
            raise gdb.GdbError("Interrupted.")
        except Exception as error:
            raise gdb.GdbError("%s%s cannot tell here: %s" % (self.prefix, self.name, error))


def bits(number, high, low):
    """number<high:low>"""
    return number >> low & (1 << (high - low + 1)) - 1


# ---- The hypervisor's own structures -------------------------------------------------------------

def has_type(name):
    """Whether the image's debug information has a type: "struct vcpu"."""
    try:
        gdb.lookup_type(name)
        return True
    except gdb.error:
        return False


def pointer(address, name):
    """An address as a pointer to a type of the image: pointer(x, "struct vcpu")."""
    return gdb.Value(address).cast(gdb.lookup_type(name).pointer())


def this_percpu():
    """This CPU's struct percpu (lab 2), as its address; None before percpu_init(), and in lab 1.
    Of use with HypervisorMemory when its members are to be read."""
    address = register("TPIDR_EL2")
    return address if address and has_type("struct percpu") else None


def in_hypervisor(function):
    """A function that reads the hypervisor's memory. None if that cannot be read."""
    def reading(*arguments):
        if current_level() is None:
            return None
        with HypervisorMemory():
            try:
                return function(*arguments)
            except (gdb.error, gdb.MemoryError):
                return None
    reading.inside = function
    return reading


@in_hypervisor
def this_vcpu():
    """The address of the struct vcpu that is bound to this CPU (lab 3); None: no one is, or no such
    thing. From lab 4 on it is that of a struct guest_cpu, too."""
    percpu = this_percpu()
    if percpu is None or not has_type("struct vcpu"):
        return None
    return int(pointer(percpu, "struct percpu")["above"]) or None


def world():
    """Whose code the CPU executes: "firmware" (EL3), "hypervisor" (EL2), or "guest" (EL1, EL0).
    None without a machine."""
    level = current_level()
    if level is None:
        return None
    return ("guest", "guest", "hypervisor", "firmware")[level]
