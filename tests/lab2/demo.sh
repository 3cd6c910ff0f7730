#!/bin/sh
# SPDX-License-Identifier: MIT
#
# demo.sh: what lab2.elf prints, line by line and by its values, on several machines.
#
# Every line has to be a line of the demo as a whole: two CPUs that print at the same time would show as a
# line that is none. Tests on the image's layer are elsewhere; this is the host program's own.

image=../../lab2-percpu/lab2.elf
run=$top_srcdir/build-aux/run-qemu

if [ -z "$QEMU" ]; then
	echo "1..0 # SKIP configured without QEMU"
	exit 0
fi
# One line of TAP for each of these; BOOT_TEST_CPUS narrows them, as it does for boot-test.
machines='
cortex-a57 1 2
cortex-a57 2 2
cortex-a57 4 2
cortex-a57 8 2
cortex-a53 2 2
cortex-a72 2 2
cortex-a76 2 2
neoverse-n1 2 2
max 2 2
cortex-a57 1 3
cortex-a57 4 3'

out=$(mktemp -d "${TMPDIR:-/tmp}/demo.XXXXXX") || exit 99
trap 'rm -rf "$out"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

number=0
{ while read -r cpu smp el; do
	case " ${BOOT_TEST_CPUS:-$cpu} " in
	*" $cpu "*) ;;
	*) continue ;;
	esac
	number=$((number + 1))
	name="the demo on $cpu, $smp CPUs, EL$el"
	sh "$run" --cpu "$cpu" --smp "$smp" --el "$el" --timeout "${BOOT_TEST_TIMEOUT:-15}" "$image" \
		>"$out/uart" 2>"$out/err"
	status=$?
	# From EL3 there is no CPU_ON: one CPU.
	[ "$el" = 3 ] && online=1 || online=$smp
	awk -v n="$online" -v el="$el" -v status="$status" '
	function wrong(text) { print "# " text; bad++ }
	function expect(text) {
		if ($0 != text)
			wrong("line " NR ": expected \"" text "\", got \"" $0 "\"")
	}
	# A line must match; the fields are then taken out of it by split().
	function shape(regex, what) {
		if ($0 !~ regex) {
			wrong("line " NR ": expected " what ", got \"" $0 "\"")
			return 0
		}
		return 1
	}
	function state(cpu, when, on, vectors) {
		if (!shape("^  CPU [0-7]  (before|after enable|after disable) +virtualization (on|off) +" \
			   "VBAR_EL2 [a-z0-9_]+ +HCR_EL2 0x[0-9a-f]+$", "the state of CPU " cpu " " when))
			return ""
		if ($2 != cpu || index($0, "  " when " ") == 0)
			wrong("line " NR ": expected CPU " cpu " " when ", got \"" $0 "\"")
		for (i = 3; $i != "virtualization"; i++)
			;
		if ($(i + 1) != on)
			wrong("line " NR ": expected virtualization " on ", got \"" $0 "\"")
		if ($(i + 3) != vectors)
			wrong("line " NR ": expected VBAR_EL2 " vectors ", got \"" $0 "\"")
		return $(i + 5)
	}
	BEGIN { line = 0 }
	{ line++ }
	line == 1 { expect("EL2 Labs, lab 2: per-CPU state and interrupts"); next }
	el == 3 && line == 2 {
		expect("el2labs: the firmware has no CPU_ON: this CPU is the only one")
		el = 2; line--
		next
	}
	line == 2 { expect(n (n == 1 ? " CPU" : " CPUs") " running"); next }
	line <= 2 + n {
		cpu = line - 3
		if (shape("^  CPU [0-7]  affinity 0x[0-9a-f]+  percpu 0x[0-9a-f]+  stack below 0x[0-9a-f]+$",
			  "CPU " cpu ", its affinity, page and stack")) {
			if ($2 != cpu || $4 != "0x" cpu)
				wrong("line " NR ": expected CPU " cpu ", affinity 0x" cpu ", got \"" $0 "\"")
			if ($6 !~ /000$/ || seen[$6]++)
				wrong("line " NR ": expected a page of its own, got " $6)
			if ($9 !~ /[08]000$/ || seen[$9]++)
				wrong("line " NR ": expected a stack of its own, got " $9)
		}
		next
	}
	line <= 2 + 2 * n { cpu = line - 3 - n; before[cpu] = state(cpu, "before", "off", "el2_vectors"); next }
	line <= 2 + 3 * n {
		cpu = line - 3 - 2 * n
		during = state(cpu, "after enable", "on", "percpu_vectors")
		if (during == before[cpu])
			wrong("line " NR ": expected another HCR_EL2 than before, got " during)
		next
	}
	line <= 2 + 4 * n {
		cpu = line - 3 - 3 * n
		expect("  CPU " cpu "  took 5 timer ticks and 1 SGI: 6 interrupts, 0 spurious")
		next
	}
	line <= 2 + 5 * n {
		cpu = line - 3 - 4 * n
		after = state(cpu, "after disable", "off", "el2_vectors")
		if (after != before[cpu])
			wrong("line " NR ": expected HCR_EL2 " before[cpu] " as before, got " after)
		next
	}
	line == 3 + 5 * n { expect("Done. Powering off."); next }
	{ wrong("line " NR ": expected nothing more, got \"" $0 "\"") }
	END {
		if (line < 3 + 5 * n)
			wrong("expected " 3 + 5 * n " lines, got " line)
		if (status)
			wrong("expected that it powers off (status 0), got status " status)
	}' "$out/uart" >"$out/wrong"
	if [ ! -s "$out/wrong" ]; then
		echo "ok $number - $name"
		continue
	fi
	echo "not ok $number - $name"
	head -n 8 "$out/wrong"
	sed 's/^/# /' "$out/err"
	echo '# handout: lab2-percpu/README.md, "An interrupt, from the vector to its end"'
	echo "# reproduce: make -C lab2-percpu gdb CPU=$cpu SMP=$smp EL=$el"
done; echo "1..$number"; } <<EOF2
$(echo "$machines" | sed '/^$/d')
EOF2
