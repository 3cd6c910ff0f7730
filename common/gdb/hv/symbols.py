# SPDX-License-Identifier: MIT
"""The guests' symbols, loaded beside the hypervisor's; and a backtrace through both."""

import glob
import os
import struct

import gdb

from hv.machine import (HvCommand, Internal, Session, current_level, has_type, pointer, quietly, register,
                        symbol, this_vcpu)
from hv.walk import (FEATURES, STAGE2, PhysicalMemory, find_guest, guest_registers, physical,
                     read_guest, read_live, stage2_walk)

ROOT = 2 ** 48 - 2              # the address in VTTBR_EL2
FRAMES_MOST = 64


# ---- ELF files -----------------------------------------------------------------------------------

class Elf:
    """What is needed of a 64-bit, little-endian ELF file: segments and symbols."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as elf:
            self.data = elf.read()
        if self.data[:6] != b"\x7fELF\x02\x01" or len(self.data) < 64:
            raise gdb.GdbError("%s is no 64-bit ELF file." % path)
        try:
            (self.type, machine, version, self.entry, phoff, shoff, flags, size, phentsize, phnum,
             shentsize, shnum, names) = struct.unpack_from("<HHIQQQIHHHHHH", self.data, 16)
            if machine != 183:
                raise gdb.GdbError("%s is not for AArch64." % path)
            self.segments = []      # the loaded ones: (flags, offset, address, size in the file)
            for n in range(phnum):
                kind, flags, offset, address, _, size, _, _ = struct.unpack_from(
                    "<IIQQQQQQ", self.data, phoff + n * phentsize)
                if kind == 1 and size:
                    self.segments.append((flags, offset, address, size))
            self.sections = [struct.unpack_from("<IIQQQQIIQQ", self.data, shoff + n * shentsize)
                             for n in range(shnum)]
        except struct.error:
            raise gdb.GdbError("%s is cut off: build it again." % path)

    def text(self):
        """The first segment that is executable: (address, bytes)."""
        for flags, offset, address, size in self.segments:
            if flags & 1:
                return address, self.data[offset:offset + size]
        return None

    def symbol(self, name):
        """The value of a symbol, or None."""
        wanted = name.encode()
        for _, kind, _, _, offset, size, link, _, _, entry in self.sections:
            if kind != 2 or entry != 24:            # SHT_SYMTAB
                continue
            start, length = self.sections[link][4], self.sections[link][5]
            strings = self.data[start:start + length]
            places, at = set(), strings.find(b"\0" + wanted + b"\0")
            while at >= 0:
                places.add(at + 1)
                at = strings.find(b"\0" + wanted + b"\0", at + 1)
            table = self.data[offset:offset + size // 24 * 24]
            for place, _, _, section, value, _ in struct.iter_unpack("<IBBHQQ", table):
                if place in places and section:
                    return value
        return None


# ---- Which program the guest runs ----------------------------------------------------------------

class Guest:
    """What is loaded of the guests' symbols."""
    root = None             # the stage 2 of the VM that was looked at last
    programs = {}           # by stage 2: the ELF file of the VM's program, or None
    elves = None            # those beside the image
    loaded = None           # the file whose symbols are loaded
    kernel = None           # a vmlinux: an Elf, waiting for the guest to say where it is
    kernel_offset = None    # or loaded, with this offset


def elves():
    """The guests' ELF files, beside the image."""
    if Guest.elves is None:
        image = gdb.current_progspace().filename
        Guest.elves = []
        for path in sorted(glob.glob(os.path.join(os.path.dirname(image or ""), "*.guest"))):
            try:
                elf = Elf(path)
                if elf.text():
                    Guest.elves.append(elf)
            except (OSError, gdb.GdbError):
                continue
    return Guest.elves


def program_of(registers):
    """The ELF file whose text is in the guest's memory, at the IPAs where it is linked; or None."""
    with PhysicalMemory():
        for elf in elves():
            address, text = elf.text()
            done = 0
            while done < len(text):
                walk = stage2_walk(registers, address + done)
                if walk is None or walk.fault:
                    break
                part = min(len(text) - done, 4096 - (address + done) % 4096)
                if physical(walk.output, part) != text[done:done + part]:
                    break
                done += part
            if done >= len(text):
                return elf.path
    return None


def remove(path):
    try:
        gdb.execute("remove-symbol-file %s" % path, to_string=True)
    except gdb.error:
        pass                # by hand, perhaps


