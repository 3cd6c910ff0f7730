# SPDX-License-Identifier: MIT
"""make film: one world switch, instruction by instruction, as a page for a browser.

A row is an instruction. What it reads is what the machine had before it, what it writes is what the
machine has after it; which registers and which memory these are, hv/narrate.py says, and a register
that has changed all the same is shown, too. The page is common/gdb/film.html with the rows in it.
"""

import contextlib
import glob
import html
import json
import os
import re
import struct

import gdb

from hv import context, narrate, run, symbols
from hv.fields import short
from hv.machine import (RENAMED, HvCommand, HypervisorMemory, current_level, has_type, pointer,
                        register, symbol, this_vcpu, value)
from hv.words import esr_words, pstate_words

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
TEMPLATE = os.path.join(TOP, "common", "gdb", "film.html")
DATA = "{{film}}"                           # in the template: where the rows go

GENERAL = ["x%d" % number for number in range(31)] + ["sp", "cpsr"]
SYSTEM = ["ELR_EL2", "SPSR_EL2", "ESR_EL2", "FAR_EL2", "HPFAR_EL2", "HCR_EL2", "VTTBR_EL2",
          "VTCR_EL2", "VBAR_EL2", "TPIDR_EL2", "CPTR_EL2", "SP_EL0", "SP_EL1"]
PLAIN = ("store", "load", "data", "branch", "jump", "return", "address")
RUN_OVER = ["printf"]                       # it prints to the UART, a character at a time
MOST = 2000                                 # rows; more is no page to read
RAM = 0x40000000                            # what lies below is devices: reading one may change it

EC_HVC, EC_DATA_ABORT = 0x16, 0x24
HVC, HVC_MASK = 0xd4000002, 0xffe0001f
SYNCHRONOUS = 0x400                         # the vector, in vcpu_vectors
GUEST_LEVEL = "(($cpsr >> 2) & 3) < 2"
OTHER_BREAKPOINT = "Stopped at %s, where there is a breakpoint: \"delete\" it, and again."


class NotThisOne(Exception):
    """This exit does not come back to the guest by itself: another vCPU has its turn."""


# ---- The machine --------------------------------------------------------------------------------

@contextlib.contextmanager
def no_interrupts():
    """None is taken while one steps. Afterwards it is as the user has it ("hv irqs")."""
    before = run.ask("qqemu.sstep")
    try:
        gdb.execute("maint packet Qqemu.sstep=0x7", to_string=True)
        yield
    finally:
        if before and gdb.selected_thread():
            gdb.execute("maint packet Qqemu.sstep=%s" % before, to_string=True)


def go(command="continue"):
    run.run(command)
    if context.Session.powered_off:
        raise gdb.GdbError("The machine has powered off before there was an exit to film.")


def run_to(address, condition=""):
    """Only there: breakpoints of the user's are not wanted meanwhile, and cannot be told apart."""
    breakpoint = gdb.Breakpoint("*0x%x" % address, internal=True)
    breakpoint.silent = True
    breakpoint.condition = condition or None
    try:
        go()
    finally:
        breakpoint.delete()
    if register("pc") != address:
        raise gdb.GdbError(OTHER_BREAKPOINT % (symbol(register("pc")) or "0x%x" % register("pc")))


def counted():
    """The instructions that the machine has executed; None unless the run is being recorded."""
    try:
        text = gdb.execute("monitor info replay", to_string=True)
    except gdb.error:
        return None
    found = re.search(r"instruction count = (\d+)", text)
    return int(found.group(1)) if found else None


def read_state(before=None):
    """before: a state from which only general registers can be different."""
    frame = gdb.newest_frame()
    state = {}
    for name in GENERAL:
        state[name] = int(frame.read_register(name)) & (2 ** 64 - 1)
    state["cpsr"] &= 0xffffffff
    for name in SYSTEM:
        state[name] = before[name] if before else register(name)
    # The stack pointer that is in use is in "sp"; under its own name QEMU has an old value.
    own = "SP_EL%d" % (current_level() if state["cpsr"] & 1 else 0)
    if own in state:
        state[own] = state["sp"]
    return state


