#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run-guest.sh: what lab5-smc-psci/run-guest.sh makes of good and of bad input. No QEMU is started: the
# good runs are dry runs, and the bad ones have to end before one.

# shellcheck disable=SC2154 # from the Makefile
run_guest=$(cd "$top_srcdir" && pwd)/lab5-smc-psci/run-guest.sh
CPP="${TARGET_CC:-gcc} -E"
dtc=${DTC:-dtc}
# Whatever the caller's environment holds: only arguments count here.
unset KERNEL INITRD APPEND SMP MEM VMS CPUS METHOD ARGS DTS DTB QEMUFLAGS
QEMU=true	# --dry-run asks only whether it is there
export CPP QEMU

dir=$(mktemp -d "${TMPDIR:-/tmp}/run-guest-test.XXXXXX") || exit 99
trap 'rm -rf "$dir"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

number=0
result() {	# STATUS NAME
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
		return
	fi
	echo "not ok $number - $2"
	echo "# ran: $command"
	sed 's/^/# stdout: /' "$dir/out"
	sed 's/^/# stderr: /' "$dir/err"
	echo '# handout: lab5-smc-psci/README.md, "A guest of your own"'
}
run() {
	command="run-guest $*"
	TMPDIR=$dir/tmp sh "$run_guest" --dry-run "$@" >"$dir/out" 2>"$dir/err" </dev/null
}

# refused NAME PATTERN ARGUMENT...: one line on stderr that matches, status 2, and no run.
refused() {
	name=$1 pattern=$2
	shift 2
	# shellcheck disable=SC2086 # no image: no word
	run $image "$@"
	[ $? -eq 2 ] && [ ! -s "$dir/out" ] && [ "$(wc -l <"$dir/err")" -eq 1 ] &&
		grep -q "^run-guest: $pattern" "$dir/err"
	result $? "refused: $name"
}

# accepted NAME PATTERN ARGUMENT...: the command line that it would run matches.
accepted() {
	name=$1 pattern=$2
	shift 2
	# shellcheck disable=SC2086 # no image: no word
	run $image "$@" && [ ! -s "$dir/err" ] && grep -q -e "$pattern" "$dir/out"
	result $? "$name"
}

# shellcheck disable=SC2059 # the bytes are given as formats
# image FILE SIZE TEXT_OFFSET IMAGE_SIZE: an arm64 Image, as far as its header goes. The two numbers are
# given as eight bytes in octal.
image() {
	{
		printf '\0\0\0\0\0\0\0\0'
		printf "$3$4"
		printf '\12\0\0\0\0\0\0\0''\0\0\0\0\0\0\0\0''\0\0\0\0\0\0\0\0''\0\0\0\0\0\0\0\0''ARM\144\0\0\0\0'
		head -c $(($2 - 64)) /dev/zero
	} >"$dir/$1"
}
# shellcheck disable=SC2059
file() {	# FILE SIZE START
	{ printf "$3"; head -c "$2" /dev/zero; } >"$dir/$1"
}

cd "$dir" || exit 99
image=lab5.elf
: >lab5.elf
: >"$dir/empty"
mkdir "$dir/tmp"
image Image 3000000 '\0\0\0\0\0\0\0\0' '\0\0\100\0\0\0\0\0'		# 4 MiB in memory
image Image8 3000000 '\0\0\010\0\0\0\0\0' '\0\0\100\0\0\0\0\0'	# at 0x80000
image old 3000000 '\0\0\0\0\0\0\0\0' '\0\0\0\0\0\0\0\0'
image damaged 100000 '\0\0\0\0\0\0\0\0' '\0\0\0\0\0\0\0\377'
image odd 100000 '\1\0\0\0\0\0\0\0' '\0\0\100\0\0\0\0\0'
file flat 100 'abc'
file initrd 5000000 '070701'
file 'in,it rd' 100 '070701'
file large 20000000 '070701'
k=KERNEL=$dir/Image

# ---- Bad input ------------------------------------------------------------------------------------

refused "no kernel" "no guest: say KERNEL="
refused "a kernel that is not there" "KERNEL=.*/none: there is no such file" KERNEL="$dir/none"
refused "a directory as kernel" "KERNEL=.*: that is not a file" KERNEL="$dir"
refused "an empty kernel" "KERNEL=.*/empty: it is empty" KERNEL="$dir/empty"
refused "an initrd that is not there" "INITRD=.*/none: there is no such file" "$k" INITRD="$dir/none"
refused "an empty initrd" "INITRD=.*/empty: it is empty" "$k" INITRD="$dir/empty"