def load_guest(registers=None):
    """The symbols of the program that the VM on this CPU runs, in place of another VM's. Called at
    each stop: it looks at one register only, as long as the VM is the same. registers: those of
    another VM."""
    if Guest.kernel is not None:
        find_kernel()
    vttbr = registers["VTTBR_EL2"] if registers else register("VTTBR_EL2")
    if not vttbr or vttbr & ROOT == Guest.root:
        return
    # An empty stage 2, and before there is any guest: what is loaded stays.
    if registers is None and not register("HCR_EL2") & 1:
        return
    Guest.root = vttbr & ROOT
    if Guest.root not in Guest.programs:
        Guest.programs[Guest.root] = program_of(registers or read_live(STAGE2 + FEATURES))
    path = Guest.programs[Guest.root]
    if path is None:
        return
    if path == Guest.loaded:
        return
    if Guest.loaded:
        remove(Guest.loaded)
        Guest.loaded = None
    if not any(objfile.filename == os.path.realpath(path) for objfile in gdb.objfiles()):
        gdb.execute("add-symbol-file %s" % path, to_string=True)
        Guest.loaded = path


# ---- A kernel ------------------------------------------------------------------------------------

def find_kernel():
    """A Linux kernel is somewhere else at each boot (KASLR): its vectors are where VBAR_EL1 says,
    once its MMU is on."""
    elf = Guest.kernel
    linked = elf.symbol("vectors")
    level = current_level()
    if level is None or (level >= 2 and this_vcpu() is None):
        return
    vbar, control = register("VBAR"), register("SCTLR")
    if linked is None or not vbar or not control & 1 or not vbar >> 63 or (vbar - linked) & 0xfff:
        return
    load_kernel(elf, (vbar - linked) & 2 ** 64 - 1)


def load_kernel(elf, offset):
    gdb.execute("add-symbol-file %s -o 0x%x" % (elf.path, offset), to_string=True)
    Guest.kernel, Guest.kernel_offset = None, offset
    gdb.write("-- Symbols of %s, %s\n" % (os.path.basename(elf.path), offset_words(offset)))


def offset_words(offset):
    if offset >> 63:
        return "0x%x below where it is linked" % (2 ** 64 - offset)
    return "0x%x above where it is linked" % offset if offset else "where it is linked"


class HvSymbols(HvCommand):
    """Whose symbols are loaded: the hypervisor's, the guest program's, a kernel's.

hv symbols               what is loaded, and of what
hv symbols FILE          a guest's program or kernel (vmlinux) as well. A kernel is moved to where
                         the guest has put it: VBAR_EL1 is the kernel's "vectors"
hv symbols FILE OFFSET   moved by this many bytes: 0, or another number

The symbols of a program that an image holds (*.guest beside it) come by themselves when a vCPU is
on the CPU, and those of another VM's program in their place. Which one it is, the bytes in the
guest's memory say. EL2LABS_VMLINUX names a kernel: it is loaded when the guest has its MMU on."""
    name = "symbols"
    takes_argument = True
    needs_machine = False

    def show(self, argument):
        if argument:
            self.load(argument)
            return
        if register("cpsr") is not None:
            Guest.root, Guest.programs, Guest.elves = None, {}, None      # look again
            load_guest()
        for objfile in gdb.objfiles():
            if objfile.filename is None or objfile.filename.startswith("system-supplied"):
                continue
            name = os.path.basename(objfile.filename)
            if objfile.filename == gdb.current_progspace().filename:
                what = "the hypervisor"
            elif Guest.loaded and objfile.filename == os.path.realpath(Guest.loaded):
                what = "the guest's program"
            else:
                what = "loaded by hand"
            gdb.write("%-24s %s%s\n" % (name, what, "" if self.has_lines(objfile) else
                                        " (no debug information: functions have names, no lines)"))
        if Guest.kernel is not None:
            gdb.write("%-24s waits for a guest whose MMU is on\n" %
                      os.path.basename(Guest.kernel.path))

    @staticmethod
    def has_lines(objfile):
        try:
            sections = Elf(objfile.filename)
            names = sections.data
            return b".debug_info\0" in names or b".debug_line\0" in names
        except (OSError, gdb.GdbError):
            return False

    @staticmethod
    def load(argument):
        try:
            words = gdb.string_to_argv(argument)
        except gdb.error as error:
            raise gdb.GdbError("hv symbols FILE OFFSET: %s" % error)
        if len(words) > 2:
            raise gdb.GdbError("hv symbols FILE OFFSET: what is \"%s\"?" % words[2])
        path = os.path.expanduser(words[0])
        try:
            elf = Elf(path)
        except OSError as error:
            raise gdb.GdbError("%s: %s" % (path, error.strerror))
        if len(words) == 2:
            try:
                offset = int(gdb.parse_and_eval(words[1])) & 2 ** 64 - 1
            except gdb.error:
                raise gdb.GdbError("\"%s\" is no offset: give a number of bytes." % words[1])
            load_kernel(elf, offset)
        elif elf.symbol("vectors") is None or elf.symbol("_text") is None:
            gdb.execute("add-symbol-file %s" % path, to_string=True)
            gdb.write("-- Symbols of %s, where it is linked\n" % os.path.basename(path))
        else:
            Guest.kernel = elf
            find_kernel()
            if Guest.kernel is not None:
                gdb.write("-- %s waits for a guest whose MMU is on; \"hv symbols FILE OFFSET\" "
                          "does not.\n" % os.path.basename(path))


