#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run.sh: the commands that run, on two CPUs without a guest.

script=$(cd "$srcdir" && pwd)/run.gdb
tests=$(cd "$top_srcdir/tests/harness" && pwd)
aids=$(cd "$top_srcdir/common/gdb" && pwd)/el2labs.py

cd "$top_builddir/lab2-percpu" || exit 1
exec sh "$tests/gdb-test" --init "$aids" --timeout 60 --cpu cortex-a57 --smp 2 "$script" lab2.elf
