/* SPDX-License-Identifier: MIT */
/*
 * fw_cfg.h - arguments from QEMU's command line (QEMU, docs/specs/fw_cfg).
 *
 * "make run PANIC=data-abort" becomes -fw_cfg name=opt/el2labs/args,string=panic=data-abort, which
 * the hypervisor reads through the fw_cfg device. So one image serves every demonstration.
 */
#ifndef DRIVERS_FW_CFG_H
#define DRIVERS_FW_CFG_H

#include "arch/types.h"

/*
 * fw_cfg_read_file - copy the named file into buf and terminate it.
 * size: of buf, in bytes, at least 1; what does not fit is cut off.
 * Returns the file's length in bytes, or -ENOENT when there is no such file or no such device.
 */
int fw_cfg_read_file(const char *name, char *buf, size_t size);

/*
 * bootarg - the value of "name=value" in the boot arguments ("name=value name=value ...").
 * Returns a string that is valid until the next call, "" for a name without "=", or NULL when the
 * name is not there. Not for concurrent use: the boot CPU reads the arguments.
 */
const char *bootarg(const char *name);

#endif