def value_of(name, state):
    """A register by narrate's name, in a state; None if GDB cannot see it."""
    if re.fullmatch(r"[wx]zr", name):
        return 0
    if re.fullmatch(r"w\d+", name):
        return state["x" + name[1:]] & 0xffffffff
    if name == "wsp":
        return state["sp"] & 0xffffffff
    bits = {"PSTATE.DAIF": 0x3c0, "DAIF": 0x3c0, "PSTATE.NZCV": 0xf0000000, "NZCV": 0xf0000000,
            "PSTATE": 0xffffffff, "PSTATE.EL": 0xc, "CurrentEL": 0xc, "SPSel": 1,
            "PSTATE.SP": 1}.get(name)
    if bits:
        return state["cpsr"] & bits
    if name in state:
        return state[name]
    number = register(RENAMED.get(name, name))
    state[name] = number
    return number


def read_memory(address, size):
    """As the current level sees it."""
    if address < RAM:
        return None
    try:
        return int.from_bytes(bytes(gdb.selected_inferior().read_memory(address, size)), "little")
    except gdb.MemoryError:
        return None


# ---- The guest's program ------------------------------------------------------------------------

def executable_part(path):
    """(address, bytes) of an ELF file's first executable segment."""
    with open(path, "rb") as file:
        elf = file.read()
    offset, entry_size, entries = (struct.unpack_from("<Q", elf, 0x20)[0],
                                   *struct.unpack_from("<HH", elf, 0x36))
    for n in range(entries):
        kind, flags, start, address, _, size = struct.unpack_from("<IIQQQQ", elf,
                                                                  offset + n * entry_size)
        if kind == 1 and flags & 1:
            return address, elf[start:start + size]
    return 0, b""


def guest_program():
    """The ELF file of the program that the guest executes: (path, address, bytes). The CPU is at
    EL1 now, so that addresses are the guest's. Its symbols are there afterwards."""
    load = getattr(symbols, "load_guest", None)
    if load:
        load()
    image = gdb.current_progspace().filename or ""
    for path in sorted(glob.glob(os.path.join(os.path.dirname(image), "*.guest"))):
        address, program = executable_part(path)
        try:
            found = bytes(gdb.selected_inferior().read_memory(address, len(program)))
        except gdb.MemoryError:
            continue
        if found == program:
            if path not in [one.filename for one in gdb.objfiles()]:
                gdb.execute("add-symbol-file %s" % path, to_string=True)
            return path, address, program
    return None, 0, b""


# ---- To the guest's instruction -----------------------------------------------------------------

def vector():
    address = value("(unsigned long) &vcpu_vectors")
    if address is None or not has_type("struct vcpu"):
        raise gdb.GdbError("This image has no world switch: lab 3's is the first that does. "
                           "Here: \"hv step\" at an exception.")
    return address + SYNCHRONOUS


def to_next_hvc():
    """To the next HVC of a guest, not executed yet."""
    while current_level() > 1:
        run_to(value("(unsigned long) &vcpu_eret"))
        go("stepi")
    path, address, program = guest_program()
    places = [address + at for at in range(0, len(program) - 3, 4)
              if struct.unpack_from("<I", program, at)[0] & HVC_MASK == HVC]
    if not places:
        raise gdb.GdbError("This guest's program has no HVC, or its file is not beside the image.")
    if register("pc") in places:
        return path
    breakpoints = [gdb.Breakpoint("*0x%x" % place, internal=True) for place in places]
    for breakpoint in breakpoints:
        breakpoint.silent = True
        breakpoint.condition = GUEST_LEVEL
    try:
        go()
    finally:
        for breakpoint in breakpoints:
            breakpoint.delete()
    if register("pc") not in places:
        raise gdb.GdbError(OTHER_BREAKPOINT % (symbol(register("pc")) or "0x%x" % register("pc")))
    return guest_program()[0] or path


