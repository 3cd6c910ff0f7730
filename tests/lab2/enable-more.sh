#!/bin/sh
# SPDX-License-Identifier: MIT
#
# enable-more.sh: enable.elf on eight CPUs, and from EL3, where there is one.

exec sh "$top_srcdir/tests/harness/boot-test" --cpus "cortex-a57 max" --smp 8 --els "2 3" enable.elf
