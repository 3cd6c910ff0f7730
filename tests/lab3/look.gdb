# SPDX-License-Identifier: MIT
#
# look.gdb - the commands that look, over lab 3's world switch: the guest's HVC from its instruction to the next
# entry, what the stops say of it, and an unbind.

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
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
prompt()
for command in ("where", "vms", "vcpu", "frame", "sysregs gic", "vcpu guests[0].vcpu", "exits", "ich_lr"):
    show("hv " + command)
all_answer()
end
#> (EL2 hypervisor)
#> CPU 0 is at EL2, in the hypervisor: el2_entry, entry.S:<*>.
#> No vCPU is bound to it.
#> No synchronous exception has come to EL2 yet.
#> error: No VM has been made yet.
#> error: No vCPU is bound to this CPU, and no VM has been made yet.
#> error: No vCPU is bound to this CPU, and no VM has been made yet.
#> error: No vCPU is bound to this CPU, and no VM has been made yet.
#> vCPU 0 of guest, at 0x<*>
#>   state      INVALID
#>   PC         0x0
#>   PSTATE     EL0t ----
#>   MPIDR_EL1  0x0
#>   counts     0 binds, FP 0 times loaded and 0 saved, TLB 0 times flushed
#>   last exit  none yet
#> error: This image has no log of exits: lab 4's is the first that has.
#> error: GDB cannot read ICH_LR<n>_EL2 in the CPU: give a value, "hv ich_lr guests[0].vcpu.sysregs.ich_lr0_el2".
#> all of them answer: True

# test: at the entry: two VMs, a vCPU each; one is bound
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
gdb.execute("add-symbol-file guest_a.guest", to_string=True)
# No interrupt is taken by a step.
gdb.execute("maint packet Qqemu.sstep=0x7", to_string=True)
gdb.execute("tbreak vcpu_run", to_string=True)
context("continue")
gdb.execute("tbreak vcpu_eret", to_string=True)
context("continue")
show("hv where")
show("hv vms")
show("hv vcpu")
frame_is_right()
print("before the ERET the guest's registers are in: %s" % aid("hv frame").splitlines()[-1])
all_answer()
end
#> ...
#> -- CPU 0: EL2h (hypervisor), MMU on, D--- masked
#> -- changed: HCR_EL2 0x807c263f, VTTBR_EL2 BADDR=0x<*> VMID=1, VTCR_EL2 0x80043558,
#>             VBAR_EL2 vcpu_vectors, SCTLR_EL2 0x30cd183d, and <*> more (hv sysregs --changed)
#> ...
#> -- CPU 0: EL2h (hypervisor), MMU on, DAIF masked
#> -- changed: ELR_EL2 guest_start, SPSR_EL2 EL1h DAIF
#> CPU 0 is at EL2, in the hypervisor: vcpu_run<*>, world_switch.S:<*>.
#> Bound to it is vCPU 0 of guest A, VMID 1.
#> No synchronous exception has come to EL2 yet.
#> guests[0].vm: guest A, 2048 KiB at 0x<*>, stage 2 at 0x<*>
#>   guests[0].vcpu  RUNNING on CPU 0, PC 0x40080000 guest_start
#> guests[1].vm: guest B, 2048 KiB at 0x<*>, stage 2 at 0x<*>
#>   guests[1].vcpu  FREE, PC 0x40080000 guest_start
#> vCPU 0 of guest A, at 0x<*>
#>   state      RUNNING on CPU 0
#>   PC         0x40080000  guest_start
#>   PSTATE     EL1h DAIF
#>   MPIDR_EL1  0x80000000
#>   HCR_EL2    VM SWIO PTW FMO IMO AMO FB BSU=IS TWI TID3 TSC TIDCP TACR TSW RW
#>   FP         traps until it is used
#>   counts     1 binds, FP 0 times loaded and 0 saved, TLB 0 times flushed
#>   last exit  none yet
#> rows: 35, wrong: []
#> before the ERET the guest's registers are in: 0 of 35 differ.
#> all of them answer: True

# test: one step to the guest: the prompt and the stop say so
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
context("stepi")
prompt()
show("hv where")
print(aid("hv frame").splitlines()[-1])
show("hv sysregs timer --changed")
all_answer()
end
#> ...
#> -- CPU 0: EL1h (kernel), stage 1 off, stage 2 on, DAIF masked
#> -- changed: EL2 to EL1
#> (EL1 guest A)
#> CPU 0 is at EL1, in vCPU 0 of guest A: guest_start, start.S:<*>.
#> No synchronous exception has come to EL2 yet.
#> 0 of 35 differ.
#> No change since the stop before.
#> all of them answer: True

