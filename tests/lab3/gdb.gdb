# SPDX-License-Identifier: MIT
#
# gdb.gdb - a whole switch, by steps: vcpu_run(), the ERET, the guest, its HVC, the vector, vcpu_saved_sync,
# and back in vcpu_run()'s caller. All registers are compared on the way. With plain GDB, without the aids
# of common/gdb, so that what is seen is the hypervisor's own debug information.

python
import gdb

GENERAL = ["x%d" % n for n in range(31)]

def reg(name, frame=None):
    """A register as an unsigned number: of the CPU, or of a frame as the debug information has it."""
    found = (frame or gdb.newest_frame()).read_register(name)
    return int(found) & (0xffffffff if name == "cpsr" else 0xffffffffffffffff)

def number(expression):
    return int(gdb.parse_and_eval(expression)) & 0xffffffffffffffff

def el():
    return reg("cpsr") >> 2 & 3

def run_to(where):
    gdb.execute("tbreak *(%s)" % where, to_string=True)
    gdb.execute("continue", to_string=True)

def stepi():
    gdb.execute("stepi", to_string=True)

def differing(get, wanted):
    return " ".join(name for name in GENERAL if get(name) != wanted[name]) or "none"

gdb.execute("add-symbol-file guest_a.guest", to_string=True)
gdb.execute("maint packet Qqemu.sstep=0x1", to_string=True)

# The second entry: the guest has done some work by then.
run_to("vcpu_run")
run_to("vcpu_run")
caller = {name: reg(name) for name in GENERAL}
caller_sp, caller_daif = reg("sp"), reg("cpsr") & 0x3c0
gdb.execute("set $vcpu = (struct vcpu *)$x0", to_string=True)
end

# test: vcpu_run() is entered at EL2, called from take_turn()
# handout: lab3-vcpu-context/README.md, "Into the guest and out of it"
python
print("EL%d, %s, called from %s" % (el(), gdb.newest_frame().name(), gdb.newest_frame().older().name()))
print("bound: %s, in the guest: %d" % (gdb.parse_and_eval("$vcpu->state"), number("$vcpu->in_guest")))
end
#> ...
#> EL2, vcpu_run, called from take_turn
#> bound: VCPU_READY, in the guest: 0

# test: at the ERET the CPU has the guest's registers, and interrupts are masked
# handout: lab3-vcpu-context/README.md, "Into the guest and out of it"
python
run_to("vcpu_eret")
entry = {name: number("$vcpu->frame.x[%s]" % name[1:]) for name in GENERAL}
print("EL%d, DAIF 0x%x, in the guest: %s" % (el(), reg("cpsr") & 0x3c0, number("$vcpu->in_guest") != 0))
print("registers that are not the frame's: " + differing(reg, entry))
print("ELR_EL2 %s, SPSR_EL2 %s" % (number("$ELR_EL2") == number("$vcpu->frame.elr"),
                                   number("$SPSR_EL2") == number("$vcpu->frame.spsr")))
print("%d bytes of the host's stack are in use" % (caller_sp - reg("sp")))
host_sp = reg("sp")
end
#> ...
#> EL2, DAIF 0x3c0, in the guest: True
#> registers that are not the frame's: none
#> ELR_EL2 True, SPSR_EL2 True
#> 128 bytes of the host's stack are in use

# test: one step, and the guest goes on where it was
# handout: lab3-vcpu-context/README.md, "Into the guest and out of it"
python
elr = number("$ELR_EL2")
stepi()
print("EL%d, at its ELR: %s, registers that changed: %s" % (el(), reg("pc") == elr, differing(reg, entry)))
end
#> ...
#> EL1, at its ELR: True, registers that changed: none

# test: its HVC lands in the vector, and no register has changed on the way
# handout: lab3-vcpu-context/README.md, "Into the guest and out of it"
python
run_to("vcpu_vectors + 0x400")
guest = {name: reg(name) for name in GENERAL}
print("EL%d, DAIF 0x%x" % (el(), reg("cpsr") & 0x3c0))
print("SP is the host's: %s" % (reg("sp") == host_sp))
print("ESR_EL2: EC 0x%02x" % (number("$ESR_EL2") >> 26))
stepi()
print("%s, registers that changed: %s" % (gdb.newest_frame().name(), differing(reg, guest)))
end
#> ...
#> EL2, DAIF 0x3c0
#> SP is the host's: True
#> ESR_EL2: EC 0x16
#> ...
#> guest_exit_sync, registers that changed: none

# test: at vcpu_saved_sync they are all in the frame
# handout: lab3-vcpu-context/README.md, "The trap frame"
python
run_to("vcpu_saved_sync")
print("differing from the frame: " + differing(lambda name: number("$vcpu->frame.x[%s]" % name[1:]), guest))
print("ELR %s, SPSR %s, ESR %s, SP_EL0 %s" % tuple(
    number("$vcpu->frame." + field) == number("$" + name) for field, name in
    (("elr", "ELR_EL2"), ("spsr", "SPSR_EL2"), ("esr", "ESR_EL2"), ("sp_el0", "SP_EL0"))))
end
#> ...
#> differing from the frame: none
#> ELR True, SPSR True, ESR True, SP_EL0 True

# test: and GDB finds them there: the next frame is the guest's own code
# handout: lab3-vcpu-context/README.md, "A GDB session"
python
older = gdb.newest_frame().older()
print("differing in the frame that GDB unwinds: " + differing(lambda name: reg(name, older), guest))
print("its PC is ELR_EL2: %s" % (older.pc() == number("$ELR_EL2")))
print("an HVC is before it: 0x%x" % (number("$ESR_EL2") & 0xffff))
print("%s in %s" % (older.name(), older.find_sal().symtab.filename.split("/")[-1]))
end
#> ...
#> differing in the frame that GDB unwinds: none
#> its PC is ELR_EL2: True
#> an HVC is before it: 0x<*>
#> <*> in <*>.<*>

# test: vcpu_run() returns: the caller's registers, stack and masks are as they were
# handout: lab3-vcpu-context/README.md, "Into the guest and out of it"
python
run_to("%d" % caller["x30"])
print("EL%d, in %s, kind %d" % (el(), gdb.newest_frame().name(), reg("x0")))
print("x19 to x29 that changed: " + (" ".join(
    "x%d" % n for n in range(19, 30) if reg("x%d" % n) != caller["x%d" % n]) or "none"))
print("SP %s, DAIF %s, in the guest: %d" % (reg("sp") == caller_sp, reg("cpsr") & 0x3c0 == caller_daif,
                                             number("$vcpu->in_guest")))
end
#> ...
#> EL2, in take_turn, kind 0
#> x19 to x29 that changed: none
#> SP True, DAIF True, in the guest: 0
