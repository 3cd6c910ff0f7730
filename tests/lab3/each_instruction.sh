#!/bin/sh
# SPDX-License-Identifier: MIT
#
# each_instruction.sh: window.elf with one instruction a nanosecond, so that the interrupt comes at each
# instruction of the way into the guest once.
QEMUFLAGS="${QEMUFLAGS:+$QEMUFLAGS }-icount shift=0"
[ "${QEMU-unset}" != '' ] || QEMUFLAGS=
export QEMUFLAGS
exec sh "$top_srcdir/tests/harness/boot-test" --els 2 --cpus "cortex-a57 max" --smp 1 ./window.elf
