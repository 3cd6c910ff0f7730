# SPDX-License-Identifier: MIT
#
# walk.gdb - hv walk, hv gic, hv symbols, hv bt and the guards in lab 3. The shapes of tables that the
# hypervisor does not use are made here, in a guest's memory, and put into its registers before it is bound:
# what "hv walk" says of an address is compared with what QEMU's own walk comes to ("gva2gpa").

python
import re
import time
import gdb

RAM, CODE = 0x40000000, 0x40080000
VALID, TABLE, PAGE, AF = 1, 3, 3, 1 << 10

def reg(name):
    return int(gdb.newest_frame().read_register(name)) & 0xffffffffffffffff

def number(expression):
    return int(gdb.parse_and_eval(expression)) & 0xffffffffffffffff

def run_to(where):
    gdb.execute("tbreak *(%s)" % where, to_string=True)
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

def poke(address, value):
    gdb.selected_inferior().write_memory(address, value.to_bytes(8, "little"))

def poke_sysregs(**values):
    for name, value in values.items():
        gdb.execute("set var $vcpu->sysregs.%s = 0x%x" % (name, value), to_string=True)
end

# test: before the MMU is on, an address is what it is
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
show("hv walk 0x7c000000")
show("hv walk --guest 0x40080000")
show("hv symbols")
end
#> VA 0x7c000000: stage 1 of EL2 is off (SCTLR_EL2.M = 0)
#> PA 0x7c000000
#> error: HCR_EL2.VM is 0: no guest is on this CPU. "hv walk ADDRESS" takes the hypervisor's own tables.
#> lab3.elf                 the hypervisor

# test: the hypervisor's own code: read and execute, and where its tables are
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
run_to("vcpu_eret")
show("hv walk main")
show("hv walk &guests", -1)
show("hv walk 0x9000000", -2)
end
#> ...
#> VA 0x7c00<*>  main
#>   stage 1 of EL2: TTBR0_EL2 0x7c0<*>, T0SZ 25 (39 bits), 4 KiB granule, from level 1
#>   level 1 [1] at PA 0x7c0<*>008: 0x000000007c0<*>003  table at 0x7c0<*>000
#>   level 2 [480] at PA 0x7c0<*>f00: 0x000000007c0<*>003  table at 0x7c0<*>000
#>   level 3 [<*>] at PA 0x7c0<*>: 0x000000007c00<*>7c7  page of 4 KiB at 0x7c00<*>000, AP[2:1] 0b11, XN 0, AttrIndx 1 0xff Normal Write-Back, SH 0b11 Inner Shareable, AF 1
#> PA 0x7c00<*>: Normal Write-Back, Inner Shareable, r-x
#> PA 0x7c0<*>: Normal Write-Back, Inner Shareable, rw-
#>   level 3 [0] at PA 0x7c0<*>000: 0x0040000009000443  page of 4 KiB at 0x9000000, AP[2:1] 0b01, XN 1, AttrIndx 0 0x04 Device-nGnRE, SH 0b00 Non-shareable, AF 1
#> PA 0x9000000: Device-nGnRE, Outer Shareable, rw-

# test: what is not mapped, with the fault as ESR_EL2 would name it
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
show("hv walk 8", -2)
show("hv walk 0xffff000000000000")
end
#>   level 2 [0] at PA 0x7c0<*>000: 0x0000000000000000  invalid
#> Translation fault, level 2 (FSC 0x06)
#> VA 0xffff000000000000
#> Translation fault, level 0 (FSC 0x04): not within the 39 bits that T0SZ = 25 leaves

# test: the guest's first instruction, from EL2 and from EL1: the same
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
rams = [number("guests[%d].vm.ram" % n) for n in range(2)]
vcpus = [number("&guests[%d].vcpu" % n) for n in range(2)]
guest = aid("hv walk --guest $ELR_EL2")
hypervisor = aid("hv walk main")
gdb.execute("stepi", to_string=True)
print(guest, end="")
print("the same at EL1: %s, and of the hypervisor: %s" % (
    aid("hv walk $pc") == guest, aid("hv walk --el2 main") == hypervisor))
