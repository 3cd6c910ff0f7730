#!/bin/sh
# SPDX-License-Identifier: MIT
#
# readme.sh: what the handout of lab 5 shows is what really comes out.

exec sh "$top_srcdir/tests/harness/transcript" "$top_srcdir/lab5-smc-psci/README.md"
