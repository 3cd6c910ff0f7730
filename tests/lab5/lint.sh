#!/bin/sh
# SPDX-License-Identifier: MIT
# lint.sh: rules about lab 5's machine code that no compiler checks.
exec sh "$top_srcdir/tests/harness/lint-image" --vectors vcpu_vectors,percpu_vectors,el2_vectors \
	--allow-fp fp_save,fp_load --handout 'lab3-vcpu-context/README.md, "Into the guest and out of it"' \
	"$top_builddir/lab5-smc-psci/lab5.elf"
