#!/bin/sh
# SPDX-License-Identifier: MIT
#
# registers.sh: is each register that a guest has read by the code that saves, and written by the code that
# loads? By the instructions in the image: QEMU's CPUs have some of these registers as constants, and
# never 16 list registers or 7 bits of priority, so that no program could tell.
#
# The list is one of its own, with encodings (op0 op1 CRn CRm op2) by the Arm ARM and IHI 0069.

image=$top_builddir/lab3-vcpu-context/lab3.elf
dir=$(mktemp -d "${TMPDIR:-/tmp}/lab3-registers.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

cat >"$dir/list" <<'END'
el1 SP_EL1 3 4 4 1 0
el1 ELR_EL1 3 0 4 0 1
el1 SPSR_EL1 3 0 4 0 0
el1 SCTLR_EL1 3 0 1 0 0
el1 ACTLR_EL1 3 0 1 0 1
el1 CPACR_EL1 3 0 1 0 2
el1 TTBR0_EL1 3 0 2 0 0
el1 TTBR1_EL1 3 0 2 0 1
el1 TCR_EL1 3 0 2 0 2
el1 MAIR_EL1 3 0 10 2 0
el1 AMAIR_EL1 3 0 10 3 0
el1 ESR_EL1 3 0 5 2 0
el1 FAR_EL1 3 0 6 0 0
el1 AFSR0_EL1 3 0 5 1 0
el1 AFSR1_EL1 3 0 5 1 1
el1 PAR_EL1 3 0 7 4 0
el1 VBAR_EL1 3 0 12 0 0
el1 CONTEXTIDR_EL1 3 0 13 0 1
el1 TPIDR_EL0 3 3 13 0 2
el1 TPIDRRO_EL0 3 3 13 0 3
el1 TPIDR_EL1 3 0 13 0 4
el1 CSSELR_EL1 3 2 0 0 0
el1 MDSCR_EL1 2 0 0 2 2
el1 CNTKCTL_EL1 3 0 14 1 0
el1 VSESR_EL2 3 4 5 2 3
el1 VDISR_EL2 3 4 12 1 1
el1 SCXTNUM_EL0 3 3 13 0 7
el1 SCXTNUM_EL1 3 0 13 0 7
el1 APIAKeyLo_EL1 3 0 2 1 0
el1 APIAKeyHi_EL1 3 0 2 1 1
el1 APIBKeyLo_EL1 3 0 2 1 2
el1 APIBKeyHi_EL1 3 0 2 1 3
el1 APDAKeyLo_EL1 3 0 2 2 0
el1 APDAKeyHi_EL1 3 0 2 2 1
el1 APDBKeyLo_EL1 3 0 2 2 2
el1 APDBKeyHi_EL1 3 0 2 2 3
el1 APGAKeyLo_EL1 3 0 2 3 0
el1 APGAKeyHi_EL1 3 0 2 3 1
el1 TPIDR2_EL0 3 3 13 0 5
timer CNTV_CVAL_EL0 3 3 14 3 2
timer CNTV_CTL_EL0 3 3 14 3 1
timer CNTP_CVAL_EL0 3 3 14 2 2
timer CNTP_CTL_EL0 3 3 14 2 1
gic ICH_VMCR_EL2 3 4 12 11 7
gic ICH_AP0R0_EL2 3 4 12 8 0
gic ICH_AP0R1_EL2 3 4 12 8 1
gic ICH_AP0R2_EL2 3 4 12 8 2
gic ICH_AP0R3_EL2 3 4 12 8 3
gic ICH_AP1R0_EL2 3 4 12 9 0
gic ICH_AP1R1_EL2 3 4 12 9 1
gic ICH_AP1R2_EL2 3 4 12 9 2
gic ICH_AP1R3_EL2 3 4 12 9 3
gic ICH_LR0_EL2 3 4 12 12 0
gic ICH_LR1_EL2 3 4 12 12 1
gic ICH_LR2_EL2 3 4 12 12 2
gic ICH_LR3_EL2 3 4 12 12 3
gic ICH_LR4_EL2 3 4 12 12 4
gic ICH_LR5_EL2 3 4 12 12 5
gic ICH_LR6_EL2 3 4 12 12 6
gic ICH_LR7_EL2 3 4 12 12 7
gic ICH_LR8_EL2 3 4 12 13 0
gic ICH_LR9_EL2 3 4 12 13 1
gic ICH_LR10_EL2 3 4 12 13 2
gic ICH_LR11_EL2 3 4 12 13 3
gic ICH_LR12_EL2 3 4 12 13 4
gic ICH_LR13_EL2 3 4 12 13 5
gic ICH_LR14_EL2 3 4 12 13 6
gic ICH_LR15_EL2 3 4 12 13 7
config VPIDR_EL2 3 4 0 0 0
config VMPIDR_EL2 3 4 0 0 5
config CNTVOFF_EL2 3 4 14 0 3
config CNTHCTL_EL2 3 4 14 1 0
config HSTR_EL2 3 4 1 1 3
config MDCR_EL2 3 4 1 1 1
config ICH_HCR_EL2 3 4 12 11 0
END

"${TARGET_OBJDUMP:-objdump}" -d "$image" >"$dir/text" 2>"$dir/errors" || {
	echo "Bail out! $(head -n 1 "$dir/errors")"
	exit 1
}

awk -v list="$dir/list" '
function hex(s,    i, v) {
	v = 0
	for (i = 1; i <= length(s); i++)
		v = v * 16 + index("0123456789abcdef", tolower(substr(s, i, 1))) - 1
	return v
}
# "7c001000:  d5384100  mrs ..." (GNU), or the bytes one by one (older LLVM).
function word(    n) {
	if ($2 ~ /^[0-9a-f][0-9a-f]$/)
		return hex($5 $4 $3 $2)
	return $2 ~ /^[0-9a-f]+$/ && length($2) == 8 ? hex($2) : 0
}
# The compiler may make functions of their own of the static ones, with a suffix.
/^[0-9a-f]+ <[A-Za-z0-9_.]+>:$/ {
	way = ""
	if ($2 ~ /^<(vcpu_bind|load_[a-z0-9_]*(\..*)?)>/)
		way = "load"
	if ($2 ~ /^<(vcpu_unbind|save_[a-z0-9_]*(\..*)?)>/)
		way = "save"
	next
}
way != "" && $1 ~ /^[0-9a-f]+:$/ {
	w = word()
	top = int(w / 2 ^ 20)			# bits 31 to 20: 0xd53 MRS, 0xd51 MSR
	if (top == hex("d53"))
		moves["save", int(w / 32) % 2 ^ 15] += way == "save"
	else if (top == hex("d51"))
		moves["load", int(w / 32) % 2 ^ 15] += way == "load"
}
function check(way, code, register, instruction, place,    got) {
	got = moves[way, code] + 0
	print (got ? "ok " : "not ok ") (++n) " - " register " is " way (way == "save" ? "d" : "ed")
	if (got)
		return
	print "# expected an " instruction " of " register " in " place "(), got none  at tests/lab3/registers.sh"
	print "# handout: lab3-vcpu-context/README.md, \"One register table\""
}
END {
	while ((getline < list) > 0) {
		# In an MRS or MSR word, bits 19 to 5: op0 is 2 or 3, of which bit 19 keeps the lower bit.
		code = $3 % 2 * 2 ^ 14 + $4 * 2 ^ 11 + $5 * 2 ^ 7 + $6 * 2 ^ 3 + $7
		check("load", code, $2, "MSR", "vcpu_bind")
		if ($1 != "config")
			check("save", code, $2, "MRS", "vcpu_unbind")
	}
	print "1.." n
}' "$dir/text"
