#!/bin/sh
# SPDX-License-Identifier: MIT
#
# gdb.sh: two CPUs under GDB, before and after they enable virtualization; and one of them,
# instruction by instruction.

exec sh "$top_srcdir/tests/harness/gdb-test" --smp 2 --timeout 60 "$srcdir/gdb.gdb" \
	../../lab2-percpu/lab2.elf