def to_next_access():
    """To a guest's load or store that is a device's: such an instruction shows itself when it
    traps, so it is the second time that is filmed."""
    at_vector = gdb.Breakpoint("*0x%x" % vector(), internal=True)
    at_vector.condition = "($ESR_EL2 >> 26) == 0x%x" % EC_DATA_ABORT
    at_vector.silent = True
    seen = {}
    try:
        while True:
            go()
            pc = register("pc")
            if pc in seen:
                break
            if pc != vector():
                raise gdb.GdbError(OTHER_BREAKPOINT % (symbol(pc) or "0x%x" % pc))
            where = register("ELR_EL2")
            if where not in seen:
                seen[where] = gdb.Breakpoint("*0x%x" % where, internal=True)
                seen[where].condition = GUEST_LEVEL
                seen[where].silent = True
    finally:
        for breakpoint in [at_vector, *seen.values()]:
            breakpoint.delete()
    return guest_program()[0]


# ---- A row --------------------------------------------------------------------------------------

class Sources:
    """Lines of source files, below the top of the tree, as the debug information names them."""

    def __init__(self):
        self.files = {}
        self.macros = {}        # by the address where one begins: what in_macro() has found

    def line(self, symtab, number):
        """(file, line, text), or None."""
        if symtab is None or not number:
            return None
        path = self.find(symtab)
        lines = self.read(path)
        text = lines[number - 1] if number <= len(lines) else ""
        return self.short(path), number, " ".join(text.split())

    def read(self, path):
        if path not in self.files:
            try:
                with open(path, encoding="utf-8", errors="replace") as file:
                    self.files[path] = file.read().splitlines()
            except OSError:
                self.files[path] = []
        return self.files[path]

    @staticmethod
    def find(symtab):
        """Its path. A build that was moved has its sources in this tree, under the same names."""
        path = os.path.normpath(symtab.fullname())
        if os.path.relpath(path, TOP).startswith(".."):
            parts = path.split(os.sep)
            for at in range(1, len(parts) - 1):
                here = os.path.join(TOP, *parts[at:])
                if os.path.exists(here):
                    return here
        return path

    @staticmethod
    def short(path):
        below = os.path.relpath(path, TOP)
        return os.path.basename(path) if below.startswith("..") else below

    def in_macro(self, where, pc):
        """The line of the macro's definition, if the line is the use of one in the same file: the
        instructions of both are compared in order. None if they do not match."""
        if where.pc not in self.macros:
            self.macros[where.pc] = self.expanded(where)
        return self.macros[where.pc].get(pc)

    def expanded(self, where):
        """Of a use of a macro, all of its instructions: address to (file, line, text)."""
        path = self.find(where.symtab)
        lines = self.read(path)
        words = lines[where.line - 1].split() if 0 < where.line <= len(lines) else []
        begin = next((n for n, line in enumerate(lines) if words and
                      re.match(r"\s*\.macro\s+%s\b" % re.escape(words[0]), line)), None)
        if begin is None:
            return {}
        body, found = [], {}
        for n in range(begin + 1, len(lines)):
            if lines[n].split()[:1] == [".endm"]:
                break
            if re.match(r"\s+[a-z]", lines[n]):
                body.append(n)
        for one in gdb.selected_inferior().architecture().disassemble(where.pc, where.last):
            wanted = re.findall(r"\w+", one["asm"])[:2]
            while body and re.findall(r"\w+", lines[body[0]].lower())[:2] != wanted:
                body.pop(0)
            if not body:
                break
            n = body.pop(0)
            found[one["addr"]] = self.short(path), n + 1, " ".join(lines[n].split())
        return found


def function_at(pc):
    """The function in the source, an inlined one, too; else the symbol."""
    block = gdb.block_for_pc(pc)
    while block and not block.function:
        block = block.superblock
    return block.function.name if block else symbol(pc).split("+")[0]


def hexadecimal(number):
    return None if number is None else "0x%x" % number


