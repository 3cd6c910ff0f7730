# SPDX-License-Identifier: MIT
#
# run.gdb - the commands that run, over lab 3's world switches; what they say of each instruction; and whether
# what they say is so: the registers that an instruction changes are among those that it is said to write.

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

# test: to the guest's first instruction
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
gdb.execute("add-symbol-file guest_a.guest", to_string=True)
show("hv enter", "-- CPU")
print(number("$pc") == number("(unsigned long) &guest_start"))
show("hv step", "guest_start")
end
#> -- CPU 0: EL1h (kernel), stage 1 off, stage 2 on, DAIF masked
#> True
#> guest_start            mov x19, x0                    x0 into x19: 0x<*>

# test: to an exit, of a kind: there the guest has just been left, and nothing is saved yet
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
show("hv exit fp", "-- CPU")
print("at the vector: %s, EC 0x%02x" % (
    number("$pc") == number("(unsigned long) &vcpu_vectors") + 0x400, number("$ESR_EL2") >> 26))
show("hv exit HVC", "-- CPU")
print("EC 0x%02x" % (number("$ESR_EL2") >> 26))
end
#> -- CPU 0: EL2h (hypervisor), MMU on, DAIF masked
#> at the vector: True, EC 0x07
#> -- CPU 0: EL2h (hypervisor), MMU on, DAIF masked
#> EC 0x16

# test: the way out, each instruction by what it saves and where
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
hvc = number("$ELR_EL2") - 4
guest = {name: number("$" + name) for name in ("x0", "x1", "x2", "x30")}
text = aid("hv step 35")
for name, what in guest.items():
    text = text.replace("0x%x" % what, name.upper())
print(text, end="")
end
#> vcpu_vectors+0x400     b 0x<*> <guest_exit_sync> to guest_exit_sync
#> guest_exit_sync        str x0, [sp, #16]              the guest's x0 into host's stack +16: X0
#> guest_exit_sync+0x4    ldr x0, [sp, #32]              the vCPU from host's stack +32 into x0: 0x<*>
#> guest_exit_sync+0x8    stp x1, x2, [x0, #48]          the guest's x1, x2 into vcpu->frame.x[1], x[2]: X1, X2
#> ...
#> guest_exit_sync+0x40   stp x29, x30, [x0, #272]       the guest's x29, x30 into vcpu->frame.x[29], x[30]: <*>, X30
#> guest_exit_sync+0x44   mrs x1, elr_el2                the guest's PC (ELR_EL2) into x1: 0x<*>
#> guest_exit_sync+0x48   mrs x2, spsr_el2               the guest's PSTATE (SPSR_EL2) into x2: 0x<*>
#> guest_exit_sync+0x4c   mrs x3, sp_el0                 the guest's SP_EL0 into x3: 0x<*>
#> guest_exit_sync+0x50   stp x1, x2, [x0, #16]          the guest's PC (ELR_EL2), the guest's PSTATE (SPSR_EL2) into vcpu->frame.elr, spsr: 0x<*>
#> guest_exit_sync+0x54   ldp x4, x2, [sp, #16]          the guest's x0, the caller's DAIF from host's stack +16, +24 into x4, x2: X0, 0x<*>
#> guest_exit_sync+0x58   stp x3, x4, [x0, #32]          the guest's SP_EL0, the guest's x0 into vcpu->frame.sp_el0, x[0]: 0x<*>, X0
#> guest_exit_sync+0x5c   mrs x4, esr_el2                the exit's syndrome (ESR_EL2) into x4: 0x5a000001
#> guest_exit_sync+0x60   stp xzr, x4, [x0]              0, the exit's syndrome (ESR_EL2) into vcpu->in_guest, vcpu->frame.esr: 0x0, 0x5a000001
#> guest_exit_sync+0x64   ldp x19, x20, [sp, #40]        the caller's x19, x20 from host's stack +40, +48: 0x<*>
#> ...
#> guest_exit_sync+0x78   ldp x29, x30, [sp], #128       the caller's x29, x30 from host's stack +0, +8; sp + 128: 0x<*>
#> guest_exit_sync+0x7c   mov w0, #0x0                   0x0 into x0
#> guest_exit_sync+0x80   msr daif, x2                   the caller's DAIF into PSTATE.DAIF: 0x<*>
#> guest_exit_sync+0x84   ret                            back to <*>, from x30

