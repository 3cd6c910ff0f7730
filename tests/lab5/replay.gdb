# SPDX-License-Identifier: MIT
#
# replay.gdb - a recorded run: exits by a timer's interrupt, there and back.

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

from hv import replay
end

# test: an exit by the timer's interrupt, backwards and forwards: it comes before an instruction
# handout: lab5-smc-psci/README.md, "A GDB session"
python
run_to("vcpu_vectors + 0x480")
exit, elr = place(), number("$ELR_EL2")
timer_exit = exit[0]
print("by EL2's timer: %d" % (number("$CNTHP_CTL_EL2") >> 2 & 1))
quiet("reverse-stepi")
print("EL%d, before it: %s" % (el(), count() == exit[0] - 1))
# Whether there is a stop before the instruction that is not executed, differs.
quiet("stepi")
if el() == 1:
    quiet("stepi")
print("EL%d, the exit: %s" % (el(), place() == exit))
print(last("hv back"))
eret = place()
run_to("vcpu_vectors + 0x480")
print("the exit again: %s" % (place() == exit))
print(aid("hv cost").splitlines()[0] == "In the guest: %d instructions" % (exit[0] - eret[0] - 1))
end
#> ...
#> by EL2's timer: 1
#> EL1, before it: True
#> EL2, the exit: True
#> ERET to EL1 at 0x4<*>, <*> instructions back.
#> the exit again: True
#> True

# test: the interrupt wrote ELR_EL2; ESR_EL2 is from an earlier exception
# handout: lab5-smc-psci/README.md, "A GDB session"
python
print(aid("hv who-wrote $ELR_EL2").splitlines()[-2].split(": ", 1)[1].split(" <")[0].split(":")[0])
print("EL%d, before it came: %s" % (el(), exit[0] - count() in (0, 1)))
before = place()
aid("hv who-wrote $ELR_EL2")
print("an earlier one: %s" % (count() < before[0] - 1))
replay.return_to(*before)
run_to("vcpu_vectors + 0x480")
print("the exit again: %s" % (place() == exit))
run_to("vcpu_vectors + 0x400")
run_to("vcpu_vectors + 0x480")
exit = place()
said = aid("hv who-wrote $ESR_EL2").splitlines()
print("IRQ" in said[-2], "EC 0x" in said[-2], place()[0] < exit[0])
end
#> ...
#> exception from EL1 at 0x4<*>
#> EL1, before it came: True
#> an earlier one: True
#> the exit again: True
#> False True True

# test: from the end back to the last exit, an SMC, and before it
# handout: lab5-smc-psci/README.md, "A GDB session"
python
print("hv cost 4: %d lines" % len(aid("hv cost 4").splitlines()))
gdb.execute("delete")
quiet("continue")
print(last("hv back").split(": ")[-1].split(",")[0])
exit, smc = place(), number("$ELR_EL2")
quiet("reverse-stepi")
print("EL%d, at the SMC: %s" % (el(), place() == (exit[0] - 1, smc)))
quiet("stepi")
print("the exit: %s" % (place() == exit))
end
#> hv cost 4: 5 lines
#> ...
#> SMC instruction execution in AArch64 state
#> EL1, at the SMC: True
#> the exit: True

# test: from a snapshot amid the run it comes to its end: EL2's timer was not forgotten
# handout: lab5-smc-psci/README.md, "A GDB session"
python
with replay.Here():
    # One is to be 1000 instructions before an exit by that timer: it is made a little elsewhere.
    before = timer_exit - 1000
    replay.State.snapshots = [0]
    replay.load(0)
    replay.lay_snapshots(before // (before // 600000 + 1) + 1)
    at = min(replay.State.snapshots[1:], key=lambda at: abs(at - before))
    replay.load(at)
    replay.run_to(replay.last_place())
    print("near it: %s, at the end: %s" % (abs(at - before) < 100000, count() == replay.last_place()))
print("where we were: %s" % (place() == exit))
end
#> near it: True, at the end: True
#> where we were: True

# test: what was noted of the recorded run is what QEMU executes, from its beginning to its end
# handout: lab5-smc-psci/README.md, "A GDB session"
python
index, exceptions = replay.index(), replay.recording().exceptions
print("exceptions: %s, of which some fault: %s" % (len(exceptions) > 1000, len(index.faults) > 500))
wrong, looked_at = [], 0
with replay.Here():
    # Close together at first, where an SMC is for QEMU; and then all along.
    for at in exceptions[:4] + exceptions[4::len(exceptions) // 5]:
        replay.go(at + 2)
        for _ in range(3):
            now, pc = replay.instruction_count(), replay.raw_pc()
            n = index.number(now, pc)
            looked_at += 1
            # Before an interrupt QEMU may stop at what is not executed any more.
            if n is None or index.at(n)[0] != pc and not index.is_vector(n) or index.count(n) != now:
                wrong.append((now, hex(pc), n and hex(index.at(n)[0])))
            replay.step()
print("places: %s, wrong: %s" % (looked_at > 25, wrong))
end
#> exceptions: True, of which some fault: True
#> places: True, wrong: []

# test: from an exit back to where there has been none: it is not said there
# handout: lab5-smc-psci/README.md, "A GDB session"
python
replay.go(0)
replay.forget()
aid("hv exit")
after = aid("hv where").splitlines()[-1]
aid("hv back")
print(after)
print(aid("hv where").splitlines()[-1])
end
#> ...
#> The last exit, of guest vm0/vCPU 0: <*>, ELR_EL2 <*>.
#> No synchronous exception has come to EL2 yet.
