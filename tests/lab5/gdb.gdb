# SPDX-License-Identifier: MIT
#
# gdb.gdb - an SMC of a guest, there and back; then its CPU_ON, station by station: the HVC, the state machine,
# the caller's next instruction, the second vCPU's reset, and its first instruction. With plain GDB. The
# stations are functions that are called from other files, and labels of the assembly: they are there at any -O.

python
import gdb

GENERAL = ["x%d" % n for n in range(31)]
HVC_0, SMC_0 = 0xd4000002, 0xd4000003

def reg(name):
    """A register as an unsigned number."""
    found = gdb.newest_frame().read_register(name)
    return int(found) & (0xffffffff if name == "cpsr" else 0xffffffffffffffff)

def number(expression):
    return int(gdb.parse_and_eval(expression)) & 0xffffffffffffffff

def address(name):
    return number("(unsigned long)&%s" % name)

def el():
    return reg("cpsr") >> 2 & 3

def stage1():
    """Whether EL1's MMU is on. QEMU calls SCTLR_EL1 "SCTLR"."""
    return reg("SCTLR") & 1 == 1

def run_to(where, condition=""):
    gdb.execute("tbreak %s %s" % (where, condition), to_string=True)
    gdb.execute("continue", to_string=True)

def stepi():
    gdb.execute("stepi", to_string=True)

def changed(before):
    return " ".join(name for name in GENERAL if reg(name) != before[name]) or "none"

def names():
    """Of this frame and those that called it, inlined functions included."""
    found, frame = [], gdb.newest_frame()
    while frame:
        found.append(frame.name())
        frame = frame.older()
    return found

def power(cpu):
    return gdb.parse_and_eval("vms[0].psci.cpu[%d].power" % cpu)

gdb.execute("add-symbol-file demo_guest.guest", to_string=True)
# An interrupt that is pending would come first: the slice goes on while GDB looks.
gdb.execute("maint packet Qqemu.sstep=0x7", to_string=True)

run_to("*(vcpu_vectors + 0x400)", "if $ESR_EL2 >> 26 == 0x17")
end

# test: an SMC traps, and ELR_EL2 is at it
# handout: lab5-smc-psci/README.md, "Two conduits, one convention"
python
smc, guest = number("$ELR_EL2"), {name: reg(name) for name in GENERAL}
print("EL%d, EC 0x%02x, immediate %d, function 0x%x" % (
    el(), number("$ESR_EL2") >> 26, number("$ESR_EL2") & 0xffff, reg("x0")))
end
#> ...
#> EL2, EC 0x17, immediate 0, function 0x84000000

# test: its answer is in x0, no other register has changed, and the PC has moved on
# handout: lab5-smc-psci/README.md, "Two conduits, one convention"
python
run_to("vcpu_eret")
print("PSCI 0x%x, registers that changed: %s" % (reg("x0"), changed(guest)))
stepi()
print("EL%d, behind the SMC: %s" % (el(), reg("pc") == smc + 4 and number("*(unsigned int *)%d" % smc) == SMC_0))
end
#> ...
#> PSCI 0x10001, registers that changed: x0
#> ...
#> EL1, behind the SMC: True

# test: in the guest: CPU_ON of CPU 1, with an entry point and a context id
# handout: lab5-smc-psci/README.md, "A GDB session"
python
run_to("guest_cpu_on")
hvc = next(at for at in range(reg("pc"), reg("pc") + 400, 4) if number("*(unsigned int *)%d" % at) == HVC_0)
run_to("*%d" % hvc)
guest = {name: reg(name) for name in GENERAL}
print("EL%d, x0 0x%x, x1 %d" % (el(), guest["x0"], guest["x1"]))
print("x2 is the entry: %s, in x3's struct is other_cpu: %s" % (
    guest["x2"] == address("guest_secondary_entry"),
    number("(unsigned long)((struct guest_secondary *)$x3)->run") == address("other_cpu")))
