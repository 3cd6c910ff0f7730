#!/bin/sh
# SPDX-License-Identifier: MIT
#
# look.sh: the commands that look, and the fields against the headers.

script=$(cd "$srcdir" && pwd)/look.gdb
tests=$(cd "$top_srcdir/tests/harness" && pwd)
aids=$(cd "$top_srcdir/common/gdb" && pwd)/el2labs.py
EL2LABS_HEADERS=$(cd "$top_srcdir/common" && pwd)
EL2LABS_HANDOUTS=$(cd "$top_srcdir" && pwd)
export EL2LABS_HEADERS EL2LABS_HANDOUTS
cd "$top_builddir/lab1-el2-entry" || exit 1
exec sh "$tests/gdb-test" --init "$aids" --timeout 60 --cpu cortex-a57 "$script" lab1.elf
