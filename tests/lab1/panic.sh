#!/bin/sh
# SPDX-License-Identifier: MIT
#
# panic.sh: is what the panic screen says true?
#
# Each way to fail (provoke.c; vectors.c here) is provoked, and the values on the screen are compared
# with those that are known: ESR_EL2 by the Arm ARM, addresses by the image's symbols.

srcdir=${srcdir:-.}
# shellcheck source=SCRIPTDIR/expect.sh
. "$srcdir/expect.sh"

# Takes the screen apart: sets the variables that awk prints.
read_screen() {
	headers='' words='' explanation='' vector='' elr='' elr_in='' from='' esr='' far='' sp='' trace=''
	repeated='' last='' hcr='' sctlr='' x=''
	awk '
	function set(name, value) { gsub(/\047/, "\047\\\047\047", value); print name "=\047" value "\047" }
	/^==== EL2 panic on the CPU with affinity 0x0 ====$/ { headers++; words_at = NR + 1; next }
	headers && NR == words_at { set("words", $0); next }
	# All lines between the words and the registers.
	headers && !in_registers && !/^  vector/ { explanation = explanation (explanation == "" ? "" : "|") $0 }
	headers && /^  vector/ { in_registers = 1; sub(/^  vector +/, ""); set("vector", $0) }
	in_registers && $1 == "ELR_EL2" { set("elr", $2); name = $3; sub(/\+0x.*/, "", name); set("elr_in", name) }
	in_registers && $1 == "SPSR_EL2" { sub(/.*from /, ""); set("from", $0) }
	in_registers && $1 == "ESR_EL2" { set("esr", $2) }
	in_registers && $1 == "FAR_EL2" { set("far", $2); if (/not valid/) set("far", "not valid") }
	in_registers && $1 == "HCR_EL2" { set("hcr", $2); set("sctlr", $4) }
	in_registers && /^  x[0-9]/ { for (i = 1; i < NF; i += 2) if ($i ~ /^x/) x = x $(i + 1) " "; else set("sp", $(i + 1)) }
	/^Call trace:$/ { in_trace = 1; next }
	in_trace && /and the same/ { set("repeated", $5) }
	in_trace && /^  #/ { name = $3; sub(/\+0x.*/, "", name); trace = trace (name == "" ? $2 : name) " " }
	in_trace && /chain of frames/ { trace = trace "(" $0 ")" }
	{ last = $0 }
	END { set("headers", headers + 0); set("explanation", explanation); set("trace", trace); set("x", x); set("last", last) }
	' "$dir/uart" >"$dir/screen"
	# shellcheck source=/dev/null
	. "$dir/screen"
}

# What is the same on all of them.
expect_screen() {
	read_screen
	expect "panic screens" 1 "$headers"
	expect "HCR_EL2" "${hcr_wanted:-0x0000000080000020}" "$hcr"
	expect "SCTLR_EL2" 0x0000000030cd183d "$sctlr"
	expect_end
}
expect_end() {
	expect "the last line" "Powering off." "$last"
	expect "QEMU's exit status" 0 $status
}

# An ESR_EL2, of which the bits of a mask are compared. (QEMU 7.2 says in a Data Abort from EL2 which
# register was accessed, ISV to AR; the architecture has that for lower exception levels only.)
all=0xffffffff
abort=0xfe00007f
expect_esr() {	# expect_esr MASK WANTED
	expect "ESR_EL2 (bits $1)" "$(printf '0x%08x' $(($2)))" "$(printf '0x%08x' $((${esr:-0} & $1)))"
}

hex16() {
	printf '0x%016x' $(($1))
}

section="The panic screen"
from_el2h="EL2h, [Nn][Zz][Cc][Vv], D-IF masked"
spx="4: Synchronous, current EL with SP_ELx"

# provoke NAME: lab1.elf with PANIC=NAME
provoke() {
	run "$lab1" --args "panic=$1"
	expect_screen
	expect "the vector" "$spx" "$vector"
	expect_like "PSTATE" "$from_el2h" "$from"
}

