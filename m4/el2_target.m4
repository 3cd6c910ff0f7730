dnl SPDX-License-Identifier: MIT
dnl
dnl The compiler of the hypervisors, its tools and its flags. Nothing here looks at names: each
dnl candidate is tried on a small source, and what works is taken.

dnl EL2_TRY_TARGET(COMPILER AND FLAGS, SOURCE, [IF-YES], [IF-NO])
dnl -------------------------------------------------------------
dnl Compile SOURCE (a shell word) to conftest.o.
AC_DEFUN([EL2_TRY_TARGET],
[rm -f conftest.c conftest.o
AS_ECHO([$2]) >conftest.c
AS_IF([{ AS_ECHO(["$1 -c conftest.c"]); $1 -c conftest.c -o conftest.o </dev/null; } >&AS_MESSAGE_LOG_FD 2>&1],
	[$3],[$4])])

dnl EL2_PROG_TARGET_CC
dnl ------------------
dnl TARGET_CC: what compiles for AArch64, 64-bit and little-endian, and whose assembler knows the
dnl EL2 system registers. One that the user has named must work; no other is taken in its place.
AC_DEFUN([EL2_PROG_TARGET_CC],
[AC_REQUIRE([AC_PROG_CC])
AC_ARG_VAR([TARGET_CC],[compiler of the hypervisors (AArch64); may have arguments, as in "clang --target=aarch64-none-elf"])
AC_ARG_VAR([TARGET_CFLAGS],[extra flags for TARGET_CC])
el2_target_probe='
#include <stdint.h>
#if !defined(__aarch64__) || !defined(__LP64__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error not a little-endian AArch64 compiler
#endif
uint64_t probe(void);
uint64_t probe(void)
{
	uint64_t hcr;

	__asm__ volatile("mrs %0, hcr_el2\n\tmsr vttbr_el2, %0\n\ttlbi alle2is\n\teret" : "=r" (hcr));
	return hcr;
}'
AC_MSG_CHECKING([for an AArch64 compiler])
el2_found=
for el2_cc in "${TARGET_CC:-aarch64-linux-gnu-gcc}" \
	"${TARGET_CC:-aarch64-none-elf-gcc}" "${TARGET_CC:-aarch64-elf-gcc}" \
	"${TARGET_CC:-$CC}" "${TARGET_CC:-clang --target=aarch64-none-elf}"
do
	EL2_TRY_TARGET([$el2_cc -ffreestanding],["$el2_target_probe"],[el2_found=$el2_cc; break])
done
AS_IF([test -n "$el2_found"],
	[AC_MSG_RESULT([$el2_found])],
	[AC_MSG_RESULT([none])
	AS_IF([test -n "$TARGET_CC"],
		[AC_MSG_ERROR([TARGET_CC="$TARGET_CC" does not compile for little-endian AArch64 with the EL2 registers (see config.log).])],
		[EL2_MISSING([No compiler for AArch64 was found.],
			[gcc-aarch64-linux-gnu],[gcc-aarch64-linux-gnu],
			[aarch64-linux-gnu-gcc],[aarch64-elf-gcc])])])
TARGET_CC=$el2_found

# "gcc 12.2" or "clang 14.0": two compilers of one name differ in this.
el2_target_is_clang=`AS_ECHO(['__clang__ 0']) | $TARGET_CC -E -P -x c - 2>/dev/null | $AWK '{ print ([$]1 != "__clang__") ? "yes" : "no"; exit }'`
AS_IF([test "$el2_target_is_clang" = yes],
	[el2_macros='clang __clang_major__ __clang_minor__'],
	[el2_macros='gcc __GNUC__ __GNUC_MINOR__'])
el2_target_cc_version=`AS_ECHO(["$el2_macros"]) | $TARGET_CC -E -P -x c - 2>/dev/null | $AWK 'NF == 3 { print [$]1 " " [$]2 "." [$]3 }'`
])

