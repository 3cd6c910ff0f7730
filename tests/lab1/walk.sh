#!/bin/sh
# SPDX-License-Identifier: MIT
#
# walk.sh: the translation tables of EL2, the physical GIC, and what the aids say of names and commands that do not exist.

script=$(cd "$srcdir" && pwd)/walk.gdb
tests=$(cd "$top_srcdir/tests/harness" && pwd)
aids=$(cd "$top_srcdir/common/gdb" && pwd)/el2labs.py
cd "$top_builddir/lab1-el2-entry" || exit 1
exec sh "$tests/gdb-test" --init "$aids" --timeout 60 "$script" lab1.elf
