#!/bin/sh
# SPDX-License-Identifier: MIT
#
# mte.sh: the registers of memory tagging (TFSR_EL2), which a machine has only when it is asked for.

QEMUFLAGS="${QEMUFLAGS-} -M mte=on"
export QEMUFLAGS
echo "# with QEMUFLAGS='$QEMUFLAGS'"
exec sh "$top_srcdir/tests/harness/boot-test" --cpus max --smp 1 ./sysregs.elf
