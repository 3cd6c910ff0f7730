#!/bin/sh
# SPDX-License-Identifier: MIT
#
# gdb.sh: from a guest's CPU_ON to the second vCPU's first instruction, and an SMC, under GDB. One CPU: then
# nothing goes on behind its back, and the caller's slice has to end before the second vCPU begins.

script=$(cd "$srcdir" && pwd)/gdb.gdb
tests=$(cd "$top_srcdir/tests/harness" && pwd)
cd "$top_builddir/lab5-smc-psci" || exit 1		# where the guest's ELF file is
exec sh "$tests/gdb-test" --smp 1 --timeout 60 "$script" lab5.elf