dnl EL2_TARGET_TOOL(VARIABLE, TOOL, HOW TO TRY IT)
dnl ----------------------------------------------
dnl VARIABLE: the TOOL (ar, nm, ...) that belongs to TARGET_CC. The compiler is asked where it is,
dnl because it need not be in PATH. The third argument is a command that uses $el2_tool on conftest.o.
AC_DEFUN([EL2_TARGET_TOOL],
[AC_ARG_VAR([$1],[$2 for AArch64 objects])
AC_MSG_CHECKING([for $2 that goes with it])
AS_IF([test "$el2_target_is_clang" = yes],
	[el2_names="llvm-$2 $2"],[el2_names="$2 llvm-$2"])
el2_found=
AS_VAR_SET_IF([$1],[el2_candidates=$[$1]],
	[el2_candidates=
	for el2_name in $el2_names; do
		el2_candidates="$el2_candidates `$TARGET_CC -print-prog-name=$el2_name 2>/dev/null`"
	done
	el2_candidates="$el2_candidates aarch64-linux-gnu-$2 llvm-$2"])
for el2_tool in $el2_candidates; do
	AS_IF([{ $3; } >&AS_MESSAGE_LOG_FD 2>&1],[el2_found=$el2_tool; break])
done
AS_IF([test -n "$el2_found"],
	[AC_MSG_RESULT([$el2_found])],
	[AC_MSG_RESULT([none])
	AS_IF([test "$el2_target_is_clang" = yes],
		[EL2_MISSING([$2 for AArch64 is missing.],[llvm lld],[llvm lld],[llvm lld],[llvm lld])],
		[EL2_MISSING([$2 for AArch64 is missing.],
			[binutils-aarch64-linux-gnu],[binutils-aarch64-linux-gnu],
			[aarch64-linux-gnu-binutils],[aarch64-elf-binutils])])])
$1=$el2_found])

AC_DEFUN([EL2_TARGET_TOOLS],
[AC_REQUIRE([EL2_PROG_TARGET_CC])
AC_REQUIRE([AC_PROG_AWK])
EL2_TRY_TARGET([$TARGET_CC -ffreestanding],["$el2_target_probe"])
EL2_TARGET_TOOL([TARGET_AR],[ar],[rm -f conftest.a; $el2_tool crs conftest.a conftest.o])
EL2_TARGET_TOOL([TARGET_NM],[nm],[$el2_tool conftest.o | grep probe])
EL2_TARGET_TOOL([TARGET_READELF],[readelf],[$el2_tool -SsW conftest.o | grep probe])
EL2_TARGET_TOOL([TARGET_OBJDUMP],[objdump],[$el2_tool -d conftest.o | grep -i 'hcr_el2'])
EL2_TARGET_TOOL([TARGET_OBJCOPY],[objcopy],[$el2_tool -O binary conftest.o conftest.bin])
rm -f conftest.a conftest.bin])

dnl EL2_FILTER_FLAGS(VARIABLE, FLAGS, WHAT FOLLOWS THE COMPILER)
dnl ------------------------------------------------------------
dnl VARIABLE: those of FLAGS that TARGET_CC takes without a word. -Werror, because clang only warns
dnl of a gcc flag that it does not know. Usually all are good: one try answers that.
AC_DEFUN([EL2_FILTER_FLAGS],
[AC_MSG_CHECKING([$1])
$1=
AS_IF([{ $TARGET_CC -Werror $2 $3; } >&AS_MESSAGE_LOG_FD 2>&1],
	[$1="$2"],
	[for el2_flag in $2; do
		AS_IF([{ AS_ECHO(["trying $el2_flag"]); $TARGET_CC -Werror $[$1] $el2_flag $3; } >&AS_MESSAGE_LOG_FD 2>&1],
			[AS_VAR_APPEND([$1],["${$1:+ }$el2_flag"])])
	done])
AS_IF([test "$[$1]" = "$2"],[AC_MSG_RESULT([all])],[AC_MSG_RESULT([$[$1]])])
AC_SUBST([$1])])

