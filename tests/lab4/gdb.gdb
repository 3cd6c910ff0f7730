# SPDX-License-Identifier: MIT
#
# gdb.gdb - two MMIO reads by steps: one that the syndrome describes (an LDR of the UART's flag register, as
# machine_run() does it by itself), and one that it does not (an LDP, through exit_data_abort() and
# vcpu_exit_complete()). Then the aid "hv exits". The stations are symbols of other files and of the assembly,
# which are there at any -O: access_device() is inlined.

python
import os
import gdb

GENERAL = ["x%d" % n for n in range(31)]
RAM = 0x40000000

def reg(name):
    """A register as an unsigned number."""
    found = gdb.newest_frame().read_register(name)
    return int(found) & (0xffffffff if name == "cpsr" else 0xffffffffffffffff)

def number(expression):
    return int(gdb.parse_and_eval(expression)) & 0xffffffffffffffff

def el():
    return reg("cpsr") >> 2 & 3

def run_to(where, condition=""):
    gdb.execute("tbreak *(%s) %s" % (where, condition), to_string=True)
    gdb.execute("continue", to_string=True)

def run_to_function(name):
    gdb.execute("tbreak %s" % name, to_string=True)
    gdb.execute("continue", to_string=True)

def stepi():
    gdb.execute("stepi", to_string=True)

def aid(command):
    """An aid's output, its error in one line too."""
    try:
        return gdb.execute(command, to_string=True)
    except gdb.error as error:
        return "error: %s\n" % error

def changed(before, get=reg):
    return [name for name in GENERAL if get(name) != before[name]]

def frame_register(name):
    return number("machine.cpus[0].vcpu.frame.x[%s]" % name[1:])

def names():
    """Of this frame and those that called it, inlined functions included."""
    found, frame = [], gdb.newest_frame()
    while frame:
        found.append(frame.name())
        frame = frame.older()
    return found

def parts():
    """The fields of ESR_EL2 that describe an access."""
    esr = number("$ESR_EL2")
    return "EC 0x%02x, ISV %d, SAS %d, SSE %d, WnR %d" % (
        esr >> 26 & 63, esr >> 24 & 1, esr >> 22 & 3, esr >> 21 & 1, esr >> 6 & 1)

gdb.execute("source " + os.environ["EL2LABS_AIDS"])
before = aid("hv exits")
gdb.execute("add-symbol-file demo_guest.guest", to_string=True)
gdb.execute("maint packet Qqemu.sstep=0x1", to_string=True)

# Where the guest reads UARTFR, the first such exit tells; the second is the one to be followed.
run_to("vcpu_vectors + 0x400", "if $FAR_EL2 == 0x9000018")
run_to("%d" % number("$ELR_EL2"))
insn = number("*(unsigned int *)$pc")
rt = "x%d" % (insn & 31)
ldr = reg("pc")
guest = {name: reg(name) for name in GENERAL}
end

# test: in the guest: an LDR of 32 bits, from the flag register of the UART
# handout: lab4-exits/README.md, "A GDB session"
python
base = reg("x%d" % (insn >> 5 & 31))
print("EL%d, in %s" % (el(), names()[1]))
print("LDR Wt, [Xn]: %s, address 0x%x" % (insn & 0xfffffc00 == 0xb9400000, base))
end
#> ...
#> EL1, in pl011_putc
#> LDR Wt, [Xn]: True, address 0x9000018

# test: one step, and it is an exit: ESR_EL2 describes the access, HPFAR_EL2 has its page
# handout: lab4-exits/README.md, "MMIO: what the syndrome says, and what it does not"
python
stepi()
print("EL%d, at the vector: %s, registers that changed: %d" % (
    el(), reg("pc") == number("(unsigned long)&vcpu_vectors") + 0x400, len(changed(guest))))
counted = number("machine.cpus[0].log.counts[EXIT_MMIO_READ]")
print(parts() + ", SRT is Rt: %s" % (number("$ESR_EL2") >> 16 & 31 == insn & 31))
print("HPFAR_EL2 0x%x, FAR_EL2 0x%x, ELR_EL2 is the LDR: %s" % (
    number("$HPFAR_EL2"), number("$FAR_EL2"), number("$ELR_EL2") == ldr))
end
#> ...
#> EL2, at the vector: True, registers that changed: 0
#> EC 0x24, ISV 1, SAS 2, SSE 0, WnR 0, SRT is Rt: True
#> HPFAR_EL2 0x90000, FAR_EL2 0x9000018, ELR_EL2 is the LDR: True

# test: the device's model is called below machine_run(): register, size; the exit is noted, and not counted yet
# handout: lab4-exits/README.md, "MMIO: what the syndrome says, and what it does not"
python
run_to_function("vpl011_read")
found = names()
print("EL%d, in %s, below machine_run: %s" % (el(), found[0], "machine_run" in found))
print("offset 0x%x, %d bytes" % (number("offset"), number("size")))
print("the newest record: ELR %s, ESR %s" % (
    number("machine.cpus[0].log.last->elr") == ldr,
    number("machine.cpus[0].log.last->esr") == number("machine.cpus[0].vcpu.frame.esr")))