provoke data-abort
expect_esr $abort 0x96000046		# Data Abort from EL2, 32-bit instruction, write, level 2
expect "FAR_EL2" 0x000000007bfff000 "$far"
expect "the function at ELR_EL2" data_abort "$elr_in"
expect_like "the first line" "Data Abort taken without a change in Exception level, write*, Translation fault, level 2" "$words"
expect "the explanation" "Write to 0x7bfff000 (not mapped)." "$explanation"
expect "the call trace" "data_abort provoke main el2_reset " "$trace"
verdict "$LINENO" "PANIC=data-abort" "$section"

provoke null-pointer
expect_esr $abort 0x96000006		# the same, but a read
expect "FAR_EL2" 0x0000000000000000 "$far"
expect "the function at ELR_EL2" null_pointer "$elr_in"
expect_like "the first line" "Data Abort taken without a change in Exception level, read*, Translation fault, level 2" "$words"
expect "the explanation" "Read from 0x0 (page 0: a null pointer)." "$explanation"
expect "the call trace" "null_pointer provoke main el2_reset " "$trace"
verdict "$LINENO" "PANIC=null-pointer" "$section"

provoke instruction-abort
expect_esr $all 0x86000006		# Instruction Abort from EL2, translation fault, level 2
expect "FAR_EL2" 0x000000007bfff000 "$far"
expect "ELR_EL2" 0x000000007bfff000 "$elr"
expect "the function at ELR_EL2" "" "$elr_in"
expect "the first line" "Instruction Abort taken without a change in Exception level, Translation fault, level 2" "$words"
expect "the explanation" "Jump to 0x7bfff000 (not mapped)." "$explanation"
expect "the call trace" "0x000000007bfff000 instruction_abort provoke main el2_reset " "$trace"
verdict "$LINENO" "PANIC=instruction-abort" "$section"

provoke undefined
expect_esr $all 0x02000000		# unknown reason
expect "FAR_EL2" "not valid" "$far"
expect "the function at ELR_EL2" undefined_instruction "$elr_in"
expect "the first line" "Unknown reason" "$words"
expect "the explanation" "Instruction 0x00000000 is undefined, or not allowed at EL2." "$explanation"
expect "the call trace" "undefined_instruction provoke main el2_reset " "$trace"
verdict "$LINENO" "PANIC=undefined" "$section"

provoke fp
expect_esr $all 0x1fe00000		# trapped by CPTR_EL2.TFP; CV 1, COND 0b1110
expect "FAR_EL2" "not valid" "$far"
expect "the function at ELR_EL2" fp_instruction "$elr_in"
expect "the first line" "Access to SME, SVE, Advanced SIMD or floating-point functionality trapped" "$words"
expect_like "the explanation" "An FP, SIMD, SVE or SME instruction in the hypervisor: *" "$explanation"
expect "the call trace" "fp_instruction provoke main el2_reset " "$trace"
verdict "$LINENO" "PANIC=fp" "Every register a known value"

provoke stack-overflow
expect_esr $abort 0x96000047		# write, translation fault, level 3
expect_like "FAR_EL2: in the guard page" "0x000000007ffc3???" "$far"
expect_like "SP: at the end of the stack" "0x000000007ffc[34]???" "$sp"
expect_like "the function at ELR_EL2" "stack_overflow_step*" "$elr_in"
expect_like "the explanation" "Stack overflow: SP 0x7ffc[34]??? leaves no room on the 16 KiB stack of CPU 0.|Write to 0x7ffc3??? (the guard page below a stack)." "$explanation"
expect_like "the call trace" "stack_overflow_step* stack_overflow_step* stack_overflow provoke main el2_reset " "$trace"
[ "${repeated:-0}" -ge 20 ] || expect "repeated frames" "20 or more" "$repeated"
verdict "$LINENO" "PANIC=stack-overflow" "Stacks and what lies below them"

