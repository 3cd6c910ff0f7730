#!/bin/sh
# SPDX-License-Identifier: MIT
#
# look.sh: the commands that look, with several VMs and vCPUs.

script=$(cd "$srcdir" && pwd)/look.gdb
tests=$(cd "$top_srcdir/tests/harness" && pwd)
aids=$(cd "$top_srcdir/common/gdb" && pwd)/el2labs.py

cd "$top_builddir/lab5-smc-psci" || exit 1
exec sh "$tests/gdb-test" --init "$aids" --timeout 60 --cpu cortex-a57 --args vms=2 "$script" lab5.elf