print("stage 1 is on: %s" % (stage1()))
end
#> ...
#> EL1, x0 0xc4000003, x1 1
#> x2 is the entry: True, in x3's struct is other_cpu: True
#> stage 1 is on: True

# test: the HVC exits, and ELR_EL2 is behind it
# handout: lab5-smc-psci/README.md, "Two conduits, one convention"
python
stepi()
print("EL%d, at the vector: %s, registers that changed: %s" % (
    el(), reg("pc") == address("vcpu_vectors") + 0x400, changed(guest)))
print("EC 0x%02x, ELR_EL2 is behind it: %s" % (number("$ESR_EL2") >> 26, number("$ELR_EL2") == hvc + 4))
end
#> ...
#> EL2, at the vector: True, registers that changed: none
#> EC 0x16, ELR_EL2 is behind it: True

# test: the policy table gives it to PSCI, and vCPU 1 goes from OFF to ON_PENDING
# handout: lab5-smc-psci/README.md, "PSCI: which vCPUs are on"
python
run_to("psci_turn_on")
found = names()
print("%s, below smccc_dispatch: %s, below main: %s" % (found[0], "smccc_dispatch" in found, "main" in found))
print("target %d: %s" % (number("target"), power(1)))
gdb.execute("finish", to_string=True)
print("target 1: %s, entry %s, context %s" % (
    power(1), number("vms[0].psci.cpu[1].entry.address") == guest["x2"],
    number("vms[0].psci.cpu[1].entry.context") == guest["x3"]))
end
#> ...
#> psci_turn_on, below smccc_dispatch: True, below main: True
#> target 1: POWER_OFF
#> ...
#> target 1: POWER_ON_PENDING, entry True, context True

# test: the caller goes on with SUCCESS, and vCPU 1 has not begun
# handout: lab5-smc-psci/README.md, "PSCI: which vCPUs are on"
python
run_to("vcpu_eret")
print("x0 %d, vCPU 1: %s" % (reg("x0"), power(1)))
guest["x0"] = 0
print("registers that changed: %s" % changed(guest))
stepi()
print("EL%d, behind the HVC: %s" % (el(), reg("pc") == hvc + 4))
end
#> ...
#> x0 0, vCPU 1: POWER_ON_PENDING
#> registers that changed: none
#> ...
#> EL1, behind the HVC: True

# test: its turn comes: it is ON, and gets its reset values
# handout: lab5-smc-psci/README.md, "Whose turn it is"
python
run_to("guest_cpu_reset")
print("%s of vCPU %d: %s" % (names()[0], number("cpu->index"), power(1)))
print("the caller had to stop: %s" % (number("vms[0].tasks[0].on") == 1 and
                                      str(gdb.parse_and_eval("vms[0].machine.cpus[0].vcpu.state")) == "VCPU_FREE"))
end
#> ...
#> guest_cpu_reset of vCPU 1: POWER_ON
#> the caller had to stop: True

# test: the ERET to its first instruction: context id in x0, MMU off, an MPIDR of its own
# handout: lab5-smc-psci/README.md, "PSCI: which vCPUs are on"
python
run_to("vcpu_eret")
print("SPSR_EL2 0x%x, ELR_EL2 is the entry: %s" % (number("$SPSR_EL2"), number("$ELR_EL2") == guest["x2"]))
stepi()
print("EL%d, in %s, x0 is the context id: %s" % (el(), names()[0], reg("x0") == guest["x3"]))
print("other registers that are not 0: %s" % (" ".join(name for name in GENERAL[1:] if reg(name)) or "none"))
print("stage 1 is on: %s, VMPIDR_EL2 0x%x" % (stage1(), number("$VMPIDR_EL2")))
end
#> ...
#> SPSR_EL2 0x3c5, ELR_EL2 is the entry: True
#> ...
#> EL1, in guest_secondary_entry, x0 is the context id: True
#> other registers that are not 0: none
#> stage 1 is on: False, VMPIDR_EL2 0x80000001