provoke bad-stack
expect_esr $abort 0x96000046
expect "FAR_EL2" 0x000000007bfff000 "$far"
expect "SP" 0x000000007bfff000 "$sp"
expect "the function at ELR_EL2" bad_stack "$elr_in"
expect "the explanation" "SP 0x7bfff000 points to no stack.|Write to 0x7bfff000 (not mapped)." "$explanation"
expect "the call trace" "bad_stack provoke main el2_reset " "$trace"
verdict "$LINENO" "PANIC=bad-stack" "Stacks and what lies below them"

provoke read-only
at=$(address a_constant)
expect_esr $abort 0x9600004f		# write, permission fault, level 3
expect "FAR_EL2: a_constant" "$(hex16 "$at")" "$far"
expect "the function at ELR_EL2" read_only "$elr_in"
expect_like "the first line" "Data Abort taken without a change in Exception level, write*, Permission fault, level 3" "$words"
expect "the explanation" "Write to $at (rodata), which is read-only." "$explanation"
expect "the call trace" "read_only provoke main el2_reset " "$trace"
verdict "$LINENO" "PANIC=read-only" "The hypervisor's own page tables"

provoke text-write
at=$(address text_write)
expect_esr $abort 0x9600004f
expect "FAR_EL2: text_write" "$(hex16 "$at")" "$far"
expect "the function at ELR_EL2" text_write "$elr_in"
expect "the explanation" "Write to $at (text), which is read-only." "$explanation"
expect "the call trace" "text_write provoke main el2_reset " "$trace"
verdict "$LINENO" "PANIC=text-write" "The hypervisor's own page tables"

provoke execute-data
at=$(address data_with_code)
expect_esr $all 0x8600000f		# Instruction Abort from EL2, permission fault, level 3
expect "FAR_EL2: data_with_code" "$(hex16 "$at")" "$far"
expect "ELR_EL2" "$(hex16 "$at")" "$elr"
expect "the first line" "Instruction Abort taken without a change in Exception level, Permission fault, level 3" "$words"
expect "the explanation" "Execution of $at (data), which is not executable." "$explanation"
expect "the call trace" "$(hex16 "$at") execute_data provoke main el2_reset " "$trace"
verdict "$LINENO" "PANIC=execute-data" "The hypervisor's own page tables"

provoke brk
expect_esr $all 0xf200dead
expect "FAR_EL2" "not valid" "$far"
expect "the function at ELR_EL2" brk "$elr_in"
expect "the first line" "BRK instruction execution in AArch64 state, #0xdead" "$words"
expect "the explanation" "BRK #57005, which nobody handles." "$explanation"
expect "the call trace" "brk provoke main el2_reset " "$trace"
verdict "$LINENO" "PANIC=brk" "Exceptions that return"

run "$lab1" --args panic=serror
read_screen
expect "panic screens" 0 "$headers"
expect "the last line" "It came back: nothing was provoked." "$last"
expect_like "the reason" "This machine raises no physical SError: *" "$(tail -n 2 "$dir/uart" | head -n 1)"
expect "QEMU's exit status" 0 $status
verdict "$LINENO" "PANIC=serror" "$section"

# ---- Other vectors than that of the hypervisor's own faults, by an image made for it.

raise() {	# raise NAME VECTOR ESR PSTATE TRACE OPTION...
	case $1 in
	irq_a32 | fiq_a32)	hcr_wanted=0x0000000000000038 ;;	# IMO, FMO; RW = 0
	irq_* | fiq_*)		hcr_wanted=0x0000000080000038 ;;
	sync_a32)		hcr_wanted=0x0000000000000020 ;;
	*)			hcr_wanted= ;;
	esac
	name=$1 vector_wanted=$2 esr_wanted=$3 from_wanted=$4 trace_wanted=$5
	shift 5
	run ./vectors.elf --args "raise=$name" "$@"
	expect_screen
	expect "the vector" "$vector_wanted" "$vector"
	[ "$esr_wanted" = - ] || expect_esr $all "$esr_wanted"
	expect_like "PSTATE" "$from_wanted" "$from"
	expect_like "the call trace" "$trace_wanted" "$trace"
}
interrupt="An interrupt that nobody asked for."

