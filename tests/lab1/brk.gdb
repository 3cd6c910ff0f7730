# SPDX-License-Identifier: MIT
#
# brk.gdb - what GDB shows of lab 1: the entry, a BRK, its vector, its handler, the way back. With plain
# GDB, without the aids of common/gdb, so that what is seen is the hypervisor's own debug information.
#
# GDB itself reports each stop, as "#> ..." lets it; a part runs first, and then prints what it found.

python
import gdb

def reg(name, frame=None):
    """A register as an unsigned number: of the CPU, or of a frame as the debug information has it."""
    found = (frame or gdb.newest_frame()).read_register(name)
    return int(found) & (0xffffffff if name == "cpsr" else 0xffffffffffffffff)

def address(symbol):
    return int(gdb.parse_and_eval("(unsigned long)&%s" % symbol)) & 0xffffffffffffffff

def find(word, start, end):
    """Where an instruction is."""
    memory = bytes(gdb.selected_inferior().read_memory(start, end - start))
    for offset in range(0, len(memory), 4):
        if int.from_bytes(memory[offset:offset + 4], "little") == word:
            return start + offset
    return 0

GENERAL = ["x%d" % n for n in range(31)] + ["sp"]

def all_registers(frame=None):
    return {name: reg(name, frame) for name in GENERAL}

def changed(before, after):
    """The registers that differ, as "x0: 0x1, then 0x2"; or "none"."""
    return ", ".join("%s: 0x%x, then 0x%x" % (name, before[name], after[name])
                     for name in GENERAL if before[name] != after[name]) or "none"

def run_to(where):
    """To an address, quietly."""
    gdb.execute("tbreak *0x%x" % where, to_string=True)
    gdb.execute("continue", to_string=True)

def step():
    gdb.execute("stepi", to_string=True)

def place():
    """The function, by the symbol table, and the distance from it."""
    return gdb.execute("info symbol $pc", to_string=True).split(" in section")[0]

def is_exception(frame):
    """GDB says "signal handler"; of LLVM's debug information, which lacks that mark, just the name."""
    return frame.type() == gdb.SIGTRAMP_FRAME or frame.name() == "el2_save_and_call"

def functions():
    """The backtrace, as names."""
    names, frame = [], gdb.newest_frame()
    while frame:
        names.append("<exception>" if is_exception(frame) else frame.name() or "?")
        frame = frame.older()
    return names

def pstate():
    cpsr = reg("cpsr")
    return "EL%d%s, DAIF 0x%x" % (cpsr >> 2 & 3, "h" if cpsr & 1 else "t", cpsr >> 6 & 15)
end

# test: el2_entry is reached at EL2, with the MMU off
# handout: lab1-el2-entry/README.md, "From reset to C"
python
run_to(address("el2_entry"))
print(place())
print("level", reg("cpsr") >> 2 & 3, "SCTLR_EL2.M", reg("SCTLR_EL2") & 1)
end
#> ...
#> el2_entry
#> level 2 SCTLR_EL2.M 0

# test: main() runs at EL2 with the MMU on
# handout: lab1-el2-entry/README.md, "From reset to C"
python
run_to(address("main"))
print(place())
print(pstate(), "SCTLR_EL2 0x%x" % reg("SCTLR_EL2"), "HCR_EL2 0x%x" % reg("HCR_EL2"))
print("VBAR_EL2 is el2_vectors:", reg("VBAR_EL2") == address("el2_vectors"))
print(functions())
end
#> ...
#> main
#> EL2h, DAIF 0xb SCTLR_EL2 0x30cd183d HCR_EL2 0x80000020
#> VBAR_EL2 is el2_vectors: True
#> ['main']

# test: a step over a BRK lands in vector 4, with nothing but PSTATE changed
# handout: lab1-el2-entry/README.md, "Sixteen vectors"
python
BRK_41 = 0xd4200520
brk = find(BRK_41, address("__text_start"), address("__text_end"))
run_to(brk)
at_brk, cpsr_at_brk = all_registers(), reg("cpsr")
chain_at_brk = functions()
step()
print("PC is VBAR_EL2 + 0x%x" % (reg("pc") - reg("VBAR_EL2")), place())
print(pstate())
print("ELR_EL2 is the BRK:", reg("ELR_EL2") == brk)
print("SPSR_EL2 is PSTATE before it:", reg("SPSR_EL2") == cpsr_at_brk)
print("ESR_EL2 0x%x" % reg("ESR_EL2"))
print("changed:", changed(at_brk, all_registers()))
end
#> ...
#> PC is VBAR_EL2 + 0x200 el2_vectors + 512
#> EL2h, DAIF 0xf
#> ELR_EL2 is the BRK: True
#> SPSR_EL2 is PSTATE before it: True
#> ESR_EL2 0xf2000029
#> changed: none

