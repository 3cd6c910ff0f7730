#!/bin/sh
# SPDX-License-Identifier: MIT
#
# echo.sh: what is typed on the machine's UART reaches the guest of the demo through its virtual one, by
# interrupts all along, and comes back. (QEMU's UART is a pipe here, as run-qemu gives no input without a
# terminal.)

handout='lab4-exits/README.md, "The virtual UART"'
image=$top_builddir/lab4-exits/lab4.elf
run=$top_srcdir/build-aux/run-qemu

if [ -z "$QEMU" ]; then
	echo "1..0 # SKIP configured without QEMU"
	exit 0
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/lab4-echo.XXXXXX") || exit 1
qemu=
# shellcheck disable=SC2317 # called by the traps
clean_up() {
	[ -z "$qemu" ] || kill "$qemu" 2>/dev/null
	rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

tests=0
failed=0
# result NAME: of the last command
result() {
	[ $? -eq 0 ] && word=ok || word='not ok'
	tests=$((tests + 1))
	echo "$word $tests - $1"
	[ "$word" = ok ] && return
	failed=1
	echo "# handout: $handout"
	sed 's/^/# uart: /' "$dir/out"
}

# wait_for COMMAND...: until it succeeds; that it never did, says the status
wait_for() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || return 1
		sleep 0.05
	done
}

# said LINE, is_over: has the guest, is the machine?
said() {
	tr -d '\r' <"$dir/out" | grep -qxF "$1"
}
is_over() {
	! kill -0 "$qemu" 2>/dev/null
}

# type_line LINE: and see it come back. No longer than the guest's FIFO: what has no room there is lost.
type_line() {
	printf '%s\r' "$1" >&3
	wait_for said "guest| echo: $1"
	result "typed: $1"
}

echo 1..6
mkfifo "$dir/in" || exit 1
exec 3<>"$dir/in"
: >"$dir/out"
command=$(sh "$run" --dry-run --args echo "$image" </dev/null) || exit 1
eval "exec $command" <"$dir/in" >"$dir/out" 2>&1 3>&- &
qemu=$!

wait_for said 'guest| Type: lines come back, "quit" ends.'
result 'the guest asks for lines'
type_line 'Hello'
type_line ''
type_line '15 at a time...'
type_line 'quit'
wait_for is_over && said 'Done. Powering off.'
result '"quit": the guest ends, and the machine powers off'
exit $failed
