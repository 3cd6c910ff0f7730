#!/bin/sh
# SPDX-License-Identifier: MIT
#
# replay.sh: time travel: the aids hv back, hv cost and hv who-wrote in a recorded run.

script=$(cd "$srcdir" && pwd)/replay.gdb
tests=$(cd "$top_srcdir/tests/harness" && pwd)
EL2LABS_AIDS=$(cd "$top_srcdir/common/gdb" && pwd)/el2labs.py
export EL2LABS_AIDS
cd "$top_builddir/lab3-vcpu-context" || exit 1

# What a user's directories are called: a comma ends a value in QEMU's options, a blank a word in its monitor.
tmp=$(mktemp -d "${TMPDIR:-/tmp}/replay, lab3.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
TMPDIR=$tmp
export TMPDIR
sh "$tests/replay-test" --timeout 60 --init "$EL2LABS_AIDS" "$script" lab3.elf
