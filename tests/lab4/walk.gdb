# SPDX-License-Identifier: MIT
#
# walk.gdb - in lab 4: the virtual timer's interrupt on its way, in list register, model and physical GIC; a
# device that is not mapped; a backtrace from a device's model into the guest's C source.

python
import re
import time
import gdb

def number(expression):
    return int(gdb.parse_and_eval(expression)) & 0xffffffffffffffff

def run_to(where):
    gdb.execute("tbreak %s" % where, to_string=True)
    gdb.execute("continue", to_string=True)

def aid(command):
    """An aid's output, its error in one line too; and no aid takes long."""
    start = time.time()
    try:
        text = gdb.execute(command, to_string=True)
    except gdb.error as error:
        text = "error: %s\n" % error
    if time.time() - start > 0.5:
        text += "TOO SLOW\n"
    return text

def show(command, first=0, last=None):
    print("".join(line + "\n" for line in aid(command).splitlines()[first:last]), end="")
end

# test: without a vCPU, "hv gic" is about the machine
# handout: lab4-exits/README.md, "A GDB session"
python
run_to("main")
show("hv gic", 0, 2)
show("hv gic machine.cpus[0]", -1)
show("hv bt machine.cpus[0]")
show("hv walk --ipa 0, machine")
end
#> ...
#> No vCPU is on this CPU ("hv gic VCPU" shows another one's): the physical GIC
#> Distributor at 0x8000000: GICD_CTLR 0x50 (ARE DS), INTIDs up to 255
#> error: machine.cpus[0] has no stage 2 yet.
#> error: machine.cpus[0] has no stage 2 yet.
#> error: machine has no stage 2 yet.

# test: from the model of the UART, the hypervisor's frames and then the guest's
# handout: lab4-exits/README.md, "A GDB session"
python
def names(text):
    return re.findall(r"^#\d+ +(?:0x\w+ in )?(\S+) \(", text, re.M)
run_to("vpl011_read")
hypervisor, guest = aid("hv bt").split("-- the guest, vCPU 0:\n")
print("%s %s %s" % (names(hypervisor)[0], "machine_run" in names(hypervisor), names(hypervisor)[-1]))
print("%s: %s" % (names(guest)[-1], [name for name in names(guest) if name in (
    "pl011_putc", "guest_printf", "guest_main")]))
print(re.search(r" at demo_guest.c:\d+$", guest, re.M) is not None)
show("hv symbols")
end
#> ...
#> vpl011_read True main
#> guest_start: ['pl011_putc', 'guest_printf', 'guest_main']
#> True
#> lab4.elf                 the hypervisor
#> demo_guest.guest         the guest's program

# test: which is the same in the guest itself, by GDB's own backtrace
# handout: lab4-exits/README.md, "A GDB session"
python
run_to("vcpu_eret")
before = names(aid("hv bt").split("-- the guest, vCPU 0:\n")[1])
gdb.execute("stepi", to_string=True)
after, hypervisor = aid("hv bt").split("-- the hypervisor:\n")
print("%s, %s %s" % (names(after) == before, names(hypervisor)[0], "main" in names(hypervisor)))
end
#> ...
#> True, vcpu_run True

# test: the UART is nowhere in stage 2, so that each access of it exits
# handout: lab4-exits/README.md, "A GDB session"
python
show("hv walk 0x9000000")
end
#> VA 0x9000000
#>   stage 1 of EL1&0 is off (SCTLR_EL1.M = 0): IPA = VA, data accesses are Device-nGnRnE
#> IPA 0x9000000
#>   stage 2: VTTBR_EL2 0x1<*>, VMID 1, T0SZ 24 (40 bits), 4 KiB granule, from level 1
#>   level 1 [0] at PA 0x7c0<*>000: 0x0000000000000000  invalid
#> Translation fault, level 1 (FSC 0x05), on stage 2

