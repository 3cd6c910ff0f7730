#!/bin/sh
# SPDX-License-Identifier: MIT
#
# tlbi.sh: how many TLBIs are executed? A breakpoint on each TLBI in reentry.elf counts them, phase by phase:
# none on re-entry of a vCPU, none on a change of VMs, and one where another vCPU of the same VM comes.
image=./reentry.elf
[ "${QEMU-unset}" != '' ] || { echo "1..0 # SKIP configured --without-qemu"; exit 0; }
dir=$(mktemp -d "${TMPDIR:-/tmp}/lab3-tlbi.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# TLBI is SYS with CRn = 8: 0xd508_8..., op1 and the rest left open. GNU objdump, or LLVM's with bytes.
"${TARGET_OBJDUMP:-objdump}" -d "$image" | awk '
$1 ~ /^[0-9a-f]+:$/ {
	word = $2 ~ /^..$/ ? $5 $4 $3 $2 : $2
	if (word ~ /^d50[89a-f]8[0-9a-f][0-9a-f][0-9a-f]$/)
		print "0x" substr($1, 1, length($1) - 1)
}' >"$dir/addresses"
if [ "$(wc -l <"$dir/addresses")" -lt 4 ]; then
	echo "1..1"
	echo "not ok 1 - the image's TLBI instructions are found"
	echo "# expected at least 4, got $(wc -l <"$dir/addresses")  at tests/lab3/tlbi.sh"
	exit 1
fi

# A phase prints what was executed since the one before, as it begins.
{
	cat <<-'END'
		# test: TLBIs of each phase of reentry.elf
		# handout: lab3-vcpu-context/README.md, "VMIDs: no TLB maintenance on re-entry"
		set $tlbi = 0
		break phase
		commands
		silent
		printf "phase %d: %d before\n", $x0, $tlbi
		set $tlbi = 0
		continue
		end
	END
	while read -r address; do
		printf 'break *%s\ncommands\nsilent\nset $tlbi = $tlbi + 1\ncontinue\nend\n' "$address"
	done <"$dir/addresses"
	cat <<-'END'
		continue
		#> ...
		#> phase 1: <*> before
		#> ...
		#> phase 2: 0 before
		#> ...
		#> phase 3: <*> before
		#> ...
		#> phase 4: 0 before
		#> ...
		#> phase 5: <*> before
		#> ...
		#> phase 6: 100 before
		#> ...
	END
} >"$dir/tlbi.gdb"
sh "$top_srcdir/tests/harness/gdb-test" --timeout 60 "$dir/tlbi.gdb" "$image"