# ---- Backtrace -----------------------------------------------------------------------------------

def function_at(pc):
    """The functions at an address, inlined ones first, with the line of the innermost."""
    name = None
    try:
        block = gdb.block_for_pc(pc)
    except RuntimeError:
        block = None
    names = []
    while block:
        if block.function:
            names.append(block.function.print_name)
            # Beyond the function itself there are the file's blocks only.
            if block.superblock and block.superblock.is_static:
                break
        if block.is_static or block.is_global:
            break
        block = block.superblock
    line = gdb.find_pc_line(pc)
    where = "%s:%d" % (os.path.basename(line.symtab.filename), line.line) if line.symtab else ""
    if not names:
        name = symbol(pc)
        names = [name.split("+")[0] if name else "??"]
    return names, where


def start_of(pc):
    """Where the function at an address begins, or None."""
    try:
        block = gdb.block_for_pc(pc)
    except RuntimeError:
        block = None
    while block and not (block.function and block.superblock and block.superblock.is_static):
        block = block.superblock
    if block:
        return block.start
    text = symbol(pc)
    return pc - int(text.split("+0x")[1], 16) if "+0x" in text else (pc if text else None)


def has_frame(pc, read):
    """Whether the function at pc has made its frame record: "mov x29, sp" is behind it, and no
    "ldp x29, x30" is just before pc."""
    start = start_of(pc)
    if start is None or pc - start > 1 << 16:
        return True
    code = read(start, pc - start) or b""
    words = [word for (word,) in struct.iter_unpack("<I", code[:len(code) & ~3])]
    made = any(word & 0xffc003ff == 0x910003fd for word in words)
    # ldp x29, x30, [sp], #n; or [sp, #n], and the sp afterwards
    return made and not any(word & 0xfe407fff == 0xa8407bfd for word in words[-2:])


def strip(address):
    """A return address without its pointer authentication code."""
    return address | 0xffff << 48 if address >> 55 & 1 else address & (1 << 48) - 1


def follow(chain, fp, read):
    """The return addresses of the frame records from fp on (AAPCS64), behind those that are there.
    Of each frame: where it goes on, and an address within the call."""
    seen = set()
    while fp and not fp % 8 and fp not in seen and len(chain) < FRAMES_MOST:
        seen.add(fp)
        record = read(fp, 16)
        if record is None:
            break
        fp, lr = struct.unpack("<QQ", record)
        if not lr:
            break
        chain.append((strip(lr), strip(lr) - 4))
    return chain


def frames(pc, fp, lr, read):
    """A call chain from a function that may not have made its frame record, or not have one."""
    chain = [(pc, pc)]
    if not has_frame(pc, read) and read(strip(lr) & ~3, 4):
        chain.append((strip(lr), strip(lr) - 4))
    return follow(chain, fp, read)


def show_frames(chain, first=0):
    number = first
    for pc, lookup in chain:
        names, where = function_at(lookup)
        for n, name in enumerate(names):
            at = "" if n < len(names) - 1 else "0x%016x in " % pc
            line = " at " + where if where and n == 0 else ""
            gdb.write("#%-3d%s%s ()%s\n" % (number, at, name, line))
            number += 1
    return number


def read_hypervisor(address, size):
    try:
        with PhysicalMemory():
            return physical(address, size)
    except gdb.error:
        return None