# test: the timer's interrupt: active in the physical GIC, pending in a list register that is linked to it
# handout: lab4-exits/README.md, "A GDB session"
python
run_to("vgic_set_level if intid == 27")
run_to("vcpu_eret")
show("hv gic")
print("".join(line + "\n" for line in aid("hv gic --phys").splitlines() if line.startswith("  27")), end="")
here = aid("hv gic")
# ICH_VTR_EL2, which is nobody's: against what the hypervisor made of it.
vtr = int(aid("hv ich_vtr").split()[1], 16)
lrs = gdb.parse_and_eval("machine.cpus[0].lrs")
print("ICH_VTR_EL2: %s" % ((int(lrs["count"]), int(lrs["can_trap_dir"])) == ((vtr & 31) + 1, vtr >> 19 & 1)))
end
#> ...
#> Virtual CPU interface of vCPU 0 (this CPU's vCPU), from the CPU
#>   ICH_HCR_EL2   0x0000000000000001  En, EOIcount 0
#>   ICH_VMCR_EL2  0x00000000<*>  VPMR 0x<*>, VBPR0 2, VBPR1 3, VENG1 VFIQEn<*>
#>   ICH_AP0R<n>   active priorities: none
#>   ICH_AP1R<n>   active priorities: none
#>   ICH_LR0_EL2   0x70a0001b0000001b  pending, vINTID 27 (PPI, EL1 virtual timer), priority 0xa0, group 1, HW: pINTID 27
#>   list registers in use: 1 of 4
#> The model: GICD_CTLR EnableGrp0 0, EnableGrp1 1
#> ...
#>   27       PPI, EL1 virtual timer   priority 0xa0, group 1, level: enabled, pending, listed, linked, held
#> ...
#>   27       PPI, EL1 virtual timer   priority 0xa0, group 1, level: enabled, pending, active
#> ICH_VTR_EL2: True

# test: in the guest, as the hypervisor has left it; the model is the same
# handout: lab4-exits/README.md, "A GDB session"
python
gdb.execute("stepi", to_string=True)
there = aid("hv gic")
print(aid("hv ich_vtr"), end="")
print(there.splitlines()[0])
print("list registers: %s, the model: %s" % (
    re.findall("ICH_LR.*", there) == re.findall("ICH_LR.*", here),
    there.split("The model")[1] == here.split("The model")[1]))
end
#> ...
#> error: GDB cannot read ICH_VTR_EL2 here (at EL1 the CPU does not show them): give a value, "hv ich_vtr 0x90080003".
#> Virtual CPU interface of vCPU 0 (this CPU's vCPU), as the hypervisor left it (at EL1 the CPU does not show them)
#> list registers: True, the model: True

# test: an interrupt more than list registers: it is queued
# handout: lab4-exits/README.md, "A GDB session"
python
run_to("virtual_gic_update")
for word in ("enabled", "latch"):
    gdb.execute("set var machine.gic.cpus[0].bank.%s |= 0x6" % word)
gdb.execute("set var machine.gic.ctlr |= 2")
print("".join(line + "\n" for line in aid("hv gic").splitlines() if line.startswith("  1-2 ")), end="")
end
#> ...
#>   1-2      SGI 1 to SGI 2           priority 0xa0, group 1, edge: enabled, pending, queued for a list register

# test: a stripped image: what can be told without names
# handout: lab4-exits/README.md, "A GDB session"
python
gdb.execute("symbol-file", to_string=True)
for command in ("hv walk $pc", "hv gic", "hv bt", "hv symbols", "hv walk --ipa 0x80000000"):
    print("%s: %s" % (command, aid(command).splitlines()[-1] if aid(command) else "nothing"))
end
#> hv walk $pc: PA 0x7c0<*>: Normal Write-Back, Inner Shareable, r-x
#> hv gic: <*>
#> hv bt: -- no debug information: whether a vCPU is on this CPU is not known
#> hv symbols: demo_guest.guest         the guest's program
#> hv walk --ipa 0x80000000: Translation fault, level 1 (FSC 0x05), on stage 2
