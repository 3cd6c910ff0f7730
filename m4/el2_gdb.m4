dnl SPDX-License-Identifier: MIT

dnl EL2_PROG_GDB
dnl ------------
dnl GDB: one that knows AArch64 and has Python (common/gdb is written in it). Distributions name it
dnl in many ways, so each is tried.
AC_DEFUN([EL2_PROG_GDB],
[AC_ARG_VAR([GDB],[GDB with AArch64 support and Python])
AC_MSG_CHECKING([for GDB with AArch64 and Python])
el2_found=
for el2_gdb in "${GDB:-gdb-multiarch}" "${GDB:-aarch64-linux-gnu-gdb}" "${GDB:-aarch64-none-elf-gdb}" \
	"${GDB:-aarch64-elf-gdb}" "${GDB:-gdb}"
do
	el2_gdb_version=`$el2_gdb -nx -batch -ex 'set architecture aarch64' \
		-ex 'python print("version " + gdb.VERSION)' 2>&AS_MESSAGE_LOG_FD </dev/null |
		$SED -n 's/^version //p'`
	AS_IF([test -n "$el2_gdb_version"],[el2_found=$el2_gdb; break])
done
AS_IF([test -n "$el2_found"],
	[AC_MSG_RESULT([$el2_found ($el2_gdb_version)])],
	[AC_MSG_RESULT([none])
	AS_IF([test -n "$GDB"],
		[AC_MSG_ERROR([GDB="$GDB" does not run, or has no AArch64 support or no Python (see config.log).])],
		[EL2_MISSING([No GDB with AArch64 support and Python was found.],
			[gdb-multiarch],[gdb],[aarch64-linux-gnu-gdb],[aarch64-elf-gdb])])])
GDB=$el2_found])
