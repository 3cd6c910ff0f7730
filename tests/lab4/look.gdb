# SPDX-License-Identifier: MIT
#
# look.gdb - the commands that look, over lab 4's exits: what a stop says of an MMIO access and of a trapped MRS, with
# the log's help; and what an exit became.

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
# handout: lab4-exits/README.md, "A GDB session"
python
for command in ("where", "vms", "vcpu", "exits", "frame"):
    show("hv " + command)
all_answer()
end
#> CPU 0 is at EL2, in the hypervisor: el2_entry, entry.S:<*>.
#> No vCPU is bound to it.
#> No synchronous exception has come to EL2 yet.
#> error: No VM has been made yet.
#> error: No vCPU is bound to this CPU, and no VM has been made yet.
#> error: This CPU has no struct percpu yet: TPIDR_EL2 is 0.
#> error: No vCPU is bound to this CPU, and no VM has been made yet.
#> all of them answer: True

# test: an MMIO read is an exit; the stop says which, with the IPA
# handout: lab4-exits/README.md, "A GDB session"
python
gdb.execute("add-symbol-file demo_guest.guest", to_string=True)
# No interrupt is taken by a step.
gdb.execute("maint packet Qqemu.sstep=0x7", to_string=True)
gdb.execute("tbreak *((unsigned long)vcpu_vectors + 0x400) if $FAR_EL2 == 0x9000018", to_string=True)
context("continue")
prompt()
show("hv where")
show("hv vms")
print("it is ELR_EL2: %s" % ("PC 0x%x " % number("$ELR_EL2") in aid("hv vms")))
frame_is_right()
show("hv far")
show("hv hpfar")
all_answer()
end
#> ...
#> -- CPU 0: EL2h (hypervisor), MMU on, DAIF masked
#> -- exit of guest: Data Abort, read of 4 at IPA 0x9000018, Translation fault, level 1, ELR_EL2 <*>
#> -- changed: HCR_EL2 0x807c263f, VTTBR_EL2 BADDR=0x<*> VMID=1, VTCR_EL2 0x80043558,
#>             VBAR_EL2 vcpu_vectors, SCTLR_EL2 0x30cd183d, and <*> more (hv sysregs --changed)
#> (EL2 hypervisor)
#> CPU 0 is at EL2, in the hypervisor: vcpu_vectors<*>, world_switch.S:<*>.
#> Bound to it is vCPU 0 of guest, VMID 1.
#> The last exit, of guest: Data Abort, read of 4 at IPA 0x9000018, Translation fault, level 1, ELR_EL2 <*>.
#> machine.vm: guest, 2048 KiB at 0x<*>, stage 2 at 0x<*>
#>   machine.cpus[0]  RUNNING on CPU 0, PC 0x<*> pl011_putc+0x<*>
#> it is ELR_EL2: True
#> rows: 35, wrong: []
#> FAR_EL2 0x0000000009000018
#>    63:0  VA        0x9000018
#> HPFAR_EL2 0x0000000000090000
#>    43:4  FIPA      0x9000 IPA 0x9000000, and the low 12 bits of FAR_EL2
#>   0: NS
#> all of them answer: True

# test: it is told once; it is under way in the handler, and what it became is known behind it
# handout: lab4-exits/README.md, "A GDB session"
python
gdb.execute("tbreak vcpu_saved_sync", to_string=True)
context("continue")
show("hv where")
gdb.execute("tbreak vpl011_read", to_string=True)
context("continue")
show("hv where")
gdb.execute("tbreak vcpu_eret", to_string=True)
context("continue")
show("hv where")
show("hv vcpu")
print(aid("hv frame").splitlines()[-1])
end
#> ...
#> -- CPU 0: EL2h (hypervisor), MMU on, DAIF masked
#> CPU 0 is at EL2, in the hypervisor: guest_exit_sync<*>, world_switch.S:<*>.
#> Bound to it is vCPU 0 of guest, VMID 1.
#> The last exit, of guest: Data Abort, read of 4 at IPA 0x9000018, Translation fault, level 1, ELR_EL2 <*>.
#> ...
#> -- CPU 0: EL2h (hypervisor), MMU on, DAIF masked
#> CPU 0 is at EL2, in the hypervisor: vpl011_read<*>, vpl011.c:<*>.
#> Bound to it is vCPU 0 of guest, VMID 1.
#> The last exit, of guest: Data Abort, read of 4 at IPA 0x9000018, Translation fault, level 1, ELR_EL2 <*>, under way.
#> ...
#> -- CPU 0: EL2h (hypervisor), MMU on, DAIF masked
#> -- changed: ELR_EL2 <*>
#> CPU 0 is at EL2, in the hypervisor: vcpu_run<*>, world_switch.S:<*>.
#> Bound to it is vCPU 0 of guest, VMID 1.
#> The last exit, of guest: Data Abort, read of 4 at IPA 0x9000018, Translation fault, level 1, ELR_EL2 <*>, became MMIO_READ.
#> vCPU 0 of guest, at 0x<*>
#>   state      RUNNING on CPU 0
#>   PC         0x<*>  <*>
#>   PSTATE     EL1h <*>DAIF
#>   MPIDR_EL1  0x80000000
#>   HCR_EL2    VM SWIO PTW FMO IMO AMO FB BSU=IS TWI TID3 TSC TIDCP TACR TSW RW
#>   FP         traps until it is used
#>   counts     1 binds, FP 0 times loaded and 0 saved, TLB 0 times flushed
#>   last exit  Data Abort, read of 4 at IPA 0x9000018, Translation fault, level 1, ELR_EL2 <*>, became MMIO_READ
#> 0 of 35 differ.

