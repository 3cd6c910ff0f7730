# SPDX-License-Identifier: MIT
"""What happens by itself: at each stop and prompt, at the connection's beginning and end."""

import os
import re
import sys

import gdb

from hv.machine import RENAMED, HvCommand, Session, current_level, quietly, register, value
from hv.words import cpu_words

# What starts the CPU again.
RUNNERS = ("continue", "step", "next", "stepi", "nexti", "finish", "until", "advance", "jump")


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


class HvUart(HvCommand):
    """All that the hypervisor has printed so far. ("make debug" has its console elsewhere.)"""
    name = "uart"

    def show(self, argument):
        Session.uart_offset = 0
        show_uart()


class Internal(gdb.Command):
    """For the hooks of el2labs.py."""

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


def start():
    for command in (HvUart, El):
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
    hooks = [("hook-" + command, "check-on") for command in RUNNERS]
    hooks += [("hook-stop", "stop"), ("target hookpost-remote", "connected")]
    for hook, internal in hooks:
        gdb.execute("define %s\nel2labs-%s\nend" % (hook, internal))