print("counted: %s" % (number("machine.cpus[0].log.counts[EXIT_MMIO_READ]") != counted))
end
#> ...
#> EL2, in vpl011_read, below machine_run: True
#> offset 0x18, 4 bytes
#> the newest record: ELR True, ESR True
#> counted: False

# test: at the ERET one register of the frame has changed, and the PC is behind the LDR
# handout: lab4-exits/README.md, "MMIO: what the syndrome says, and what it does not"
python
run_to("vcpu_eret")
differs = changed(guest, frame_register)
print("only Rt: %s, it has the flags 0x%x" % (differs in ([], [rt]), frame_register(rt)))
print("ELR_EL2 is behind the LDR: %s" % (number("$ELR_EL2") == ldr + 4))
print("counted: %s, as %s with IPA 0x%x" % (
    number("machine.cpus[0].log.counts[EXIT_MMIO_READ]") == counted + 1,
    gdb.parse_and_eval("machine.cpus[0].log.last->reason"), number("machine.cpus[0].log.last->ipa")))
end
#> ...
#> only Rt: True, it has the flags 0x90
#> ELR_EL2 is behind the LDR: True
#> counted: True, as EXIT_MMIO_READ with IPA 0x9000018

# test: the guest goes on at its next instruction
# handout: lab4-exits/README.md, "A GDB session"
python
stepi()
print("EL%d, behind the LDR: %s, %s 0x%x" % (el(), reg("pc") == ldr + 4, "Rt", reg(rt)))
print("other registers that changed: %d" % len([name for name in changed(guest) if name != rt]))
end
#> ...
#> EL1, behind the LDR: True, Rt 0x90
#> other registers that changed: 0

# test: an LDP goes through the table of handlers; its syndrome has no register (ISV = 0)
# handout: lab4-exits/README.md, "When the syndrome does not say"
python
run_to_function("exit_data_abort")
ldp = number("$ELR_EL2")
frame = {name: frame_register(name) for name in GENERAL}
print("EL%d, in %s, EC 0x%02x of the table: %s" % (el(), names()[0], number("$ESR_EL2") >> 26,
      "exit_data_abort" in str(gdb.parse_and_eval("exit_handlers[0x24]"))))
print("ISV %d, FAR_EL2 0x%x" % (number("$ESR_EL2") >> 24 & 1, number("$FAR_EL2")))
run_to_function("instruction_decode")
insn = number("insn")
there = number("*(unsigned int *)((char *)machine.vm.ram + 0x%x)" % (ldp - RAM))
print("the instruction is the guest's: %s, LDP Wt, Wt2, [Xn]: %s" % (
    insn == there, insn & 0xffff8000 == 0x29400000))
end
#> ...
#> EL2, in exit_data_abort, EC 0x24 of the table: True
#> ISV 0, FAR_EL2 0x9000fe0
#> ...
#> the instruction is the guest's: True, LDP Wt, Wt2, [Xn]: True

# test: its two halves are two reads; nothing of the guest changes before both are done
# handout: lab4-exits/README.md, "When the syndrome does not say"
python
for half in range(2):
    run_to_function("vpl011_read")
    offset = number("offset")
    run_to_function("vcpu_exit_complete")
    print("offset 0x%x: 0x%x, done before: %d, changed: %s" % (
        offset, number("value"), number("machine.cpus[0].exit.access.done"),
        changed(frame, frame_register) != [] or number("machine.cpus[0].vcpu.frame.elr") != ldp))
run_to("vcpu_eret")
wanted = {"x%d" % (insn & 31): 0x11, "x%d" % (insn >> 10 & 31): 0x10}
print("both registers: %s, others: %d, ELR_EL2 is behind the LDP: %s" % (
    all(frame_register(name) == what for name, what in wanted.items()),
    len([name for name in changed(frame, frame_register) if name not in wanted]),
    number("$ELR_EL2") == ldp + 4))
end
#> ...
#> offset 0xfe0: 0x11, done before: 0, changed: False
#> ...
#> offset 0xfe4: 0x10, done before: 1, changed: False
#> ...
#> both registers: True, others: 0, ELR_EL2 is behind the LDP: True

# test: "hv exits" shows the ring, the oldest first, with the guest's symbols, and counts
# handout: lab4-exits/README.md, "A GDB session"
python
print(aid("hv exits"))
counts = {field.name[5:]: number("machine.cpus[0].log.counts[%d]" % field.enumval)
          for field in gdb.lookup_type("enum exit_reason").fields()}