# test: in the guest: the same, and its prompt; hv vcpu machine.cpus[0] is it
# handout: lab4-exits/README.md, "A GDB session"
python
context("stepi")
prompt()
show("hv where")
print("the same: %s" % (aid("hv vcpu machine.cpus[0]") == aid("hv vcpu") == aid("hv vcpu &machine.cpus[0].vcpu")))
all_answer()
end
#> ...
#> -- CPU 0: EL1h (kernel), stage 1 off, stage 2 on, DAIF masked
#> -- changed: EL2 to EL1
#> (EL1 guest)
#> CPU 0 is at EL1, in vCPU 0 of guest: <*>.
#> The last exit, of guest: Data Abort, read of 4 at IPA 0x9000018, Translation fault, level 1, ELR_EL2 <*>, became MMIO_READ.
#> the same: True
#> all of them answer: True

# test: of a trapped MRS the instruction and the register are spelt
# handout: lab4-exits/README.md, "A GDB session"
python
run_to_it = "if $ESR_EL2 >> 26 == 0x18 && ($ESR_EL2 & 1)"
gdb.execute("tbreak *((unsigned long)vcpu_vectors + 0x400) " + run_to_it, to_string=True)
context("continue")
print(re.sub(r"\w+_el1|\bx\d+", "<>", aid("hv where").splitlines()[2]))
print("a field a line: %s" % (re.findall(r"^ +[0-9:]+ +(Op0|Direction) +(\d)", aid("hv esr"), re.M)))
show("hv exits 0")
end
#> ...
#> -- CPU 0: EL2h (hypervisor), MMU on, DAIF masked
#> -- exit of guest: mrs <*>, ELR_EL2 <*>
#> -- changed: EL1 to EL2<*>SPSR_EL2 EL1h <*>
#> The last exit, of guest: mrs <>, <>, ELR_EL2 <*>.
#> a field a line: [('Op0', '3'), ('Direction', '1')]
#> error: "0" is no vCPU here: try "hv exits machine.cpus[0]".

# test: before an exit is in the log, each command has it from the registers: PC, last exit
# handout: lab4-exits/README.md, "A GDB session"
python
from hv.machine import symbol
gdb.execute("delete")
gdb.execute("break guest_exit_sync", to_string=True)
gdb.execute("tbreak vcpu_saved_irq", to_string=True)
wrong, reasons, said = [], set(), []
aid("continue")
for n in range(20):
    stop = aid("continue")
    where, vcpu, vms = aid("hv where"), aid("hv vcpu"), aid("hv vms")
    at = symbol(number("$ELR_EL2"))
    reasons |= set(re.findall(r"The last exit, of guest: (Data Abort, \w+|mrs|IRQ|HVC)", where))
    kind = number("$ESR_EL2") >> 26
    is_irq = "saved_irq" in stop
    if not re.search(r"The last exit, of guest: .*, ELR_EL2 %s\.\n" % re.escape(at), where) or \
            ("of guest: Data Abort" in where) != (kind == 0x24 and not is_irq) or \
            not re.search(r"PC +0x%x +%s\n" % (number("$ELR_EL2"), re.escape(at)), vcpu) or \
            not re.search(r"last exit +.*, ELR_EL2 %s\n" % re.escape(at), vcpu) or \
            "PC 0x%x %s\n" % (number("$ELR_EL2"), at) not in vms or \
            not re.search(r"Not noted yet, since it has just come: .*, ELR_EL2 %s\n" % re.escape(at), aid("hv exits")):
        wrong.append(where + vcpu)
    said.append(stop.count("-- exit of guest: "))
print("wrong: %s, reasons: %s, said at each stop: %s" % (wrong[:1], len(reasons) > 1, said == 20 * [1] or said))
gdb.execute("delete")
end
#> ...
#> wrong: [], reasons: True, said at each stop: True

# test: behind the guest's end, and without debug information
# handout: lab4-exits/README.md, "A GDB session"
python
gdb.execute("delete")
gdb.execute("tbreak exit_log_print_counts", to_string=True)
gdb.execute("continue", to_string=True)
show("hv where")
show("hv vcpu")
print(aid("hv vcpu machine.cpus[0]").splitlines()[-1])
show("hv frame")
all_answer()
gdb.execute("symbol-file", to_string=True)
all_answer()
end
#> ...
#> CPU 0 is at EL2, in the hypervisor: exit_log_print_counts<*>, exit_log.c:<*>.
#> No vCPU is bound to it.
#> The last exit: HVC #3, ELR_EL2 guest_start<*>.
#> error: No vCPU is bound to this CPU: try "hv vcpu machine.cpus[0]".
#>   last exit  HVC #3, ELR_EL2 guest_start<*>, became HYPERCALL
#> error: No vCPU is bound to this CPU: try "hv frame machine.cpus[0]".
#> all of them answer: True
#> all of them answer: True