# test: its hypercall is an exit, told at the vector
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
gdb.execute("tbreak *((unsigned long)vcpu_vectors + 0x400) if $ESR_EL2 == 0x5a000002", to_string=True)
context("continue")
prompt()
show("hv where")
frame_is_right()
print("at the vector the guest's registers are in the CPU: frame older: %s" % (
    number("((struct vcpu *)((struct percpu *)$TPIDR_EL2)->above)->frame.elr") != number("$ELR_EL2")))
show("hv esr")
show("hv sysregs guest --changed")
end
#> ...
#> -- CPU 0: EL2h (hypervisor), MMU on, DAIF masked
#> -- exit of guest A: HVC #2, ELR_EL2 <*>
#> -- changed: EL1 to EL2, <*> of EL1 and EL0, CPTR_EL2 -TFP, SPSR_EL2 EL1h <*>DAIF
#> (EL2 hypervisor)
#> CPU 0 is at EL2, in the hypervisor: vcpu_vectors<*>, world_switch.S:<*>.
#> Bound to it is vCPU 0 of guest A, VMID 1.
#> The last exit, of guest A: HVC #2, ELR_EL2 <*>.
#> rows: 35, wrong: []
#> at the vector the guest's registers are in the CPU: frame older: True
#> 0x000000005a000002  EC 0x16, IL 1, ISS 0x0000002: HVC instruction execution in AArch64 state, #2
#>   31:26  EC        0x16   HVC instruction execution in AArch64 state
#>      25  IL        1      32-bit instruction
#>    15:0  imm16     2      #2
#>   0: ISS2
#> ...
#>   VBAR_EL1         0x0000000000000000 -> 0x<*>  VBA=0x<*>
#> ...
#>   CPACR_EL1        0x0000000000000000 -> 0x0000000000300000  FPEN=3
#> ...
#>   TPIDR_EL1        0x0000000000000000 -> 0x23f85c9f69befca5

# test: stepping through the code that saves: its instruction, and no word more than has to be
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
for n in range(3):
    text = aid("stepi")
    print(len([line for line in text.splitlines() if line.startswith(("-- ", "   "))]),
          gdb.newest_frame().type() != gdb.SIGTRAMP_FRAME or
          re.findall(r"world_switch.S:\d+\t<guest_exit_sync(?:\+0x[0-9a-f]+)?>:\t\w+", text) != [])
begin = time.time()
for n in range(20):
    gdb.execute("stepi", to_string=True)
print("20 steps, under 5 s: %s" % (time.time() - begin < 5))
gdb.execute("tbreak vcpu_saved_sync", to_string=True)
context("continue")
show("hv where")
frame_is_right()
all_answer()
end
#> ...
#> 1 True
#> ...
#> 1 True
#> ...
#> 1 True
#> ...
#> 20 steps, under 5 s: True
#> ...
#> -- CPU 0: EL2h (hypervisor), MMU on, DAIF masked
#> CPU 0 is at EL2, in the hypervisor: guest_exit_sync<*>, world_switch.S:<*>.
#> Bound to it is vCPU 0 of guest A, VMID 1.
#> The last exit, of guest A: HVC #2, ELR_EL2 <*>.
#> rows: 35, wrong: []
#> all of them answer: True

# test: after the unbind the vCPU's registers are in memory, and the stop says what has changed
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
gdb.execute("tbreak vcpu_unbind", to_string=True)
gdb.execute("continue", to_string=True)
tpidr = number("$TPIDR_EL1")
show("hv sysregs gic")
context("finish")
for command in ("where", "vcpu", "frame", "sysregs gic"):
    show("hv " + command)
show("hv vcpu guests[0].vcpu")
lines = aid("hv sysregs guests[0].vcpu").splitlines()
print("TPIDR_EL1 as it was in the CPU: %s" % any("TPIDR_EL1        0x%016x" % tpidr in line for line in lines))
names = [line.split()[0] for line in lines]
print("SCTLR_EL1, VBAR_EL1, ICH_LR3_EL2: %s; groups make up the whole: %s" % (
    {"SCTLR_EL1", "VBAR_EL1", "ICH_LR3_EL2"} <= set(names),
    sorted(names) == sorted(line.split()[0] for group in ("guest", "gic", "timer")
                            for line in aid("hv sysregs %s guests[0].vcpu" % group).splitlines())))
