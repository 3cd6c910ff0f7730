#!/bin/sh
# SPDX-License-Identifier: MIT
# (run-guest.sh, and not run-guest, because that is what make is asked for: "make run-guest KERNEL=...".)
#
# run-guest: start the hypervisor with a guest of one's own, such as Linux.
#
# The guest's files are QEMU's business only in so far as it hands them out (fw_cfg). Whether they can make a
# guest at all is found out here, before QEMU starts, and where they belong in the guest's memory, which the
# hypervisor is told in its boot arguments.
#
#   the machine's memory                      a guest's memory
#
#   0x4000_0000  QEMU's own                   0x4000_0000  the kernel, at its offset
#   0x7c00_0000  the hypervisor               behind it    the initrd    } each from a multiple
#   0x8000_0000  the guests' memory, one      behind that  device tree   } of 2 MiB on
#                after the other
#
# The hypervisor has QEMU write them there, at each start of a guest anew. The boot arguments:
#
#   kernel=IPA  initrd=IPA  dtb=IPA  vms=N  vcpus=N  ram=SIZE
#
# (no initrd= without one). A guest starts at the kernel's IPA, and has the device tree's in x0.

me=run-guest
here=$(dirname "$0")

usage() {
	cat <<'END'
usage: run-guest [NAME=VALUE]... [option]... IMAGE [-- QEMU-FLAG...]

Runs IMAGE (lab5.elf) on QEMU with guests. What they are is said by arguments or in the environment:

  KERNEL=FILE   an arm64 Linux Image, or a flat binary for QEMU's "virt" (goes to RAM + 0x80000)
  INITRD=FILE   its initial RAM disk                            (none)
  APPEND=TEXT   its command line                                (empty)
  SMP=N         vCPUs of a guest, 1 to 8                        (2)
  MEM=SIZE      memory of a guest, 16M to 16G, a multiple of 2M (512M)
  VMS=N         guests, 1 to 8, all of the same                 (1)
  CPUS=N        CPUs of the machine, 1 to 8                     (SMP x VMS, at most 8)
  METHOD=hvc    how guests call PSCI: hvc or smc
  ARGS=TEXT     more boot arguments for the hypervisor
  DTS=FILE      another device tree source for the guest        (guest.dts.S, see there)
  DTB=FILE      keep the compiled device tree in FILE

  --debian      KERNEL and INITRD are those of Debian's installer, and APPEND=init=/bin/sh,
                as far as they are not given
  --bare        the same guest on QEMU itself, without a hypervisor (and without IMAGE): to compare
  --cpu, --timeout, --uart, --gdb, --icount, --dry-run     as for build-aux/run-qemu
  --help        this text

environment:    CPP, DTC: preprocessor and device tree compiler; and what run-qemu looks at.
exit status:    run-qemu's; 2 when something is wrong and nothing was run.
END
}

wrong() {
	echo "$me: $*" >&2
	exit 2
}

# ---- What is asked for --------------------------------------------------------------------------

image='' debian='' bare='' options=''
# An option for run-qemu, quoted for eval.
pass_on() {
	for word in "$@"; do
		options="$options '$(printf %s "$word" | sed "s/'/'\\\\''/g")'"
	done
}

while [ $# -gt 0 ]; do
	word=$1
	shift
	case $word in
	--help)		usage; exit 0 ;;
	--debian)	debian=yes ;;
	--bare)		bare=yes ;;
	--)		break ;;
	--icount | --dry-run)
		pass_on "$word" ;;
	--cpu | --timeout | --uart | --gdb)
		[ $# -gt 0 ] || wrong "$word needs a value (see $me --help)"
		pass_on "$word" "$1"
		shift ;;
	-*)		wrong "unknown option $word (see $me --help)" ;;
	KERNEL=*)	KERNEL=${word#*=} ;;
	INITRD=*)	INITRD=${word#*=} ;;
	APPEND=*)	APPEND=${word#*=} ;;
	SMP=*)		SMP=${word#*=} ;;
	MEM=*)		MEM=${word#*=} ;;
	VMS=*)		VMS=${word#*=} ;;
	CPUS=*)		CPUS=${word#*=} ;;
	METHOD=*)	METHOD=${word#*=} ;;
	ARGS=*)		ARGS=${word#*=} ;;
	DTS=*)		DTS=${word#*=} ;;
	DTB=*)		DTB=${word#*=} ;;
	*)
		[ -z "$image" ] || wrong "one image at a time: $image, and then $word"
		image=$word ;;
	esac
