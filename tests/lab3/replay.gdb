# SPDX-License-Identifier: MIT
#
# replay.gdb - a recorded run, forwards and backwards: counts against single steps, and who wrote what.

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

# test: there is nothing before the first switch
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
print(aid("hv back") + aid("hv cost 3"), end="")
run_to("vcpu_eret")
first = place()
print(aid("hv back") + aid("hv back 0") + aid("hv back x y") + aid("hv cost nothing"), end="")
print("where we were: %s" % (place() == first))
end
#> ...
#> error: There is no world switch before this in the recording.
#> error: There is no world switch before this in the recording.
#> error: There is no world switch before this in the recording.
#> error: "0" is no number of switches: try "hv back 2".
#> error: "x y" is no number of switches: try "hv back 2".
#> error: "nothing" is no number of stays: try "hv cost 10".
#> where we were: True

# test: backwards over an ERET, and forwards again
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
quiet("stepi")
print("EL%d, %d instruction on, at the guest's first: %s" % (
    el(), count() - first[0], reg("pc") == number("$ELR_EL2")))
print(last("hv back"))
print("EL%d, the ERET: %s" % (el(), place() == first))
end
#> ...
#> EL1, 1 instruction on, at the guest's first: True
#> ERET to EL1 at 0x40080000, 1 instruction back.
#> EL2, the ERET: True

# test: hv cost of the first stay in the guest is the number of steps
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
quiet("stepi")
said = aid("hv cost").splitlines()
start = place()
run_to("vcpu_vectors + 0x400")
end, elr = place(), number("$ELR_EL2")
print("in the guest: %s, where we were: %s" % (
    said[0] == "In the guest: %d instructions, of which 0 before this place" % (end[0] - start[0]),
    start[0] == first[0] + 1))
quiet("reverse-stepi")
print("EL%d before the exit, whose ELR_EL2 is this or the next: %s" % (
    el(), elr - reg("pc") in (0, 4)))
quiet("stepi")
print("EL%d, at the exit again: %s" % (el(), place() == end))
print("at the exit: %s" % (aid("hv cost").splitlines()[0] ==
                           "In the guest: %d instructions" % (end[0] - start[0])))
end
#> ...
#> in the guest: True, where we were: True
#> EL1 before the exit, whose ELR_EL2 is this or the next: True
#> EL2, at the exit again: True
#> at the exit: True

# test: hv cost of an HVC is the number of steps from the vector to the guest's next instruction
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
gdb.execute("tbreak *(vcpu_eret)", to_string=True)
quiet("continue")
back = aid("hv back")
exit = place()
from hv import replay
steps = 0
while replay.raw_level() == 2 and steps < 5000:
    replay.step()                       # QEMU's, without a report at each
    steps += 1
replay.forget()
print("EL%d, more than a hundred steps: %s, as counted: %s" % (
    el(), steps > 100, count() - exit[0] == steps))
quiet("reverse-stepi")
print("hv cost: %s" % (aid("hv cost").splitlines()[0] == "In the hypervisor: %d instructions" % steps))
print("hv cost 1: %s" % (aid("hv cost 1").splitlines()[-1].split()[:3] ==
                         [str(exit[0]), "hypervisor", str(steps)]))
print(last("hv back"))
print("the same exit: %s" % (place() == exit))
end
#> ...
#> EL1, more than a hundred steps: True, as counted: True
#> hv cost: True
#> hv cost 1: True
#> Exception from EL1 at 0x<*>: EC 0x<*>, IL 1, ISS 0x<*>: <*>, <*> instructions back.
#> the same exit: True

# test: who wrote a slot of the trap frame: the STP at the exit
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
run_to("vcpu_saved_sync")
frame = reg("x0")
slot = "((struct vcpu *)0x%x)->frame.x[3]" % frame
guest_x3 = number(slot)
said = aid("hv who-wrote " + slot).splitlines()
print("\n".join(line for line in said if "stp" in line or "wrote" in line))
print("EL%d, x3 is what it wrote: %s" % (el(), reg("x3") == guest_x3))
quiet("stepi")
print("and it did: %s" % (number(slot) == guest_x3))
end
#> ...
#> => 0x<*> <guest_exit_sync+<*>>:	stp	x3, x4, [x0, #<*>]
#> It wrote 0x<*>, <*> instructions back; before it was 0x<*>.
#> EL2, x3 is what it wrote: True
#> and it did: True

# test: who wrote a general register: the LDP before the ERET; ELR_EL2: the MSR there, or the exception
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
run_to("vcpu_eret")
print("\n".join(line for line in aid("hv who-wrote $x3").splitlines() if line[:2] == "=>"))
run_to("vcpu_eret")
print("\n".join(line for line in aid("hv who-wrote $ELR_EL2").splitlines() if line[:2] == "=>"))
run_to("vcpu_vectors + 0x400")
exit, elr = place(), number("$ELR_EL2")
print(aid("hv who-wrote $ELR_EL2").splitlines()[-2].split(": ")[0])
print("EL%d, at the instruction: %s" % (el(), elr - reg("pc") in (0, 4)))
print(aid("hv who-wrote $HCR_EL2").splitlines()[-2].split(":")[1].strip()[:12])
end
#> ...
#> => 0x<*> <vcpu_run+<*>>:	ldp	x3, x4, [x1, #<*>]
#> => 0x<*> <vcpu_run+<*>>:	msr	elr_el2, x2
#> The next step is what wrote $ELR_EL2
#> EL1, at the instruction: True
#> msr	hcr_el2,

# test: who wrote a general register of the guest's: the last to change it, in single steps, is not behind it
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
def general_registers():
    packet = bytes.fromhex(replay.send("g").decode())
    return [int.from_bytes(packet[8 * n:8 * n + 8], "little") for n in range(31)]

