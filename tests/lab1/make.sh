#!/bin/sh
# SPDX-License-Identifier: MIT
#
# make.sh: a spelling mistake on make's command line, or a QEMU that is not there, is a message in one
# line, and not a run of something else, nor a hang.

tests=0

# refused TITLE LINE TARGET VARIABLE...: make fails, and its first line of complaint is that one.
refused() {
	title=$1 line=$2
	shift 2
	tests=$((tests + 1))
	said=$(make -s -C "$top_builddir/lab1-el2-entry" "$@" 2>&1 </dev/null)
	status=$?
	got=$(printf '%s\n' "$said" | grep -v '^make\[\|^make: \(Entering\|Leaving\)' | head -n 1)
	# shellcheck disable=SC2254 # a pattern
	case $status:$got in
	0:*)	;;
	*:$line)
		echo "ok $tests - $title"
		return ;;
	esac
	echo "not ok $tests - $title"
	echo "# expected a failure with \"$line\", got status $status and \"$got\"  at tests/lab1/make.sh"
	echo "# handout: lab1-el2-entry/README.md, \"Run it\""
	echo "# reproduce: make -C lab1-el2-entry $*"
}

for target in run debug gdb; do
	refused "make $target with an unknown variable" "make: unknown variable: CPUS (known: CPU SMP *)" \
		$target CPUS=4
	refused "make $target without QEMU" "make: there is no QEMU at /nowhere/qemu *" \
		$target QEMU=/nowhere/qemu
done
echo "1..$tests"
