# SPDX-License-Identifier: MIT
#
# demo.awk - is this what lab2.elf prints? Variables: n, the CPUs that are to run; el, the exception
# level of entry; status, the exit status of the run. Prints what is wrong, else nothing.
#
# The demo prints in blocks of one line for each CPU, in their order.

function wrong(text) { print "# " text }
function expect(text) {
	if ($0 != text)
		wrong("line " NR ": expected \"" text "\", got \"" $0 "\"")
}
function expect_value(what, want, got) {
	if (want != got)
		wrong("line " NR ": expected " what " " want ", got " got ", in \"" $0 "\"")
}
# Is the line as a whole of this shape? Two CPUs that print at the same time make lines of no shape.
function shape(regex, what) {
	if ($0 ~ regex)
		return 1
	wrong("line " NR ": expected " what ", got \"" $0 "\"")
	return 0
}
function own(what, value) {
	if (seen[value]++)
		wrong("line " NR ": expected a " what " of its own, got " value " again")
}

# The state of a CPU, with these values; returns its HCR_EL2.
function state(cpu, when, on, vectors,    i) {
	if (!shape("^  CPU [0-7]  " when " +virtualization (on|off) +VBAR_EL2 [a-z0-9_]+ +" \
		   "HCR_EL2 0x[0-9a-f]+$", "the state of CPU " cpu " " when))
		return ""
	i = NF - 5
	expect_value("CPU", cpu, $2)
	expect_value("virtualization", on, $(i + 1))
	expect_value("VBAR_EL2", vectors, $(i + 3))
	return $NF
}

{ line++ }
line == 1 {
	expect("EL2 Labs, lab 2: per-CPU state and interrupts")
	next
}
el == 3 && line == 2 && !without_psci {
	expect("el2labs: the firmware has no CPU_ON: this CPU is the only one")
	without_psci = 1
	line--
	next
}
line == 2 {
	expect(n (n == 1 ? " CPU" : " CPUs") " running")
	next
}
{
	block = int((line - 3) / n)
	cpu = (line - 3) % n
}
block == 0 && shape("^  CPU [0-7]  affinity 0x[0-9a-f]+  percpu 0x[0-9a-f]+000  " \
		    "stack below 0x[0-9a-f]+[08]000$", "what CPU " cpu " has of its own") {
	expect_value("CPU", cpu, $2)
	expect_value("affinity", "0x" cpu, $4)
	own("page", $6)
	own("stack", $9)
}
block == 1 { before[cpu] = state(cpu, "before", "off", "el2_vectors") }
block == 2 && state(cpu, "after enable", "on", "percpu_vectors") == before[cpu] {
	wrong("line " NR ": expected another HCR_EL2 than before, got " before[cpu])
}
block == 3 { expect("  CPU " cpu "  took 5 timer ticks and 1 SGI: 6 interrupts, 0 spurious") }
block == 4 {
	after = state(cpu, "after disable", "off", "el2_vectors")
	expect_value("HCR_EL2, as before,", before[cpu], after)
}
block == 5 && cpu == 0 {
	expect("Done. Powering off.")
	done = 1
	next
}
block >= 5 { wrong("line " NR ": expected nothing more, got \"" $0 "\"") }

END {
	if (!done)
		wrong("expected a last line \"Done. Powering off.\", got " NR " lines, of which the " \
		      "last one is \"" $0 "\"")
	if (status != 0)
		wrong("expected that the machine powers off (status 0), got status " status)
}
