# SPDX-License-Identifier: MIT
#
# replay.gdb - a recorded run: the hypervisor's own exceptions, there and back.

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

# test: from the end back to the return from an exception, and to the exception
# handout: lab1-el2-entry/README.md, "A GDB session"
python
quiet("continue")
print(last("hv back").split(" at ")[0])
eret, behind = place(), number("$ELR_EL2")
print(last("hv back").split(" at ")[0], number("$ESR_EL2") >> 26 == 0x25)
exception = place()
quiet("stepi")
print(aid("hv cost").splitlines()[0] ==
      "In the handler: %d instructions, of which 1 before this place" % (eret[0] - exception[0] + 1))
end
#> ...
#> ERET to EL2
#> Exception from EL2 True
#> True

# test: steps over the handler and its ERET are as many as hv cost says
# handout: lab1-el2-entry/README.md, "A GDB session"
python
from hv import replay
steps = 1
while replay.raw_pc() != behind and steps < 5000:
    replay.step()                       # QEMU's, without a report at each
    steps += 1
replay.forget()
print("steps: %s" % (steps == eret[0] - exception[0] + 1))
end
#> steps: True

# test: who wrote VBAR_EL2, and x0 before that
# handout: lab1-el2-entry/README.md, "A GDB session"
python
print(aid("hv who-wrote $VBAR_EL2").splitlines()[-2].split(":")[-1].strip())
vbar = reg("x0")
quiet("stepi")
print("it is x0: %s" % (number("$VBAR_EL2") == vbar))
end
#> ...
#> msr	vbar_el2, x0
#> it is x0: True