raise sync_sp0 "0: Synchronous, current EL with SP_EL0" 0xf2000051 "EL2t, *, D-IF masked" "sync_sp0 main el2_reset "
expect "the explanation" "BRK #81, which nobody handles." "$explanation"
verdict "$LINENO" "raise=sync_sp0" "Sixteen vectors"

for kind in "irq IRQ D--F" "fiq FIQ D-I-"; do
	# shellcheck disable=SC2086 # three words
	set -- $kind
	[ "$1" = irq ] && number=1 || number=2
	raise "$1_sp0" "$number: $2, current EL with SP_EL0" - "EL2t, *, $3 masked" "$1_sp0 main el2_reset "
	expect "the first line" "$interrupt" "$words"
	verdict "$LINENO" "raise=$1_sp0" "Sixteen vectors"
	raise "$1_spx" "$((4 + number)): $2, current EL with SP_ELx" - "EL2h, *, $3 masked" "$1_spx main el2_reset "
	expect "the first line" "$interrupt" "$words"
	verdict "$LINENO" "raise=$1_spx" "Sixteen vectors"
	# Whose frames a lower level has is no business of the trace.
	raise "$1_a64" "$((8 + number)): $2, lower EL using AArch64" - "EL1h, *, DAIF masked" "loop_a64 *"
	expect "the first line" "$interrupt" "$words"
	verdict "$LINENO" "raise=$1_a64" "Sixteen vectors"
	raise "$1_a32" "$((12 + number)): $2, lower EL using AArch32" - "AArch32, *, -AIF masked" "loop_a32 *"
	expect "the first line" "$interrupt" "$words"
	verdict "$LINENO" "raise=$1_a32" "Sixteen vectors"
done

raise sync_a64 "8: Synchronous, lower EL using AArch64" 0x5a000052 "EL1h, *, DAIF masked" "hvc_a64 *"
expect "the first line" "HVC instruction execution in AArch64 state, #0x52" "$words"
verdict "$LINENO" "raise=sync_a64" "Sixteen vectors"

raise sync_a32 "12: Synchronous, lower EL using AArch32" 0x4a000052 "AArch32, *, -AIF masked" "hvc_a32 *"
expect "the first line" "HVC instruction execution in AArch32 state, #0x52" "$words"
verdict "$LINENO" "raise=sync_a32" "Sixteen vectors"

raise known_registers "$spx" 0xf2000057 "$from_el2h" "known_registers main el2_reset "
wanted=
for n in 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15 16 17 18 19 1a 1b 1c; do
	wanted="$wanted""0x10${n}0000000020$n "
done
expect_like "x0 to x30" "$wanted""0x000000007ffc7??? 0x000000007c?????? " "$x"
expect_like "SP" "0x000000007ffc7???" "$sp"
verdict "$LINENO" "raise=known_registers" "$section"

raise misaligned_sp "$spx" 0xf2000053 "$from_el2h" "misaligned_sp main el2_reset "
expect_like "the explanation" "SP 0x7ffc7??8 is not a multiple of 16.|BRK #83, which nobody handles." "$explanation"
expect_like "SP" "0x000000007ffc7??8" "$sp"
verdict "$LINENO" "raise=misaligned_sp" "Stacks and what lies below them"

raise overflow_sp "$spx" 0xf2000054 "$from_el2h" "overflow_sp main el2_reset "
expect "the explanation" "Stack overflow: SP 0x7ffda800 leaves no room on the 16 KiB stack of CPU 3.|BRK #84, which nobody handles." "$explanation"
expect "SP" "0x000000007ffda800" "$sp"
verdict "$LINENO" "raise=overflow_sp" "Stacks and what lies below them"