dnl EL2_TARGET_FLAGS
dnl ----------------
dnl What each flag is for:
AC_DEFUN([EL2_TARGET_FLAGS],
[AC_REQUIRE([EL2_PROG_TARGET_CC])
EL2_TRY_TARGET([$TARGET_CC -ffreestanding],["$el2_target_probe"])

# The compiler's own headers (stdint.h and so on) are part of freestanding C; nobody else's are.
el2_flags="-nostdinc -isystem `$TARGET_CC -print-file-name=include`"
AS_IF([{ $TARGET_CC -ffreestanding $el2_flags -c conftest.c -o conftest.o; } >&AS_MESSAGE_LOG_FD 2>&1],
	[TARGET_NOSTDINC=$el2_flags],[TARGET_NOSTDINC=])
AC_SUBST([TARGET_NOSTDINC])

el2_flags="-std=gnu11 -march=armv8-a"
# No library, no FP registers (they are the guests'), no unaligned access (faults with the MMU off).
el2_flags="$el2_flags -ffreestanding -mgeneral-regs-only -mstrict-align"
# One fixed address: no GOT to relocate before C can run.
el2_flags="$el2_flags -fno-pic -fno-pie"
# Nothing that needs a run time library or a set-up that a hypervisor has not.
el2_flags="$el2_flags -fno-stack-protector -mno-outline-atomics -mbranch-protection=none"
# A loop in memset() must not become a call of memset().
el2_flags="$el2_flags -fno-tree-loop-distribute-patterns"
# The panic screen walks the frame pointers. A leaf function keeps none: its caller is in x30.
el2_flags="$el2_flags -fno-omit-frame-pointer -momit-leaf-frame-pointer"
# Unwind tables for GDB only (.debug_frame), not in the loaded image (.eh_frame).
el2_flags="$el2_flags -fno-asynchronous-unwind-tables -fno-unwind-tables"
el2_flags="$el2_flags -fno-common -fno-strict-aliasing"
el2_flags="$el2_flags -Wall -Wextra -Wno-override-init -Wundef -Wvla -Wshadow -Wpointer-arith -Wwrite-strings"
el2_flags="$el2_flags -Wmissing-prototypes -Wstrict-prototypes -Wold-style-definition"
el2_flags="$el2_flags -Wimplicit-fallthrough"
el2_flags="$el2_flags -Werror=implicit-function-declaration"
# Stacks are 16 KiB.
el2_flags="$el2_flags -Wframe-larger-than=1024"
EL2_FILTER_FLAGS([TARGET_FLAGS],[$el2_flags],[-c conftest.c -o conftest.o])

el2_flags="-nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096"
el2_flags="$el2_flags -Wl,-z,noexecstack -Wl,--fatal-warnings"
el2_link="conftest.o -Wl,-e,probe -o conftest"
# clang links with what it finds, which may be this machine's own ld: it is to take lld.
AS_IF([test "$el2_target_is_clang" = yes],
	[AS_IF([{ $TARGET_CC -fuse-ld=lld -nostdlib -static $el2_link; } >&AS_MESSAGE_LOG_FD 2>&1],
		[el2_flags="-fuse-ld=lld $el2_flags"])])
EL2_FILTER_FLAGS([TARGET_LDFLAGS],[$el2_flags],[$el2_link])
AS_IF([{ $TARGET_CC $TARGET_LDFLAGS $el2_link; } >&AS_MESSAGE_LOG_FD 2>&1],[],
	[AS_IF([test "$el2_target_is_clang" = yes],
		[EL2_MISSING([$TARGET_CC cannot link (see config.log); clang needs lld.],[lld],[lld],[lld],[lld])],
		[EL2_MISSING([$TARGET_CC cannot link (see config.log).],
			[binutils-aarch64-linux-gnu],[binutils-aarch64-linux-gnu],
			[aarch64-linux-gnu-binutils],[aarch64-elf-binutils])])])
rm -f conftest conftest.c conftest.o])
