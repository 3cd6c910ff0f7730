#!/bin/sh
# SPDX-License-Identifier: MIT
# hostile_models.sh: the hostile guest on other CPU models, for a moment.
exec sh "$top_srcdir/tests/harness/boot-test" --els 2 --smp 1 --cpus "cortex-a57 neoverse-n1" ./hostile.elf
