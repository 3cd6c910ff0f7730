#!/bin/sh
# SPDX-License-Identifier: MIT
#
# top-readme.sh: what the README at the top shows is what really comes out.

exec sh "$top_srcdir/tests/harness/transcript" "$top_srcdir/README.md"