# test: the slot branches to the stub of vector 4, and that to the common part
# handout: lab1-el2-entry/README.md, "Sixteen vectors"
python
step()
where, steps = place(), 0
while not place().startswith("el2_save_and_call") and steps < 100:
    step()
    steps += 1
print(where, "then", place(), "within 30 steps:", steps <= 30)
end
#> ...
#> el2_vector_4 then el2_save_and_call within 30 steps: True

# test: in the handler, the backtrace goes through the exception into the code that executed the BRK
# handout: lab1-el2-entry/README.md, "The panic screen"
python
run_to(address("answer_brk"))
names = functions()
print(names[0], "... el2_exception", "el2_exception" in names, "...", "<exception>" in names)
outer = names[names.index("<exception>") + 1:] if "<exception>" in names else []
print("behind the exception, the chain as it was at the BRK:", outer == chain_at_brk)
end
#> ...
#> answer_brk ... el2_exception True ... True
#> behind the exception, the chain as it was at the BRK: True

# test: the interrupted frame shows PC and all registers as they were at the BRK
# handout: lab1-el2-entry/README.md, "The panic screen"
python
frame = gdb.newest_frame()
while not is_exception(frame):
    frame = frame.older()
frame = frame.older()
print("its PC is the BRK:", frame.pc() == brk)
print("changed:", changed(at_brk, all_registers(frame)))
end
#> its PC is the BRK: True
#> changed: none

# test: at the ERET, the backtrace is still right
# handout: lab1-el2-entry/README.md, "Exceptions that return"
python
ERET = 0xd69f03e0
eret = find(ERET, address("el2_save_and_call"), address("el2_save_and_call") + 0x200)
run_to(eret)
print("ELR_EL2 is behind the BRK:", reg("ELR_EL2") == brk + 4)
print("SPSR_EL2 as at the BRK:", reg("SPSR_EL2") == cpsr_at_brk)
names = functions()
print("the chain behind the exception:", names[1:] == chain_at_brk, names[0])
end
#> ...
#> ELR_EL2 is behind the BRK: True
#> SPSR_EL2 as at the BRK: True
#> the chain behind the exception: True <exception>

# test: a step over the ERET is behind the BRK, with x0 from the handler and all else as before
# handout: lab1-el2-entry/README.md, "Exceptions that return"
python
step()
print("behind the BRK:", reg("pc") == brk + 4)
print("PSTATE as before:", reg("cpsr") == cpsr_at_brk)
print("x0", reg("x0"))
after = all_registers()
after["x0"] = at_brk["x0"]
print("changed, but for x0:", changed(at_brk, after))
end
#> ...
#> behind the BRK: True
#> PSTATE as before: True
#> x0 42
#> changed, but for x0: none

# test: a probing read that faults comes back at its fix-up
# handout: lab1-el2-entry/README.md, "Exceptions that return"
python
# The load of probe_read64(), at its second call: ldr xN, [xM] is 0xf9400000 and two registers.
start = address("probe_read64")
load = next(start + 4 * n for n in range(20)
            if int(gdb.parse_and_eval("*(unsigned int *)%d" % (start + 4 * n))) & 0xfffffc00 == 0xf9400000
            and int(gdb.parse_and_eval("*(unsigned int *)%d" % (start + 4 * n + 4))) & 0xffffffe0 == 0x2a1f03e0)
run_to(load)
run_to(load)
before = all_registers()
step()
vector, far, ec = reg("pc") - reg("VBAR_EL2"), reg("FAR_EL2"), reg("ESR_EL2") >> 26
run_to(load + 8)
print("PC was VBAR_EL2 + 0x%x" % vector)
print("FAR_EL2 0x%x" % far, "EC 0x%x" % ec)
print("changed:", changed(before, all_registers()))
end
#> ...
#> PC was VBAR_EL2 + 0x200
#> FAR_EL2 0x40000000 EC 0x25
#> changed: none

# test: the machine powers off at the end
# handout: lab1-el2-entry/README.md, "From reset to C"
continue
shell tail -n 1 "$EL2LABS_UART" | tr -d '\r'
#> ...
#> Program received signal SIGQUIT, Quit.
#> ...
#> Done. Powering off.
