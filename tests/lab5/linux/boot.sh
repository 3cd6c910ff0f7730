#!/bin/sh
# SPDX-License-Identifier: MIT
#
# boot.sh: Linux as a guest. Debian's kernel with an init of this project (init.c), which tells in TAP
# what it found; here that is put together for all machines. Each run adds a test of its own: did Linux
# say all that it had to, and did the machine end as it should?
#
# The kernel is in a package which not everybody has: without it, all of this is skipped.
#
# LINUX_TEST_FLAGS in the environment: "--bare" tries the tests themselves, on QEMU without a hypervisor.

# shellcheck disable=SC2154 # from the Makefile
run_guest=$top_srcdir/lab5-smc-psci/run-guest.sh
image=$top_builddir/lab5-smc-psci/lab5.elf
CPP="$TARGET_CC -E"
export CPP
# Whatever the caller's environment holds: only what is said here counts.
unset KERNEL INITRD APPEND SMP MEM VMS CPUS METHOD ARGS DTS DTB

if [ -z "$QEMU" ]; then
	echo "1..0 # SKIP configured without QEMU"
	exit 0
fi
if ! why=$(sh "$run_guest" --debian --dry-run no-image 2>&1 >/dev/null) && [ "${why#*install debian-}" != "$why" ]; then
	echo "1..0 # SKIP ${why#run-guest: }"
	exit 0
fi
case " ${LINUX_TEST_FLAGS-} " in
*" --bare "*) image= ;;
esac

dir=$(mktemp -d "${TMPDIR:-/tmp}/linux-test.XXXXXX") || exit 99
trap 'rm -rf "$dir"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

number=0
# linux CPU STARTS APPEND NAME=VALUE...: one run, in which init starts so often.
linux() {
	cpu=$1 starts=$2 append=$3
	shift 3
	# shellcheck disable=SC2086 # lists of words
	sh "$run_guest" --debian ${LINUX_TEST_FLAGS-} INITRD=linux.initrd APPEND="quiet cryptomgr.notests $append" "$@" \
		--cpu "$cpu" --timeout "${BOOT_TEST_TIMEOUT:-60}" $image >"$dir/uart" 2>"$dir/err"
	status=$?
	awk -v number="$number" -v machine="[Linux $cpu $*]" -v status=$status -v starts="$starts" \
		-v err="$dir/err" \
		-v again="CPU=$cpu $* APPEND='$append'" '
		BEGIN { ok = 1 }
		# A guest that shares the UART has its name in front of each line.
		{ sub(/^[a-z0-9]+[|] /, "") }
		/^(not )?ok [0-9]+ / {
			seen++
			ok = $1 == "ok"
			sub(/^(not )?ok [0-9]+ (- )?/, "")
			skip = match($0, / # SKIP/) ? substr($0, RSTART) : ""
			if (skip != "")
				$0 = substr($0, 1, RSTART - 1)
			print (ok ? "ok " : "not ok ") (++number) " - " $0 " " machine skip
			next
		}
		/^1\.\.[0-9]+$/ { plan = substr($0, 4) + 0 }
		/^# init:/ { started++; plan = seen = 0 }
		# What explains a failure, and what is just told: that is for the log alone.
		/^#/ { print (ok ? "  " : "") $0 }
		{ line[++lines] = $0 }
		END {
			if (started != starts)
				why = "init was started " (started + 0) " times, not " starts
			else if (seen != plan || !plan)
				why = (seen + 0) " of " (plan + 0) " planned tests came"
			else if (status != 0)
				why = "run-guest ended with status " status
			print (why == "" ? "ok " : "not ok ") (++number) " - ran to its end " machine
			if (why == "")
				exit
			print "# " why
			while ((getline text < err) > 0)
				print "# " text
			for (i = lines > 30 ? lines - 29 : 1; i <= lines; i++)
				print "# uart: " line[i]
			print "# handout: lab5-smc-psci/README.md, \"Linux as a guest\""
			print "# reproduce: make -C lab5-smc-psci run-linux INITRD=$PWD/tests/lab5/linux.initrd " \
				again
		}' "$dir/uart" >"$dir/tap"
	cat "$dir/tap"
	number=$(grep -Ec '^(not )?ok ' "$dir/tap" | awk -v n="$number" '{ print n + $1 }')
}

# That the kernel's ciphers work is not the hypervisor's matter (cryptomgr.notests).
# A reset, and then the hypervisor takes the next one for the end.
if [ -n "$image" ]; then
	linux cortex-a72 2 'el2labs.cpus=2 el2labs.then=reboot' SMP=2 ARGS=resets=1
else
	linux cortex-a72 1 'el2labs.cpus=2' SMP=2
fi
# `max` would spend its time on pointer authentication, which QEMU calculates slowly.
# Two vCPUs share a CPU, and one has the other for itself.
linux max,pauth-impdef=on 1 'el2labs.cpus=3' SMP=3 METHOD=smc CPUS=2
echo "1..$number"
