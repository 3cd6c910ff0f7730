# SPDX-License-Identifier: MIT
#
# walk.gdb - in lab 2: the physical GIC as each of two CPUs has it, and a stage 2 that maps nothing.

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

run_to("percpu_hardware_disable")
me = gdb.selected_thread().num - 1
end

# test: this CPU's redistributor: its SGIs and its timer, and no SPI
# handout: lab2-percpu/README.md, "A GDB session"
python
show("hv gic")
print("its own: %s" % ("Redistributor of CPU %d at 0x%x: awake" % (me, 0x80a0000 + 0x20000 * me) in aid("hv gic --phys")))
show("hv gic --all")
show("hv gic nothing")
end
#> ...
#> Distributor at 0x8000000: GICD_CTLR 0x52 (EnableGrp1 ARE DS), INTIDs up to 255
#>   no SPI is enabled, pending or active
#> Redistributor of CPU <*> at 0x80<*>0000: awake
#>   0-15     SGI 0 to SGI 15          priority 0xa0, group 1, edge: enabled
#>   26       PPI, EL2 physical timer  priority 0xa0, group 1, level: enabled
#> its own: True
#> error: hv gic has the option --phys only: see "help hv gic".
#> error: This image has no vCPUs: lab 3's is the first that does.

# test: virtualization is on, and the stage 2 is an empty one
# handout: lab2-percpu/README.md, "A GDB session"
python
show("hv walk --ipa 0x40080000")
show("hv walk --guest 0x40080000", 0, 3)
show("hv bt", -1)
end
#> IPA 0x40080000
#>   stage 2: VTTBR_EL2 0x7c<*>, VMID 0, T0SZ 24 (40 bits), 4 KiB granule, from level 1
#>   level 1 [1] at PA 0x7c<*>008: 0x0000000000000000  invalid
#> Translation fault, level 1 (FSC 0x05), on stage 2
#> VA 0x40080000
#>   stage 1 of EL1&0 is off (SCTLR_EL1.M = 0): IPA = VA, data accesses are Device-nGnRnE
#> IPA 0x40080000
#> -- no vCPU is on this CPU

# test: the other CPU has the hypervisor's tables, too
# handout: lab2-percpu/README.md, "A GDB session"
python
here = aid("hv walk main")
gdb.execute("thread %d" % (2 - me), to_string=True)
print("CPU %s, the same: %s" % (gdb.selected_thread().num - 1 == 1 - me and "other", aid("hv walk main") == here))
print("its redistributor: %s" % ("Redistributor of CPU %d at 0x%x" % (1 - me, 0x80a0000 + 0x20000 * (1 - me)) in
                                 aid("hv gic")))
end
#> ...
#> CPU other, the same: True
#> its redistributor: True