print("its PA is right: %s" % (guest.splitlines()[-1].startswith("PA 0x%x:" % (rams[0] + CODE - RAM))))
end
#> ...
#> VA 0x40080000  guest_start
#>   stage 1 of EL1&0 is off (SCTLR_EL1.M = 0): IPA = VA, data accesses are Device-nGnRnE
#> IPA 0x40080000
#>   stage 2: VTTBR_EL2 0x100007c0<*>, VMID 1, T0SZ <*> (<*> bits), 4 KiB granule, from level <*>
#> ...
#>   level 2 [0] at PA 0x7c0<*>000: 0x000000007c<*>007fd  block of 2 MiB at 0x7c<*>00000, S2AP 0b11, XN[1:0] 0b00, MemAttr 0b1111 Normal Write-Back, SH 0b11 Inner Shareable, AF 1
#> PA 0x7c<*>80000: Device-nGnRnE, Outer Shareable, EL1 rwx, EL0 rwx
#> the same at EL1: True, and of the hypervisor: True
#> its PA is right: True

# test: an IPA that is not the guest's, and one of another VM, whose vCPU is not bound
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
show("hv walk --ipa 0x80000000", -1)
for guest in ("guests[1]", "&guests[1].vcpu", "guests[1].vm", "guests[1].vm.stage2"):
    show("hv walk --ipa 0x40080000, " + guest, 0, 1)
    print(aid("hv walk --ipa 0x40080000, " + guest).splitlines()[-1] ==
          "PA 0x%x: Normal Write-Back, Inner Shareable, EL1 rwx, EL0 rwx" % (
              rams[1] + CODE - RAM))
end
#> Translation fault, level 1 (FSC 0x05), on stage 2
#> guests[1]: not bound: as in memory
#> True
#> &guests[1].vcpu: not bound: as in memory
#> True
#> guests[1].vm: stage 2 only
#> True
#> guests[1].vm.stage2: stage 2 only
#> True

# test: what is wrong with an argument is said in one line
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
for argument in ("", "nothing", "guests", "0, 5", "0, nothing", "--ip 0", "--ipa --el2 0", "--el2 0, guests[1]",
                 "1 +", "(char)"):
    print(aid("hv walk " + argument).rstrip())
for argument in ("nothing", "guests[0].vm", "--all"):
    print(aid("hv gic " + argument).rstrip())
for argument in ("/nowhere", "lab3.elf 1 2", "lab3.elf nothing", "Makefile"):
    print(aid("hv symbols " + argument).rstrip())
print(aid("hv bt nothing").splitlines()[-1])
end
#> error: Which address? Such as: hv walk $pc
#> error: "nothing" is no address here: give a number, a pointer or a function.
#> VA 0x7c0<*>
#> ...
#> error: "5" is no guest here: give the address of a struct vcpu or struct vm, such as "&guests[1].vcpu".
#> error: "nothing" is no guest here: give the address of a struct vcpu or struct vm, such as "&guests[1].vcpu".
#> error: hv walk has one of the options --guest, --ipa, --el2: see "help hv walk".
#> error: hv walk has one of the options --guest, --ipa, --el2: see "help hv walk".
#> error: The hypervisor's tables are not a guest's: leave out "guests[1]".
#> error: "1 +" is no address here: give a number, a pointer or a function.
#> error: "(char)" is no address here: give a number, a pointer or a function.
#> error: "nothing" is no guest here: give the address of a struct vcpu or struct vm, such as "&guests[1].vcpu".
#> error: "guests[0].vm" is a VM: give one of its vCPUs.
#> error: hv gic has the option --phys only: see "help hv gic".
#> error: /nowhere: No such file or directory
#> error: hv symbols FILE OFFSET: what is "2"?
#> error: "nothing" is no offset: give a number of bytes.
#> error: Makefile is no 64-bit ELF file.
#> error: "nothing" is no guest here: give the address of a struct vcpu or struct vm, such as "&guests[1].vcpu".

# test: the symbols are those of the program that is on the CPU
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
def loaded():
    return re.findall(r"^(\S+) +the guest's", aid("hv symbols"), re.M)
