#!/bin/sh
# SPDX-License-Identifier: MIT
#
# walk.sh: the virtual GIC, and a backtrace from a device model into the guest's C.

script=$(cd "$srcdir" && pwd)/walk.gdb
tests=$(cd "$top_srcdir/tests/harness" && pwd)
aids=$(cd "$top_srcdir/common/gdb" && pwd)/el2labs.py
cd "$top_builddir/lab4-exits" || exit 1
exec sh "$tests/gdb-test" --init "$aids" --timeout 60 "$script" lab4.elf
