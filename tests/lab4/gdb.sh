#!/bin/sh
# SPDX-License-Identifier: MIT
#
# gdb.sh: MMIO reads under GDB, station by station, and the aid "hv exits".

script=$(cd "$srcdir" && pwd)/gdb.gdb
tests=$(cd "$top_srcdir/tests/harness" && pwd)
EL2LABS_AIDS=$(cd "$top_srcdir/common/gdb" && pwd)/el2labs.py
export EL2LABS_AIDS
cd "$top_builddir/lab4-exits" || exit 1			# where the guest's ELF file is
exec sh "$tests/gdb-test" --timeout 60 "$script" lab4.elf
