# SPDX-License-Identifier: MIT
#
# look.gdb - the commands that look, in lab 5: two VMs of four vCPUs, all on one CPU. Prompt and sentences name the
# VM and the vCPU; power and homes are lab 5's.

python
import os
import re
import time
import gdb

COMMANDS = ("where", "esr", "hcr", "spsr", "vtcr", "vttbr", "sctlr", "cptr", "mdcr", "cnthctl", "tcr", "mair",
            "hstr", "far", "hpfar", "elr", "vbar", "pstate", "cpacr", "scr", "ich_hcr", "ich_vmcr", "ich_lr",
            "ich_vtr", "sysregs", "sysregs hyp", "sysregs guest", "sysregs gic", "sysregs timer",
            "sysregs --changed", "frame", "vcpu", "vms", "percpu", "exits", "state", "vectors")

def aid(command):
    """An aid's output, its error in one line too."""
    try:
        return gdb.execute(command, to_string=True)
    except gdb.error as error:
        return "error: %s\n" % error

def show(command):
    print(aid(command), end="")

def context(command):
    """Of what a stop shows, the lines of the aids."""
    for line in aid(command).splitlines():
        if line.startswith(("-- ", "   ")):
            print(line)

def run_to(where, condition=""):
    gdb.execute("tbreak %s %s" % (where, condition), to_string=True)
    gdb.execute("continue", to_string=True)

def number(expression):
    return int(gdb.parse_and_eval(expression)) & 0xffffffffffffffff

def prompt():
    print(aid("el2labs-prompt"))

def all_answer():
    """Each command gives lines, or says in one line why not; and is quick, on a machine that is not too busy."""
    wrong = []
    for command in COMMANDS:
        for again in range(3):
            begin = time.time()
            text = aid("hv " + command)
            if time.time() - begin < 1:
                break
        else:
            wrong.append("%s: %.1f s" % (command, time.time() - begin))
        if "Traceback" in text or "cannot tell here" in text or not text.strip() or \
                text.startswith("error") and text.count("\n") != 1:
            wrong.append("%s: %s" % (command, text))
    print("all of them answer: %s" % (wrong or True))

def frame_is_right(argument=""):
    """Of "hv frame": the marks, and the values beside those that GDB has."""
    wrong, rows = [], 0
    for line in aid("hv frame " + argument).splitlines():
        found = re.match(r"([ *]) (x\d+|sp|sp_el0|elr|spsr|esr|far) +(0x\w+)  (0x\w+)", line)
        if not found:
            continue
        rows += 1
        mark, name, saved, live = found.groups()
        if (mark == "*") != (saved != live):
            wrong.append(line)
        if name[0] == "x" and int(live, 16) != number("$" + name):
            wrong.append(line)
    print("rows: %d, wrong: %s" % (rows, wrong))
end

# test: before there is a VM, each command says so
# handout: lab5-smc-psci/README.md, "A GDB session"
python
show("hv vms")
all_answer()
end
#> error: No VM has been made yet.
#> all of them answer: True

# test: an SMC is an exit
# handout: lab5-smc-psci/README.md, "A GDB session"
python
# No interrupt is taken by a step.
gdb.execute("maint packet Qqemu.sstep=0x7", to_string=True)
gdb.execute("add-symbol-file demo_guest.guest", to_string=True)
gdb.execute("tbreak *((unsigned long)vcpu_vectors + 0x400) if $ESR_EL2 >> 26 == 0x17", to_string=True)
context("continue")
show("hv esr")
gdb.execute("tbreak vcpu_eret", to_string=True)
context("continue")
print(aid("hv where").splitlines()[2])
end
#> ...
#> -- CPU 0: EL2h (hypervisor), MMU on, DAIF masked
#> -- exit of guest vm<*>/vCPU 0: SMC #0, ELR_EL2 <*>
#> -- changed: <*>
#>             <*>
#> 0x000000005e000000  EC 0x17, IL 1, ISS 0x0000000: SMC instruction execution in AArch64 state, #0
#>   31:26  EC        0x17   SMC instruction execution in AArch64 state
#>      25  IL        1      32-bit instruction
#>    15:0  imm16     0      #0
#>   0: ISS2
#> ...
#> -- CPU 0: EL2h (hypervisor), MMU on, DAIF masked
#> -- changed: ELR_EL2 <*>
#> The last exit, of guest vm<*>/vCPU 0: SMC #0, ELR_EL2 <*>, became NOTHING.

