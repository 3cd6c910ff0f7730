#!/bin/sh
# SPDX-License-Identifier: MIT
#
# walk.sh: the physical GIC of two CPUs, and a stage 2 that maps nothing.

script=$(cd "$srcdir" && pwd)/walk.gdb
tests=$(cd "$top_srcdir/tests/harness" && pwd)
aids=$(cd "$top_srcdir/common/gdb" && pwd)/el2labs.py
cd "$top_builddir/lab2-percpu" || exit 1
exec sh "$tests/gdb-test" --init "$aids" --timeout 60 --smp 2 "$script" lab2.elf
