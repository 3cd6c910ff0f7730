#!/bin/sh
# SPDX-License-Identifier: MIT
#
# lint.sh: rules about lab 1's machine code which no compiler checks (tests/harness/lint-image).

exec sh "$top_srcdir/tests/harness/lint-image" --vectors el2_vectors,el3_vectors,boot_vectors --allow-fp fp_instruction \
	--handout 'lab1-el2-entry/README.md, "Sixteen vectors"' "$top_builddir/lab1-el2-entry/lab1.elf"