done
# What is left in "$@" is for QEMU.

if [ -n "$debian" ]; then
	package=/usr/lib/debian-installer/images/12/arm64/text/debian-installer/arm64
	if [ -z "${KERNEL-}" ] && [ ! -f $package/linux ]; then
		wrong "Debian's kernel is not here: install debian-installer-12-netboot-arm64, or say KERNEL=your/Image"
	fi
	# Its shell is in its initrd, whose modules are for its kernel alone.
	if [ -z "${KERNEL-}" ] && [ -z "${INITRD+given}" ]; then
		INITRD=$package/initrd.gz
		: "${APPEND=init=/bin/sh}"
	fi
	: "${KERNEL:=$package/linux}"
fi
: "${KERNEL=}" "${INITRD=}" "${APPEND=}" "${ARGS=}" "${DTB=}"
: "${SMP:=2}" "${MEM:=512M}" "${VMS:=1}" "${CPUS:=}" "${METHOD:=hvc}" "${DTS:=$here/guest.dts.S}"

if [ -n "$bare" ]; then
	[ -z "$image" ] || wrong "--bare: QEMU runs the guest, and no image: $image"
	[ "$VMS" = 1 ] || wrong "VMS=$VMS: with --bare there is one guest"
elif [ -z "$image" ]; then
	wrong "no image given: which hypervisor? (see $me --help)"
fi

# ---- Numbers ------------------------------------------------------------------------------------

MIB=1048576
round_up() {	# to a multiple of 2 MiB
	echo $((($1 + 2 * MIB - 1) / (2 * MIB) * (2 * MIB)))
}
hex() {
	printf '0x%x' "$1"
}
mib() {		# rounded up: what has to fit
	echo "$((($1 + MIB - 1) / MIB))M"
}

case $SMP in
[1-8])	;;
*)	wrong "SMP=$SMP: a guest has 1 to 8 vCPUs" ;;
esac
case $VMS in
[1-8])	;;
*)	wrong "VMS=$VMS: there can be 1 to 8 guests" ;;
esac
: "${CPUS:=$((SMP * VMS > 8 ? 8 : SMP * VMS))}"
case $CPUS in
[1-8])	;;
*)	wrong "CPUS=$CPUS: the machine has 1 to 8 CPUs" ;;
esac
case $METHOD in
hvc | smc) ;;
*)	wrong "METHOD=$METHOD: PSCI is called by hvc or by smc" ;;
esac

number=${MEM%[MG]}
case $number in
'' | *[!0-9]* | 0* | ???????*) wrong "MEM=$MEM: give the size as 512M or 2G" ;;
esac
case $MEM in
*M)	mem=$((number * MIB)) ;;
*G)	mem=$((number * 1024 * MIB)) ;;
*)	wrong "MEM=$MEM: M or G? (MEM=${MEM}M)" ;;
esac
if [ $mem -lt $((16 * MIB)) ] || [ $mem -gt $((16384 * MIB)) ]; then
	wrong "MEM=$MEM: a guest has 16M to 16G"
fi
[ $((mem % (2 * MIB))) -eq 0 ] || wrong "MEM=$MEM: it has to be a multiple of 2M"

# ---- Files --------------------------------------------------------------------------------------

need_file() {	# NAME FILE
	[ -e "$2" ] || wrong "$1=$2: there is no such file"
	[ -f "$2" ] || wrong "$1=$2: that is not a file"
	[ -r "$2" ] || wrong "$1=$2: it cannot be read"
	[ -s "$2" ] || wrong "$1=$2: it is empty"
}
size_of() {
	echo $(($(wc -c <"$1")))
}
bytes() {	# FILE OFFSET COUNT: in hexadecimal, in their order
	od -A n -t x1 -j "$2" -N "$3" "$1" 2>/dev/null | tr -d ' \n'
}
number_at() {	# FILE OFFSET: 64 bits, little-endian
	# shellcheck disable=SC2046 # eight words
	set -- $(od -A n -t x1 -j "$2" -N 8 "$1")
	echo $((0x$8$7$6$5$4$3$2$1))
}

