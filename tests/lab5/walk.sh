#!/bin/sh
# SPDX-License-Identifier: MIT
#
# walk.sh: a guest with its MMU on; several vCPUs; a kernel's symbols by VBAR_EL1.

script=$(cd "$srcdir" && pwd)/walk.gdb
tests=$(cd "$top_srcdir/tests/harness" && pwd)
aids=$(cd "$top_srcdir/common/gdb" && pwd)/el2labs.py
cd "$top_builddir/lab5-smc-psci" || exit 1
exec sh "$tests/gdb-test" --init "$aids" --timeout 60 "$script" lab5.elf
