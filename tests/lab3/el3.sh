#!/bin/sh
# SPDX-License-Identifier: MIT
# el3.sh: the two guests, and the exits, on a machine that starts at EL3.
exec sh "$top_srcdir/tests/harness/boot-test" --els 3 --cpus "cortex-a57 max" --smp 1 --args few ./canary.elf