[ -n "$KERNEL" ] || wrong "no guest: say KERNEL=your/Image (or --debian: make run-linux)"
need_file KERNEL "$KERNEL"
[ -z "$INITRD" ] || need_file INITRD "$INITRD"
need_file DTS "$DTS"

ram=$((0x40000000))
kernel_file=$(size_of "$KERNEL")
if [ "$(bytes "$KERNEL" 56 4)" = 41524d64 ]; then	# "ARM\x64"
	# Linux, Documentation/arm64/booting.rst: offset and size in memory, its .bss included.
	offset=$(number_at "$KERNEL" 8)
	kernel_size=$(number_at "$KERNEL" 16)
	# Before Linux 3.17 the size was 0, and the offset was 0x80000 and not always said.
	[ "$kernel_size" -ne 0 ] || offset=$((0x80000))
	if [ "$offset" -lt 0 ] || [ "$offset" -ge $((2 * MIB)) ] || [ $((offset % 4096)) -ne 0 ] ||
		[ "$kernel_size" -lt 0 ] || [ "$kernel_size" -gt $((1024 * MIB)) ]; then
		wrong "KERNEL=$KERNEL: a damaged Image: offset $(hex "$offset"), size $(hex "$kernel_size") in its header"
	fi
	[ "$kernel_size" -gt "$kernel_file" ] || kernel_size=$kernel_file
	behind=$((ram + offset + kernel_size))
else
	# Not an Image. If it is something that is known, it is a mistake; else a flat binary.
	case $(bytes "$KERNEL" 0 8) in
	1f8b*)		wrong "KERNEL=$KERNEL is compressed: gunzip it first (zcat $KERNEL >Image)" ;;
	fd377a585a00*)	wrong "KERNEL=$KERNEL is compressed: unxz it first (xzcat $KERNEL >Image)" ;;
	28b52ffd*)	wrong "KERNEL=$KERNEL is compressed: unzstd it first (zstdcat $KERNEL >Image)" ;;
	425a68*)	wrong "KERNEL=$KERNEL is compressed: bunzip2 it first (bzcat $KERNEL >Image)" ;;
	02214c18* | 04224d18*) wrong "KERNEL=$KERNEL is compressed: unlz4 it first (lz4cat $KERNEL >Image)" ;;
	7f454c46*)	wrong "KERNEL=$KERNEL is an ELF file: give the Image (arch/arm64/boot/Image), or objcopy -O binary it" ;;
	4d5a????7a696d67) wrong "KERNEL=$KERNEL is an EFI program with a compressed Image in it: give the Image" ;;
	27051956* | d00dfeed*) wrong "KERNEL=$KERNEL is packed for U-Boot: give the Image" ;;
	esac
	[ "$(bytes "$KERNEL" 514 4)" != 48647253 ] || wrong "KERNEL=$KERNEL is a kernel for x86, not for arm64"
	[ "$(bytes "$KERNEL" 36 4)" != 18286f01 ] || wrong "KERNEL=$KERNEL is a kernel for 32-bit Arm, not for arm64"
	offset=$((0x80000))
	kernel_size=$kernel_file
	# Nobody knows how much memory it uses behind its end: QEMU leaves it so much, too.
	room=$((mem / 2 > 128 * MIB ? 128 * MIB : mem / 2))
	behind=$((ram + offset + kernel_size))
	[ $behind -gt $((ram + room)) ] || behind=$((ram + room))
fi

# In the guest's memory.
kernel_at=$((ram + offset))
initrd_at=$(round_up $behind)
initrd_size=0
[ -z "$INITRD" ] || initrd_size=$(size_of "$INITRD")
dtb_at=$(round_up $((initrd_at + initrd_size)))

needed=$((dtb_at + 2 * MIB - ram))
if [ $needed -gt $mem ]; then
	if [ -z "$INITRD" ]; then
		wrong "MEM=$MEM is too small: the kernel $KERNEL needs $(mib $needed)"
	fi
	wrong "MEM=$MEM is too small: the kernel $KERNEL and the initrd $INITRD ($(mib "$initrd_size")) need $(mib $needed)"
fi
if [ "$kernel_file" -ge $((4096 * MIB)) ] || [ "$initrd_size" -ge $((4096 * MIB)) ]; then
	wrong "the kernel ($(mib "$kernel_file")) or the initrd ($(mib "$initrd_size")) is too large: QEMU hands out files of less than 4096M"
