#!/bin/sh
# SPDX-License-Identifier: MIT
#
# gdb.sh: a whole world switch under GDB, with all registers compared at each station.

script=$(cd "$srcdir" && pwd)/gdb.gdb
tests=$(cd "$top_srcdir/tests/harness" && pwd)
cd "$top_builddir/lab3-vcpu-context" || exit 1		# where the guest's ELF file is
exec sh "$tests/gdb-test" --timeout 60 "$script" lab3.elf
