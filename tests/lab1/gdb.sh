#!/bin/sh
# SPDX-License-Identifier: MIT
#
# gdb.sh: lab 1 under GDB, instruction by instruction across an exception and its return (brk.gdb).

exec sh "$top_srcdir/tests/harness/gdb-test" "$srcdir/brk.gdb" "$top_builddir/lab1-el2-entry/lab1.elf"
