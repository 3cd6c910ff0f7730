# SPDX-License-Identifier: MIT
#
# endless.gdb - a recorded run that hangs: there is a way into its loop, and who wrote which words.

python
import re
import gdb
from hv import replay

def reg(name):
    return int(gdb.newest_frame().read_register(name)) & 0xffffffffffffffff

def number(expression):
    return int(gdb.parse_and_eval(expression)) & 0xffffffffffffffff

def aid(command):
    """An aid's output, its error in one line too."""
    try:
        return gdb.execute(command, to_string=True)
    except gdb.error as error:
        return "error: %s\n" % error

def writer(what):
    """The instruction that hv who-wrote finds, without its address; and back again."""
    here = replay.instruction_count(), reg("pc")
    said = aid("hv who-wrote " + what).splitlines()
    text = re.sub(r".*:\s+|\t", " ", said[-2] if said[-1].startswith("It wrote") else said[-1]).strip()
    replay.return_to(*here)
    return text
end

# test: the recording has the endless loop: to the turn that is asked for
# handout: lab1-el2-entry/README.md, "A GDB session"
python
gdb.execute("tbreak main", to_string=True)
gdb.execute("continue", to_string=True)
start = replay.instruction_count()
gdb.execute("watch turns if turns == 20", to_string=True)
gdb.execute("continue", to_string=True)
print("recorded: %s" % (replay.recording().end > 1000000))
print("turn %d" % number("turns"))
gdb.execute("delete")
end
#> ...
#> recorded: True
#> turn 20

# test: the last store to each byte, as it was noted
# handout: lab1-el2-entry/README.md, "A GDB session"
python
index = replay.index()
now = index.number(replay.instruction_count(), reg("pc"))
for what in ("turns", "words[0]", "words[1]", "words[2]", "*(char *) &words[2]", "*((char *) &words[2] + 6)",
             "*((char *) &words[2] + 7)", "words[3]", "words[15]", "words[23]", "*(char *) &words[23]"):
    found = gdb.parse_and_eval(what)
    n = index.last_store(now, int(found.address), found.type.sizeof)
    text = gdb.selected_inferior().architecture().disassemble(index.at(n)[0])[0]["asm"]
    print("%s: %s" % (what, text.replace("\t", " ")))
end
#> turns: str x<*>, [x<*>
#> words[0]: stp x9, x9, [x<*>]
#> words[1]: stp x9, x9, [x<*>]
#> words[2]: strb w9, [x<*>, #23]
#> *(char *) &words[2]: str x9, [x<*>, #16]
#> *((char *) &words[2] + 6): str x9, [x<*>, #16]
#> *((char *) &words[2] + 7): strb w9, [x<*>, #23]
#> words[3]: stxr w12, x9, [x10]
#> words[15]: stp xzr, xzr, [x<*>], #16
#> words[23]: str x9, [x<*>, #184]
#> *(char *) &words[23]: str x9, [x<*>, #184]

# test: who wrote: to between a load exclusive and its store, where GDB does not step; DC ZVA, which is a block's
# handout: lab1-el2-entry/README.md, "A GDB session"
python
for what in ("words[3]", "words[22]", "words[23]"):
    print("%s: %s" % (what, writer(what)))
print("where it is, still: %d" % number("turns"))
end
#> words[3]: stxr w12, x9, [x10]
#> words[22]: dc zva, x10
#> words[23]: str x9, [x<*>, #184]
#> where it is, still: 20

# test: before they were written; and behind what was noted of such a long run
# handout: lab1-el2-entry/README.md, "A GDB session"
python
replay.go(start)
replay.forget()
print(writer("words[0]"), writer("*(long *) 0x7f000000"), writer("$ESR_EL2"), sep="\n")
print("notes: %d" % len(index.executed))
index.executed = index.executed[:start]
print(aid("hv who-wrote turns"), end="")
replay.State.index = replay.Index("", replay.recording())
print(aid("hv who-wrote turns"), end="")
end
#> stp xzr, xzr, [x<*>], #16
#> Nothing in the recording wrote *(long *) 0x7f000000 before this.
#> Nothing in the recording wrote $ESR_EL2 before this.
#> notes: 10000000
#> error: What is noted of the run ends before this place: with instruction <*>.
#> error: The recording does not have what was executed<*>
