#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run.sh: the commands that run, in the hypervisor alone: steps, and QEMU's switches.

script=$(cd "$srcdir" && pwd)/run.gdb
tests=$(cd "$top_srcdir/tests/harness" && pwd)
aids=$(cd "$top_srcdir/common/gdb" && pwd)/el2labs.py
# An argument may be beyond ASCII all the same.
LC_ALL=C
export LC_ALL

cd "$top_builddir/lab1-el2-entry" || exit 1
exec sh "$tests/gdb-test" --init "$aids" --timeout 60 --cpu cortex-a57 "$script" lab1.elf
