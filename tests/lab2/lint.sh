#!/bin/sh
# SPDX-License-Identifier: MIT
#
# lint.sh: the machine code of lab 2: its vectors, and the order of what enable and disable write.
#
# QEMU forgives a missing ISB, so it is looked for in the code itself.

image=../../lab2-percpu/lab2.elf
vectors='lab2-percpu/README.md, "An interrupt, from the vector to its end"'
on_off='lab2-percpu/README.md, "Turning it on, and off again"'

# The rules for every image. Its plan is replaced by one for all of this script.
lint=$(sh "$top_srcdir/tests/harness/lint-image" --vectors el2_vectors,percpu_vectors \
	--handout "$vectors" "$image")
printf '%s\n' "$lint" | grep -v '^1\.\.'
number=$(printf '%s\n' "$lint" | grep -c -E '^(not )?ok ')

# The instructions of a function or table, without addresses and encodings.
instructions() {
	"${TARGET_OBJDUMP:-objdump}" -d "$image" | awk -v name="<$1>:" '
	$2 == name { inside = 1; next }
	/^[0-9a-f]+ <.*>:$/ { inside = 0 }
	inside && sub(/^ *[0-9a-f]+:[ \t]*([0-9a-f]+ )+[ \t]*/, "") { print tolower($0) }'
}

# What of it does something to the CPU's state, a word each, in the order of the code. A store with
# release semantics (STLR) is the handler's: it is the only one of that kind there.
steps() {
	instructions "$1" | awk '
	{ gsub(/,/, " ") }
	$1 == "msr" { print $2 }
	$1 == "isb" || $1 == "dsb" { print $1 }
	$1 == "tlbi" { print "tlbi-" $2 }
	$1 == "stlr" { print "handler" }' | tr '\n' ' '
}

check() {	# check FUNCTION WHAT EXPECTED GOT HANDOUT: EXPECTED is a pattern
	number=$((number + 1))
	# shellcheck disable=SC2254 # it is
	case $4 in
	$3)	echo "ok $number - $1: $2"; return ;;
	esac
	echo "not ok $number - $1: $2"
	echo "# expected $3"
	echo "# got $4"
	echo "# handout: $5"
	echo "# reproduce: make -C lab2-percpu &&" \
		"${TARGET_OBJDUMP:-objdump} -d --disassemble=$1 lab2-percpu/lab2.elf"
}
check_order() {
	check "$1" "$3" "$2" " $(steps "$1")" "$on_off"
}

check_order percpu_hardware_enable ' handler *vbar_el2 *hcr_el2 *' \
	'first the handler is published, then VBAR_EL2 is written, then HCR_EL2'
check_order percpu_hardware_enable '* vbar_el2 isb *' 'an ISB comes after VBAR_EL2'
check_order percpu_hardware_enable '* hcr_el2 isb *' 'an ISB comes after HCR_EL2'
check_order percpu_hardware_enable '* vttbr_el2 isb tlbi-alle1 dsb isb hcr_el2 *' \
	'VTTBR_EL2 is in force, and nothing older is in the TLBs, when HCR_EL2 is written'
check_order percpu_hardware_disable ' hcr_el2 isb *vbar_el2 isb *handler ' \
	'first HCR_EL2, then VBAR_EL2, last the handler, and an ISB after each register'

# Lab 1's vectors, but for number 5: IRQ, current EL with SP_ELx.
want=
for n in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
	[ $n -eq 5 ] && want="$want<percpu_irq_vector> " || want="$want<el2_vector_$n> "
done
branches=$(instructions percpu_vectors | sed -n 's/^b[ 	].*\(<.*>\).*/\1/p' | tr '\n' ' ')
check percpu_vectors 'each slot branches to its own vector' "${want% }" "${branches% }" "$vectors"

echo "1..$number"
