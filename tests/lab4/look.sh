#!/bin/sh
# SPDX-License-Identifier: MIT
#
# look.sh: the commands that look, and what is said of exits.

script=$(cd "$srcdir" && pwd)/look.gdb
tests=$(cd "$top_srcdir/tests/harness" && pwd)
aids=$(cd "$top_srcdir/common/gdb" && pwd)/el2labs.py

cd "$top_builddir/lab4-exits" || exit 1
exec sh "$tests/gdb-test" --init "$aids" --timeout 60 --cpu cortex-a57 "$script" lab4.elf
