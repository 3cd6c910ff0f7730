# SPDX-License-Identifier: MIT
#
# run.gdb - the commands that run, over exits that are emulated: an access to a device, a register that traps.

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

# test: to the first access to a device: what traps, and the registers that say so
# handout: lab4-exits/README.md, "A GDB session"
python
gdb.execute("add-symbol-file demo_guest.guest", to_string=True)
from hv.machine import this_vcpu
show("hv exit mmio", "-- CPU")
print("EC 0x%02x, ISV %d" % (number("$ESR_EL2") >> 26, number("$ESR_EL2") >> 24 & 1))
end
#> -- CPU 0: EL2h (hypervisor), MMU on, DAIF masked
#> EC 0x24, ISV 1

# test: over an access to a device: one exit, the next instruction, and the register that was loaded
# handout: lab4-exits/README.md, "A GDB session"
python
run_to("*(vcpu_vectors + 0x400)", "if $FAR_EL2 == 0x9000018")
load, rt, vcpu = number("$ELR_EL2"), number("$ESR_EL2") >> 16 & 31, this_vcpu()
run_to("*%d" % load)
lines = [line for line in aid("hv over").splitlines() if line.startswith(("-- Over", "   x"))]
if number("$pc") == load + 4:
    print(lines[0])
print("register: %s, the same vCPU: %s" % (
    all(line.split()[0] == "x%d" % rt for line in lines[1:]) and number("$x%d" % rt) == 0x90,
    this_vcpu() == vcpu))
end
#> ...
#> -- Over ldr w<*>, [x<*>]: Data Abort, read of 4 at IPA 0x9000018, Translation fault, level 1
#> register: True, the same vCPU: True

# test: over the instructions after it: what does not trap is a plain step
# handout: lab4-exits/README.md, "A GDB session"
python
here = number("$pc")
print(aid("hv over").splitlines()[0].split(": ")[-1])
print("in the guest: %s" % (number("($cpsr >> 2) & 3") == 1 and number("$pc") != here))
end
#> no exit
#> in the guest: True

# test: a step onto an access to a device: it has not been executed
# handout: lab4-exits/README.md, "A GDB session"
python
run_to("*%d" % load)
lines = aid("hv step").splitlines()
print("\n".join(lines[:2]))
end
#> ...
#> <*> ldr w<*>, [x<*>] <*> into w<*>
#>   -> it has not been executed: an exception to EL2, Data Abort, read of 4, Translation fault, level 1

# test: the next instructions of the exit are the hypervisor's, in C, with the names of its objects
# handout: lab4-exits/README.md, "A GDB session"
python
from hv import narrate
run_to("vcpu_eret")
for name in ("machine.cpus[0].log.last", "machine.cpus[0].exit.mmio.ipa", "machine.cpus[0].vcpu.frame.esr"):
    print(narrate.slot_name(number("(unsigned long) &" + name)))
end
#> ...
#> guest_cpu->log.last
#> guest_cpu->exit.mmio.ipa
#> vcpu->frame.esr

# test: to an exit by the class's name in the image, or a part of it; by number; and what is none
# handout: lab4-exits/README.md, "A GDB session"
python
gdb.execute("delete")
for reason in ("data abort from a lower", "0x24", "36", "dabt", "sync"):
    aid("hv exit " + reason)
    print("EC 0x%02x" % (number("$ESR_EL2") >> 26))
for reason in ("0x40", "reserved", "nothing"):
    print(aid("hv exit " + reason).split(": sync")[0].strip())
left_behind()
end
#> EC 0x24
#> EC 0x24
#> EC 0x24
#> EC 0x24
#> EC 0x24
#> error: "0x40" is no reason for an exit
#> error: "reserved" is no reason for an exit
#> error: "nothing" is no reason for an exit
#> No breakpoints or watchpoints.; notifications suppressed: False

# test: each instruction of the image is known
# handout: lab4-exits/README.md, "A GDB session"
python
import re
from hv.words import disassemble_word
text = gdb.execute("maint info sections ALLOC CODE", to_string=True)
words = set()
gdb.execute("set trust-readonly-sections on")      # from the ELF file: not all of it is mapped
for start, end in re.findall(r"0x([0-9a-f]+)->0x([0-9a-f]+) at .* CODE", text):
    start, end = int(start, 16), int(end, 16)
    memory = bytes(gdb.selected_inferior().read_memory(start, (end - start) // 4 * 4))
    words |= {int.from_bytes(memory[at:at + 4], "little") for at in range(0, len(memory), 4)}
gdb.execute("set trust-readonly-sections off")
STRINGS = set(range(0x20, 0x7f)) | set(b"\0\r\n\t")
unknown = {word: disassemble_word(word) for word in words if narrate.decode(word).kind == "unknown"
           and not all(byte in STRINGS for byte in word.to_bytes(4, "little"))}
# What the disassembler does not know either, or takes for SVE, is data between the functions.
unknown = [text for text in unknown.values()
           if not text.startswith((".inst", "udf")) and not re.search(r"\b[zp]\d+\b", text)]
print("more than 4000: %s, unknown: %s" % (len(words) > 4000, unknown))
end
#> more than 4000: True, unknown: []

# test: an exit that is never wanted, interrupted: Ctrl-C, and nothing is left behind
# handout: lab4-exits/README.md, "A GDB session"
python
import os, signal, threading
WFI = b"\x7f\x20\x03\xd5"
text = number("(unsigned long) &__text_start")
memory = bytes(gdb.selected_inferior().read_memory(text, 0x8000))
gdb.execute("set $pc = %d" % (text + memory.index(WFI)), to_string=True)
threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
print(aid("hv exit serror").splitlines()[0])
left_behind()
end
#> ...
#> -- Interrupted: no exit of this kind came.
#> No breakpoints or watchpoints.; notifications suppressed: False
