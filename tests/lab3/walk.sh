#!/bin/sh
# SPDX-License-Identifier: MIT
#
# walk.sh: translation tables of all shapes, against QEMU's own walks; list registers; the guests' symbols.

script=$(cd "$srcdir" && pwd)/walk.gdb
tests=$(cd "$top_srcdir/tests/harness" && pwd)
aids=$(cd "$top_srcdir/common/gdb" && pwd)/el2labs.py
cd "$top_builddir/lab3-vcpu-context" || exit 1
exec sh "$tests/gdb-test" --init "$aids" --timeout 60 --cpu max "$script" lab3.elf
