#!/bin/sh
# SPDX-License-Identifier: MIT
#
# enable-more.sh: enable.elf on one CPU and on eight, and from EL3 (where there is always one).

exec sh "$top_srcdir/tests/harness/boot-test" --cpus "cortex-a57 max" --smp "1 8" --els "2 3" enable.elf
