# SPDX-License-Identifier: MIT
#
# walk.gdb - in lab 1: EL2's own translation tables, the physical GIC; and what GDB would do or say that is
# wrong: commands that do not fit a machine, names that do not exist, writes that have no effect.

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

# test: before the MMU is on
# handout: lab1-el2-entry/README.md, "A GDB session"
python
show("hv walk $pc")
show("hv walk --ipa 0")
show("hv walk 0, nothing")
show("hv symbols")
show("hv bt", -1)
end
#> VA 0x7c00<*>: stage 1 of EL2 is off (SCTLR_EL2.M = 0)
#> PA 0x7c00<*>
#> error: HCR_EL2.VM is 0: no guest is on this CPU. "hv walk ADDRESS" takes the hypervisor's own tables.
#> error: "nothing" is no guest here: give the address of a struct vcpu or struct vm, such as "&guests[1].vcpu".
#> lab1.elf                 the hypervisor
#> -- no vCPU is on this CPU

# test: text is read and execute, data is not executable, the guard page below a stack is not there
# handout: lab1-el2-entry/README.md, "A GDB session"
python
run_to("main")
show("hv walk main")
show("hv walk &hyp_pool", -1)
show("hv walk (unsigned long)$sp & ~0x7fff", -2)
show("hv walk 0x9000000", -1)
end
#> ...
#> VA 0x7c00<*>  main
#>   stage 1 of EL2: TTBR0_EL2 0x7c0<*>000, T0SZ 25 (39 bits), 4 KiB granule, from level 1
#>   level 1 [1] at PA 0x7c0<*>008: 0x000000007c0<*>003  table at 0x7c0<*>000
#>   level 2 [480] at PA 0x7c0<*>f00: 0x000000007c0<*>003  table at 0x7c0<*>000
#>   level 3 [<*>] at PA 0x7c0<*>: 0x000000007c00<*>7c7  page of 4 KiB at 0x7c00<*>000, AP[2:1] 0b11, XN 0, AttrIndx 1 0xff Normal Write-Back, SH 0b11 Inner Shareable, AF 1
#> PA 0x7c00<*>: Normal Write-Back, Inner Shareable, r-x
#> PA 0x7c0<*>: Normal Write-Back, Inner Shareable, rw-
#>   level 3 [<*>] at PA 0x7c0<*>: 0x0000000000000000  invalid
#> Translation fault, level 3 (FSC 0x07)
#> PA 0x9000000: Device-nGnRE, Outer Shareable, rw-

# test: nobody has touched the GIC
# handout: lab1-el2-entry/README.md, "A GDB session"
python
show("hv gic")
show("hv gic nothing")
end
#> Distributor at 0x8000000: GICD_CTLR 0x50 (ARE DS), INTIDs up to 255
#>   no SPI is enabled, pending or active
#> Redistributor of CPU 0 at 0x80a0000: asleep (GICR_WAKER)
#>   no SGI or PPI is enabled, pending or active
#> error: This image has no vCPUs: lab 3's is the first that does.

# test: commands that do not fit a machine that runs are refused, and it goes on
# handout: lab1-el2-entry/README.md, "A GDB session"
python
before = number("$pc")
for command in ("run", "r", "start", "starti", "attach 1", "kill", "detach", "load", "target remote :1"):
    print("%s: %s" % (command, aid(command).rstrip()))
print("the same PC: %s" % (number("$pc") == before))
end
#> run: error: The machine is running already, and cannot start again from here: "quit", and "make gdb" again. "continue" goes on.
#> r: error: The machine is running already, and cannot start again from here: "quit", and "make gdb" again. "continue" goes on.
#> start: error: The machine has started already: "tbreak main" and "continue" go to main().
#> starti: error: The machine has started already. EL2LABS_START=_start in the environment of "make gdb" begins with its first instruction.
#> attach 1: error: GDB is connected to the machine already. Another one is another "make gdb".
#> kill: error: That would end the machine: "quit" does so, and leaves nothing behind.
#> detach: error: The machine would go on without anybody who looks at it: "quit" ends it, "continue" and Ctrl-C let it run for a while.
#> load: error: QEMU has loaded the image. After a change of the source: "quit", "make", "make gdb".
#> target remote :1: error: GDB is connected to the machine already. Another one is another "make gdb".
#> the same PC: True

# test: a register that does not exist is an error, with what to do instead
# handout: lab1-el2-entry/README.md, "A GDB session"
python
for text in ("p $ICH_HCR_EL2", "p $MPIDR_EL1", "p $NOSUCH_EL2", "p/x $NOSUCH_EL2 | 1", "p $hcr_el2", "p $VBAR_EL",
             "p $nosuch", "inspect $nosuch", "print $ICH_HCR_EL2", "info registers ICH_HCR_EL2",
             "info registers nosuch"):
    print("%s: %s" % (text, aid(text).rstrip()))
