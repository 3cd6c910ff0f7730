#!/bin/sh
# SPDX-License-Identifier: MIT
#
# demo.sh: lab 1's own image runs to its end on every CPU model, with eight CPUs, from EL2 and from EL3.

exec sh "$top_srcdir/tests/harness/boot-test" --smp 8 \
	--match '^EL2 Labs, lab 1: EL2 entry and vectors$' \
	--match '^Running at EL2, MMU and caches on, vectors at 0x7c000000$' \
	--match '^CPU: (Cortex-A53|Cortex-A57|Cortex-A72|Cortex-A76|Neoverse-N1|QEMU.s max) \(MIDR_EL1 0x' \
	--match '^A hypervisor can run here: yes$' \
	--match '^  BRK #41 taken at 0x7c00....: answered, and on we go$' \
	--match '^  resumed behind it, with x0 = 42 from the handler$' \
	--match '^  0x7c000000: readable$' \
	--match '^  0x40000000: fault, survived' \
	--match '^Done. Powering off.$' \
	"$top_builddir/lab1-el2-entry/lab1.elf"