print("%s, at %s" % (loaded(), gdb.newest_frame().name()))
run_to("vcpu_bind")
run_to("vcpu_eret")
gdb.execute("stepi", to_string=True)
print("%s, at %s" % (loaded(), gdb.newest_frame().name()))
run_to("guest_main")
print(gdb.selected_frame().find_sal().symtab.filename.split("/")[-1])
end
#> ...
#> ['guest_a.guest'], at guest_start
#> ...
#> ['guest_b.guest'], at guest_start
#> ...
#> guest_b.c

# test: a backtrace through both worlds, from the guest and from the exit
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
names = lambda text: re.findall(r"^#\d+ +(?:0x\w+ in )?(\S+) \(", text, re.M)
first, second = aid("hv bt").split("-- the hypervisor:\n")
print("%s, %s %s" % (names(first), names(second)[0], "main" in names(second)))
# At the HVC x29 and x30 are the test's patterns: the guest's frames end there.
run_to("vcpu_saved_sync")
first, second = aid("hv bt").split("-- the guest, vCPU 0:\n")
print(names(second))
gdb.execute("tbreak handle_hvc", to_string=True)
gdb.execute("continue", to_string=True)
first, second = aid("hv bt").split("-- the guest, vCPU 0:\n")
print("%s %s, then %s" % (names(first)[0], "main" in names(first), names(second)))
end
#> ['guest_main', 'guest_start'], vcpu_run True
#> ...
#> ['canary_gpr']
#> ...
#> handle_hvc True, then ['canary_gpr']

# test: a list register that is not empty, in memory before its vCPU is bound
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
run_to("vcpu_bind")
gdb.execute("set $vcpu = (struct vcpu *)$x0", to_string=True)
poke_sysregs(ich_lr1_el2=0x50a0000000000030, ich_lr2_el2=0xe0f0001e0000001b, ich_vmcr_el2=0xf84c000a,
             ich_ap1r0_el2=1 << 20)
show("hv gic $vcpu")
end
#> ...
#> Virtual CPU interface of vCPU 0 ($vcpu), which is not bound: as saved
#>   ICH_HCR_EL2   0x0000000000000001  En, EOIcount 0
#>   ICH_VMCR_EL2  0x00000000f84c000a  VPMR 0xf8, VBPR0 2, VBPR1 3, VENG1 VFIQEn
#>   ICH_AP0R<n>   active priorities: none
#>   ICH_AP1R<n>   active priorities: 0xa0
#>   ICH_LR1_EL2   0x50a0000000000030  pending, vINTID 48 (SPI 16), priority 0xa0, group 1
#>   ICH_LR2_EL2   0xe0f0001e0000001b  pending and active, vINTID 27 (PPI, EL1 virtual timer), priority 0xf0, group 0, HW: pINTID 30
#>   list registers in use: 2

# test: and in the CPU afterwards, where GDB does not see it; all registers are as they were
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
run_to("vcpu_eret")
everything = [name for name in re.findall(r"^ *(\S+) +\d+ ", gdb.execute("maint print registers", to_string=True), re.M)
              if not name.startswith(("'", "CNT"))]
registers = lambda: [str(gdb.newest_frame().read_register(name)) for name in everything]
poke_sysregs(ich_lr1_el2=0, ich_lr2_el2=0, ich_vmcr_el2=0, ich_ap1r0_el2=0)
before = registers()
show("hv gic")
gdb.execute("maint flush register-cache", to_string=True)
print("%d registers, others than before: %s" % (len(before) // 100 * 100, [
    name for name, old, new in zip(everything, before, registers()) if old != new]))
end
#> ...
#> Virtual CPU interface of vCPU 0 (this CPU's vCPU), from the CPU
#>   ICH_HCR_EL2   0x0000000000000001  En, EOIcount 0
#>   ICH_VMCR_EL2  0x00000000f84c000a  VPMR 0xf8, VBPR0 2, VBPR1 3, VENG1 VFIQEn
#>   ICH_AP0R<n>   active priorities: none
#>   ICH_AP1R<n>   active priorities: 0xa0
#>   ICH_LR1_EL2   0x50a0000000000030  pending, vINTID 48 (SPI 16), priority 0xa0, group 1
#>   ICH_LR2_EL2   0xe0f0001e0000001b  pending and active, vINTID 27 (PPI, EL1 virtual timer), priority 0xf0, group 0, HW: pINTID 30
#>   list registers in use: 2 of 4
#> <*>00 registers, others than before: []