# test: VMs with their vCPUs, at a CPU_ON
# handout: lab5-smc-psci/README.md, "A GDB session"
python
gdb.execute("tbreak psci_turn_on", to_string=True)
gdb.execute("continue", to_string=True)
show("hv vms")
show("hv where")
prompt()
gdb.execute("tbreak vcpu_eret", to_string=True)
gdb.execute("continue", to_string=True)
context("stepi")
prompt()
show("hv where")
show("hv vcpu")
frame_is_right()
all_answer()
end
#> ...
#> vms[0].machine.vm: guest vm0, 2048 KiB at 0x<*>, stage 2 at 0x<*>
#>   vms[0].machine.cpus[0]  <*> home CPU 0, <*> turn<*>, PC 0x<*>
#>   vms[0].machine.cpus[1]  FREE, power OFF, home CPU 0, 0 turns, PC 0x<*>
#>   vms[0].machine.cpus[2]  FREE, power OFF, home CPU 0, 0 turns, PC 0x<*>
#>   vms[0].machine.cpus[3]  FREE, power OFF, home CPU 0, 0 turns, PC 0x<*>
#> vms[1].machine.vm: guest vm1, 2048 KiB at 0x<*>, stage 2 at 0x<*>
#>   vms[1].machine.cpus[0]  <*> home CPU 0, <*> turn<*>, PC 0x<*>
#>   vms[1].machine.cpus[1]  FREE, power OFF, home CPU 0, 0 turns, PC 0x<*>
#>   vms[1].machine.cpus[2]  FREE, power OFF, home CPU 0, 0 turns, PC 0x<*>
#>   vms[1].machine.cpus[3]  FREE, power OFF, home CPU 0, 0 turns, PC 0x<*>
#> CPU 0 is at EL2, in the hypervisor: psci_turn_on<*>, psci.c:<*>.
#> Bound to it is vCPU 0 of guest vm<*>, VMID <*>.
#> The last exit, of guest vm<*>/vCPU 0: HVC #0, ELR_EL2 guest_cpu_on<*>, under way.
#> (EL2 hypervisor)
#> ...
#> -- CPU 0: EL1h (kernel), stage 1 on, stage 2 on, <*> masked
#> -- changed: EL2 to EL1
#> (EL1 guest vm<*>/vCPU 0)
#> CPU 0 is at EL1, in vCPU 0 of guest vm<*>: guest_cpu_on<*>.
#> The last exit, of guest vm<*>/vCPU 0: HVC #0, ELR_EL2 guest_cpu_on<*>, became CPU_UP.
#> vCPU 0 of guest vm<*>, at 0x<*>
#>   state      RUNNING on CPU 0
#>              power ON, home CPU 0, <*> turn<*>
#>   PC         0x<*>  guest_cpu_on<*>
#>   PSTATE     EL1h <*>
#>   MPIDR_EL1  0x80000000
#>   HCR_EL2    VM SWIO PTW FMO IMO AMO FB BSU=IS TWI TID3 TSC TIDCP TACR TSW RW
#>   FP         <*>
#>   counts     <*> binds, FP <*> times loaded and <*> saved, TLB <*> times flushed
#>   last exit  HVC #0, ELR_EL2 guest_cpu_on<*>, became CPU_UP
#> rows: 35, wrong: []
#> all of them answer: True

# test: the second vCPU; and that of the other VM
# While GDB looks, time goes on: an interrupt may come before that vCPU's first instruction.
# handout: lab5-smc-psci/README.md, "A GDB session"
python
gdb.execute("tbreak guest_secondary_entry", to_string=True)
gdb.execute("continue", to_string=True)
prompt()
show("hv vcpu")
show("hv exits")
first = number("$VTTBR_EL2") >> 48
gdb.execute("tbreak guest_secondary_entry if $VTTBR_EL2 >> 48 != %d" % first, to_string=True)
context("continue")
print("another VM: %s" % (first != number("$VTTBR_EL2") >> 48))
prompt()
print([line.split(",")[0] for line in aid("hv vms").splitlines() if "RUNNING" in line])
show("hv vcpu vms[0]")
show("hv frame vms[0]")
show("hv sysregs gic vms[1]")
all_answer()
end
#> ...
#> (EL1 guest vm<*>/vCPU 1)
#> vCPU 1 of guest vm<*>, at 0x<*>
#>   state      RUNNING on CPU 0
#>              power ON, home CPU 0, <*> turn<*>
#>   PC         0x<*>  guest_secondary_entry
#>   PSTATE     EL1h DAIF
#>   MPIDR_EL1  0x80000001
#>   HCR_EL2    VM SWIO PTW FMO IMO AMO FB BSU=IS TWI TID3 TSC TIDCP TACR TSW RW
#>   FP         traps until it is used
#>   counts     <*> binds, FP 0 times loaded and 0 saved, TLB <*> times flushed
#>   last exit  <*>
#> ...
#> -- CPU 0: EL1h (kernel), stage 1 off, stage 2 on, DAIF masked
#> ...
#> another VM: True
#> (EL1 guest vm<*>/vCPU 1)
#> ['  vms[<*>].machine.cpus[1]  RUNNING on CPU 0']
#> error: "vms[0]" is no vCPU here: try "hv vcpu vms[0].machine.cpus[0]".
#> error: "vms[0]" is no trap frame and no vCPU here.
#> error: "vms[1]" is no vCPU here: try "hv sysregs gic vms[0].machine.cpus[0]".
#> all of them answer: True

# test: without debug information each says so in a line
# handout: lab5-smc-psci/README.md, "A GDB session"
python
gdb.execute("symbol-file", to_string=True)
show("hv vcpu")
show("hv where")
all_answer()
end
#> error: There is no debug information here, so no vCPU is known: "info files", "symbol-file".
#> CPU 0 is at EL1, in a guest: <*>.
#> The last exit: <*>.
#> all of them answer: True
