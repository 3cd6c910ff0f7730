#!/bin/sh
# SPDX-License-Identifier: MIT
#
# panic.sh: the hypervisor faults while it handles an exit (broken.c). The panic screen has the guest's last 32
# exits then, no more and no fewer, the oldest first.

if [ -z "$QEMU" ]; then
	echo "1..0 # SKIP configured without QEMU"
	exit 0
fi
dir=$(mktemp -d "${TMPDIR:-/tmp}/lab4-panic.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

sh "$top_srcdir/build-aux/run-qemu" --timeout "${BOOT_TEST_TIMEOUT:-15}" --cpu cortex-a57 --smp 1 --el 2 \
	./broken.elf >"$dir/uart" 2>&1
sed -n '/^The last exits of vCPU 0 here, the newest last:$/,/^$/s/^  //p' "$dir/uart" >"$dir/got"

# Of 36 HVCs the last 27, and five exits of other kinds.
call='HVC instruction execution in AArch64 state, #'
n=9
while [ $n -lt 36 ]; do
	printf '0x000040020004  HYPERCALL           %s0x%x\n' "$call" $n
	n=$((n + 1))
done >"$dir/wanted"
cat >>"$dir/wanted" <<END
0x000040020000  NOTHING             Trapped MSR, MRS or System instruction execution in AArch64 state, mrs x0, s3_0_c0_c7_0
0x000040020008  HYPERCALL           ${call}0x99
0x000040020000  MMIO_READ           IPA 0x50000018: Data Abort from a lower Exception level, read of a word to w0, Translation fault, level 2
0x000040020000  EXTERNAL_INTERRUPT  IRQ
0x000040020000  (under way)         SMC instruction execution in AArch64 state, #0x51
END

tests=0
# verdict STATUS WHAT
verdict() {
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests - $2"
		return
	fi
	echo "not ok $tests - $2"
	sed 's/^/# /' "$dir/differences"
	echo "# at tests/lab4/panic.sh"
	echo '# handout: lab4-exits/README.md, "Run it"'
	echo "# reproduce: make -C lab4-exits gdb IMAGE=../tests/lab4/broken.elf CPU=cortex-a57 SMP=1"
}

diff "$dir/wanted" "$dir/got" >"$dir/differences"
verdict $? "the panic screen has the last 32 exits of the guest, the oldest first"
cp "$dir/uart" "$dir/differences"
[ "$(grep -c '^==== EL2 panic' "$dir/uart")" -eq 1 ] && grep -q '^  ELR_EL2   .*  broken+0x' "$dir/uart" &&
	[ "$(tail -n 1 "$dir/uart")" = "Powering off." ]
verdict $? "there is one panic screen, it says where, and the machine is off"
echo "1..$tests"