class Film:
    def __init__(self, run_over):
        self.run_over = run_over
        self.sources = Sources()
        self.rows = []
        self.words = {}
        self.vcpu = this_vcpu()
        if self.vcpu is None:
            raise gdb.GdbError("No vCPU is bound to this CPU, though a guest executes.")
        self.slots = self.find_slots()

    def find_slots(self):
        """The frame's slots, by the debug information: (name, address). And in_guest, before it."""
        vcpu = pointer(self.vcpu, "struct vcpu")
        slots = []
        for field in vcpu.dereference().type.fields():
            if field.name not in ("in_guest", "frame"):
                continue
            at = self.vcpu + field.bitpos // 8
            if field.name == "in_guest":
                slots.append(("in_guest", at))
                continue
            for slot in field.type.strip_typedefs().fields():
                place = at + slot.bitpos // 8
                kind = slot.type.strip_typedefs()
                if kind.code == gdb.TYPE_CODE_ARRAY:
                    slots += [("%s[%d]" % (slot.name, n), place + n * kind.target().sizeof)
                              for n in range(kind.range()[1] + 1)]
                else:
                    slots.append((slot.name, place))
        return sorted(slots, key=lambda slot: slot[1])

    def read_slots(self):
        first, last = self.slots[0][1], self.slots[-1][1]
        with HypervisorMemory():
            memory = bytes(gdb.selected_inferior().read_memory(first, last + 8 - first))
        return [struct.unpack_from("<Q", memory, at - first)[0] for _, at in self.slots]

    def in_words(self, name, number):
        """What a system register's value says; kept once for each value."""
        if number is None or name not in SYSTEM + ["cpsr"]:
            return
        key = "%s=0x%x" % (name, number)
        if key in self.words:
            return
        text = ""
        if name.startswith("ESR_") and number:
            text = esr_words(number)
        elif name.startswith("SPSR_") or name == "cpsr":
            text = ", ".join(pstate_words(number))
        elif name in ("ELR_EL2", "VBAR_EL2", "TPIDR_EL2"):
            text = symbol(number)
        else:
            text = short(name, number)
        # A field that is all of the register says no more than its value.
        self.words[key] = "" if re.fullmatch(r"0|0x[0-9a-f]+", text) else text

    def row(self, pc):
        where = gdb.find_pc_line(pc)
        row = {"el": current_level(), "pc": hexadecimal(pc), "function": function_at(pc),
               "symbol": symbol(pc), "source": self.sources.line(where.symtab, where.line)}
        definition = self.sources.in_macro(where, pc) if row["source"] else None
        if definition:
            row["macro"] = "%s, line %d" % (row["source"][2], row["source"][1])
            row["source"] = definition
        return row

    def first_state(self):
        self.state = read_state()
        self.frame = self.read_slots()
        for name, number in self.state.items():
            self.in_words(name, number)
        return {"registers": {name: hexadecimal(number) for name, number in self.state.items()},
                "frame": [hexadecimal(number) for number in self.frame]}

    def step(self):
        """Executes one instruction and adds its row."""
        pc = register("pc")
        step = narrate.narrate(pc)
        row = self.row(pc)
        before = self.state
        level = row["el"]
        reads = [(name, pc if name == "pc" else value_of(name, before)) for name in step.reads]
        written = [name for name in step.writes if name != "pc"]
        had = {name: value_of(name, before) for name in written}
        memory = None
        if step.memory:
            kind, address, size, names = step.memory
            each = size // max(len(names), 1)
            places = [(address + n * each, each) for n in range(len(names))]
            memory = {"address": hexadecimal(address), "size": size,
                      "names": [narrate.slot_name(*place) for place in places]}
            if kind != "store":
                memory["read"] = [hexadecimal(read_memory(*place)) for place in places]

        go("stepi")
        outcome = narrate.outcome(step, level)
        if not step.executed:               # then it has written nothing, and the exception has
            written, memory = ["PSTATE"], None
            written += ["%s_EL%d" % (name, current_level()) for name in ("ELR", "SPSR", "ESR")]
            had = {name: value_of(name, before) for name in written}
        if step.text.split()[0] == "bl" and symbol(register("pc")) in self.run_over:
            row["over"] = self.over(symbol(register("pc")), pc + 4)

        # A load, an addition, a branch: each read of a system register would take 0.1 ms.
        plain = step.insn.kind in PLAIN and not outcome and "over" not in row
        after = read_state(before if plain and current_level() == level else None)
        frame = self.read_slots()
        for name in before:
            if name not in after:
                after[name] = None if before[name] is None else register(RENAMED.get(name, name))
            if after[name] != before[name] and name not in written:
                aliases = {"cpsr": ("PSTATE.DAIF", "PSTATE.NZCV", "NZCV", "DAIF", "PSTATE")}
                if not any(other in written for other in
                           aliases.get(name, ("w" + name[1:], "w" + name))):
                    written.append("PSTATE" if name == "cpsr" else name)
                    had[written[-1]] = before[name]
        # Of an instruction that has left this level the memory is not in sight any more.
        if memory and step.memory[0] != "load" and current_level() == level:
            memory["written"] = [hexadecimal(read_memory(*place)) for place in places]
        if outcome:
            row["outcome"] = outcome

        row["words"] = "%08x" % step.words
        row["text"] = re.sub(r"\s+", " ", step.text.split("//")[0]).strip()
        row["sentence"] = step.sentence
        row["reads"] = [(name, hexadecimal(number)) for name, number in reads]
        row["writes"] = [(name, hexadecimal(had[name]), hexadecimal(value_of(name, after)))
                         for name in written]
        if memory:
            row["memory"] = memory
        row["registers"] = {name: hexadecimal(number) for name, number in after.items()
                            if number != before.get(name)}
        row["frame"] = {}
        for n, (_, address) in enumerate(self.slots):
            stored = (step.memory and step.memory[0] != "load" and step.executed and
                      step.memory[1] <= address < step.memory[1] + step.memory[2])
            if frame[n] != self.frame[n] or stored:
                row["frame"][n] = hexadecimal(frame[n])
        loaded = [n for n, (_, address) in enumerate(self.slots)
                  if step.memory and step.memory[0] == "load" and step.executed and
                  step.memory[1] <= address < step.memory[1] + step.memory[2]]
        if loaded:
            row["loaded"] = loaded
        row["owner"] = self.owners(row, step)
        for name in row["registers"]:
            self.in_words(name, after[name])
        self.rows.append(row)
        self.state, self.frame = after, frame

    def owners(self, row, step):
        """Whose the general registers are that the row has written: the guest's, if they were
        loaded from their slots in the frame."""
        from_frame = set()
        if step.memory and step.memory[0] == "load":
            names = {address: name for name, address in self.slots}
            _, address, size, registers = step.memory
            each = size // len(registers)
            from_frame = {name for n, name in enumerate(registers)
                          if names.get(address + n * each) == "x[%s]" % name[1:]}
        owner = {}
        for name, _, _ in row["writes"]:
            if re.fullmatch(r"[xw]\d+", name):
                owner["x" + name[1:]] = "guest" if name in from_frame else "host"
        return owner

    def over(self, name, back):
        """A call is run to its end: what it was, how many instructions, what it has printed."""
        begin = counted()
        at = len(context.uart_text(0))
        stack = register("sp")
        run_to(back, "$sp == 0x%x" % stack)
        end = counted()
        printed = context.uart_text(at).decode("ascii", "replace").replace("\r", "")
        return {"name": name, "printed": printed,
                "count": end - begin if begin is not None and end is not None else None}

    def make(self):
        """From the guest's instruction to its next one."""
        elsewhere = value("(unsigned long) &vcpu_unbind")
        first = self.first_state()
        begin = counted()
        while True:
            self.step()
            pc = register("pc")
            if pc == elsewhere:
                raise NotThisOne()
            if current_level() < 2:
                break
            if len(self.rows) >= MOST:
                raise gdb.GdbError(
                    "More than %d instructions, and not back in the guest: it is in %s. "
                    "Film another exit (FILM_SKIP), or run over a call (FILM_OVER)." %
                    (MOST, symbol(pc) or "0x%x" % pc))
        end = counted()
        # Where the guest goes on: shown, but not executed.
        step = narrate.narrate(register("pc"))
        row = self.row(register("pc"))
        row.update({"words": "%08x" % step.words, "last": True,
                    "text": re.sub(r"\s+", " ", step.text.split("//")[0]).strip(),
                    "sentence": step.sentence, "writes": [], "registers": {}, "frame": {},
                    "reads": [(name, hexadecimal(value_of(name, self.state)))
                              for name in step.reads if name != "pc"]})
        self.rows.append(row)
        return first, end - begin if begin is not None and end is not None else None


