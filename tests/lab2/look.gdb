# SPDX-License-Identifier: MIT
#
# look.gdb - the commands that look, in lab 2: two CPUs, each with its own registers, prompt and struct percpu.

python
import os
import re
import time
import gdb

COMMANDS = ("where", "esr", "hcr", "spsr", "vtcr", "vttbr", "sctlr", "cptr", "mdcr", "cnthctl", "tcr", "mair",
            "hstr", "far", "hpfar", "elr", "vbar", "pstate", "cpacr", "scr", "ich_hcr", "ich_vmcr", "ich_lr",
            "ich_vtr", "sysregs", "sysregs hyp", "sysregs guest", "sysregs gic", "sysregs timer",
            "sysregs --changed", "frame", "vcpu", "vms", "percpu", "exits", "state", "vectors")

def aid(command):
    """An aid's output, its error in one line too."""
    try:
        return gdb.execute(command, to_string=True)
    except gdb.error as error:
        return "error: %s\n" % error

def show(command):
    print(aid(command), end="")

def context(command):
    """Of what a stop shows, the lines of the aids."""
    for line in aid(command).splitlines():
        if line.startswith(("-- ", "   ")):
            print(line)

def run_to(where, condition=""):
    gdb.execute("tbreak %s %s" % (where, condition), to_string=True)
    gdb.execute("continue", to_string=True)

def number(expression):
    return int(gdb.parse_and_eval(expression)) & 0xffffffffffffffff

def prompt():
    print(aid("el2labs-prompt"))

def all_answer():
    """Each command gives lines, or says in one line why not; and is quick, on a machine that is not too busy."""
    wrong = []
    for command in COMMANDS:
        for again in range(3):
            begin = time.time()
            text = aid("hv " + command)
            if time.time() - begin < 1:
                break
        else:
            wrong.append("%s: %.1f s" % (command, time.time() - begin))
        if "Traceback" in text or "cannot tell here" in text or not text.strip() or \
                text.startswith("error") and text.count("\n") != 1:
            wrong.append("%s: %s" % (command, text))
    print("all of them answer: %s" % (wrong or True))

def frame_is_right(argument=""):
    """Of "hv frame": the marks, and the values beside those that GDB has."""
    wrong, rows = [], 0
    for line in aid("hv frame " + argument).splitlines():
        found = re.match(r"([ *]) (x\d+|sp|sp_el0|elr|spsr|esr|far) +(0x\w+)  (0x\w+)", line)
        if not found:
            continue
        rows += 1
        mark, name, saved, live = found.groups()
        if (mark == "*") != (saved != live):
            wrong.append(line)
        if name[0] == "x" and int(live, 16) != number("$" + name):
            wrong.append(line)
    print("rows: %d, wrong: %s" % (rows, wrong))
end

# test: the prompt names the CPU; before percpu_init() there is no struct percpu
# handout: lab2-percpu/README.md, "A GDB session"
python
prompt()
show("hv percpu")
all_answer()
end
#> (CPU 0, EL2 hypervisor)
#> CPU 0: no struct percpu yet (TPIDR_EL2 is 0)
#> CPU 1: no struct percpu yet (TPIDR_EL2 is 0)
#> all of them answer: True

# test: with virtualization on, what has changed, and each CPU's own
# handout: lab2-percpu/README.md, "A GDB session"
python
gdb.execute("tbreak host_irq if cpu->id == 1", to_string=True)
context("continue")
prompt()
show("hv where")
show("hv percpu")
print("CPU %d is selected still" % (gdb.selected_thread().num - 1))
print("its own: %s" % (number("$TPIDR_EL2") == number("cpu")))
for command in ("vcpu", "vms", "exits", "frame", "sysregs guest", "sysregs --changed", "percpu 1"):
    show("hv " + command)
all_answer()
end
#> ...
#> -- CPU 1: EL2h (hypervisor), MMU on, DAIF masked
#> (CPU 1, EL2 hypervisor)
#> CPU 1 is at EL2, in the hypervisor: host_irq<*>, main.c:<*>.
#> No synchronous exception has come to EL2 yet.
#> CPU 0 at EL2: struct percpu at 0x<*>, virtualization on
#>   MPIDR_EL1  0x80000000
#>   vectors    percpu_vectors
#>   handler    irq_dispatch
#>   stack      top 0x<*>
#>   GICR       0x80a0000
#>   HCR_EL2    for guests: VM SWIO PTW FMO IMO AMO FB BSU=IS TWI TID3 TSC TIDCP TACR TSW RW
#>   interrupts <*> irqs, 0 spurious, 0 unexpected
#> CPU 1 at EL2: struct percpu at 0x<*>, virtualization on
#>   MPIDR_EL1  0x80000001
#>   vectors    percpu_vectors
#>   handler    irq_dispatch
#>   stack      top 0x<*>
#>   GICR       0x80c0000
#>   HCR_EL2    for guests: VM SWIO PTW FMO IMO AMO FB BSU=IS TWI TID3 TSC TIDCP TACR TSW RW
#>   interrupts 1 irqs, 0 spurious, 0 unexpected
#> CPU 1 is selected still
#> its own: True
#> error: This image has no vCPU: lab 3's is the first that has.
#> error: This image has no VM: lab 3's is the first that has.
#> error: This image has no log of exits: lab 4's is the first that has.
#> error: No struct el2_frame is in the backtrace here: either no exception is being handled, or its frame is no handler's argument (yet).
#> error: This image has no table of a guest's registers: lab 3's is the first that has.
#> error: This is this CPU's first stop: nothing to compare with.
#> error: "hv percpu" takes no argument.
#> all of them answer: True

# test: each CPU is compared with itself
# handout: lab2-percpu/README.md, "A GDB session"
python
gdb.execute("set scheduler-locking on")
context("stepi")
show("hv sysregs --changed")
gdb.execute("thread 1", to_string=True)
prompt()
show("hv sysregs --changed")
context("stepi")
gdb.execute("set scheduler-locking off")
end
#> ...
#> -- CPU 1: EL2h (hypervisor), MMU on, DAIF masked
#> No change since the stop before.
#> ...
#> (CPU 0, EL2 hypervisor)
#> error: This is this CPU's first stop: nothing to compare with.
#> ...
#> -- CPU 0: EL2h (hypervisor), MMU on, <*> masked
#> -- changed: HCR_EL2 0x807c263f, VTTBR_EL2 BADDR=0x<*>, VTCR_EL2 0x80043558,
#>             VBAR_EL2 percpu_vectors, SCTLR_EL2 0x30cd183d, and <*> more (hv sysregs --changed)