# test: the places by their addresses: the frame, an object of the image, the host's stack below a guest
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
from hv import narrate
print(narrate.slot_name(number("(unsigned long) &guests[0].fp_traps")))
run_to("vcpu_eret")
sp, vcpu = number("$sp"), number("((struct percpu *) $TPIDR_EL2)->above")
for offset in (0, 16, 24, 32, 40, 112):
    print(narrate.slot_name(sp + offset))
show("hv step", "vcpu_run")
print(narrate.slot_name(sp + 24), narrate.slot_name(vcpu + 48), narrate.slot_name(8) == "", sep="; ")
end
#> guests[0].fp_traps
#> ...
#> host's stack +0: the caller's x29
#> host's stack +16: the guest's x0
#> host's stack +24: the caller's DAIF
#> host's stack +32: the vCPU
#> host's stack +40: the caller's x19
#> host's stack +112: the caller's x28
#> vcpu_run+0x88          eret                           PC from ELR_EL2, PSTATE from SPSR_EL2: to EL1h, at 0x<*>
#> host's stack +24: the caller's DAIF; vcpu->frame.x[1]; True

# test: over an HVC: another guest has its turn, and then this vCPU goes on behind it
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
from hv.machine import this_vcpu
run_to("*%d" % hvc)
vcpu = this_vcpu()
text = aid("hv over")
print(text.splitlines()[0])
print("behind it: %s, the same vCPU: %s" % (
    number("$pc") == hvc + 4, this_vcpu() == vcpu))
end
#> ...
#> -- Over hvc #0x1: <*>HVC #1
#> behind it: True, the same vCPU: True

# test: the way in
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
run_to("vcpu_enter")
lines = [line for line in aid("hv step 29").splitlines() if line.startswith("vcpu_run")]
for line in lines[:2] + lines[8:14] + lines[-2:]:
    print(line)
end
#> ...
#> vcpu_run+0x18          stp x29, x30, [sp, #-128]!     the caller's x29, x30 into host's stack +0, +8; sp - 128: 0x<*>
#> vcpu_run+0x1c          stp x2, x0, [sp, #24]          the caller's DAIF, x0 (the vCPU) into host's stack +24, +32: 0x<*>
#> vcpu_run+0x38          ldp x2, x3, [x1, #16]          vcpu->frame.elr, spsr into x2, x3: 0x<*>
#> vcpu_run+0x3c          ldp x4, x0, [x1, #32]          vcpu->frame.sp_el0, x[0] into x4, x0: 0x<*>
#> vcpu_run+0x40          msr elr_el2, x2                vcpu->frame.elr into ELR_EL2: 0x<*>
#> vcpu_run+0x44          msr spsr_el2, x3               vcpu->frame.spsr into SPSR_EL2: 0x<*>
#> vcpu_run+0x48          msr sp_el0, x4                 vcpu->frame.sp_el0 into SP_EL0: 0x<*>
#> vcpu_run+0x4c          ldp x3, x4, [x1, #64]          the guest's x3, x4 from vcpu->frame.x[3], x[4]: 0x<*>
#> vcpu_run+0x84          ldp x1, x2, [x1, #48]          the guest's x1, x2 from vcpu->frame.x[1], x[2]: 0x<*>
#> vcpu_run+0x88          eret                           PC from ELR_EL2, PSTATE from SPSR_EL2: to EL1h, at 0x<*>

# test: a breakpoint of the user's on the way is a stop, and one where the way ends is said
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
gdb.execute("delete")
for where, reason in (("vcpu_bind", "fiq"), ("*(vcpu_vectors + 0x400)", "sync")):
    aid("break " + where)
    print(aid("hv exit " + reason).splitlines()[0])
    gdb.execute("delete")
left_behind()
end
#> -- Stopped at breakpoint <*>: no exit of this kind came.
#> -- Also at breakpoint <*>.
#> No breakpoints or watchpoints.; notifications suppressed: False

# test: what an instruction changes is what it is said to write, over a switch both ways
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
from hv import run
GENERAL = ["x%d" % n for n in range(31)] + ["sp"]
SYSTEM = ["ELR_EL2", "SPSR_EL2", "ESR_EL2", "SP_EL0", "CPTR_EL2", "VTTBR_EL2"]

def snapshot():
    found = {name: number("$" + name) for name in GENERAL + SYSTEM + ["cpsr"]}
    found.update(("v%d" % n, number("$v%d.d.u[1]" % n)) for n in range(4))
    return found

