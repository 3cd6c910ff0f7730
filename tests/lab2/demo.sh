#!/bin/sh
# SPDX-License-Identifier: MIT
#
# demo.sh: what lab2.elf prints, by its values, on several machines; and that it powers off.

image=../../lab2-percpu/lab2.elf

if [ -z "$QEMU" ]; then
	echo "1..0 # SKIP configured without QEMU"
	exit 0
fi
out=$(mktemp -d "${TMPDIR:-/tmp}/demo.XXXXXX") || exit 99
trap 'rm -rf "$out"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

number=0
demo() {	# demo CPU SMP EL: one line of TAP
	# BOOT_TEST_CPUS narrows the machines, as it does for boot-test.
	case " ${BOOT_TEST_CPUS:-$1} " in
	*" $1 "*) ;;
	*) return ;;
	esac
	sh "$top_srcdir/build-aux/run-qemu" --cpu "$1" --smp "$2" --el "$3" \
		--timeout "${BOOT_TEST_TIMEOUT:-15}" "$image" >"$out/uart" 2>"$out/err"
	status=$?
	# From EL3 there is no CPU_ON: one CPU.
	[ "$3" = 3 ] && cpus=1 || cpus=$2
	awk -v n="$cpus" -v el="$3" -v status="$status" -f "$srcdir/demo.awk" \
		"$out/uart" >"$out/wrong"

	number=$((number + 1))
	name="$number - the demo [$1 smp=$2 EL$3]"
	if [ ! -s "$out/wrong" ]; then
		echo "ok $name"
		return
	fi
	echo "not ok $name"
	head -n 8 "$out/wrong"
	sed 's/^/# /' "$out/err"
	echo '# handout: lab2-percpu/README.md, "An interrupt, from the vector to its end"'
	echo "# reproduce: make -C lab2-percpu gdb CPU=$1 SMP=$2 EL=$3"
}

for smp in 1 2 4 8; do
	demo cortex-a57 $smp 2
done
for cpu in cortex-a53 cortex-a72 cortex-a76 neoverse-n1 max; do
	demo $cpu 2 2
done
demo cortex-a57 1 3
demo cortex-a57 4 3
echo "1..$number"
