# SPDX-License-Identifier: MIT
#
# replay.gdb - a recorded run of one CPU: interrupts of the hypervisor itself, there and back.

python
import re
import gdb

def reg(name):
    found = gdb.newest_frame().read_register(name)
    return int(found) & (0xffffffff if name == "cpsr" else 0xffffffffffffffff)

def number(expression):
    return int(gdb.parse_and_eval(expression)) & 0xffffffffffffffff

def el():
    return reg("cpsr") >> 2 & 3

def count():
    return int(gdb.execute("monitor info replay", to_string=True).split("=")[1])

def quiet(command):
    gdb.execute("set suppress-cli-notifications on")
    gdb.execute(command, to_string=True)
    gdb.execute("set suppress-cli-notifications off")

def aid(command):
    """An aid's output, its error in one line too."""
    try:
        return gdb.execute(command, to_string=True)
    except gdb.error as error:
        return "error: %s\n" % error

def last(command):
    """Of an aid that goes somewhere: its own words, without the stop's and without symbols."""
    return re.sub(r" <[^>]*>", "", aid(command).splitlines()[-1])

def run_to(where):
    gdb.execute("tbreak *(%s)" % where, to_string=True)
    quiet("continue")

def place():
    return count(), reg("pc")
end

# test: an interrupt at EL2, backwards and forwards
# handout: lab2-percpu/README.md, "A GDB session"
python
run_to("percpu_vectors + 0x280")
irq, elr = place(), number("$ELR_EL2")
print("EL%d, IRQ" % el())
quiet("reverse-stepi")
print("before it: %s, in the vectors: %s" % (count() == irq[0] - 1, reg("pc") == irq[1]))
run_to("percpu_vectors + 0x280")
print("the same: %s" % (place() == irq))
quiet("stepi")
print(last("hv back").split(" <")[0], last("hv back")[:40].split(" no")[0])
end
#> ...
#> EL2, IRQ
#> before it: True, in the vectors: False
#> the same: True
#> Exception from EL2 at 0x<*> <*>

# test: hv cost of an interrupt is the number of steps to behind its ERET
# handout: lab2-percpu/README.md, "A GDB session"
python
gdb.execute("delete")
run_to("percpu_vectors + 0x280")
irq, elr = place(), number("$ELR_EL2")
from hv import replay
steps = 0
while replay.raw_pc() != elr and steps < 2000:
    replay.step()                       # QEMU's, without a report at each
    steps += 1
replay.forget()
print("steps to the interrupted instruction: counted %s" % (count() - irq[0] == steps))
print(last("hv back").split(" at ")[0])
print("hv cost: %s" % (aid("hv cost").splitlines()[0] == "In the handler: %d instructions" % steps))
print(last("hv back").split(": ")[-1].split(",")[0])
print("the same: %s" % (place() == irq))
end
#> ...
#> steps to the interrupted instruction: counted True
#> ERET to EL2
#> hv cost: True
#> IRQ
#> the same: True

# test: who wrote VBAR_EL2
# handout: lab2-percpu/README.md, "A GDB session"
python
print(aid("hv who-wrote $VBAR_EL2").splitlines()[-2].split(":")[-1].strip())
end
#> ...
#> msr	vbar_el2, x<*>
