# SPDX-License-Identifier: MIT
#
# el2labs.py - GDB for a hypervisor in QEMU. "make gdb" and "make debug" read it.
#
# What it does by itself:
#   - after "target remote" it runs to el2_entry, where the symbols and the source are;
#   - each stop first shows what the hypervisor has printed since the last one (lines with "|"),
#     and then the CPU's state in words (a line with "--");
#   - the prompt is the exception level;
#   - it warns where GDB or QEMU would be silently wrong.
# "help hv" lists what there is to ask for. All aids are below the prefix "hv".
#
# Each module of hv/ has its own commands, and a start() that makes GDB know them.

import os
import re
import sys

import gdb

# Bytecode is kept where make says (PYTHONPYCACHEPREFIX), and saves a third of the time of GDB's start.
# Not beside the source: that may be read-only, and is to stay clean.
sys.dont_write_bytecode = sys.pycache_prefix is None
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from hv import (context, film, gic, guards, look, replay, run, symbols, walk,  # noqa: E402
                who_wrote)

for setting in ("confirm off", "pagination off", "width 0", "filename-display basename"):
    gdb.execute("set " + setting)
# In a C locale GDB could not hand over an argument beyond ASCII, and would say so as an exception.
if re.search(r"ANSI_X3\.4|ASCII|646", gdb.execute("show host-charset", to_string=True)):
    gdb.execute("set host-charset ISO-8859-1")


class Hv(gdb.Command):
    """Aids for the hypervisor.

$el() is the current exception level, also in conditions:  break printf if $el() == 2
$CurrentEL, $DAIF, $SCTLR_EL1, $VBAR_EL1, $CPACR_EL1, $CNTKCTL_EL1 and $AMAIR_EL1, which QEMU
does not have by these names, are set anew at each prompt: not for conditions.

A step takes an interrupt that is pending, as the CPU would. "hv irqs off" holds interrupts and
the timer off while stepping.

Environment: EL2LABS_START, the symbol to run to at first (default: el2_entry; _start is the very
first instruction)."""

    def __init__(self):
        super().__init__("hv", gdb.COMMAND_USER, prefix=True)

    def invoke(self, argument, from_tty):
        if argument:
            raise gdb.GdbError("There is no \"hv %s\": see \"help hv\"." % argument)
        gdb.execute("help hv")


Hv()
# QEMU may have a kernel and its RAM disk to read before it answers, and GDB waits but 2 seconds.
gdb.execute("set remotetimeout %d" % max(gdb.parameter("remotetimeout"), 30))
for module in (context, look, walk, gic, run, replay, who_wrote, symbols, guards, film):
    module.start()
