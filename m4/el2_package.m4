dnl SPDX-License-Identifier: MIT

dnl EL2_MISSING(WHAT, DEBIAN, FEDORA, ARCH, HOMEBREW)
dnl -------------------------------------------------
dnl Stop: WHAT (a sentence) is missing or of no use; say which package brings it.
AC_DEFUN([EL2_MISSING],
[AC_MSG_ERROR([$1

  Debian, Ubuntu   apt-get install $2
  Fedora           dnf install $3
  Arch             pacman -S $4
  Homebrew         brew install $5

On Debian and Ubuntu, ./bootstrap installs all that is missing.])])

dnl EL2_GNU_MAKE
dnl ------------
dnl The Makefiles use GNU make's target-specific variables and functions. On some systems it is
dnl called gmake, and make is another one, or an ancient one.
AC_DEFUN([EL2_GNU_MAKE],
[AC_CACHE_CHECK([for GNU make 4 or newer],[el2_cv_gnu_make],
	[el2_cv_gnu_make=no
	for el2_make in ${MAKE-make} gmake; do
		AS_CASE([`$el2_make --version 2>/dev/null`],
			[GNU\ Make\ @<:@4-9@:>@*],[el2_cv_gnu_make=$el2_make; break])
	done])
AS_IF([test "$el2_cv_gnu_make" = no],
	[EL2_MISSING([GNU make is missing, or too old.],[make],[make],[make],[make])])])

dnl EL2_PROG_DTC
dnl ------------
dnl The device tree compiler: guests' device trees are written as source.
AC_DEFUN([EL2_PROG_DTC],
[AC_ARG_VAR([DTC],[device tree compiler])
AC_PATH_PROG([DTC],[dtc])
AS_IF([test -z "$DTC"],
	[EL2_MISSING([The device tree compiler (dtc) is missing.],
		[device-tree-compiler],[dtc],[dtc],[dtc])])])

dnl EL2_LIB_CHECK
dnl -------------
dnl Check, the library that the unit tests are written with.
AC_DEFUN([EL2_LIB_CHECK],
[PKG_PROG_PKG_CONFIG
AS_IF([test -z "$PKG_CONFIG"],
	[EL2_MISSING([pkg-config is missing.],
		[pkg-config],[pkgconf-pkg-config],[pkgconf],[pkgconf])])
PKG_CHECK_MODULES([CHECK],[check >= 0.10],[],
	[EL2_MISSING([Check, the unit test library, is missing.],
		[check],[check-devel],[check],[check])])])