# Translation tables of other shapes. The guest's code stays where it is, in TTBR0's half; then the guest is
# sent to an HVC of its own, by which its turn is over, and the next one is bound.
python
made = []

def build(base, entries):
    """entries: (table's offset from base, index, entry). What was there before goes; all else is 0."""
    while made:
        poke(made.pop(), 0)
    for offset, index, entry in entries:
        made.append(base + offset + 8 * index)
        poke(made[-1], entry)

def next_guest(tcr, ttbr0, entries, **more):
    """The next vCPU is bound with these tables, and stands at its next instruction."""
    global ram
    run_to("vcpu_bind")
    gdb.execute("set $vcpu = (struct vcpu *)$x0", to_string=True)
    ram = rams[vcpus.index(number("$vcpu"))]
    build(ram, entries)
    values = dict(sctlr_el1=0x30d00801, tcr_el1=tcr | 2 << 32, ttbr0_el1=RAM + ttbr0, mair_el1=0xbb440cff)
    values.update(more)
    poke_sysregs(**values)
    run_to("vcpu_eret")
    gdb.execute("stepi", to_string=True)

def compare(*addresses):
    """Of each address: what hv walk says, and whether QEMU agrees."""
    for va in addresses:
        lines = aid("hv walk 0x%x" % va).splitlines()
        result = lines[-1]
        theirs = gdb.execute("monitor gva2gpa 0x%x" % va, to_string=True).strip()
        pa = re.match(r"PA (0x\w+):", result)
        agree = theirs == "gpa: 0x%x" % int(pa.group(1), 16) if pa else theirs == "Unmapped"
        if pa:
            result = result.replace(pa.group(1), "RAM+0x%x" % (int(pa.group(1), 16) - ram))
        print("0x%x: %s: %s" % (va, result, "as QEMU" if agree else "QEMU has " + theirs))

def leave():
    """The guest's turn is over: an HVC, wherever in its text there is one."""
    text = bytes(gdb.selected_inferior().read_memory(CODE, 0x4000))
    at = next(at for at in range(0, len(text), 4) if text[at:at + 4] == b"\x22\0\0\xd4")
    gdb.execute("set $pc = %d" % (CODE + at), to_string=True)
end

# test: 4 KiB granule, from level 0; blocks, pages, attributes, all fault kinds; a tag
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
next_guest(16 | 25 << 16 | 2 << 30 | 1 << 37, 0x100000, [
    (0x100000, 0, RAM + 0x101000 | TABLE),
    (0x101000, 1, RAM | VALID | AF),                                 # the guest's own code
    (0x101000, 2, RAM + 0x102000 | TABLE),
    (0x101000, 3, RAM | VALID),                                      # no AF
    (0x102000, 0, RAM + 0x103000 | TABLE),
    (0x102000, 1, RAM | VALID | AF | 1 << 2 | 2 << 6 | 3 << 8),      # Device-GRE by index 1
    (0x102000, 2, 1 << 47 | VALID | AF),                             # an address of more than 40 bits
    (0x103000, 0, RAM + 0x180000 | PAGE | AF | 3 << 53 | 1 << 6 | 2 << 2 | 2 << 8 | 1 << 11),
    (0x103000, 1, RAM + 0x181000 | PAGE | AF | 3 << 6 | 3 << 2 | 1 << 52 | 3 << 8),
    (0x103000, 2, RAM + 0x182000 | VALID | AF),                      # reserved at level 3
    (0x103000, 3, 0x80000000 | PAGE | AF),                           # not in stage 2
    (0x101000, 4, 0x80000000 | TABLE),                               # a table that is not in stage 2
], ttbr1_el1=RAM + 0x104000)
compare(0x40080010, 0x80000123, 0x80001fff, 0x80200010, 0x80002000, 0x80003000, 0x80400000,
        0x100000000, 0x1000000000, 0x8000000000000000 >> 8, 0xab00000080000123)