class HvBt(HvCommand):
    """A backtrace of both worlds.

hv bt          at EL2: the hypervisor's frames ("bt"), then the guest's, from the instruction at
               which it stopped. In a guest: its frames, then those of the hypervisor that runs it
hv bt GUEST    the frames of another guest, whose vCPU is not bound: an expression for a struct
               vcpu, or what has one

The guest's are found by its frame records (x29), read through its own translation tables: functions
and lines, without arguments."""
    name = "bt"
    takes_argument = True

    def show(self, argument):
        level = current_level()
        if argument:
            self.guest(argument)
            return
        if level == 3:
            raise gdb.GdbError("The CPU is in firmware (EL3): only \"bt\" here.")
        leaving = level == 2 and this_vcpu() is not None and is_leaving()
        if level < 2 and register("cpsr") & 16:
            gdb.write("   AArch32, at 0x%x: its frames are not followed\n" % register("pc"))
        elif level < 2 and not symbol(register("pc")) and register("TCR_EL1") is not None:
            # A guest without symbols: GDB would guess, we follow its frame records.
            registers = guest_registers()[0]
            show_frames(frames(register("pc"), register("x29"), register("x30"),
                               lambda at, size: read_guest(at, size, registers)))
        else:
            gdb.execute("bt %d" % (1 if leaving else FRAMES_MOST))
        if level == 2:
            if this_vcpu() is None:
                gdb.write("-- %s\n" % (
                    "no vCPU is on this CPU" if has_type("struct percpu") or has_type("struct el2_frame")
                    else "no debug information: whether a vCPU is on this CPU is not known"))
                return
            self.guest("")
        else:
            self.hypervisor()

    @staticmethod
    def guest(argument):
        """From the registers as the exit has saved them, or, half way through it, from the CPU."""
        registers, where = guest_registers(argument)
        load_guest(registers)
        with PhysicalMemory():
            if argument:
                vcpu, stage2 = find_guest(argument)
                if vcpu is None:
                    raise gdb.GdbError("\"%s\" is a VM: give one of its vCPUs." % argument)
            else:
                vcpu = pointer(this_vcpu(), "struct vcpu").dereference()
            frame = vcpu["frame"]
            pc, fp, lr = int(frame["elr"]), int(frame["x"][29]), int(frame["x"][30])
            number, leaving = int(vcpu["id"]), int(vcpu["in_guest"]) != 0
            spsr = int(frame["spsr"])
        if not argument and leaving and is_leaving():
            pc, fp, lr = register("ELR_EL2"), register("x29"), register("x30")
            spsr = register("SPSR_EL2")
        gdb.write("-- the guest, vCPU %d%s:\n" % (number, ", " + where if where else ""))
        if spsr & 16:
            gdb.write("   AArch32, at 0x%x: its frames are not followed\n" % pc)
            return
        if registers.get("TCR_EL1") is None:
            gdb.write("   at 0x%x\n" % pc)
            return
        show_frames(frames(pc, fp, lr, lambda at, size: read_guest(at, size, registers)))

    @staticmethod
    def hypervisor():
        """While a guest executes, SP_EL2 points at the record of vcpu_run()'s caller."""
        stack = register("SP_EL2")
        record = read_hypervisor(stack, 16) if stack and this_vcpu() is not None else None
        if record is None:
            gdb.write("-- the hypervisor's frames are not known here\n")
            return
        gdb.write("-- the hypervisor:\n")
        fp, lr = struct.unpack("<QQ", record)
        entry = int(gdb.parse_and_eval("(unsigned long) &vcpu_run"))
        show_frames(follow([(entry, entry), (lr, lr - 4)], fp, read_hypervisor))


def is_leaving():
    """On the way out of a guest: x29 and x30 are its own until the hypervisor's are loaded."""
    return symbol(register("pc")).startswith(("vcpu_vectors", "guest_exit_", "vcpu_saved_"))


@quietly
def at_stop():
    """Not where "finish" stops, which may be in another guest: it is still to print the value, for which
    GDB has the function's symbol in hand, and it crashes if that is gone."""
    if Session.command == "finish":
        Session.command = None          # others come without a word: reverse-stepi
    elif not Session.powered_off:
        load_guest()


@quietly
def after_finish():
    before = Guest.loaded
    if not Session.powered_off:
        load_guest()
    if Guest.loaded != before:
        gdb.execute("frame")


def start():
    HvSymbols()
    HvBt()
    # Before the stop is shown: what is said of it is to have the guest's names.
    Session.before_stops.append(at_stop)
    Internal("after-finish", after_finish)
    gdb.execute("define hookpost-finish\nel2labs-after-finish\nend")
    kernel = os.environ.get("EL2LABS_VMLINUX")
    if kernel:
        try:
            HvSymbols.load('"%s"' % kernel)
        except gdb.GdbError as error:
            gdb.write("-- VMLINUX: %s\n" % error)