for name in ("MMIO_READ", "MMIO_WRITE"):
    print("%s as in the image: %s" % (name, "  %-20s %10d\n" % (name, counts[name]) in aid("hv exits")))
end
#> ...
#> vCPU 0, its last 32 exits, the newest last:
#> ...
#>   0x000040<*>  pl011_putc+0x<*>  MMIO_WRITE          IPA 0x9000000: EC 0x24, IL 1, ISS 0x<*>: Data Abort from a lower Exception level, write of 4 bytes, register <*>, Translation fault, level 1
#>   0x000040<*>  <*>+0x<*>  MMIO_READ           IPA 0x9000fe0: EC 0x24, IL 1, ISS 0x0000005: Data Abort from a lower Exception level, read, Translation fault, level 1
#> What became of all <*>:
#> ...
#>   MMIO_READ <*>
#>   MMIO_WRITE <*>
#>
#> MMIO_READ as in the image: True
#> MMIO_WRITE as in the image: True

# test: the same in the guest, whose tables do not have the hypervisor; and by an argument
# handout: lab4-exits/README.md, "A GDB session"
python
here = aid("hv exits")
stepi()
print("EL%d: the same: %s" % (el(), aid("hv exits") == here))
print("and GDB sees the guest's memory as before: %s" % (number("*(unsigned int *)($pc - 4)") == insn))
for argument in ("machine.cpus[0]", "&machine.cpus[0]"):
    print("hv exits %s: %s" % (argument, aid("hv exits " + argument) == here))
print(aid("hv exits machine.cpus[1]"), end="")
end
#> ...
#> EL1: the same: True
#> and GDB sees the guest's memory as before: True
#> hv exits machine.cpus[0]: True
#> hv exits &machine.cpus[0]: True
#> vCPU 0: no exit so far

# test: an exit that is being handled is under way
# handout: lab4-exits/README.md, "A GDB session"
python
run_to_function("vpl011_read")
print(aid("hv exits").split("What became")[0].splitlines()[-1])
end
#> ...
#>   0x000040<*>  pl011_putc+0x<*>  (under way)         EC 0x24, IL 1, ISS 0x<*>: Data Abort from a lower Exception level, read of 4 bytes, register <*>, Translation fault, level 1

# test: what cannot be shown is said in one line; after the guest, too
# handout: lab4-exits/README.md, "A GDB session"
python
for argument in ("nothing", "1", "machine", "machine.cpus", "(struct guest_cpu *) 0"):
    print(aid("hv exits " + argument), end="")
gdb.execute("delete")
run_to_function("exit_log_print_counts")
print(aid("hv exits"), end="")
text = aid("hv exits machine.cpus[0]").split("What became of all ")
print(text[0].splitlines()[-1])
print("counts add up: %s" % (int(text[1].split(":")[0]) ==
                             sum(int(line.split()[-1]) for line in text[1].splitlines()[1:])))
end
#> ...
#> error: "nothing" is no vCPU here: try "hv exits machine.cpus[0]".
#> error: "1" is no vCPU here: try "hv exits machine.cpus[0]".
#> error: "machine" is no vCPU here: try "hv exits machine.cpus[0]".
#> error: "machine.cpus" is no vCPU here: try "hv exits machine.cpus[0]".
#> error: "(struct guest_cpu *) 0" is no vCPU here: try "hv exits machine.cpus[0]".
#> ...
#> error: No vCPU is bound to this CPU: try "hv exits machine.cpus[0]".
#>   0x000040<*>  guest_start+0x<*>  HYPERCALL           EC 0x16, IL 1, ISS 0x0000003: HVC instruction execution in AArch64 state, #3
#> counts add up: True

# test: an exit without a syndrome has its kind
# handout: lab4-exits/README.md, "A GDB session"
python
for kind in ("IRQ", "SERROR"):
    # As exit_asynchronous() notes it; whether one has come is a matter of time.
    gdb.execute("set var machine.cpus[0].log.last->esr = (unsigned long)VCPU_EXIT_%s << 60" % kind)
    gdb.execute("set var machine.cpus[0].log.last->reason = EXIT_EXTERNAL_INTERRUPT")
    print(aid("hv exits machine.cpus[0]").split("What became")[0].splitlines()[-1])
end
#> ...
#>   0x000040<*>  guest_start+0x<*>  EXTERNAL_INTERRUPT  IRQ
#>   0x000040<*>  guest_start+0x<*>  EXTERNAL_INTERRUPT  SERROR

# test: so is that there is no struct percpu yet, and that without debug information no exits are known
# handout: lab4-exits/README.md, "A GDB session"
python
gdb.execute("symbol-file", to_string=True)
print(before + aid("hv exits"), end="")
end
#> ...
#> error: This CPU has no struct percpu yet: TPIDR_EL2 is 0.
#> error: There is no debug information here, so no log of exits is known: "info files", "symbol-file".