end
#> p $ICH_HCR_EL2: error: QEMU does not show $ICH_HCR_EL2 to GDB: "hv gic" has what there is of it.
#> p $MPIDR_EL1: error: QEMU does not show $MPIDR_EL1 to GDB: VMPIDR_EL2 is what a guest reads; "info threads" has the CPUs.
#> p $NOSUCH_EL2: error: There is no register or variable $NOSUCH_EL2 on this machine: "info registers system" and "show convenience" list them.
#> p/x $NOSUCH_EL2 | 1: error: There is no register or variable $NOSUCH_EL2 on this machine: "info registers system" and "show convenience" list them.
#> p $hcr_el2: error: There is no $hcr_el2, but $HCR_EL2: the names are as in the Arm ARM.
#> p $VBAR_EL: error: There is no $VBAR_EL. $VBAR_EL2<*>
#> p $nosuch: error: There is no register or variable $nosuch on this machine: "info registers system" and "show convenience" list them.
#> inspect $nosuch: error: There is no register or variable $nosuch on this machine: "info registers system" and "show convenience" list them.
#> print $ICH_HCR_EL2: $<*> = void
#> -- void: GDB has no register or variable of that name, or it has no value. "p" says more.
#> info registers ICH_HCR_EL2: error: QEMU does not show $ICH_HCR_EL2 to GDB: "hv gic" has what there is of it.
#> info registers nosuch: error: Invalid register `nosuch'

# test: and what does exist is printed as ever
# handout: lab1-el2-entry/README.md, "A GDB session"
python
for text in ("p 1 + 2", "p/x 255", "p -pretty -- 5", "p $ours = 7", "p $ours", "p $_", "p \"$NOSUCH_EL2\"", "p 1 +",
             "p sizeof(struct el2_frame) > 8", "info registers x31", "p/x $CurrentEL", "p/x $SCTLR_EL1 == $SCTLR"):
    print("%s: %s" % (text, aid(text).rstrip()))
print(aid("info r pc").split()[0], aid("info registers x0 sp").split()[0], len(aid("info registers").splitlines()) > 100)
end
#> p 1 + 2: $<*> = 3
#> p/x 255: $<*> = 0xff
#> p -pretty -- 5: $<*> = 5
#> p $ours = 7: $<*> = 7
#> p $ours: $<*> = 7
#> p $_: $<*> = void
#> p "$NOSUCH_EL2": $<*> = "$NOSUCH_EL2"
#> p 1 +: error: A syntax error in expression, near `'.
#> p sizeof(struct el2_frame) > 8: $<*> = 1
#> info registers x31: error: Invalid register `x31'
#> p/x $CurrentEL: $<*> = 0x8
#> p/x $SCTLR_EL1 == $SCTLR: $<*> = 0x1
#> pc x0 True

# test: a write to a system register has no effect, and is not silent
# handout: lab1-el2-entry/README.md, "A GDB session"
python
for text in ("set $HCR_EL2 = 5", "set var $TTBR0_EL1 = 5", "p $VBAR = 5", "set $SCTLR_EL1 = 0", "p $DAIF = 0",
             "set $ICH_HCR_EL2 = 3", "set $x0 = $x0", "set $ours = 8"):
    print("%s: %s" % (text, aid(text).rstrip()))
print("%d %d %d" % (number("$HCR_EL2 != 5"), number("$SCTLR_EL1 == $SCTLR"), number("$DAIF != 0")))
print(aid("p $ICH_HCR_EL2").rstrip())
end
#> set $HCR_EL2 = 5: -- QEMU ignores writes to system registers: $HCR_EL2 stays as it is. Change what its MSR writes: stop there, and set the general-purpose register.
#> set var $TTBR0_EL1 = 5: -- QEMU ignores writes to system registers: $TTBR0_EL1 stays as it is. Change what its MSR writes: stop there, and set the general-purpose register.
#> p $VBAR = 5: -- QEMU ignores writes to system registers: $VBAR stays as it is. Change what its MSR writes: stop there, and set the general-purpose register.
#> $<*> = 5
#> set $SCTLR_EL1 = 0: -- QEMU ignores writes to system registers: $SCTLR_EL1 stays as it is. Change what its MSR writes: stop there, and set the general-purpose register.
#> p $DAIF = 0: $<*> = 0
#> -- QEMU ignores writes to system registers: $DAIF stays as it is. Change what its MSR writes: stop there, and set the general-purpose register.
#> set $ICH_HCR_EL2 = 3: -- There is no register $ICH_HCR_EL2 to write to, and a variable of that name would only look like one.
#> set $x0 = $x0:
#> set $ours = 8:
#> 1 1 1
#> error: QEMU does not show $ICH_HCR_EL2 to GDB: "hv gic" has what there is of it.

# test: PSTATE by hand
# handout: lab1-el2-entry/README.md, "A GDB session"
python
pstate = number("$cpsr")
print(aid("set $cpsr = 0x3c5").rstrip())
gdb.execute("set $cpsr = %d" % pstate, to_string=True)
end
#> -- PSTATE changed by hand: from EL2 to EL1, without an exception. No hardware does that: set SPSR_EL2 by its MSR, and step over the ERET.
