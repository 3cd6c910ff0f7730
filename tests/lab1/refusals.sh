#!/bin/sh
# SPDX-License-Identifier: MIT
#
# refusals.sh: on a machine that will not do, lab 1 says so in one line, with what mends it, and powers
# off. It never hangs and is never silent. And on one that will do, the first line comes soon.

srcdir=${srcdir:-.}
# shellcheck source=SCRIPTDIR/expect.sh
. "$srcdir/expect.sh"

# refused $LINENO LINE SECTION OPTION...: that line, and nothing else.
refused() {
	number=$1 line=$2 section=$3
	shift 3
	run "$lab1" "$@"
	expect "all that is printed" "$line" "$(cat "$dir/uart")"
	expect "QEMU's exit status" 0 $status
	verdict "$number" "refused: $*" "$section"
}
entry="From reset to C"
features="Is there hardware support?"

too_little="el2labs: too little RAM: the hypervisor is linked at the top of the first GiB of RAM. Run QEMU with -m 1G or more."
refused "$LINENO" "$too_little" "$entry" --mem 512M --el 1
refused "$LINENO" "$too_little" "$entry" --mem 512M --el 2
refused "$LINENO" "$too_little" "$entry" --mem 512M --el 3
refused "$LINENO" "$too_little" "$entry" --mem 1023M --el 2
refused "$LINENO" "$too_little" "$entry" --mem 128M --el 2 --smp 4

not_el2="el2labs: started at EL1, but a hypervisor needs EL2. Run QEMU with -M virt,virtualization=on (make: EL=2)."
refused "$LINENO" "$not_el2" "$entry" --el 1
refused "$LINENO" "$not_el2" "$entry" --el 1 --smp 4 --cpu max
refused "$LINENO" "$not_el2" "$entry" --el 1 --gic 2 --cpu cortex-a53

refused "$LINENO" "el2labs: started at EL3 on a CPU without EL2: there is no exception level for a hypervisor. Run QEMU with -M virt,secure=on,virtualization=on (make: EL=3)." \
	"$entry" --el 1 -- -M secure=on

# What is missing is said after the table of what was found.
for el in 2 3; do
	run "$lab1" --gic 2 --el $el
	expect "the last line" "el2labs: no hypervisor can run here: the GIC has no system registers (ID_AA64PFR0_EL1.GIC): run QEMU with -M virt,gic-version=3 (make: GIC=3)." \
		"$(tail -n 1 "$dir/uart")"
	expect "the row in the table" "no" "$(awk '/GIC by system registers/ { print $NF }' "$dir/uart")"
	expect "QEMU's exit status" 0 $status
	verdict "$LINENO" "GICv2, EL$el" "$features"
done

# An unknown provocation: the list of those that there are.
run "$lab1" --args panic=nonsense
expect "the answer" "PANIC=nonsense: there is no such provocation. There are:" "$(grep PANIC= "$dir/uart")"
expect "the names" "data-abort null-pointer instruction-abort undefined fp stack-overflow bad-stack read-only text-write execute-data brk serror " \
	"$(sed '1,/PANIC=/d' "$dir/uart" | awk '{ printf "%s ", $1 }')"
expect "QEMU's exit status" 0 $status
verdict "$LINENO" "PANIC=nonsense" "The panic screen"

# One of several arguments is enough, and an empty one is none that is known.
run "$lab1" --args "other=1 panic=brk more"
expect "the explanation" "BRK #57005, which nobody handles." "$(grep '^BRK #' "$dir/uart")"
verdict "$LINENO" "boot arguments: other=1 panic=brk more" "The panic screen"

# The first line, in the guest's own time: one nanosecond an instruction, whatever the host does.
run ./vectors.elf --args clock -- -icount shift=0,sleep=off
expect "the tests" "ok 1 - from reset to the first line in 100 ms" "$(grep -E '^(not )?ok' "$dir/uart")"
expect "QEMU's exit status" 0 $status
grep 'it took' "$dir/uart"
verdict "$LINENO" "the first line comes within 100 ms" "$entry"

echo "1..$tests"
