#!/bin/sh
# SPDX-License-Identifier: MIT
#
# reports.sh: what the layer says on the console of its own accord: about interrupts that nobody
# expects, and about CPUs that do not start. It is the test images' output that is looked at; the
# tests themselves they report elsewhere.

if [ -z "$QEMU" ]; then
	echo "1..0 # SKIP configured without QEMU"
	exit 0
fi
number=0

# reports IMAGE SMP HANDOUT LINE...: is each line there as a whole, and once?
reports() {
	image=$1 smp=$2 handout=$3
	shift 3
	uart=$(sh "$top_srcdir/build-aux/run-qemu" --smp "$smp" \
		--timeout "${BOOT_TEST_TIMEOUT:-15}" "$image" 2>&1)
	for line in "$@"; do
		number=$((number + 1))
		times=$(printf '%s\n' "$uart" | grep -c -x -F "$line")
		if [ "$times" -eq 1 ]; then
			echo "ok $number - $image says: $line"
			continue
		fi
		echo "not ok $number - $image says: $line"
		echo "# expected this line once, got it $times times, among these:"
		printf '%s\n' "$uart" | sed -n 's/^el2labs:/# uart: &/p'
		echo "# handout: lab2-percpu/README.md, \"$handout\""
		echo "# reproduce: make -C lab2-percpu gdb IMAGE=../tests/lab2/$image SMP=$smp"
	done
}

reports dispatch.elf 1 "An interrupt, from the vector to its end" \
	'el2labs: CPU 0: unexpected interrupt, INTID 7: disabled' \
	'el2labs: CPU 0: unexpected interrupt, INTID 26: disabled'
reports gic.elf 2 "An interrupt, from the vector to its end" \
	'el2labs: CPU 1: unexpected interrupt, INTID 130: disabled'
reports start.elf 8 "The other CPUs" \
	'el2labs: the firmware has no CPU_ON: this CPU is the only one' \
	'el2labs: CPU 2 (affinity 0x2) does not start, PSCI error -6; left out' \
	'el2labs: CPU 3 (affinity 0x3) has not come up in 20 ms; left out' \
	'el2labs: CPU 5 (affinity 0x5) does not start, PSCI error -4; left out'
echo "1..$number"