fi

# ---- The device tree ----------------------------------------------------------------------------

newline='
'
case $APPEND in
*"$newline"*) wrong "APPEND: a command line is one line" ;;
esac
[ ${#APPEND} -lt 2048 ] || wrong "APPEND: ${#APPEND} characters, but Linux takes 2047"

: "${CPP:=cpp}" "${DTC:=dtc}"
command -v "${CPP%% *}" >/dev/null 2>&1 || wrong "${CPP%% *} is not here: say CPP=\"gcc -E\" or the like"
command -v "$DTC" >/dev/null 2>&1 ||
	wrong "$DTC is not here: install the device tree compiler (Debian: device-tree-compiler), or say DTC=/path/to/it"

dir=$(mktemp -d "${TMPDIR:-/tmp}/run-guest.XXXXXX") || wrong "no directory for temporary files: is TMPDIR right?"
trap 'rm -rf "$dir"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# As a string of C's and of DTS's.
bootargs=$(printf %s "$APPEND" | sed 's/[\\"]/\\&/g')

compile_tree() {
	# shellcheck disable=SC2086 # CPP is a list of words
	$CPP -nostdinc -undef -P -x assembler-with-cpp -I "$here/../common" \
		-DCPUS="$SMP" -DMEM_SIZE="$(hex $mem)" -DMETHOD="\"$METHOD\"" -DBOOTARGS="\"$bootargs\"" \
		${INITRD:+-DINITRD_START="$(hex "$initrd_at")" -DINITRD_END="$(hex $((initrd_at + initrd_size)))"} \
		-o "$dir/guest.dts" "$DTS" >"$dir/errors" 2>&1 &&
		"$DTC" -I dts -O dtb -o "$dir/guest.dtb" "$dir/guest.dts" >"$dir/errors" 2>&1
}
# One line: the first error of what the tool says.
if ! compile_tree; then
	error=$(grep -i -m 1 error "$dir/errors") || error=$(head -n 1 "$dir/errors")
	wrong "DTS=$DTS: no device tree: ${error#"$dir/"}"
fi
size=$(size_of "$dir/guest.dtb")
[ "$size" -le $((2 * MIB)) ] || wrong "DTS=$DTS: a device tree of $(mib "$size"): it can have 2M"

# QEMU has the file as its file 7, so that nobody is needed to delete it afterwards.
dtb=/dev/fd/7
if [ -n "$DTB" ]; then
	cp "$dir/guest.dtb" "$DTB" 2>/dev/null || wrong "DTB=$DTB: it cannot be written"
	dtb=$DTB
fi
exec 7<"$dir/guest.dtb"
rm -rf "$dir"
trap - EXIT HUP INT TERM

# ---- The run ------------------------------------------------------------------------------------

run_qemu=$here/../build-aux/run-qemu
if [ -n "$bare" ]; then
	[ -z "$INITRD" ] || set -- -initrd "$INITRD" "$@"
	eval "set -- $options \"\$KERNEL\" -- -dtb \"\$dtb\" \"\$@\""
	exec sh "$run_qemu" --el 1 --smp "$SMP" --mem "$((mem / MIB))M" "$@" 7<&7
fi

arguments="kernel=$(hex $kernel_at)${INITRD:+ initrd=$(hex "$initrd_at")} dtb=$(hex "$dtb_at")"
arguments="$arguments vms=$VMS vcpus=$SMP ram=$(hex $mem)${ARGS:+ $ARGS}"
[ ${#arguments} -lt 256 ] || wrong "ARGS=$ARGS: too long: the hypervisor takes 255 characters in all"

hand_out() {	# NAME FILE: QEMU's option parser wants a comma doubled
	printf 'name=opt/el2labs/%s,file=%s' "$1" "$(printf %s "$2" | sed 's/,/,,/g')"
}
set -- -fw_cfg "$(hand_out kernel "$KERNEL")" -fw_cfg "$(hand_out dtb "$dtb")" "$@"
[ -z "$INITRD" ] || set -- -fw_cfg "$(hand_out initrd "$INITRD")" "$@"

eval "set -- $options \"\$image\" -- \"\$@\""
exec sh "$run_qemu" --smp "$CPUS" --mem "$((1024 + mem * VMS / MIB))M" --args "$arguments" "$@" 7<&7