show("hv frame guests[1].vcpu.sysregs")
show("hv vcpu guests[0].vm")
show("hv vcpu guests[0")
show("hv sysregs gic guests[1].vcpu --changed")
frame_is_right("guests[1].vcpu")
all_answer()
end
#> ...
#> The vCPU is bound: these are from its last unbind, the CPU has newer ones.
#>   ICH_HCR_EL2      0x0000000000000001  virtual CPU interface: on, maintenance interrupts
#>   ICH_VMCR_EL2     0x00000000004c0008  the guest's ICC_PMR, BPR, CTLR, IGRPEN
#>   ICH_AP0R0_EL2    0x0000000000000000  active priorities, group 0
#>   ICH_AP1R0_EL2    0x0000000000000000  active priorities, group 1
#>   ICH_LR0_EL2      0x0000000000000000  list registers: interrupts given to the guest
#>   ICH_LR1_EL2      0x0000000000000000
#>   ICH_LR2_EL2      0x0000000000000000
#>   ICH_LR3_EL2      0x0000000000000000
#> ...
#> -- CPU 0: EL2h (hypervisor), MMU on, D--- masked
#> -- changed: VTTBR_EL2 BADDR=0x<*> VMID=0, CPTR_EL2 +TFP
#> CPU 0 is at EL2, in the hypervisor: <*>, main.c:<*>.
#> No vCPU is bound to it.
#> The last exit: HVC #1, ELR_EL2 <*>.
#> error: No vCPU is bound to this CPU: try "hv vcpu guests[0].vcpu".
#> error: No vCPU is bound to this CPU: try "hv frame guests[0].vcpu".
#> error: No vCPU is bound to this CPU: try "hv sysregs gic guests[0].vcpu".
#> vCPU 0 of guest A, at 0x<*>
#>   state      FREE
#>   PC         0x<*>  <*>
#>   PSTATE     EL1h <*>DAIF
#>   MPIDR_EL1  0x80000000
#>   counts     2 binds, FP 1 times loaded and 2 saved, TLB 0 times flushed
#>   last exit  HVC #1, ELR_EL2 <*>
#> TPIDR_EL1 as it was in the CPU: True
#> SCTLR_EL1, VBAR_EL1, ICH_LR3_EL2: True; groups make up the whole: True
#> error: "guests[1].vcpu.sysregs" is no trap frame and no vCPU here.
#> error: "guests[0].vm" is no vCPU here: try "hv vcpu guests[0].vcpu".
#> error: "guests[0" is no vCPU here: try "hv vcpu guests[0].vcpu".
#> error: --changed is about the CPU, not about "guests[1].vcpu".
#> rows: 35, wrong: []
#> all of them answer: True

# test: on the way out of the guest, the exit that has just come; its vCPU's place is the CPU's
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
from hv.machine import symbol
gdb.execute("delete")
gdb.execute("break guest_exit_sync", to_string=True)
wrong, who = [], set()
for n in range(6):
    aid("continue")
    where, vcpu, at = aid("hv where"), aid("hv vcpu"), symbol(number("$ELR_EL2"))
    who |= set(re.findall(r"The last exit, of (guest [AB]): ", where))
    if not re.search(r"The last exit, of guest [AB]: .*, ELR_EL2 %s\.\n" % re.escape(at), where) or \
            not re.search(r"PC +0x%x +%s\n" % (number("$ELR_EL2"), re.escape(at)), vcpu) or \
            not re.search(r"last exit +.*, ELR_EL2 %s\n" % re.escape(at), vcpu):
        wrong.append(where + vcpu)
print("wrong: %s, of %s" % (wrong[:1], sorted(who)))
gdb.execute("delete")
# Another guest's exit is not that of the one that is bound now.
gdb.execute("break vcpu_run", to_string=True)
aid("continue")
first = where = aid("hv where")
while where.splitlines()[1] == first.splitlines()[1]:       # the first one's turn
    aid("continue")
    where = aid("hv where")
print(where.splitlines()[-1])
gdb.execute("delete")
end
#> ...
#> wrong: [], of ['guest A', 'guest B']
#> ...
#> The last exit, of a guest: HVC #1, ELR_EL2 <*>.

# test: without debug information each says so in a line
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
gdb.execute("symbol-file", to_string=True)
for command in ("where", "vcpu", "vms", "percpu", "frame", "sysregs guest", "sysregs"):
    print(aid("hv " + command).splitlines()[0])
prompt()
text = aid("stepi").splitlines()
print("where there is no source, the instruction: %s" % (
    len([line for line in text if re.match(r"=> 0x[0-9a-f]+:\t\w+", line)]) == 1))
all_answer()
end
#> CPU 0 is at EL2, in the hypervisor: 0x<*>.
#> error: There is no debug information here, so no vCPU is known: "info files", "symbol-file".
#> error: There is no debug information here, so no VM is known: "info files", "symbol-file".
#> error: There is no debug information here, so no struct percpu is known: "info files", "symbol-file".
#> error: There is no debug information here, so no trap frame is known: "info files", "symbol-file".
#> error: There is no debug information here, so no table of a guest's registers is known: "info files", "symbol-file".
#>   HCR_EL2          0x00000000807c263f  VM SWIO PTW FMO IMO AMO FB BSU=IS TWI TID3 TSC TIDCP TACR TSW RW
#> (EL2 hypervisor)
#> ...
#> where there is no source, the instruction: True
#> all of them answer: True
