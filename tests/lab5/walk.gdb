# SPDX-License-Identifier: MIT
#
# walk.gdb - in lab 5: a guest with its MMU on, and its stage 1 through stage 2; several vCPUs, of which some
# are not bound; a kernel's symbols, moved to where VBAR_EL1 says it is. The kernel is a few symbols in an ELF
# file that is made here: what is looked at is the arithmetic, and when it happens.

python
import os
import re
import struct
import tempfile
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

def names(text):
    return re.findall(r"^#\d+ +(?:0x\w+ in )?(\S+) \(", text, re.M)

def make_elf(path, machine, symbols):
    """A kernel's ELF file: a text section at 0xffff800008000000, and symbols (name, address)."""
    base = 0xffff800008000000
    strings = b"\0" + b"".join(name.encode() + b"\0" for name, value in symbols)
    table = bytes(24)
    at = 1
    for name, value in symbols:
        table += struct.pack("<IBBHQQ", at, 0x12, 0, 1, value, 4)
        at += len(name) + 1
    names = b"\0.text\0.symtab\0.strtab\0.shstrtab\0"
    text = bytes(0x2000)
    offset = 64 + 56
    parts = [text, table, strings, names]
    places = []
    for part in parts:
        places.append(offset)
        offset += len(part)
    sections = [bytes(64)]
    for name, kind, flags, address, n, link, info, size in (
            (1, 1, 6, base, 0, 0, 0, 0), (7, 2, 0, 0, 1, 3, 1, 24), (15, 3, 0, 0, 2, 0, 0, 0),
            (23, 3, 0, 0, 3, 0, 0, 0)):
        sections.append(struct.pack("<IIQQQQIIQQ", name, kind, flags, address, places[n], len(parts[n]), link,
                                    info, 1, size))
    header = b"\x7fELF\2\1\1" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", 2, machine, 1, base, 64, offset, 0, 64, 56, 1, 64, 5, 4)
    program = struct.pack("<IIQQQQQQ", 1, 5, 120, base, base, len(text), len(text), 0x1000)
    with open(path, "wb") as elf:
        elf.write(header + program + b"".join(parts) + b"".join(sections))

directory = tempfile.TemporaryDirectory()
vmlinux = os.path.join(directory.name, "vmlinux")
make_elf(vmlinux, 183, [("_text", 0xffff800008000000), ("vectors", 0xffff800008001800),
                        ("el1h_64_irq", 0xffff800008001a00)])
end

# test: a kernel is asked for before there is a guest: it waits
# handout: lab5-smc-psci/README.md, "A GDB session"
python
show("hv symbols " + vmlinux)
show("hv symbols")
end
#> -- vmlinux waits for a guest whose MMU is on; "hv symbols FILE OFFSET" does not.
#> lab5.elf                 the hypervisor
#> vmlinux                  waits for a guest whose MMU is on

# test: a hypercall, and the guest's C that made it
# handout: lab5-smc-psci/README.md, "A GDB session"
python
run_to("psci_turn_on")
hypervisor, guest = aid("hv bt").split("-- the guest, vCPU 0:\n")
print("%s %s" % (names(hypervisor)[0], "smccc_dispatch" in names(hypervisor)))
print(names(guest))
end
#> ...
#> psci_turn_on True
#> ['guest_cpu_on', <*>'guest_main', 'guest_start']

# test: its code through stage 1, whose table is at an IPA, and then stage 2
# handout: lab5-smc-psci/README.md, "A GDB session"
python
show("hv walk --guest $ELR_EL2")
end
#> VA 0x4008<*>  guest_cpu_on+0x<*>
#>   stage 1 of EL1&0: TTBR0_EL1 0x4008<*>000, ASID 0, T0SZ 25 (39 bits), 4 KiB granule, from level 1
#>   level 1 [1] at IPA 0x4008<*>008 (PA 0x7c<*>8<*>008): 0x0000000040000705  block of 1 GiB at 0x40000000, AP[2:1] 0b00, UXN 0, PXN 0, AttrIndx 1 0xff Normal Write-Back, SH 0b11 Inner Shareable, AF 1, nG 0
#> IPA 0x4008<*>
#>   stage 2: VTTBR_EL2 0x1<*>, VMID 1, T0SZ 24 (40 bits), 4 KiB granule, from level 1
#>   level 1 [1] at PA 0x7c0<*>008: 0x000000007c0<*>003  table at 0x7c0<*>000
#>   level 2 [0] at PA 0x7c0<*>000: 0x000000007c<*>007fd  block of 2 MiB at 0x7c<*>00000, S2AP 0b11, XN 0, MemAttr 0b1111 Normal Write-Back, SH 0b11 Inner Shareable, AF 1
#> PA 0x7c<*>8<*>: Normal Write-Back, Inner Shareable, EL1 rwx, EL0 --x

