dnl SPDX-License-Identifier: MIT

dnl EL2_PROG_QEMU(OLDEST VERSION)
dnl -----------------------------
dnl QEMU: a qemu-system-aarch64 that is new enough and has the machine; seen by starting it once.
AC_DEFUN([EL2_PROG_QEMU],
[AC_ARG_VAR([QEMU],[qemu-system-aarch64, $1 or newer])
AC_ARG_WITH([qemu],
	[AS_HELP_STRING([--with-qemu=PATH],[the QEMU to use (default: qemu-system-aarch64)])
AS_HELP_STRING([--without-qemu],[skip all tests that need QEMU])],
	[],[with_qemu=yes])
AS_CASE([$with_qemu],
	[no],[QEMU=],
	[yes],[AC_PATH_PROG([QEMU],[qemu-system-aarch64])],
	[AS_IF([command -v "$with_qemu" >/dev/null 2>&1],[],
		[AC_MSG_ERROR([--with-qemu=$with_qemu: there is no such program.])])
	QEMU=$with_qemu])
AS_IF([test "$with_qemu" = no],
	[el2_qemu_summary='none (--without-qemu): boot tests are skipped'],
	[AS_IF([test -z "$QEMU"],
		[EL2_MISSING([qemu-system-aarch64 is missing. (--without-qemu builds without it, and skips the boot tests.)],
			[qemu-system-arm],[qemu-system-aarch64-core],[qemu-system-aarch64],[qemu])])
	_EL2_TRY_QEMU([$1])
	el2_qemu_summary="$QEMU ($el2_qemu_version)"])
AM_CONDITIONAL([HAVE_QEMU],[test "$with_qemu" != no])])

AC_DEFUN([_EL2_TRY_QEMU],
[AC_MSG_CHECKING([the version of $QEMU])
el2_qemu_version=`"$QEMU" --version 2>&AS_MESSAGE_LOG_FD </dev/null | $SED -n 's/^QEMU emulator version \(@<:@0-9.@:>@*\).*/\1/p'`
AS_IF([test -z "$el2_qemu_version"],
	[AC_MSG_RESULT([none])
	AC_MSG_ERROR([$QEMU does not run, or is not QEMU (see config.log).])])
AC_MSG_RESULT([$el2_qemu_version])
AS_VERSION_COMPARE([$el2_qemu_version],[$1],
	[AC_MSG_ERROR([$QEMU is version $el2_qemu_version, and too old: $1 or newer is needed.])])

# The machine is created, but its CPU not started (-S), and the monitor told to quit.
AC_MSG_CHECKING([whether it has the machine])
AS_IF([(echo quit | ${TIMEOUT_PROG:+$TIMEOUT_PROG -k 5 20} "$QEMU" \
		-M virt,virtualization=on,gic-version=3 -cpu cortex-a57 -m 1G -nodefaults -nic none \
		-display none -monitor stdio -S) >conftest.qemu 2>&1],
	[AC_MSG_RESULT([yes])],
	[AC_MSG_RESULT([no])
	cat conftest.qemu >&AS_MESSAGE_LOG_FD
	el2_says=`$SED -e '/^QEMU .* monitor/d' -e '/^(qemu)/d' conftest.qemu`
	AC_MSG_ERROR([$QEMU ($el2_qemu_version) cannot start the machine
    -M virt,virtualization=on,gic-version=3 -cpu cortex-a57
and says:
    $el2_says])])
rm -f conftest.qemu])

dnl EL2_QEMU_PLUGIN
dnl ---------------
dnl PLUGIN_VERSION, PLUGIN_FLAGS: the version of QEMU's interface for plugins, and how this machine's compiler links
dnl one. QEMU takes a plugin for one version of that only, so this tries them in turn. Without: no "hv who-wrote".
AC_DEFUN([EL2_QEMU_PLUGIN],
[PLUGIN_VERSION=0
PLUGIN_FLAGS=
AS_IF([test -n "$QEMU"],
	[AC_MSG_CHECKING([for QEMU's interface for plugins])
	for el2_flags in '-shared -fPIC' '-shared -fPIC -Wl,-undefined,dynamic_lookup'; do
		for el2_version in 1 2 3 4 5 6 7 8; do
			cat >conftest.c <<_EOF
int qemu_plugin_version = $el2_version;
void qemu_plugin_register_atexit_cb(unsigned long long id, void (*function)(unsigned long long id, void *data), void *data);
int qemu_plugin_install(unsigned long long id, const void *info, int argc, char **argv);
static void at_exit(unsigned long long id, void *data) { (void)id; (void)data; }
int qemu_plugin_install(unsigned long long id, const void *info, int argc, char **argv)
{
	(void)info; (void)argc; (void)argv;
	qemu_plugin_register_atexit_cb(id, at_exit, 0);
	return 0;
}
_EOF
			$CC $el2_flags -o conftest.so conftest.c >&AS_MESSAGE_LOG_FD 2>&1 || break
			AS_IF([(echo quit | ${TIMEOUT_PROG:+$TIMEOUT_PROG -k 5 20} "$QEMU" -M none -nodefaults \
					-display none -plugin ./conftest.so -monitor stdio -S) >&AS_MESSAGE_LOG_FD 2>&1],
				[PLUGIN_VERSION=$el2_version
				PLUGIN_FLAGS=$el2_flags
				break 2])
		done
	done
	rm -f conftest.c conftest.so
	AS_IF([test $PLUGIN_VERSION -eq 0],
		[AC_MSG_RESULT([none])
		el2_qemu_summary="$el2_qemu_summary, no plugins: no \"hv who-wrote\""],
		[AC_MSG_RESULT([version $PLUGIN_VERSION])])])
AC_SUBST([PLUGIN_VERSION])
AC_SUBST([PLUGIN_FLAGS])
AM_CONDITIONAL([HAVE_RECORDER],[test $PLUGIN_VERSION -ne 0])])
