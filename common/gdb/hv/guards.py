# SPDX-License-Identifier: MIT
"""Where GDB would be silently wrong, or would end the machine: one line with what to do instead."""

import difflib
import os
import re

import gdb

from hv.machine import RENAMED, Internal, Session, current_level, quietly, register

# What does not fit a machine that QEMU has started. Each is refused, once there is a machine.
AGAIN = 'GDB is connected to the machine already. Another one is another "make gdb".'
REFUSED = {
    "run": 'The machine is running already, and cannot start again from here: "quit", and '
           '"make gdb" again. "continue" goes on.',
    "start": 'The machine has started already: "tbreak main" and "continue" go to main().',
    "starti": 'The machine has started already. EL2LABS_START=_start in the environment of '
              '"make gdb" begins with its first instruction.',
    "attach": AGAIN,
    "kill": 'That would end the machine: "quit" does so, and leaves nothing behind.',
    "detach": 'The machine would go on without anybody who looks at it: "quit" ends it, "continue" '
              'and Ctrl-C let it run for a while.',
    "load": 'QEMU has loaded the image. After a change of the source: "quit", "make", "make gdb".',
    "record": 'GDB cannot record this machine, QEMU can: "make gdb-replay" goes backwards, too.',
    "record full": '"make gdb-replay" records a run, and goes backwards in it.',
    "target remote": AGAIN,
    "target extended-remote": AGAIN,
}

SYSTEM_REGISTER = re.compile(r"[A-Z][A-Z0-9_]*_(?:EL[0-3]|EL1[02])$|ICC_|ICH_|DAIF|CurrentEL|"
                             r"SPSel|NZCV")
NAME = re.compile(r"\$([A-Za-z_][A-Za-z_0-9]*)")
CALCULATED = tuple(RENAMED) + ("CurrentEL", "DAIF")

# Of registers that QEMU has, and does not show to GDB: what has the value nevertheless.
ELSEWHERE = {
    "NZCV": "it is part of $cpsr (\"hv spsr $cpsr\")",
    "SPSel": "it is bit 0 of $cpsr",
    "MPIDR_EL1": "VMPIDR_EL2 is what a guest reads; \"info threads\" has the CPUs",
    "MIDR_EL1": "VPIDR_EL2 is what a guest reads",
}


def is_connected():
    return register("cpsr") is not None


OTHER_TERMINAL = ('QEMU is in another terminal ("make debug"): Ctrl-A and then X end it there. "quit" and '
                  '"disconnect" leave it as it is.')
BACKWARDS = ("reverse-step", "reverse-stepi", "reverse-next", "reverse-nexti", "reverse-continue",
             "reverse-finish")


def refuse_backwards():
    """GDB would say of its target that it does not support this command."""
    from hv.replay import HOW, is_replay
    if is_connected() and not is_replay():
        raise gdb.GdbError(HOW)


def refuse(name):
    if is_connected() and name in ("kill", "detach") and "EL2LABS_UART" not in os.environ and \
            "EL2LABS_REPLAY" not in os.environ:
        raise gdb.GdbError(OTHER_TERMINAL)
    if is_connected():
        raise gdb.GdbError(REFUSED[name])
    if name in ("run", "start", "starti"):
        raise gdb.GdbError("No machine is connected, and GDB cannot start it: \"make gdb\" does.")


# ---- Names that do not exist ---------------------------------------------------------------------

def register_names():
    if Session.register_names is None:
        listing = gdb.execute("maint print registers", to_string=True)
        Session.register_names = {int(number): name for name, number in
                                  re.findall(r"^ *(\S+) +(\d+) ", listing, re.M)}
    return Session.register_names.values()


def is_void(name):
    try:
        return gdb.parse_and_eval("$" + name).type.strip_typedefs().code == gdb.TYPE_CODE_VOID
    except gdb.error:
        return False


def advice(name):
    """What to do instead of reading $name, which does not exist."""
    if not is_connected():
        return "$%s: there are no registers before the machine is connected." % name
    if name.upper().startswith(("ICH_", "ICC_", "ICV_")):
        return "QEMU does not show $%s to GDB: \"hv gic\" has what there is of it." % name
    if name in ELSEWHERE:
        return "QEMU does not show $%s to GDB: %s." % (name, ELSEWHERE[name])
    names = [known for known in register_names() if known]
    for known in list(RENAMED) + names:
        if known.upper() == name.upper():
            return "There is no $%s, but $%s: the names are as in the Arm ARM." % (name, known)
    near = difflib.get_close_matches(name, names + list(RENAMED), 3, 0.8)
    if near:
        return "There is no $%s. %s?" % (name, " or ".join("$" + known for known in near))
    return ("There is no register or variable $%s on this machine: \"info registers system\" and "
            "\"show convenience\" list them." % name)


def check_names(expression):
    """An error if the expression reads a register that does not exist: to GDB that is void."""
    # Neither what is in quotes, nor what the expression gives a value to.
    plain = re.sub(r"\"(\\.|[^\"])*\"|'(\\.|[^'])*'", "", expression)
    for found in NAME.finditer(plain):
        name = found.group(1)
        if name.startswith("_") or re.match(r"\s*(=[^=]|\()", plain[found.end():]):
            continue
        alone = re.sub(r"^(\s*(/\S*|-\S+))*\s*", "", plain).strip() == "$" + name
        if (alone or SYSTEM_REGISTER.match(name)) and is_void(name):
            raise gdb.GdbError(advice(name))


