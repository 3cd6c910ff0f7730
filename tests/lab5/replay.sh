#!/bin/sh
# SPDX-License-Identifier: MIT
#
# replay.sh: time travel: the aids hv back, hv cost and hv who-wrote in a recorded run.

script=$(cd "$srcdir" && pwd)/replay.gdb
tests=$(cd "$top_srcdir/tests/harness" && pwd)
EL2LABS_AIDS=$(cd "$top_srcdir/common/gdb" && pwd)/el2labs.py
export EL2LABS_AIDS
cd "$top_builddir/lab5-smc-psci" || exit 1
exec sh "$tests/replay-test" --timeout 60 --init "$EL2LABS_AIDS" "$script" lab5.elf