raise misaligned_pc "$spx" 0x8a000000 "$from_el2h" "hvc_a64 main el2_reset "
at=$(($(address hvc_a64) + 2))
expect "ELR_EL2" "$(hex16 $at)" "$elr"
expect "FAR_EL2" "$(hex16 $at)" "$far"
expect "the first line" "PC alignment fault exception" "$words"
expect "the explanation" "$(printf 'PC 0x%x is not a multiple of 4.' $at)" "$explanation"
verdict "$LINENO" "raise=misaligned_pc" "$section"

raise refused_brk "$spx" 0xf2000055 "$from_el2h" "refused_brk main el2_reset "
expect "the explanation" "BRK #85, which nobody handles." "$explanation"
verdict "$LINENO" "raise=refused_brk" "Exceptions that return"

# ---- From EL3: interrupts are EL2's (the GIC's groups), and HVC is allowed.

raise irq_spx "5: IRQ, current EL with SP_ELx" - "EL2h, *, D--F masked" "irq_spx main el2_reset " --el 3
expect "the first line" "$interrupt" "$words"
verdict "$LINENO" "raise=irq_spx from EL3" "From reset to C"

raise sync_a64 "8: Synchronous, lower EL using AArch64" 0x5a000052 "EL1h, *, DAIF masked" "hvc_a64 *" --el 3
expect "the first line" "HVC instruction execution in AArch64 state, #0x52" "$words"
verdict "$LINENO" "raise=sync_a64 from EL3" "From reset to C"

# ---- Panics in trouble: they end all the same.

run ./vectors.elf --args raise=panic_in_panic
read_screen
expect "panic screens" 0 "$headers"
expect_like "the last line but one" "el2labs: panic inside a panic at 0x7c?????? (ESR_EL2 0x9*, FAR_EL2 0x7bfff000)" "$(tail -n 2 "$dir/uart" | head -n 1)"
expect_end
verdict "$LINENO" "raise=panic_in_panic" "$section"

run ./vectors.elf --args raise=panic_without_uart
expect "QEMU's exit status" 0 $status
verdict "$LINENO" "raise=panic_without_uart" "$section"

raise fault_in_printf "$spx" - "$from_el2h" "* printf fault_in_printf main el2_reset "
expect_esr $abort 0x96000006
expect "FAR_EL2" 0x000000007bfff000 "$far"
verdict "$LINENO" "raise=fault_in_printf" "$section"

run ./vectors.elf --args raise=plain_panic
read_screen
expect "the message" "el2labs: panic: the answer is 42" "$(sed -n '/panic/p' "$dir/uart" | head -n 1)"
expect "the call trace" "panic plain_panic main el2_reset " "$trace"
expect_end
verdict "$LINENO" "raise=plain_panic" "$section"

# ---- The monitor at EL3, and what comes after main().

run ./vectors.elf --el 3 --args raise=smc_from_a32
expect "the last line" "el2labs: unexpected exception at EL3. Powering off." "$(tail -n 1 "$dir/uart")"
expect "QEMU's exit status" 0 $status
verdict "$LINENO" "raise=smc_from_a32 from EL3" "From reset to C"

for el in 2 3; do
	run ./vectors.elf --el $el --args raise=reset
	expect "run-qemu's exit status (3: the machine asked for a reset)" 3 $status
	verdict "$LINENO" "raise=reset from EL$el" "From reset to C"

	run ./vectors.elf --el $el --args raise=nothing
	expect "the last line" "raise=nothing: nothing was raised" "$(tail -n 1 "$dir/uart")"
	expect "QEMU's exit status" 0 $status
	verdict "$LINENO" "raise=nothing from EL$el: main() returns, and the machine powers off" "From reset to C"
done

echo "1..$tests"
