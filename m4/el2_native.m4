dnl SPDX-License-Identifier: MIT

dnl EL2_NATIVE_FLAGS
dnl ----------------
dnl NATIVE_CFLAGS, NATIVE_LDFLAGS: how this machine's compiler builds the unit tests.
dnl TARGET_WERROR: -Werror for the images, if asked for.
AC_DEFUN([EL2_NATIVE_FLAGS],
[AC_ARG_ENABLE([werror],
	[AS_HELP_STRING([--enable-werror],[make each warning an error])],[],[enable_werror=no])
AC_ARG_ENABLE([sanitizers],
	[AS_HELP_STRING([--enable-sanitizers],[run the unit tests with ASan and UBSan])],[],[enable_sanitizers=no])
AC_ARG_ENABLE([coverage],
	[AS_HELP_STRING([--enable-coverage],[measure what the unit tests cover: make coverage])],[],[enable_coverage=no])

NATIVE_CFLAGS='-Wall -Wextra -Wundef -Wvla -Wshadow -Wpointer-arith -Wwrite-strings -Wmissing-prototypes -Wstrict-prototypes'
NATIVE_LDFLAGS=
TARGET_WERROR=
el2_native_notes=
AS_IF([test "$enable_werror" = yes],
	[NATIVE_CFLAGS="$NATIVE_CFLAGS -Werror"
	TARGET_WERROR=-Werror])

AS_IF([test "$enable_sanitizers" = yes],
	[el2_flags='-fsanitize=address,undefined'
	AC_MSG_CHECKING([whether $CC takes $el2_flags])
	el2_saved_cflags=$CFLAGS
	CFLAGS="$CFLAGS $el2_flags"
	AC_LINK_IFELSE([AC_LANG_PROGRAM()],[AC_MSG_RESULT([yes])],
		[AC_MSG_RESULT([no])
		AC_MSG_ERROR([--enable-sanitizers: $CC cannot link a program with $el2_flags.])])
	CFLAGS=$el2_saved_cflags
	NATIVE_CFLAGS="$NATIVE_CFLAGS $el2_flags -fno-sanitize-recover=all -fno-omit-frame-pointer"
	NATIVE_LDFLAGS="$NATIVE_LDFLAGS $el2_flags"
	el2_native_notes="$el2_native_notes, with ASan and UBSan"])

AS_IF([test "$enable_coverage" = yes],
	[NATIVE_CFLAGS="$NATIVE_CFLAGS --coverage -O0"
	NATIVE_LDFLAGS="$NATIVE_LDFLAGS --coverage"
	el2_native_notes="$el2_native_notes, with coverage"])
AM_CONDITIONAL([COVERAGE],[test "$enable_coverage" = yes])
AC_SUBST([NATIVE_CFLAGS])
AC_SUBST([NATIVE_LDFLAGS])
AC_SUBST([TARGET_WERROR])])
