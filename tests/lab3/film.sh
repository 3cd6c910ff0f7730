#!/bin/sh
# SPDX-License-Identifier: MIT
#
# film.sh: the page of "make film" for lab 3: its rows against what GDB says of the same run, and in a browser
# (headless Chromium) its keys, search, panels and address.

[ "${QEMU-unset}" != '' ] || { echo "1..0 # SKIP configured without QEMU"; exit 0; }
gdb=${GDB:-$(command -v gdb-multiarch || command -v gdb)}
[ -n "$gdb" ] || { echo "1..0 # SKIP there is no GDB"; exit 0; }

top=$(cd "$top_srcdir" && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/lab3-film.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$top_builddir/lab3-vcpu-context" || exit 1

# The film is of a recorded run, which not every QEMU can.
why=$(sh "$top/build-aux/run-qemu" --record "$dir/probe" lab3.elf 2>&1 >/dev/null)
if [ $? -eq 4 ]; then
	echo "1..0 # SKIP $why"
	exit 0
fi

# What "make film" does, and then the questions, in the same GDB.
cat >"$dir/questions.py" <<'END'
import json, os, re
import gdb

number = 0
def test(good, what, *said):
    global number
    number += 1
    print("%sok %d - %s" % ("" if good else "not ", number, what))
    for line in said if not good else ():
        print("# %s" % (line,))

def value(expression):
    return int(gdb.parse_and_eval(expression)) & (2 ** 64 - 1)

page = open(os.environ["FILM"], encoding="utf-8").read()
found = re.findall(r'<script type="application/json" id="film">([^<]*)</script>', page)
test(len(found) == 1 and "{{" not in page, "the page has one film, in which nothing can end the script")
film = json.loads(found[0])
rows = film["rows"]
hvc, vector, last = rows[0], rows[1], rows[-1]
test(hvc["el"] == 1 and hvc["text"].startswith("hvc") and hvc["function"] == "demo_guest",
     "the first row is the guest's HVC, at EL1", hvc)
test(vector["el"] == 2 and int(vector["pc"], 16) == value("(unsigned long) &vcpu_vectors") + 0x400,
     "the second is the vector, at EL2", vector)
test(last["el"] == 1 and int(last["pc"], 16) == int(hvc["pc"], 16) + 4 == value("$pc"),
     "the last is the guest's next instruction, and there the machine stands", last)
test(all(row["el"] == 2 for row in rows[1:-1]), "all between are at EL2")

# Recorded by QEMU, which counts for itself; a call that was run over is counted by the difference.
over = [row["over"] for row in rows if "over" in row]
test(film["executed"] == len(rows) - 1, "rows are the instructions, and the last one is not executed")
test(film["counted"] == len(rows) - 1 + sum(one["count"] for one in over),
     "as many as QEMU has counted", film["counted"], len(rows), over)
test([one["name"] for one in over] == ["printf"] and over[0]["printed"].count("turn 1: ") == 1,
     "printf is run over, and what it printed is there", over)

# Two world switches have no way around these: as many loads and stores as registers.
def mnemonics(function):
    return [row["text"].split()[0] for row in rows if row["function"] == function]
exit_, entry = mnemonics("guest_exit_sync"), mnemonics("vcpu_run")
test(exit_.count("mrs") == 4 and exit_[-1] == "ret" and entry[-1] == "eret",
     "out by guest_exit_sync, with four MRS; in by vcpu_run, with an ERET at the end", exit_, entry)

# The frame, as it became, is the vCPU's.
frame = list(film["first"]["frame"])
stored = set()
for row in rows:
    for slot, now in row["frame"].items():
        frame[int(slot)] = now
        stored.add(film["slots"][int(slot)])
vcpu = "((struct percpu *) $TPIDR_EL2)->above"
gdb.execute("maint packet Qqemu.PhyMemMode:1", to_string=True)
vcpu = "((struct vcpu *) %d)" % value(vcpu)
wrong = []
for name, now in zip(film["slots"], frame):
    there = value("%s->%s%s" % (vcpu, "" if name == "in_guest" else "frame.", name))
    if there != int(now, 16):
        wrong.append((name, now, hex(there)))
gdb.execute("maint packet Qqemu.PhyMemMode:0", to_string=True)
test(not wrong, "each slot of the frame ends as the vCPU's frame in memory", *wrong)
every = set(film["slots"]) - {"x[31]"}
test(stored == every, "all slots were stored but x[31], XZR's", sorted(stored ^ every))

# The guest's registers at the end: the machine's; and none that the film did not see change.
registers = dict(film["first"]["registers"])
before = dict(registers)
for row in rows:
    registers.update(row["registers"])
wrong = [(name, now, value("$" + name)) for name, now in registers.items()
         if now is not None and not name.startswith("SP_EL") and int(now, 16) != value("$" + name)]
test(not wrong, "the registers after the last change are the machine's", *wrong)
wrong = [name for name in ["x%d" % n for n in range(31)] + ["sp"] if registers[name] != before[name]]
test(not wrong, "the guest has its general registers back", *wrong)
wrong = [(n + 1, name) for n, row in enumerate(rows) for name, _, now in row["writes"]
         if name in row["registers"] and row["registers"][name] != now]
test(not wrong, "what a row writes is what the machine has after it", *wrong)
missed = [(n + 1, name) for n, row in enumerate(rows) for name in row["registers"]
          if name != "cpsr" and name not in [one[0].replace("w", "x", 1) for one in row["writes"]]]
test(not missed, "no register changes in a row that does not write it", *missed)

# The source lines are there, in the files that are named.
wrong = []
for row in rows:
    name, line, text = row["source"] or ("", 0, "")
    path = os.path.join(os.environ["TOP"], name)
    lines = open(path).read().splitlines() if name and os.path.exists(path) else []
    if not 0 < line <= len(lines) or " ".join(lines[line - 1].split()) != text or not text:
        wrong.append((row["symbol"], row["source"]))
test(not wrong, "each row has a source line, and it is in its file", *wrong)
stores = [row["source"][2] for row in rows if row["function"] == "guest_exit_sync" and row["frame"]]
test(all(text.startswith(("stp", "str")) for text in stores) and len(stores) == 18,
     "an instruction of the macro guest_exit has the macro's line", *stores)
test(not re.search(r"(src|href)=.https?:|@import|/tmp/|/home/|/root/", page) and len(page) < 1000000,
     "no network, no path of this machine, less than a megabyte", len(page))

# What is asked for and is not there: a line each.
for argument, line in (
        ("--skip abc", 'FILM_SKIP (--skip) is a number, not "abc".'),
        ("--exit irq", 'FILM_EXIT (--exit) is hvc or mmio, not "irq".'),
        ("--over nosuch", 'FILM_OVER (--over): the image has no function "nosuch".'),
        ("--skip", '--skip needs a value: "help el2labs-film".')):
    try:
        said = gdb.execute("el2labs-film " + argument, to_string=True)
    except gdb.error as error:
        said = str(error)
    test(said == line, "film %s: a line" % argument, said)
print("total %d" % number)
END

flags="${QEMUFLAGS:+$QEMUFLAGS }-icount shift=0,rr=record,rrfile=/dev/null"
: >"$dir/uart"
FILM=$dir/film.html TOP=$top EL2LABS_UART=$dir/uart "$gdb" -nx -q -batch -x "$top/common/gdb/el2labs.py" \
	-ex "target remote | QEMUFLAGS='$flags' sh $top/build-aux/run-qemu --timeout 30 --gdb stdio --uart $dir/uart lab3.elf" \
	-ex "el2labs-film $dir/film.html" -ex "python exec(open('$dir/questions.py').read())" lab3.elf >"$dir/gdb" 2>&1 </dev/null
sed -n '/^ok\|^not ok\|^# /p' "$dir/gdb"
total=$(sed -n 's/^total //p' "$dir/gdb")
if [ -z "$total" ]; then
	echo "not ok 1 - the film is made, and its questions are answered"
	tail -n 12 "$dir/gdb" | sed 's/^/# gdb: /'
	echo "# reproduce: make -C lab3-vcpu-context film"
	echo "1..1"
	exit 1
fi
failed=0
! grep -q '^not ok' "$dir/gdb" || failed=1

# ---------------------------------------------------------------- in a browser

browser=''
for name in ${CHROMIUM:-chromium chromium-browser google-chrome}; do
	command -v "$name" >/dev/null && browser=$name && break
done
if [ -z "$browser" ]; then
	echo "ok $((total + 1)) - in a browser # SKIP there is no chromium"
	echo "1..$((total + 1))"
	exit $failed
fi

# The page with this at its end: what it finds out is an element's text, in TAP.
cat >"$dir/hook.js" <<'END'
<script>
(function () {
	const out = [], film = JSON.parse(document.getElementById("film").textContent), last = film.rows.length;
	const test = (good, what, ...said) => { out.push((good ? "ok" : "not ok") + " - " + what); if (!good) out.push("# " + said.join(" | ")); };
	const $ = (selector) => document.querySelector(selector);
	const at = () => { const all = document.querySelectorAll("#rows [aria-selected=true]");
			   return all.length === 1 ? Number(all[0].dataset.row) : -all.length; };
	const press = (key, target = document.body, more = {}) => target.dispatchEvent(new KeyboardEvent("keydown",
			Object.assign({ key, bubbles: true, cancelable: true }, more)));
	const keys = (...list) => { list.forEach((key) => press(key)); return at(); };
	const find = (text) => { $("#search").value = text; $("#search").dispatchEvent(new Event("input")); return at(); };
	const slot = (name) => $('#bank [data-slot="' + name + '"]');
	const rowOf = (test) => film.rows.findIndex(test) + 1;
	const go = (row) => { $("#line-" + row).click(); return at(); };

	try {
		const start = Number(location.hash.slice(5));
		test(start === 37 && at() === 37, "#row=37 opens at row 37", at());
		test(document.querySelectorAll("#rows tr.row").length === last, "a row for each instruction");
		test(keys("ArrowDown") === 38 && keys("j") === 39 && keys("ArrowUp") === 38 && keys("k") === 37, "arrows, j and k: a row", at());
		test(keys("PageDown") === 47 && keys("PageUp") === 37, "PgDn and PgUp: ten rows", at());
		test(keys("End") === last && keys("ArrowDown") === last, "End: the last row, and not beyond", at());
		test(keys("Home") === 1 && keys("k") === 1, "Home: the first row, and not before", at());
		test(keys("]") === 2 && keys("]") === 3 && keys("[") === 2, "brackets: the next function, and the one before", at());
		test(press("j", document.body, { ctrlKey: true }) && at() === 2, "the browser's own keys are left alone");

		/* The frame: dim, lit when it is stored, and not undone later. */
		const stored = rowOf((row) => row.frame[film.slots.indexOf("x[15]")]);
		go(stored - 1);
		test(slot("x[15]").dataset.state === "old" && slot("x[15]").textContent === film.first.frame[film.slots.indexOf("x[15]")],
		     "before it is stored, x[15] is the exit's before", slot("x[15]").dataset.state);
		keys("j");
		test(at() === stored && slot("x[15]").dataset.state === "saved" && slot("x[15]").classList.contains("fresh") &&
		     slot("x[15]").textContent === film.first.registers.x15, "at its row it is lit, with the guest's x15", slot("x[15]").outerHTML);
		test(slot("x[16]").dataset.state === "saved" && slot("x[17]").dataset.state === "old", "so is x[16], of the same STP; x[17] is not yet");
		keys("j");
		test(slot("x[15]").dataset.state === "saved" && !slot("x[15]").classList.contains("fresh"), "a row later it is saved, and not new");
		keys("End");
		test([...document.querySelectorAll("#bank [data-slot]")].every((cell) => cell.dataset.state === "saved"), "in the end all are");
		go(1);
		test([...document.querySelectorAll("#bank [data-slot]")].every((cell) => cell.dataset.state === "old"), "and back at the HVC none");
		test($("#now").textContent.includes("ELR_EL2") && $("#now .big").textContent === film.rows[0].text, "the HVC writes ELR_EL2");

		/* Whose the registers are. */
		const owners = () => [...document.querySelectorAll("#bank [data-owner]")].filter((cell) => /^x\d/.test(cell.parentNode.firstChild.textContent))
			.map((cell) => cell.dataset.owner);
		test(owners().length === 31 && owners().every((one) => one === "guest"), "at the vector all registers are the guest's", owners());
		go(rowOf((row) => row.over));
		test(owners().includes("host"), "in the hypervisor some are its own");
		go(last - 1);
		test(owners().every((one) => one === "guest"), "at the ERET all are the guest's again", owners());

		/* The search. */
		const wanted = film.rows.flatMap((row, n) => row.text.includes("mrs x1, elr_el2") ? [n + 1] : []);
		keys("Home");
		test(wanted.length === 1 && find("MRS x1, elr_el2") === wanted[0] && $("#count").textContent === "1 of 1", "search goes to the instruction", at(), $("#count").textContent);
		keys("Home");
		find("eret");
		const hits = document.querySelectorAll("#rows tr.hit").length;
		test(hits > 0 && $("#count").textContent.endsWith(" of " + hits), "a count of the rows", $("#count").textContent, hits);
		find("vcpu->frame.x[");
		const first = at();
		press("Enter", $("#search"));
		const second = at();
		press("Enter", $("#search"), { shiftKey: true });
		test(first === at() && second > first, "Enter: the next match; Shift+Enter: back", first, second, at());
		test(keys("n") === second && keys("N") === first, "n and N do the same from the rows");
		test(find("no such text") === first && $("#count").textContent === "not found", "what is not there is said", $("#count").textContent);
		press("Escape", $("#search"));
		test($("#search").value === "" && $("#count").textContent === "" && !$("#rows tr.hit"), "Esc ends the search");
		find("main.c");
		test(film.rows[at() - 1].source[0].endsWith("main.c"), "a file is found by its name");
		press("Escape", $("#search"));

		/* The ribbon, and the film. */
		$("#slider").value = 5;
		$("#slider").dispatchEvent(new Event("input"));
		test(at() === 5, "the slider moves the cursor", at());
		go(20);
		test($("#slider").value === "20" && $("#now .top b").textContent === "20 of " + last, "and follows it");
		const edges = [...document.querySelectorAll("#ribbon .edge span")].map((one) => one.textContent.split(" ")[0]);
		test(edges.join() === "HVC,ERET", "the ribbon has two edges: HVC and ERET", edges);
		go(last - 2);
		keys(" ");
		const playing = $("#play").textContent;
		setTimeout(() => {
			test(playing === "Pause" && at() === last && $("#play").textContent === "Play", "Space plays, to the end", playing, at());
			test(location.hash === "#row=" + last, "the address follows the cursor", location.hash);
			location.hash = "#row=9";
			setTimeout(() => { test(at() === 9, "and moves it", at()); done(); }, 300);
		}, 2000);
	} catch (error) {
		test(false, "the page's script", error.stack);
		done();
	}
	function done() {
		const pre = document.createElement("pre");
		pre.id = "tap";
		pre.textContent = "\n" + out.concat(errors.map((one) => "not ok - no error in the page\n# " + one)).join("\n") + "\nend of tap\n";
		document.body.append(pre);
	}
})();
</script>
END
cat >"$dir/first.js" <<'END'
<script>const errors = []; window.addEventListener("error", (event) => errors.push(event.message));</script>
END
awk -v first="$dir/first.js" -v hook="$dir/hook.js" '
function put(file,  line) { while ((getline line < file) > 0) print line }
/^<\/head>/ { put(first) }
/^<\/body>/ { put(hook) }
{ print }' "$dir/film.html" >"$dir/tested.html"
# Virtual time: the page's timers do not wait.
HOME=$dir timeout 30 "$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$dir/profile" \
	--enable-logging=stderr --virtual-time-budget=5000 --window-size=1400,900 --dump-dom \
	"file://$dir/tested.html#row=37" >"$dir/dom" 2>"$dir/browser" </dev/null
{
	sed -n '/<pre id="tap">/,/^end of tap/p' "$dir/dom" | sed '1d;/^end of tap/d; s/&gt;/>/g; s/&lt;/</g; s/&amp;/\&/g'
	grep -q '^end of tap' "$dir/dom" || {
		echo "not ok - the page came to its end in the browser"
		tail -n 5 "$dir/browser" | sed 's/^/# /'
	}
	if grep CONSOLE "$dir/browser" >"$dir/console"; then
		echo "not ok - the console stays empty"
		sed 's/^/# /' "$dir/console"
	else
		echo "ok - the console stays empty"
	fi
} | awk -v n="$total" '/^ok - |^not ok - / { n++; sub(/ok -/, "ok " n " -") } { print } END { print "1.." n }' >"$dir/tap"
cat "$dir/tap"
! grep -q '^not ok' "$dir/tap" || failed=1
[ $failed -eq 0 ] || echo "# reproduce: make -C lab3-vcpu-context film, and open film.html"
exit $failed