# ---- The page -----------------------------------------------------------------------------------

def write_page(path, film, first, count, guest):
    image = os.path.basename(gdb.current_progspace().filename or "")
    esr = next((int(row["registers"]["ESR_EL2"], 16) for row in film.rows
                if "ESR_EL2" in row["registers"]), int(first["registers"]["ESR_EL2"], 16))
    data = {"image": image, "guest": os.path.basename(guest or ""), "exit": esr_words(esr),
            "executed": len(film.rows) - 1, "counted": count, "first": first,
            "slots": [name for name, _ in film.slots], "system": SYSTEM,
            "words": film.words, "rows": film.rows}
    # A "</script>" in a source line would end the script; "<!--" would begin something else.
    text = json.dumps(data, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, "\\u%04x" % ord(character))
    with open(TEMPLATE, encoding="utf-8") as template:
        page = template.read()
    if page.count(DATA) != 1:
        raise gdb.GdbError("%s has no single place for the film." % os.path.basename(TEMPLATE))
    page = page.replace("{{title}}", html.escape(image))
    try:
        with open(path, "w", encoding="utf-8") as out:
            out.write(page.replace(DATA, text))
    except OSError as error:
        raise gdb.GdbError("%s cannot be written: %s." % (path, error.strerror))


class FilmCommand(HvCommand):
    """The next world switch, instruction by instruction, as a page for a browser ("make film").

    el2labs-film [--exit hvc|mmio] [--skip N] [--over FUNCTION]... [FILE]

From the guest's next HVC (or its next access to a device that has trapped before) to its next
instruction, each instruction is stepped, and FILE (film.html) shows what it reads and writes. An
HVC that ends the guest's turn is passed by. --skip N: not the first that there is, but the one
after N of them. --over: a function that is run to its end, without a row for each of its
instructions; printf always is. No interrupt is taken while filming. It takes some seconds."""
    prefix, name = "el2labs-", "film"
    takes_argument = True

    def show(self, argument):
        path, exit_kind, skip, run_over = "film.html", "hvc", 0, list(RUN_OVER)
        words = gdb.string_to_argv(argument)
        while words:
            word = words.pop(0)
            if word in ("--exit", "--skip", "--over") and not words:
                raise gdb.GdbError("%s needs a value: \"help el2labs-film\"." % word)
            if word == "--exit":
                exit_kind = words.pop(0)
            elif word == "--skip":
                number = words.pop(0)
                if not re.fullmatch(r"\d{1,6}", number):
                    raise gdb.GdbError("FILM_SKIP (--skip) is a number, not \"%s\"." % number)
                skip = int(number)
            elif word == "--over":
                run_over.append(words.pop(0))
                if value("(unsigned long) &'%s'" % run_over[-1]) is None:
                    raise gdb.GdbError("FILM_OVER (--over): the image has no function \"%s\"." % run_over[-1])
            elif word.startswith("-"):
                raise gdb.GdbError("There is no %s: \"help el2labs-film\"." % word)
            else:
                path = word
        to_next = {"hvc": to_next_hvc, "mmio": to_next_access}.get(exit_kind)
        if not to_next:
            raise gdb.GdbError("FILM_EXIT (--exit) is hvc or mmio, not \"%s\"." % exit_kind)
        vector()
        if len(gdb.selected_inferior().threads()) > 1:
            raise gdb.GdbError("A film is of one CPU: start with SMP=1.")
        with no_interrupts():
            while True:
                guest = to_next()
                film = Film(run_over)
                try:
                    first, count = film.make()
                except NotThisOne:
                    continue
                if not skip:
                    break
                skip -= 1
        write_page(path, film, first, count, guest)
        over = sum(1 for row in film.rows if "over" in row)
        gdb.write("%s: %d instructions from %s of %s to the next%s\n" % (
            path, len(film.rows) - 1, film.rows[0]["text"], film.rows[0]["function"],
            ", %d call%s run over" % (over, "s" if over > 1 else "") if over else ""))
        run.show_stop()


def start():
    FilmCommand()
