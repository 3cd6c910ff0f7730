#!/bin/sh
# SPDX-License-Identifier: MIT
#
# readme.sh: what the handout of lab 4 shows is what really comes out.

exec sh "$top_srcdir/tests/harness/transcript" "$top_srcdir/lab4-exits/README.md"