show("hv walk 0x80001000", 1, 6)
show("hv walk 0x80000000", 5, 6)
show("hv walk 0xc0000000", 3)
show("hv walk 0x100000000", 1)
leave()
end
#> ...
#> 0x40080010: PA RAM+0x80010: Normal Write-Back, Inner Shareable, EL1 rwx, EL0 --x: as QEMU
#> 0x80000123: PA RAM+0x180123: Normal Non-cacheable, Outer Shareable, EL1 rw-, EL0 rw-: as QEMU
#> 0x80001fff: PA RAM+0x181fff: Normal Write-Through, Inner Shareable, EL1 r-x, EL0 r-x: as QEMU
#> 0x80200010: PA RAM+0x10: Device-GRE, Outer Shareable, EL1 r-x, EL0 --x: as QEMU
#> 0x80002000: Translation fault, level 3 (FSC 0x07), on stage 1: as QEMU
#> 0x80003000: Translation fault, level 1 (FSC 0x05), on stage 2: as QEMU
#> 0x80400000: Address size fault, level 2 (FSC 0x02): the address has more than 40 bits, on stage 1: as QEMU
#> 0x100000000: Translation fault, level 1 (FSC 0x05), on stage 2, on a stage 1 table walk (S1PTW): as QEMU
#> 0x1000000000: Translation fault, level 1 (FSC 0x05), on stage 1: as QEMU
#> 0x80000000000000: Translation fault, level 0 (FSC 0x04): not within the 39 bits that T1SZ = 25 leaves, on stage 1: as QEMU
#> 0xab00000080000123: PA RAM+0x180123: Normal Non-cacheable, Outer Shareable, EL1 rw-, EL0 rw-: as QEMU
#>   stage 1 of EL1&0: TTBR0_EL1 0x40100000, ASID 0, T0SZ 16, TBI0 (48 bits), 4 KiB granule, from level 0
#>   level 0 [0] at IPA 0x40100000 (PA 0x7c<*>00000): 0x0000000040101003  table at 0x40101000
#>   level 1 [2] at IPA 0x40101010 (PA 0x7c<*>01010): 0x0000000040102003  table at 0x40102000
#>   level 2 [0] at IPA 0x40102000 (PA 0x7c<*>02000): 0x0000000040103003  table at 0x40103000
#>   level 3 [1] at IPA 0x40103008 (PA 0x7c<*>03008): 0x00100000401817cf  page of 4 KiB at 0x40181000, AP[2:1] 0b11, UXN 0, PXN 0, AttrIndx 3 0xbb Normal Write-Through, SH 0b11 Inner Shareable, AF 1, nG 0, Contiguous
#>   level 3 [0] at IPA 0x40103000 (PA 0x7c<*>03000): 0x0060000040180e4b  page of 4 KiB at 0x40180000, AP[2:1] 0b01, UXN 1, PXN 1, AttrIndx 2 0x44 Normal Non-cacheable, SH 0b10 Outer Shareable, AF 1, nG 1
#>   level 1 [3] at IPA 0x40101018 (PA 0x7c<*>01018): 0x0000000040000001  block of 1 GiB at 0x40000000, AP[2:1] 0b00, UXN 0, PXN 0, AttrIndx 0 0xff Normal Write-Back, SH 0b00 Non-shareable, AF 0, nG 0
#> Access flag fault, level 1 (FSC 0x09), on stage 1
#>   stage 1's table at IPA 0x80000000 is not there for the walk:
#>   stage 2: VTTBR_EL2 0x<*>, VMID <*>, T0SZ 24 (40 bits), 4 KiB granule, from level 1
#>   level 1 [2] at PA 0x7c0<*>010: 0x0000000000000000  invalid
#> Translation fault, level 1 (FSC 0x05), on stage 2, on a stage 1 table walk (S1PTW)