# test: at EL1 the same, and QEMU's own walk agrees
# handout: lab5-smc-psci/README.md, "A GDB session"
python
run_to("vcpu_eret")
before = aid("hv walk --guest $ELR_EL2")
gdb.execute("stepi", to_string=True)
after = aid("hv walk $pc")
pa = re.search(r"^PA (0x\w+)", after, re.M).group(1)
print("%s, %s" % (before == after,
                  aid("monitor gva2gpa 0x%x" % number("$pc")).strip() == "gpa: " + pa))
show("hv walk 0x9000000", -2)
end
#> ...
#> True, True
#>   level 1 [0] at PA 0x7c0<*>000: 0x0000000000000000  invalid
#> Translation fault, level 1 (FSC 0x05), on stage 2

# test: a vCPU that is on no CPU: its registers are in memory
# handout: lab5-smc-psci/README.md, "A GDB session"
python
show("hv walk 0x40080000, vms[0].machine.cpus[1]", 0, 3)
show("hv walk 0x40080000, vms[0]", 0, 2)
show("hv gic vms[0].machine.cpus[1]", 0, 2)
show("hv gic vms[0]")
show("hv walk --ipa 0x40080000, vms[1]")
end
#> vms[0].machine.cpus[1]: not bound: as in memory
#> VA 0x40080000  guest_start
#>   stage 1 of EL1&0 is off (SCTLR_EL1.M = 0): IPA = VA, data accesses are Device-nGnRnE
#> vms[0]: stage 2 only
#> IPA 0x40080000
#> Virtual CPU interface of vCPU 1 (vms[0].machine.cpus[1]), which is not bound: as saved
#>   ICH_HCR_EL2   0x0000000000000001  En, EOIcount 0
#> error: "vms[0]" is a VM: give one of its vCPUs.
#> error: vms[1] has no stage 2 yet.

# test: a kernel is where VBAR_EL1 says, relative to "vectors"
# handout: lab5-smc-psci/README.md, "A GDB session"
python
print("waits: %s" % ("waits" in aid("hv symbols")))
offset = (number("$VBAR") - 0xffff800008001800) & 0xffffffffffffffff
show("hv symbols %s 0x%x" % (vmlinux, offset))
print("vectors at VBAR_EL1: %s, el1h_64_irq behind it: %s" % (
    number("(unsigned long)&vectors") == number("$VBAR"),
    number("(unsigned long)&el1h_64_irq") == number("$VBAR") + 0x200))
show("hv symbols")
end
#> waits: True
#> -- Symbols of vmlinux, 0x<*> above where it is linked
#> vectors at VBAR_EL1: True, el1h_64_irq behind it: True
#> lab5.elf                 the hypervisor
#> demo_guest.guest         the guest's program
#> vmlinux                  <*>

# test: by itself, at the first stop with such a VBAR_EL1; not with one that does not fit
# handout: lab5-smc-psci/README.md, "A GDB session"
python
from hv import symbols
gdb.execute("remove-symbol-file " + vmlinux)
found = {}
def register(name, real=symbols.register):
    return found.get(name, real(name))
symbols.register = register
show("hv symbols " + vmlinux)
found["VBAR"], found["SCTLR"] = 0xffff800028011900, 1
symbols.load_guest()
print("waits: %s" % ("waits" in aid("hv symbols")))
found["VBAR"] = 0xffff800028011800
symbols.load_guest()
print("waits: %s, vectors 0x%x" % ("waits" in aid("hv symbols"), number("(unsigned long)&vectors")))
end
#> -- vmlinux waits for a guest whose MMU is on; "hv symbols FILE OFFSET" does not.
#> waits: True
#> -- Symbols of vmlinux, 0x20010000 above where it is linked
#> waits: False, vectors 0xffff800028011800

# test: what is no kernel
# handout: lab5-smc-psci/README.md, "A GDB session"
python
make_elf(os.path.join(directory.name, "x86"), 62, [])
open(os.path.join(directory.name, "empty"), "w").close()
for name in ("x86", "empty", "none"):
    print(aid("hv symbols " + os.path.join(directory.name, name)).replace(directory.name + "/", "").rstrip())
directory.cleanup()
end
#> error: x86 is not for AArch64.
#> error: empty is no 64-bit ELF file.
#> error: none: No such file or directory
