#!/bin/sh
# SPDX-License-Identifier: MIT
#
# endless.sh: time travel in the run of a hypervisor that hangs: it is recorded up to the time limit.

if [ "${QEMU-unset}" = '' ]; then
	echo "1..0 # SKIP configured without QEMU"
	exit 0
fi
script=$(cd "$srcdir" && pwd)/endless.gdb
tests=$(cd "$top_srcdir/tests/harness" && pwd)
aids=$(cd "$top_srcdir/common/gdb" && pwd)/el2labs.py
EL2LABS_REPLAY=$(mktemp -d "${TMPDIR:-/tmp}/endless.XXXXXX") || exit 99
export EL2LABS_REPLAY
trap 'rm -rf "$EL2LABS_REPLAY"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

why=$(sh "$top_srcdir/build-aux/run-qemu" --timeout 1 --record "$EL2LABS_REPLAY" spin.elf 2>&1 >/dev/null)
case $? in
124) ;;
4)	echo "1..0 # SKIP not recorded: $why" | sed 1q; exit 0 ;;
*)	echo "1..1"; echo "not ok 1 - the recording ends with its time limit"; echo "# $why"; exit 1 ;;
esac
sh "$tests/gdb-test" --timeout 60 --init "$aids" "$script" spin.elf
