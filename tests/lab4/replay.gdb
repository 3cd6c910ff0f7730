# SPDX-License-Identifier: MIT
#
# replay.gdb - a recorded run: exits by faults, which are not executed and not counted.

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

# test: an exit by a fault, backwards and forwards: the access is not executed, so the exit has its number
# handout: lab4-exits/README.md, "A GDB session"
python
gdb.execute("tbreak *(vcpu_vectors + 0x400) if $ESR_EL2 >> 26 == 0x24", to_string=True)
quiet("continue")
exit = fault = place()
elr = number("$ELR_EL2")
quiet("reverse-stepi")
print("EL%d, before the access: %d" % (el(), exit[0] - count()))
quiet("stepi")
print("EL%d, at the access: %s" % (el(), place() == (exit[0], elr)))
quiet("stepi")
print("EL%d, the exit: %s" % (el(), place() == exit))
end
#> ...
#> EL1, before the access: 1
#> EL1, at the access: True
#> EL2, the exit: True

# test: hv back from the exit to the ERET, and from behind the next ERET to the exit again
# handout: lab4-exits/README.md, "A GDB session"
python
print(last("hv back"))
eret = place()
run_to("vcpu_vectors + 0x400")
print("the exit: %s" % (place() == exit))
run_to("vcpu_eret")
end = place()
quiet("stepi")
print(last("hv back 2").split(" register")[0])
print("the exit: %s, EL%d" % (place() == exit, el()))
end
#> ...
#> ERET to EL1 at 0x4<*>, <*> instructions back.
#> the exit: True
#> Exception from EL1 at 0x4<*>: EC 0x24, IL 1, ISS 0x<*>: Data Abort from a lower Exception level, <*>
#> the exit: True, EL2

# test: hv cost of an MMIO access: in the hypervisor, and in the guest before it
# handout: lab4-exits/README.md, "A GDB session"
python
lines = [line.split()[:3] for line in (aid("hv cost 1").splitlines()[1:])]
print("guest: %s" % (lines == [[str(eret[0]), "guest", str(exit[0] - eret[0] - 1)]]))
quiet("stepi")
print("hypervisor: %s" % (aid("hv cost").splitlines()[0] ==
      "In the hypervisor: %d instructions, of which 1 before this place" % (end[0] - exit[0] + 1)))
end
#> ...
#> guest: True
#> hypervisor: True

# test: who wrote what the exit told: the exception, at the access
# handout: lab4-exits/README.md, "A GDB session"
python
gdb.execute("delete")
hv_back = aid("hv back")
for name in ("ESR_EL2", "FAR_EL2", "HPFAR_EL2"):
    print(aid("hv who-wrote $" + name).splitlines()[-2].split(" register")[0])
    print("at the access: %s, EL%d" % (place() == (exit[0], elr), el()))
    quiet("stepi")
    print("the exit: %s" % (place() == exit))
end
#> ...
#> The next step is what wrote $ESR_EL2: exception from EL1 at 0x4<*>: EC 0x24, <*>
#> at the access: True, EL1
#> the exit: True
#> The next step is what wrote $FAR_EL2: exception from EL1 at 0x4<*>: EC 0x24, <*>
#> at the access: True, EL1
#> the exit: True
#> The next step is what wrote $HPFAR_EL2: exception from EL1 at 0x4<*>: EC 0x24, <*>
#> at the access: True, EL1
#> the exit: True

# test: an exit by a trapped MRS, with a breakpoint at it and in single steps: its number is the recording's
# handout: lab4-exits/README.md, "A GDB session"
python
quiet("hv back")
gdb.execute("tbreak *(vcpu_vectors + 0x400) if $ESR_EL2 >> 26 == 0x18", to_string=True)
quiet("continue")
exit, elr = place(), number("$ELR_EL2")
print(last("hv back"))
run_to("%d" % elr)
print("EL%d, at the MRS: %s" % (el(), place() == (exit[0] - 1, elr)))
quiet("stepi")
print("EL%d, the exit: %s" % (el(), place() == exit))
quiet("reverse-stepi")
print("EL%d, at the MRS: %s" % (el(), place() == (exit[0] - 1, elr)))
quiet("stepi")
print("the exit: %s" % (place() == exit))
end
#> ...
#> ERET to EL1 at 0x4<*>, <*> instructions back.
#> EL1, at the MRS: True
#> EL2, the exit: True
#> EL1, at the MRS: True
#> the exit: True

# test: what was noted of the recorded run is what single steps see: with the MRS, a fault, a device
# handout: lab4-exits/README.md, "A GDB session"
python
from hv import replay
def steps(start, end):
    replay.go(start)
    while replay.instruction_count() < end:
        yield replay.instruction_count(), replay.raw_pc()
        replay.step()

with replay.Here():
    for what, middle in (("fault", fault[0]), ("MRS", exit[0]), ("UART", replay.recording().uart_counts[9])):
        seen = list(steps(middle - 20, middle + 40))
        index, n = replay.index(), replay.index().number(*seen[0])
        noted = [(index.count(m), index.at(m)[0]) for m in range(n, n + len(seen))]
        print("%s: %s, %s" % (what, len(seen) >= 60, noted == seen))
end
#> fault: True, True
#> MRS: True, True
#> UART: True, True

# test: an access that faults and an MRS that is trapped have not written their register
# handout: lab4-exits/README.md, "A GDB session"
python
gdb.execute("delete")
for what in ("$ESR_EL2 >> 26 == 0x24 && !($ESR_EL2 & 0x40)", "$ESR_EL2 >> 26 == 0x18 && ($ESR_EL2 & 1)"):
    replay.return_to(0, reg("pc"))
    gdb.execute("tbreak *(vcpu_vectors + 0x400) if " + what, to_string=True)
    quiet("continue")
    esr, elr = number("$ESR_EL2"), number("$ELR_EL2")
    name = "$x%d" % (esr >> (16 if esr >> 26 == 0x24 else 5) & 31)          # SRT, or Rt
    before, said = number(name), aid("hv who-wrote " + name)
    print("EC 0x%x, by another: %s" % (esr >> 26, reg("pc") != elr))
    quiet("stepi")
    print("which did: %s" % (number(name) == before))
end
#> ...
#> EC 0x24, by another: True
#> which did: True
#> EC 0x18, by another: True
#> which did: True