for kind in '\37\213\10 gunzip' '\375\67zXZ\0 unxz' '\50\265\57\375 unzstd' 'BZh9 bunzip2' '\2\41\114\30 unlz4'; do
	file packed 1000 "${kind% *}"
	refused "a kernel to ${kind#* }" "KERNEL=.*/packed is compressed: ${kind#* } it first" KERNEL="$dir/packed"
done
file packed 1000 '\177ELF'
refused "an ELF file" "KERNEL=.*/packed is an ELF file" KERNEL="$dir/packed"
file packed 1000 'MZ\0\0zimg'
refused "a compressed EFI program" "KERNEL=.*/packed is an EFI program" KERNEL="$dir/packed"
file packed 1000 '\47\5\31\126'
refused "U-Boot's format" "KERNEL=.*/packed is packed for U-Boot" KERNEL="$dir/packed"
{ head -c 514 /dev/zero; printf HdrS; head -c 1000 /dev/zero; } >"$dir/packed"
refused "a kernel for x86" "KERNEL=.*/packed is a kernel for x86" KERNEL="$dir/packed"
{ head -c 36 /dev/zero; printf '\30\50\157\1'; head -c 1000 /dev/zero; } >"$dir/packed"
refused "a kernel for 32-bit Arm" "KERNEL=.*/packed is a kernel for 32-bit Arm" KERNEL="$dir/packed"
refused "an Image with an impossible size" "KERNEL=.*/damaged: a damaged Image" KERNEL="$dir/damaged"
refused "an Image with an impossible offset" "KERNEL=.*/odd: a damaged Image" KERNEL="$dir/odd"

for smp in 0 9 10 two -1 1.5 ' '; do
	refused "SMP=$smp" "SMP=$smp: a guest has 1 to 8 vCPUs" "$k" SMP="$smp"
done
for mem in 512 8k 08M M 1.5G -1M 9999999M 12345678901234567890G 512MB; do
	refused "MEM=$mem" "MEM=$mem: " "$k" MEM="$mem"
done
refused "MEM=15M" "MEM=15M: a guest has 16M to 16G" "$k" MEM=15M
refused "MEM=17G" "MEM=17G: a guest has 16M to 16G" "$k" MEM=17G
refused "MEM=33M" "MEM=33M: it has to be a multiple of 2M" "$k" MEM=33M
refused "VMS=0" "VMS=0: there can be 1 to 8 guests" "$k" VMS=0
refused "VMS=9" "VMS=9: there can be 1 to 8 guests" "$k" VMS=9
refused "CPUS=9" "CPUS=9: the machine has 1 to 8 CPUs" "$k" CPUS=9
refused "METHOD=call" "METHOD=call: PSCI is called by hvc or by smc" "$k" METHOD=call

refused "an initrd that does not fit" \
	"MEM=16M is too small: .* initrd .*/large (20M) need 26M" "$k" INITRD="$dir/large" MEM=16M
file kernel 17000000 'abc'
refused "a kernel that does not fit" \
	"MEM=16M is too small: the kernel .*/kernel needs 20M" KERNEL="$dir/kernel" MEM=16M
# Sparse: it takes no room on the disk.
dd if=/dev/null of="$dir/huge" bs=1 seek=4294967296 2>/dev/null
refused "an initrd that QEMU cannot hand out" \
	"the kernel (3M) or the initrd (4096M) is too large" "$k" INITRD="$dir/huge" MEM=8G
rm -f "$dir/huge"

refused "a command line of two lines" "APPEND: a command line is one line" "$k" APPEND="a
b"
refused "a command line that is too long" "APPEND: 2100 characters" "$k" APPEND="$(printf %2100d 0)"
refused "too many boot arguments" "ARGS=0*1: too long" "$k" ARGS="$(printf %0200d 1)"
refused "an option that it does not know" "unknown option --smp" --smp 2
refused "two images" "one image at a time" "$k" "$dir/Image"
image=
refused "no image" "no image given" "$k"
refused "several guests, and no hypervisor" "VMS=2: with --bare there is one guest" "$k" --bare VMS=2
image=lab5.elf
refused "an image for nothing" "--bare: QEMU runs the guest, and no image: lab5.elf" "$k" --bare