# test: 64 KiB granule below, 16 KiB above
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
next_guest(22 | 1 << 14 | 17 << 16 | 1 << 30, 0x110000, [
    (0x110000, 2, RAM | VALID | AF),
    (0x110000, 4, RAM + 0x120000 | TABLE),
    (0x110000, 5, RAM + 0x120000 | VALID | AF),                      # low bits of a block are not its address
    (0x120000, 0, RAM + 0x180000 | PAGE | AF | 3 << 6),
    (0x130000, 0, RAM + 0x134000 | TABLE),
    (0x130000, 1, RAM | VALID | AF),                                 # no blocks at level 1
    (0x134000, 0, RAM + 0x138000 | TABLE),
    (0x134000, 1, RAM | VALID | AF | 1 << 54),
    (0x138000, 1, RAM + 0x184000 | PAGE | AF | 1 << 53),
], ttbr1_el1=(RAM + 0x130000) | 5 << 48)
compare(0x40080010, 0x80001234, 0x80010000, 0xa0000000, 0xffff800000004010, 0xffff800000008000,
        0xffff800002000020, 0xffff801000000000, 0xffff000000000000)
show("hv walk 0xffff800002000020", 1, 4)
show("hv walk 0x80001234", 1, 4)
leave()
end
#> ...
#> 0x40080010: PA RAM+0x80010: Normal Write-Back, Inner Shareable, EL1 rwx, EL0 --x: as QEMU
#> 0x80001234: PA RAM+0x181234: Normal Write-Back, Inner Shareable, EL1 r-x, EL0 r-x: as QEMU
#> 0x80010000: Translation fault, level 3 (FSC 0x07), on stage 1: as QEMU
#> 0xa0000000: PA RAM+0x0: Normal Write-Back, Inner Shareable, EL1 rwx, EL0 --x: as QEMU
#> 0xffff800000004010: PA RAM+0x184010: Normal Write-Back, Inner Shareable, EL1 rw-, EL0 --x: as QEMU
#> 0xffff800000008000: Translation fault, level 3 (FSC 0x07), on stage 1: as QEMU
#> 0xffff800002000020: PA RAM+0x20: Normal Write-Back, Inner Shareable, EL1 rwx, EL0 ---: as QEMU
#> 0xffff801000000000: Translation fault, level 1 (FSC 0x05), on stage 1: as QEMU
#> 0xffff000000000000: Translation fault, level 0 (FSC 0x04): not within the 47 bits that T1SZ = 17 leaves, on stage 1: as QEMU
#>   stage 1 of EL1&0: TTBR1_EL1 0x5000040130000, ASID 0, T1SZ 17 (47 bits), 16 KiB granule, from level 1
#>   level 1 [0] at IPA 0x40130000 (PA 0x7c<*>30000): 0x0000000040134003  table at 0x40134000
#>   level 2 [1] at IPA 0x40134008 (PA 0x7c<*>34008): 0x0040000040000401  block of 32 MiB at 0x40000000, AP[2:1] 0b00, UXN 1, PXN 0, AttrIndx 0 0xff Normal Write-Back, SH 0b00 Non-shareable, AF 1, nG 0
#>   stage 1 of EL1&0: TTBR0_EL1 0x40110000, ASID 0, T0SZ 22 (42 bits), 64 KiB granule, from level 2
#>   level 2 [4] at IPA 0x40110020 (PA 0x7c<*>10020): 0x0000000040120003  table at 0x40120000
#>   level 3 [0] at IPA 0x40120000 (PA 0x7c<*>20000): 0x00000000401804c3  page of 64 KiB at 0x40180000, AP[2:1] 0b11, UXN 0, PXN 0, AttrIndx 0 0xff Normal Write-Back, SH 0b00 Non-shareable, AF 1, nG 0

# test: 16 KiB below, 64 KiB above; ASID from TTBR1
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
next_guest(28 | 2 << 14 | 16 << 16 | 3 << 30 | 1 << 22, 0x134000, [
    (0x134000, 32, RAM | VALID | AF),
    (0x134000, 64, RAM + 0x138000 | TABLE),
    (0x138000, 3, RAM + 0x188000 | PAGE | AF),
    (0x100200, 0, RAM + 0x110000 | TABLE),
    (0x110000, 0, RAM + 0x120000 | TABLE),
    (0x110000, 2, RAM | VALID | AF | 2 << 6),
    (0x120000, 5, RAM + 0x190000 | PAGE | AF),
], ttbr1_el1=(RAM + 0x100200) | 9 << 48)
compare(0x80000000 + 3 * 0x4000 + 8, 0x80000000, 0xffff000000050040, 0xffff000040000040, 0xffff000000000000,
        0xffff040000000000)