with replay.Here() as here:
    replay.go(here.count - 250)
    changed, before = {}, general_registers()
    while replay.instruction_count() < here.count:
        at = replay.instruction_count()
        replay.step()
        now = general_registers()
        changed.update((n, at) for n in range(31) if now[n] != before[n])
        before = now
print("many were: %s" % (len(changed) > 15))
for n in sorted(changed)[::6]:
    said = aid("hv who-wrote $x%d" % n)
    by = count()
    quiet("stepi")
    if by < changed[n] or reg("x%d" % n) != now[n]:
        print("x%d: %d, but it changed at %d\n%s" % (n, by, changed[n], said))
    replay.return_to(here.count, here.pc)
print("where we were: %s" % (place()[0] == here.count))
end
#> many were: True
#> where we were: True

# test: who wrote what is on the stack: in QEMU's own watchpoint, no one after that
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
run_to("vcpu_eret")
here, stack, found = place(), reg("sp"), 0
for address in range(stack, stack + 128, 40):
    now, said = number("*(unsigned long *)0x%x" % address), aid("hv who-wrote *(long *)0x%x" % address)
    if "Nothing" in said:
        continue
    quiet("stepi")
    found += 1
    replay.send("Z2,%x,8" % address)
    if number("*(unsigned long *)0x%x" % address) != now or replay.run_to(here[0]):
        print("0x%x: %s" % (address, said))
    replay.send("z2,%x,8" % address)
    replay.return_to(*here)
print("some were: %s" % (found > 1))
end
#> ...
#> some were: True

# test: an outer frame that is selected still is, and its variables are meant; and it is no trap for GDB
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
run_to("vcpu_bind")
run_to("canary_compare")
quiet("up")
outer = gdb.selected_frame().name()
print(aid("hv cost").splitlines()[0].split(":")[0], outer, gdb.selected_frame().name() == outer)
run_to("vcpu_unbind")
quiet("up")
outer = gdb.selected_frame().name()
address, now = number("&guest->hypercalls"), number("guest->hypercalls")
print(aid("hv who-wrote guest->hypercalls").splitlines()[-1].split(",")[0], outer)
quiet("stepi")
print("it did: %s" % (number("*(unsigned long *)0x%x" % address) == now))
end
#> ...
#> In the guest demo_guest True
#> ...
#> It wrote 0x<*> take_turn
#> it did: True

# test: what cannot be followed is said in one line
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
before = place()
for what in ("", "$pc", "$x40", "$nothing", "5", "nothing", "*(long *)0", "sysreg_infos"):
    print(aid("hv who-wrote " + what), end="")
print("where we were: %s" % (place() == before))
end
#> ...
#> error: Who wrote what? Try "hv who-wrote $ELR_EL2".
#> error: $pc is no register that can be followed: try $x0 to $x30, $sp, or a system register as $ELR_EL2.
#> error: $x40 is no register that can be followed: try $x0 to $x30, $sp, or a system register as $ELR_EL2.
#> error: $nothing is no register that can be followed: try $x0 to $x30, $sp, or a system register as $ELR_EL2.
#> error: 5 has no address: it is a constant, or in a register.
#> error: No symbol "nothing" in current context.: try "hv who-wrote $x3", or "*(long *)ADDRESS".
#> error: Nothing in the recording wrote *(long *)0 before this.
#> error: sysreg_infos has <*> bytes: give one member of 1 to 8.
#> where we were: True

# test: the end of the recording: looked at, not passed; the UART is as it was at each place
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
gdb.execute("delete")
quiet("continue")
text = aid("hv uart")
print(text.splitlines()[-1])
print(aid("continue") + aid("stepi"), end="")
print(last("hv back"))
earlier = aid("hv uart")
print("less was printed then: %s" % (text.startswith(earlier) and len(earlier) < len(text)))
print(aid("hv back 100000") + aid("hv back 1000"), end="")
end
#> ...
#> | Done. Powering off.
#> error: The recording ends here: from here it goes backwards only (reverse-stepi, hv back).
#> error: The recording ends here: from here it goes backwards only (reverse-stepi, hv back).
#> Exception from EL1 at 0x<*>: EC 0x16, IL 1, ISS 0x<*>: HVC instruction execution in AArch64 state, #3, <*> instructions back.
#> less was printed then: True
#> error: "100000" is no number of switches: try "hv back 2".
#> error: There are <*> before this in the recording.

# test: the very first instruction; "finish" in a guest that stops in the other one, which has symbols of its own
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
def loaded():
    return re.findall(r"^(\S+) +the guest's", aid("hv symbols"), re.M)

quiet("reverse-continue")
print(aid("hv who-wrote $x4") + aid("hv cost 2"), end="")
for where in ("vcpu_eret", "vcpu_bind", "vcpu_eret"):
    run_to(where)
quiet("stepi")
run_to("demo_guest")
print(loaded())
print(aid("finish").splitlines()[-2].split(" at ")[0])
print(loaded())
end
#> ...
#> error: Nothing in the recording wrote $x4 before this.
#> error: There is no world switch before this in the recording.
#> ...
#> ['guest_b.guest']
#> ...
#> #0  guest_start ()
#> ['guest_a.guest']

# test: memory that snapshots leave out: it is said, once, that it does not go back
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
gdb.execute("maint packet Qqemu.PhyMemMode:1", to_string=True)
gdb.execute("set var *(int *)0x50000000 = 1")
gdb.execute("maint packet Qqemu.PhyMemMode:0", to_string=True)
print("".join(line + "\n" for n in (1, 2) for line in aid("hv back").splitlines() if "-- Some" in line), end="")
end
#> -- Something was written between 0x41000000 and 0x7c000000: what is there does not go back with the rest.
