# SPDX-License-Identifier: MIT
#
# run.gdb - the commands that run, over an SMC and over PSCI's calls, with several vCPUs on one CPU.

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

# test: to an SMC: EC 0x17, and ELR_EL2 is at it
# handout: lab5-smc-psci/README.md, "A GDB session"
python
from hv.machine import this_vcpu
gdb.execute("add-symbol-file demo_guest.guest", to_string=True)
show("hv exit smc", "-- CPU")
smc, vcpu = number("$ELR_EL2"), this_vcpu()
print("EC 0x%02x, at the vector: %s" % (
    number("$ESR_EL2") >> 26, number("$pc") == number("(unsigned long) &vcpu_vectors") + 0x400))
end
#> -- CPU 0: EL2h (hypervisor), MMU on, DAIF masked
#> EC 0x17, at the vector: True

# test: back in the guest by "hv enter": behind the SMC, with the answer
# handout: lab5-smc-psci/README.md, "A GDB session"
python
show("hv enter", "-- CPU")
print("behind it: %s, x0 0x%x" % (number("$pc") == smc + 4, number("$x0")))
end
#> -- CPU 0: EL1h (kernel), stage 1 on, stage 2 on, DAIF masked
#> behind it: True, x0 0x10001

# test: over an HVC: CPU_ON, whose answer is in x0, in the same vCPU, whatever else has run
# handout: lab5-smc-psci/README.md, "A GDB session"
python
run_to("guest_cpu_on")
memory = bytes(gdb.selected_inferior().read_memory(number("$pc"), 400))
run_to("*%d" % (number("$pc") + memory.index(b"\x02\x00\x00\xd4")))
hvc = number("$pc")
print("x0 0x%x" % number("$x0"))
lines = aid("hv over").splitlines()
print("\n".join(line for line in lines if line.startswith(("-- Over", "   x0"))))
print("behind it: %s, the same vCPU: %s" % (number("$pc") == hvc + 4, this_vcpu() == vcpu))
end
#> ...
#> x0 0xc4000003
#> -- Over hvc #0x0: <*>HVC #0<*>
#>    x0  0xc4000003 -> 0x0
#> behind it: True, the same vCPU: True

# test: the HVC as a step: what it reads and writes
# handout: lab5-smc-psci/README.md, "A GDB session"
python
from hv import narrate
gdb.execute("set $pc = %d" % hvc, to_string=True)
step = narrate.narrate()
print("%s: %s" % (step.text, step.sentence))
print(step.reads, step.writes)
end
#> hvc #0x0: HVC #0: to EL2, at VBAR_EL2 + 0x400; PC + 4 into ELR_EL2, PSTATE into SPSR_EL2, the syndrome into ESR_EL2
#> ['pc', 'PSTATE', 'VBAR_EL2'] ['pc', 'PSTATE', 'ELR_EL2', 'SPSR_EL2', 'ESR_EL2']

# test: an access as data for others: where, how much, which registers
# handout: lab5-smc-psci/README.md, "A GDB session"
python
run_to("vcpu_enter")
step = narrate.narrate()
print(step.memory[0], number("$sp") - step.memory[1], step.memory[2:])
print(step.reads, step.writes, "0x%08x" % step.words)
end
#> ...
#> store 128 (16, ['x29', 'x30'])
#> ['x29', 'x30', 'sp'] ['sp'] 0xa9b87bfd

# test: system registers have their names, list registers too
# handout: lab5-smc-psci/README.md, "A GDB session"
python
for word in (0xd5384000, 0xd51ccc00, 0xd53ccb21, 0xd51ccc03, 0xd53b4220, 0xd50343df):
    insn = narrate.decode(word)
    print(insn.kind, insn.reads, insn.writes)
end
#> mrs ['SPSR_EL1'] ['x0']
#> msr ['x0'] ['ICH_LR0_EL2']
#> mrs ['ICH_VTR_EL2'] ['x1']
#> msr ['x3'] ['ICH_LR0_EL2']
#> mrs ['PSTATE.DAIF'] ['x0']
#> pstate ['PSTATE.DAIF'] ['PSTATE.DAIF']

# test: an interrupt before an instruction, a branch, too, is said where it comes
# handout: lab5-smc-psci/README.md, "A GDB session"
python
irqs = unsaid = 0
for n in range(10):
    aid("hv exit irq")
    aid("hv enter")
    lines = aid("hv step 150").splitlines()
    for before, line in zip(lines, lines[1:]):
        if line.startswith("vcpu_vectors+0x480 "):
            irqs += 1
            unsaid += not before.startswith("  -> IRQ taken to EL2, before this instruction")
    if irqs:
        break
print("interrupts: %s, unsaid: %d" % (irqs > 0, unsaid))
end
#> interrupts: True, unsaid: 0

# test: each instruction of the image is known
# handout: lab5-smc-psci/README.md, "A GDB session"
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

# test: nothing is left behind
# handout: lab5-smc-psci/README.md, "A GDB session"
python
gdb.execute("delete")
left_behind()
end
#> No breakpoints or watchpoints.; notifications suppressed: False