show("hv walk 0xffff000000050040", 1, 5)
leave()
end
#> ...
#> 0x8000c008: PA RAM+0x188008: Normal Write-Back, Inner Shareable, EL1 rwx, EL0 --x: as QEMU
#> 0x80000000: Translation fault, level 3 (FSC 0x07), on stage 1: as QEMU
#> 0xffff000000050040: PA RAM+0x190040: Normal Write-Back, Inner Shareable, EL1 rwx, EL0 --x: as QEMU
#> 0xffff000040000040: PA RAM+0x40: Normal Write-Back, Inner Shareable, EL1 r-x, EL0 --x: as QEMU
#> 0xffff000000000000: Translation fault, level 3 (FSC 0x07), on stage 1: as QEMU
#> 0xffff040000000000: Translation fault, level 1 (FSC 0x05), on stage 1: as QEMU
#>   stage 1 of EL1&0: TTBR1_EL1 0x9000040100200, ASID 9, T1SZ 16 (48 bits), 64 KiB granule, from level 1
#>   level 1 [0] at IPA 0x40100200 (PA 0x7c<*>00200): 0x0000000040110003  table at 0x40110000
#>   level 2 [0] at IPA 0x40110000 (PA 0x7c<*>10000): 0x0000000040120003  table at 0x40120000
#>   level 3 [5] at IPA 0x40120028 (PA 0x7c<*>20028): 0x0000000040190403  page of 64 KiB at 0x40190000, AP[2:1] 0b00, UXN 0, PXN 0, AttrIndx 0 0xff Normal Write-Back, SH 0b00 Non-shareable, AF 1, nG 0

# test: a root of four entries; what tables forbid for all below; WXN; a half that is off
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
next_guest(32 | 25 << 16 | 2 << 30, 0x100040, [
    (0x100040, 1, RAM | VALID | AF | 2 << 6),
    (0x100040, 2, RAM + 0x102000 | TABLE | 3 << 61 | 1 << 59),
    (0x102000, 0, RAM | VALID | AF | 1 << 6),
    (0x104000, 0, RAM | VALID | AF | 1 << 6),
], ttbr1_el1=RAM + 0x104000, sctlr_el1=0x30d80801)
compare(0x40080010, 0x80000020, 0xffffff8000000020, 0x100000000)
show("hv walk 0x80000020", 1, 4)
leave()
next_guest(32 | 25 << 16 | 2 << 30 | 1 << 23 | 1 << 42, 0x100040, [(0x100040, 1, RAM | VALID | AF)])
compare(0xffffff8000000020)
leave()
end
#> ...
#> 0x40080010: PA RAM+0x80010: Normal Write-Back, Inner Shareable, EL1 r-x, EL0 --x: as QEMU
#> 0x80000020: PA RAM+0x20: Normal Write-Back, Inner Shareable, EL1 r--, EL0 --x: as QEMU
#> 0xffffff8000000020: PA RAM+0x20: Normal Write-Back, Inner Shareable, EL1 rw-, EL0 rw-: as QEMU
#> 0x100000000: Translation fault, level 0 (FSC 0x04): not within the 32 bits that T0SZ = 32 leaves, on stage 1: as QEMU
#>   stage 1 of EL1&0: TTBR0_EL1 0x40100040, ASID 0, T0SZ 32 (32 bits), 4 KiB granule, from level 1
#>   level 1 [2] at IPA 0x40100050 (PA 0x7c<*>00050): 0x6800000040102003  table at 0x40102000, APTable 0b11, PXNTable
#>   level 2 [0] at IPA 0x40102000 (PA 0x7c<*>02000): 0x0000000040000441  block of 2 MiB at 0x40000000, AP[2:1] 0b01, UXN 0, PXN 0, AttrIndx 0 0xff Normal Write-Back, SH 0b00 Non-shareable, AF 1, nG 0
#> ...
#> 0xffffff8000000020: Translation fault, level 0 (FSC 0x04): TCR_EL1.EPD1 = 1, on stage 1: as QEMU

