# SPDX-License-Identifier: MIT
#
# run.gdb - the commands that run, on two CPUs: a step is the current CPU's; there is no guest yet.

python
import re

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

# test: an interrupt of the hypervisor's own: the stub's search for a stack, and the frame
# handout: lab2-percpu/README.md, "A GDB session"
python
run_to("percpu_irq_vector", "thread 1")
show("hv step 4")
end
#> ...
#> percpu_irq_vector      sub sp, sp, #0x<*> sp from sp: 0x<*>
#> percpu_irq_vector+0x4  add sp, sp, x0 <*> sp from sp, x0: 0x<*>
#> percpu_irq_vector+0x8  sub x0, sp, x0 <*> x0 from sp, x0: 0x<*>
#> percpu_irq_vector+0xc  eor x0, x0, #0x<*> x0 from x0: 0x<*>

# test: it is the current CPU that steps: the other one is another thread
# handout: lab2-percpu/README.md, "A GDB session"
python
print("thread %d" % gdb.selected_thread().num)
show("hv step 20", "percpu_irq_vector+0x28")
show("hv step 1", "el2_save")
print("thread %d" % gdb.selected_thread().num)
end
#> thread 1
#> percpu_irq_vector+0x28 stp x0, x1, [sp<*> x0, x1 into frame->x[0], x[1]: 0x<*>
#> el2_save_and_call<*>
#> thread 1

# test: the CPU's own structure by its name, from TPIDR_EL2
# handout: lab2-percpu/README.md, "A GDB session"
python
from hv import narrate
percpu = number("$TPIDR_EL2")
for name in ("id", "hcr", "counters.irqs"):
    print(narrate.slot_name(number("(unsigned long) &((struct percpu *) %d)->%s" % (percpu, name))))
end
#> percpu->id
#> percpu->hcr
#> percpu->counters.irqs

# test: an ERET at EL2, in words and in fact
# handout: lab2-percpu/README.md, "A GDB session"
python
word = b"\xe0\x03\x9f\xd6"
start = number("(unsigned long) &el2_save_and_call")
eret = start + bytes(gdb.selected_inferior().read_memory(start, 256)).index(word)
run_to("*%d" % eret, "thread 1")
elr = number("$ELR_EL2")
print(aid("hv step").replace("0x%x" % elr, "ELR"), end="")
print("at ELR_EL2: %s" % (number("$pc") == elr))
end
#> ...
#> el2_save_and_call+0x<*> eret <*> PC from ELR_EL2, PSTATE from SPSR_EL2: to EL2h, at ELR
#> at ELR_EL2: True

# test: a breakpoint of the user's where a step arrives is said; not one that does not stop there
# handout: lab2-percpu/README.md, "A GDB session"
python
gdb.execute("delete")
aid("hv irqs off")          # the next interrupt may be there already
here = gdb.selected_thread().num
for condition, ignored in ("if 0", 0), ("", 1), ("", 0):
    gdb.execute("break *$pc + 4 thread %d %s" % (here, condition), to_string=True)
    last = gdb.breakpoints()[-1]
    last.ignore_count = ignored
said = aid("hv step 3").splitlines()
print("steps: %d, then: %s" % (sum(bool(re.match(r"\w+\+0x", line)) for line in said),
                             [line for line in said if line.startswith("-- At")] == ["-- At breakpoint %d." % last.number]))
print([breakpoint.hit_count for breakpoint in gdb.breakpoints()])
gdb.execute("delete")
aid("hv irqs on")
end
#> steps: 1, then: True
#> [0, 1, 1]

# test: another CPU is the first to stop: that is said, and shown
# handout: lab2-percpu/README.md, "A GDB session"
python
one, here = gdb.selected_thread(), gdb.selected_thread().num
other = [cpu for cpu in gdb.selected_inferior().threads() if cpu.num != here][0]
other.switch()
loop = number("$pc")            # it waits for the first one, or for an interrupt
one.switch()
aid("break *%d thread %d" % (loop, 3 - here))
said = aid("hv step 5000").splitlines()
print("another: %s" % (gdb.selected_thread().num == 3 - here))
at = [n for n, line in enumerate(said) if line.startswith("-- ")][0]
print(re.sub(r"[0-9]+", "N", said[at]))
print("it is shown: %s" % said[at + 1].startswith("-- CPU %d: EL2h" % (2 - here)))
gdb.execute("delete")
one.switch()
end
#> another: True
#> -- CPU N has stopped first, at breakpoint N. CPU N may have made its step, or not: "thread N".
#> it is shown: True

# test: no guest: one line, and nothing is left behind
# handout: lab2-percpu/README.md, "A GDB session"
python
for command in ("enter", "exit irq", "over", "irqs", "phys"):
    show("hv " + command)
left_behind()
end
#> error: This image runs no guest: it has no vcpu_eret, or no symbols. (Lab 3's is the first that does.)
#> error: This image runs no guest: it has no vcpu_vectors, or no symbols. (Lab 3's is the first that does.)
#> error: This image runs no guest: it has no vcpu_eret, or no symbols. (Lab 3's is the first that does.)
#> A step takes an interrupt that is pending.
#> Addresses are virtual ones of the current exception level.
#> No breakpoints or watchpoints.; notifications suppressed: False
