# SPDX-License-Identifier: MIT
#
# run.gdb - the commands that run, where there is no guest: "hv step", and QEMU's switches.

python
import gdb

def aid(command):
    """An aid's output, its error in one line too."""
    try:
        return gdb.execute(command, to_string=True)
    except gdb.error as error:
        return "error: %s\n" % error

def show(command, only="", last=None):
    """Of an aid's output, the lines that begin with something; the last so many."""
    lines = [line for line in aid(command).splitlines() if line.startswith(only)]
    print("\n".join(lines[-last:] if last else lines))

def number(expression):
    return int(gdb.parse_and_eval(expression)) & 0xffffffffffffffff

def run_to(where, condition=""):
    gdb.execute("tbreak %s %s" % (where, condition), to_string=True)
    gdb.execute("continue", to_string=True)

def left_behind():
    """What the commands have left of theirs: breakpoints, settings."""
    lines = gdb.execute("maint info breakpoints", to_string=True).splitlines()
    print("%s; notifications suppressed: %s" % (
        lines[0], gdb.parameter("suppress-cli-notifications")))
end

# test: a step: the instruction, what it moves from where to where, and the value
# handout: lab1-el2-entry/README.md, "A GDB session"
python
show("hv step")
show("hv step 3")
end
#> el2_entry              mov x19, xzr                   0 into x19: 0x0
#> el2_entry+0x4          msr daifset, #0xf              PSTATE.DAIF: masks D A I F
#> el2_entry+0x8          mrs x0, currentel              PSTATE.EL into x0: 0x8
#> el2_entry+0xc          cmp x0, #0x8                   x0 compared: the result into PSTATE.NZCV: -ZC-

# test: a branch says whether it is taken
# handout: lab1-el2-entry/README.md, "A GDB session"
python
show("hv step")
end
#> el2_entry+0x10         b.eq 0x<*> <el2_reset>    to el2_reset if EQ: taken

# test: a BRK at EL2: what the exception does, and how its stub finds out whether there is a stack
# handout: lab1-el2-entry/README.md, "A GDB session"
python
memory = bytes(gdb.selected_inferior().read_memory(number("(unsigned long) &main"), 4096))
BRK = next(at for at in range(0, 4096, 4) if memory[at + 3] == 0xd4 and memory[at + 2] & 0xe0 == 0x20)
run_to("*%d" % (number("(unsigned long) &main") + BRK))
show("hv step 3")
end
#> ...
#> main+0x<*> brk #0x<*> BRK #<*>: to EL2, at VBAR_EL2 + 0x200; PC into ELR_EL2, PSTATE into SPSR_EL2, the syndrome into ESR_EL2
#> el2_vectors+0x200 <*> b 0x<*> <el2_vector_4> <*> to el2_vector_4
#> el2_vector_4           sub sp, sp, #0x<*> sp from sp: 0x<*>

# test: and the frame that it fills
# handout: lab1-el2-entry/README.md, "A GDB session"
python
run_to("el2_save_and_call")
show("hv step 2")
print("...")
lines = aid("hv step 20").splitlines()
for line in lines:
    if "ESR" in line or "elr" in line:
        print(line)
end
#> ...
#> el2_save_and_call      stp x2, x3, [sp, #<*>] <*> x2, x3 into frame->x[2], x[3]: 0x<*>, 0x<*>
#> el2_save_and_call+0x4  stp x4, x5, [sp, #<*>] <*> x4, x5 into frame->x[4], x[5]: 0x<*>, 0x<*>
#> ...
#> el2_save_and_call+0x3c mrs x1, elr_el2                ELR_EL2 into x1: 0x<*>
#> <*> stp x1, x2, [sp, #<*>] <*> x1, x2 into frame->elr, spsr: 0x<*>
#> <*> mrs x3, esr_el2                ESR_EL2 into x3: 0xf200<*>

# test: interrupts while stepping, and physical addresses: QEMU's switches say how they are
# handout: lab1-el2-entry/README.md, "A GDB session"
python
for command in ("irqs", "irqs off", "irqs", "irqs on", "phys", "phys on", "phys", "phys off"):
    show("hv " + command)
end
#> A step takes an interrupt that is pending.
#> Interrupts and timers are held while stepping.
#> Interrupts and timers are held while stepping.
#> A step takes an interrupt that is pending.
#> Addresses are virtual ones of the current exception level.
#> Addresses are physical ones.
#> Addresses are physical ones.
#> Addresses are virtual ones of the current exception level.

# test: no guest, no entry, no exit: one line; and what cannot be meant
# handout: lab1-el2-entry/README.md, "A GDB session"
python
for command in ("enter", "exit", "exit hvc", "over", "enter now", "step 0", "step -1", "step two", "step 1 2",
                "irqs maybe", "phys 1"):
    show("hv " + command)
# This GDB runs in a C locale (run.sh).
print(ascii(aid("hv step \xe9")))
left_behind()
end
#> error: This image runs no guest: it has no vcpu_eret, or no symbols. (Lab 3's is the first that does.)
#> error: This image runs no guest: it has no vcpu_vectors, or no symbols. (Lab 3's is the first that does.)
#> error: This image runs no guest: it has no vcpu_vectors, or no symbols. (Lab 3's is the first that does.)
#> error: This image runs no guest: it has no vcpu_eret, or no symbols. (Lab 3's is the first that does.)
#> error: "hv enter" takes no argument.
#> error: "0" is no number of instructions: 1 to 100000.
#> error: "-1" is no number of instructions: 1 to 100000.
#> error: "two" is no number of instructions: 1 to 100000.
#> error: "1 2" is no number of instructions: 1 to 100000.
#> error: "hv irqs on" or "hv irqs off": not "maybe".
#> error: "hv phys on" or "hv phys off": not "1".
#> 'error: "\xe9" is no number of instructions: 1 to 100000.\n'
#> No breakpoints or watchpoints.; notifications suppressed: False

# test: a WFI that nothing ends: Ctrl-C does, and leaves nothing behind
# handout: lab1-el2-entry/README.md, "A GDB session"
python
import os, signal, threading
WFI = b"\x7f\x20\x03\xd5"
text = number("(unsigned long) &__text_start")
memory = bytes(gdb.selected_inferior().read_memory(text, 0x8000))
gdb.execute("set $pc = %d" % (text + memory.index(WFI)), to_string=True)
gdb.execute("hv irqs off", to_string=True)
threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
show("hv step 3")
left_behind()
end
#> ...
#> <*> wfi                            waits for an interrupt
#> -- Interrupted: this was the last step.
#> No breakpoints or watchpoints.; notifications suppressed: False

# test: the image without its symbols, then without a machine
# handout: lab1-el2-entry/README.md, "A GDB session"
python
gdb.execute("symbol-file", to_string=True)
gdb.execute("set $pc = $pc", to_string=True)
show("hv enter")
there = number("$SCTLR_EL1") == number("$SCTLR")
gdb.execute("disconnect", to_string=True)
show("hv step")
# A variable that stands for a register is gone with its machine.
print("there: %s" % there)
show("print $SCTLR_EL1", last=1)
show("p $SCTLR_EL1")
end
#> error: This image runs no guest: it has no vcpu_eret, or no symbols. (Lab 3's is the first that does.)
#> error: No machine is connected: start with "make gdb".
#> there: True
#> -- void: GDB has no register or variable of that name, or it has no value. "p" says more.
#> error: $SCTLR_EL1: there are no registers before the machine is connected.
