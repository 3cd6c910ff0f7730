# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# expect.sh: run an image, and compare what it says with what it should say, value by value. Sourced
# by panic.sh and refusals.sh.
#
#	run IMAGE OPTION...		starts it; the options are run-qemu's
#	expect WHAT WANTED GOT		notes down a difference
#	verdict LINE TITLE SECTION	one TAP test of all that was expected since the last one

# shellcheck source=SCRIPTDIR/../harness/reproduce.sh
. "$top_srcdir/tests/harness/reproduce.sh"

if [ -z "${QEMU-unset}" ]; then
	echo "1..0 # SKIP configured --without-qemu"
	exit 0
fi
lab1=$top_builddir/lab1-el2-entry/lab1.elf
nm=${TARGET_NM:-nm}
dir=$(mktemp -d "${TMPDIR:-/tmp}/lab1-test.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
: "${QEMUFLAGS=}"
tests=0
: >"$dir/differences"

# The UART's output is in $dir/uart, run-qemu's own words in $dir/errors, its status in $status.
run() {
	image=$1
	shift
	again=$(reproduce "$image" lab1-el2-entry)
	options='' flags=''
	while [ $# -gt 0 ]; do
		case $1 in
		--)		shift; flags=$*; break ;;
		*)		again="$again$(as_variable "$1" "$2")"
				options="$options $1 $(quoted "$2")"
				shift 2 ;;
		esac
	done
	[ -z "$flags" ] || again="$again QEMUFLAGS='$flags'"
	eval "set -- $options"
	QEMUFLAGS="$QEMUFLAGS $flags" sh "$top_srcdir/build-aux/run-qemu" --timeout "${BOOT_TEST_TIMEOUT:-10}" "$@" "$image" \
		>"$dir/uart" 2>"$dir/errors"
	status=$?
}

quoted() {
	printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"
}

expect() {
	[ "$2" = "$3" ] || printf '# %s: expected "%s", got "%s"\n' "$1" "$2" "$3" >>"$dir/differences"
}

# The same, when the wanted text is a pattern of the shell.
expect_like() {
	# shellcheck disable=SC2254 # it is meant to be a pattern
	case $3 in
	$2) ;;
	*) printf '# %s: expected "%s", got "%s"\n' "$1" "$2" "$3" >>"$dir/differences" ;;
	esac
}

verdict() {
	tests=$((tests + 1))
	if [ ! -s "$dir/differences" ]; then
		echo "ok $tests - $2"
		return
	fi
	echo "not ok $tests - $2"
	cat "$dir/differences"
	echo "# at tests/lab1/$(basename "$0")${1:+:$1}"
	sed 's/^/# uart: /' "$dir/uart" | tail -n 45
	sed 's/^/# /' "$dir/errors"
	echo "# handout: lab1-el2-entry/README.md, \"$3\""
	echo "# reproduce: $again"
	: >"$dir/differences"
}

# address SYMBOL: of a symbol of $image, as the panic screen prints it.
address() {
	"$nm" "$image" | awk -v name="$1" '$3 == name { sub(/^0+/, "", $1); print "0x" $1; exit }'
}