def follow(count):
    """How many steps changed a register that was not named."""
    wrong, before = 0, snapshot()
    for _ in range(count):
        step = narrate.narrate()
        run.run("stepi")
        narrate.outcome(step, 2)
        after = snapshot()
        writes = set(step.writes)
        if any(name.startswith("PSTATE") for name in writes):
            writes |= {"cpsr", "sp"}        # SP is that of the new level
        changed = {name for name in before if before[name] != after[name]}
        if step.executed and not changed <= writes:
            wrong += 1
            print("%s: changed %s, is said to write %s" % (
                step.text, " ".join(changed), " ".join(step.writes)))
        before = after
    print("%d steps, %d wrong" % (count, wrong))
run_to("vcpu_enter")
follow(60)
end
#> ...
#> 60 steps, 0 wrong

# test: each instruction of the image and of its guests is known, with the registers that GDB's disassembler names
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
import re
from hv.machine import HypervisorMemory
from hv.words import disassemble_word
def code_words():
    """The distinct words of what is code in the ELF files. Strings are among them."""
    text = gdb.execute("maint info sections -all-objects ALLOC CODE", to_string=True)
    for start, end in re.findall(r"0x([0-9a-f]+)->0x([0-9a-f]+) at .* CODE", text):
        start, end = int(start, 16), int(end, 16)
        try:
            memory = bytes(gdb.selected_inferior().read_memory(start, (end - start) // 4 * 4))
        except gdb.MemoryError:
            continue
        yield from (int.from_bytes(memory[at:at + 4], "little") for at in range(0, len(memory), 4))

STRINGS = set(range(0x20, 0x7f)) | set(b"\0\r\n\t")

def check_decoding():
    known, bad, words = 0, [], set(code_words())
    with HypervisorMemory():            # the other world's
        words |= set(code_words())
    for word in words:
        text = re.sub(r"//.*|<.*?>", "", disassemble_word(word))
        if text.startswith((".inst", "udf")) or re.search(r"\b[zp]\d+\b", text) or \
           all(byte in STRINGS for byte in word.to_bytes(4, "little")):
            continue                    # no instruction, SVE, or part of a string
        insn = narrate.decode(word)
        said = {name for name in insn.reads + insn.writes if re.match(r"[xv]\d+$|sp$", name)}
        named = {re.sub("^w", "x", name) for name in re.findall(r"\b([xw]\d+|sp)\b", text)}
        named |= {"v" + number for number in re.findall(r"\b[vqdsbh](\d+)\b", text)}
        if insn.kind == "unknown" or named - said or said - named - {"x30", "sp"}:
            bad.append("%08x %s: %s" % (word, text, " ".join(insn.reads + insn.writes)))
        known += 1
    print("more than 3000: %s" % (known > 3000))
    print("\n".join(["%d are not right" % len(bad)] + bad[:10]))
check_decoding()
end
#> more than 3000: True
#> 0 are not right

# test: a wrong reason, wherever the CPU is; and "hv over" where it has no meaning
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
run_to("vcpu_enter")
for command in ("exit 64", "exit -1", "exit maybe", "over"):
    print(aid("hv " + command).split(": sync")[0].strip())
end
#> ...
#> error: "64" is no reason for an exit
#> error: "-1" is no reason for an exit
#> error: "maybe" is no reason for an exit
#> error: The CPU is at EL2: "hv over" is for a guest's instruction. "hv enter" runs to a guest.

# test: a temporary breakpoint of the user's on the way, which is gone when it has been hit
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
gdb.execute("tbreak *vcpu_eret", to_string=True)
print("\n".join(line for line in aid("hv exit").splitlines() if "topped" in line or "error" in line))
print("at the ERET: %s" % (gdb.newest_frame().pc() == int(gdb.parse_and_eval("(unsigned long) &vcpu_eret"))))
end
#> ...
#> -- Stopped at breakpoint <*>: no exit came.
#> at the ERET: True

# test: an exit that never comes: the machine powers off, which is one line; nothing is left behind
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
print(aid("hv exit watchpoint").splitlines()[-1])
left_behind()
for command in ("enter", "exit", "over", "step"):
    show("hv " + command)
end
#> ...
#> error: The machine has powered off: no exit of this kind came.
#> No breakpoints or watchpoints.; notifications suppressed: False
#> error: The machine has powered off and cannot go on. "quit", and start it again.
#> error: The machine has powered off and cannot go on. "quit", and start it again.
#> error: The machine has powered off and cannot go on. "quit", and start it again.
#> error: The machine has powered off and cannot go on. "quit", and start it again.
