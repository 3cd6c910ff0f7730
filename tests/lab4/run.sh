#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run.sh: the commands that run, over exits that are emulated.

script=$(cd "$srcdir" && pwd)/run.gdb
tests=$(cd "$top_srcdir/tests/harness" && pwd)
aids=$(cd "$top_srcdir/common/gdb" && pwd)/el2labs.py

cd "$top_builddir/lab4-exits" || exit 1
exec sh "$tests/gdb-test" --init "$aids" --timeout 60 --cpu cortex-a57 "$script" lab4.elf