# test: stage 2 with other granules, and tables side by side at the root
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
run_to("vcpu_bind")
base = rams[0]
stage2 = base + 0x1f0000
size = gdb.lookup_type("struct stage2").sizeof
def shape(vtcr, root, entries):
    memory = gdb.selected_inferior()
    memory.write_memory(stage2, bytes(memory.read_memory(number("&guests[0].vm.stage2"), size)))
    gdb.execute("set var ((struct stage2 *)0x%x)->config.vtcr = 0x%x" % (stage2, vtcr | 2 << 16 | 1 << 31),
                to_string=True)
    poke(stage2 + int(gdb.parse_and_eval("(long)&((struct stage2 *)0)->root")), base + root)
    build(base, entries)

def walk(ipa, first=-1):
    show("hv walk --ipa 0x%x, (struct stage2 *)0x%x" % (ipa, stage2), first)

shape(24 | 1 << 6 | 2 << 14, 0x100000, [(0x100000, 0x4000, base + 0x144000 | TABLE),
                                        (0x144000, 1, 0x12344000 | PAGE | AF | 0xf << 2 | 1 << 6 | 1 << 53)])
walk(0x8000004abc, 2)
walk(0x8000000000)
walk(0x18000004abc)
shape(24 | 1 << 6 | 1 << 14, 0x110000, [(0x110000, 0x400, 0x60000000 | VALID | AF | 1 << 2 | 2 << 6 | 3 << 53)])
walk(0x8001234567, 2)
shape(30, 0x100000, [(0x100000, 0x1e00, 0x60000000 | VALID | AF | 5 << 2 | 3 << 6 | 2 << 53)])
walk(0x3c0000010, 2)
shape(16 | 2 << 6, 0x100000, [(0x100000, 0, 0x60000000 | VALID | AF)])
walk(0x10)
shape(24 | 0 << 6, 0x100000, [])
walk(0x10)
shape(24 | 3 << 14, 0x100000, [])
walk(0x10)
shape(24 | 1 << 6, 0x100000, [(0x100000, 0, 0x60000000 | VALID)])
walk(0x10)
end
#> ...
#>   level 2 [16384] at PA 0x7c<*>20000: 0x000000007c<*>44003  table at 0x7c<*>44000
#>   level 3 [1] at PA 0x7c<*>44008: 0x002000001234447f  page of 16 KiB at 0x12344000, S2AP 0b01, XN[1:0] 0b01, MemAttr 0b1111 Normal Write-Back, SH 0b00 Non-shareable, AF 1
#> PA 0x12344abc: Normal Write-Back, Non-shareable, EL1 r--, EL0 r-x
#> Translation fault, level 3 (FSC 0x07), on stage 2
#> Translation fault, level 0 (FSC 0x04): not within the 40 bits of an IPA, on stage 2
#>   stage 2: VTTBR_EL2 0x<*>, VMID 1, T0SZ 24 (40 bits), 64 KiB granule, from level 2
#>   level 2 [1024] at PA 0x7c<*>12000: 0x0060000060000485  block of 512 MiB at 0x60000000, S2AP 0b10, XN[1:0] 0b11, MemAttr 0b0001 Device-nGnRE, SH 0b00 Non-shareable, AF 1
#> PA 0x61234567: Device-nGnRE, Outer Shareable, EL1 -wx, EL0 -w-
#>   stage 2: VTTBR_EL2 0x<*>, VMID 1, T0SZ 30 (34 bits), 4 KiB granule, from level 2
#>   level 2 [7680] at PA 0x7c<*>0f000: 0x00400000600004d5  block of 2 MiB at 0x60000000, S2AP 0b11, XN[1:0] 0b10, MemAttr 0b0101 Normal Non-cacheable, SH 0b00 Non-shareable, AF 1
#> PA 0x60000010: Normal Non-cacheable, Outer Shareable, EL1 rw-, EL0 rw-
#> Translation fault, level 0 (FSC 0x04), on stage 2
#> Translation fault, level 0 (FSC 0x04): 40 bits of address do not fit a start at level 2, on stage 2
#> error: stage 2: VTTBR_EL2 0x<*>, VMID 1, T0SZ 24: the granule is a reserved one.
#> Access flag fault, level 1 (FSC 0x09), on stage 2
