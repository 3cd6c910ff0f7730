# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# reproduce.sh: how a person starts under GDB what a test has run.  Sourced by the tests' scripts.

# reproduce IMAGE [LAB] - the command, to be given at the top of the build tree.  LAB is the
# lab's directory; without it, it is told from where the image is.
reproduce() {
	image_path=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
	tree_top=$(dirname "$image_path")
	while [ "$tree_top" != / ] && [ ! -f "$tree_top/config.status" ]; do
		tree_top=$(dirname "$tree_top")
	done
	if [ "$tree_top" = / ]; then
		echo "make${2:+ -C $2} gdb IMAGE=$image_path"
		return
	fi
	image_path=${image_path#"$tree_top"/}
	lab_dir=${2-}
	if [ -z "$lab_dir" ]; then
		lab_number=$(expr "$image_path" : 'tests/\(lab[0-9]*\)/' \| \
			"$image_path" : '\(lab[0-9]*\)-') && lab_dir=$(cd "$tree_top" && echo "$lab_number"-*)
	fi
	# make runs in the lab's directory, and takes a path from there.
	if [ -n "$lab_dir" ]; then
		echo "make -C $lab_dir gdb IMAGE=../$image_path"
	else
		echo "make gdb IMAGE=$image_path"
	fi
}

# as_variable OPTION VALUE - an option of run-qemu as a variable for make, after a blank.
as_variable() {
	case $1=$2 in
	--cpu=*)	echo " CPU=$2" ;;
	--smp=*)	echo " SMP=$2" ;;
	--el=*)		echo " EL=$2" ;;
	--gic=*)	echo " GIC=$2" ;;
	--mem=*)	echo " MEM=$2" ;;
	--args=*" "*)	echo " ARGS='$2'" ;;
	--args=panic=*)	echo " PANIC=${2#panic=}" ;;
	--args=*)	echo " ARGS=$2" ;;
	esac
}