def pass_on(command, from_tty):
    """To GDB's own command: its errors are as without us."""
    try:
        gdb.execute(command, from_tty)
    except gdb.error as error:
        raise gdb.GdbError(str(error))


class Print(gdb.Command):
    """p and inspect, other names of "print", look at the names first, and then call it."""

    checked = False             # the names have been looked at

    def __init__(self, name):
        self.__doc__ = ("Print the value of an expression: another name of \"print\", which see."
                        "\n\nA register that does not exist is an error here; to \"print\" it is "
                        "void.")
        super().__init__(name, gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        check_names(argument)
        Print.checked = True
        try:
            pass_on("print " + argument, from_tty)
        finally:
            Print.checked = False


class InfoRegisters(gdb.Command):
    """List of integer registers and their contents, for the selected stack frame.

One or more register names as argument means describe the given registers.
One or more register group names as argument means describe the registers in the named groups."""

    def __init__(self):
        super().__init__("info registers", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        # "info all-registers" is the same, but for what it shows when nothing is named.
        words = argument.replace("$", "").split()
        for word in words:
            if SYSTEM_REGISTER.match(word) and word not in register_names():
                if word in CALCULATED:
                    raise gdb.GdbError("QEMU calls it otherwise, or not at all: \"p/x $%s\" has "
                                       "its value." % word)
                raise gdb.GdbError(advice(word))
        pass_on("info all-registers " + (argument or "general"), from_tty)


def after_print():
    """Behind each "print": it has said "void", and of what it does not know."""
    try:
        void = gdb.history(0).type.strip_typedefs().code == gdb.TYPE_CODE_VOID
    except gdb.error:
        return
    if void and not Print.checked:
        gdb.write("-- void: GDB has no register or variable of that name, or it has no value. "
                  "\"p\" says more.\n")
    check_variables()


# ---- Writes --------------------------------------------------------------------------------------

WRITE = ("-- QEMU ignores writes to system registers: $%s stays as it is. %s\n")


def instead(name):
    """How to get another value into a register."""
    lower = name.lower()
    for known, real in RENAMED.items():
        if name == real:
            lower = known.lower()
    try:
        fields = {field.name for field in gdb.lookup_type("struct guest_sysregs").fields()}
    except gdb.error:
        fields = set()
    if lower in fields:
        return "A guest's: write to its vcpu.sysregs.%s before vcpu_bind()." % lower
    return "Change what its MSR writes: stop there, and set the general-purpose register."


@quietly
def register_changed(event):
    names = list(register_names())
    name = Session.register_names.get(event.regnum, "") if names else ""
    if name[:1].isupper():
        gdb.write(WRITE % (name, instead(name)))
    elif name == "cpsr" and Session.level is not None and current_level() != Session.level:
        gdb.write("-- PSTATE changed by hand: from EL%d to EL%d, without an exception. "
                  "No hardware does that: set SPSR_EL2 by its MSR, and step over the ERET.\n" % (
                      Session.level, current_level()))


def copies():
    """Of the variables that stand for registers: the values that they ought to have now."""
    wanted = {name: register(real) for name, real in RENAMED.items()}
    pstate = register("cpsr")
    if pstate is not None:
        wanted["CurrentEL"], wanted["DAIF"] = current_level() << 2, pstate & 0x3c0
    return wanted


class Variables:
    known = None            # names that look like registers, and are not ours


@quietly
def check_variables():
    """A write to one of the variables that stand for registers, or one that makes a variable by the
    name of a register: neither is a register's."""
    if not is_connected():
        return
    for name, wanted in copies().items():
        have = gdb.convenience_variable(name)
        if wanted is not None and have is not None and int(have) & (2 ** 64 - 1) != wanted:
            # As of the last prompt: it may just be out of date, if it was not written.
            if Variables.known is not None and Variables.known.get(name) != int(have):
                gdb.write(WRITE % (name, instead(name)))
            gdb.set_convenience_variable(name, wanted)
    for name in re.findall(r"^\$([A-Z]\w*) = (?!void|<error|<internal)",
                           gdb.execute("show convenience", to_string=True), re.M):
        if SYSTEM_REGISTER.match(name) and name not in CALCULATED:
            gdb.set_convenience_variable(name, None)
            gdb.write("-- There is no register $%s to write to, and a variable of that name would "
                      "only look like one.\n" % name)


@quietly
def remember():
    """What the variables are before somebody reads them or writes to them."""
    Variables.known = {}
    if not is_connected():
        for name in CALCULATED:             # of a machine that is gone
            gdb.set_convenience_variable(name, None)
    for name in CALCULATED:
        have = gdb.convenience_variable(name)
        Variables.known[name] = None if have is None else int(have)


def start():
    for name in ("p", "inspect"):
        Print(name)
    InfoRegisters()
    Internal("refuse", refuse)
    Internal("refuse-backwards", refuse_backwards)
    Internal("remember", remember)
    Internal("check-variables", check_variables)
    Internal("after-print", after_print)
    if hasattr(gdb.events, "register_changed"):
        gdb.events.register_changed.connect(register_changed)
    hooks = [(" ".join(command.split()[:-1] + ["hook-" + command.split()[-1]]), "refuse " + command)
             for command in REFUSED]
    hooks += [("hook-" + command, "refuse-backwards") for command in BACKWARDS]
    hooks += [("hook-print", "remember"), ("hookpost-print", "after-print"),
              ("hook-set", "remember"), ("hookpost-set", "check-variables"),
              ("set hook-variable", "remember"), ("set hookpost-variable", "check-variables")]
    for hook, internal in hooks:
        gdb.execute("define %s\nel2labs-%s\nend" % (hook, internal))