echo '/dts-v1/; / { chosen { }; };; }' >"$dir/wrong.dts"
refused "a device tree with a mistake" "DTS=.*/wrong.dts: no device tree: .*" "$k" DTS="$dir/wrong.dts"
echo '#error no such machine' >"$dir/wrong.dts"
refused "a device tree that the preprocessor refuses" \
	"DTS=.*/wrong.dts: no device tree: .*no such machine" "$k" DTS="$dir/wrong.dts"
refused "a device tree that is not there" "DTS=.*: there is no such file" "$k" DTS="$dir/none"
refused "a device tree that cannot be kept" "DTB=.*: it cannot be written" "$k" DTB="$dir/none/guest.dtb"
DTC=$dir/none
export DTC
refused "no dtc" ".*/none is not here: install the device tree compiler" "$k"
unset DTC

# ---- Good input -----------------------------------------------------------------------------------

accepted "a kernel alone: the device tree is behind it" \
	"kernel=0x40000000 dtb=0x40400000 vms=1 vcpus=2 ram=0x20000000'" "$k"
accepted "an initrd is behind the kernel's .bss, and the device tree behind that" \
	"initrd=0x40400000 dtb=0x40a00000 " \
	"$k" INITRD="$dir/initrd" MEM=16M
accepted "the kernel's offset counts" \
	"kernel=0x40080000 dtb=0x40600000 " KERNEL="$dir/Image8"
accepted "an old Image has offset 0x80000" "kernel=0x40080000 dtb=0x40400000 " KERNEL="$dir/old"
accepted "a flat binary goes to 0x80000, and has half of the memory" \
	"kernel=0x40080000 dtb=0x42000000 " KERNEL="$dir/flat" MEM=64M
accepted "but not more than 128 MiB of it" "dtb=0x48000000 vms" KERNEL="$dir/flat" MEM=2G
accepted "each guest has its memory" "-smp 8 -m 5120M .* vms=4 vcpus=3 ram=0x40000000" "$k" VMS=4 SMP=3 MEM=1G
accepted "CPUS of the machine" "-smp 1 .* vcpus=8 " "$k" SMP=8 CPUS=1
accepted "arguments for the hypervisor" " ram=0x20000000 a=b c' " "$k" ARGS='a=b c'
accepted "commas and blanks in a file's name" "'name=opt/el2labs/initrd,file=$dir/in,,it rd'" \
	"$k" INITRD="$dir/in,it rd"
accepted "options for run-qemu, and flags for QEMU" "-cpu max .* -snapshot" "$k" --cpu max --timeout 5 -- -snapshot
image=
accepted "the guest on QEMU itself" "-M virt,gic-version=3 .* -m 512M .*-kernel $dir/Image .*-dtb " "$k" --bare
MEM=1G run lab5.elf "$k" && grep -q ram=0x40000000 "$dir/out"
result $? "the environment counts"

# The device tree, as dtc reads it.
tree() {
	run lab5.elf "$k" DTB="$dir/guest.dtb" "$@" &&
		"$dtc" -q -I dtb -O dts "$dir/guest.dtb" >"$dir/out" 2>"$dir/err"
}
tree SMP=8 MEM=8G && [ "$(grep -c 'enable-method = "psci"' "$dir/out")" -eq 8 ] &&
	grep -q 'reg = <0x00 0x40000000 0x02 0x00>' "$dir/out" &&
	grep -q 'reg = <0x00 0x8000000 0x00 0x10000 0x00 0x80a0000 0x00 0x100000>' "$dir/out"
result $? "the device tree has 8 CPUs, their redistributors, and 8 GiB"
tree INITRD="$dir/initrd" && grep -q 'initrd-start = <0x00 0x40400000>' "$dir/out" &&
	grep -q 'initrd-end = <0x00 0x408c4b46>' "$dir/out"
result $? "the device tree has the initrd"
tree && ! grep -q initrd "$dir/out" && grep -q 'method = "hvc"' "$dir/out" && ! grep -q idle "$dir/out"
result $? "without one, it has none; PSCI is called by hvc; there are no idle states"
tree METHOD=smc && grep -q 'method = "smc"' "$dir/out"
result $? "... or by smc"
tree APPEND="a=\"b c\" d\\n 'e' \$f // /* %s, CPUS" &&
	grep -F -q "bootargs = \"a=\\\"b c\\\" d\\\\n 'e' \$f // /* %s, CPUS\";" "$dir/out"
result $? "the command line is passed on as it is"

[ -z "$(ls "$dir/tmp")" ]
result $? "no temporary file is left"
echo "1..$number"
