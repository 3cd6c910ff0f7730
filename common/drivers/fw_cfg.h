/* SPDX-License-Identifier: MIT */
/*
 * fw_cfg.h - arguments and files from QEMU's command line (QEMU, docs/specs/fw_cfg).
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

/* A file on QEMU's command line: -fw_cfg name=NAME,file=FILE. */
struct fw_cfg_file {
	uint16_t key;
	uint32_t size;		/* in bytes */
};

/*
 * fw_cfg_find - look for the named file. Returns 0, or -ENOENT: no such file, or no such device.
 * Like what follows here but for fw_cfg_load(), it is for the boot CPU.
 */
int fw_cfg_find(const char *name, struct fw_cfg_file *file);

/*
 * fw_cfg_load - have the device write the whole file to memory (DMA). to: at least file->size bytes, at their
 * physical address, which is also the hypervisor's; the caller sees to it that who reads them without caches,
 * or as instructions, finds them. For any CPU. Returns 0, -ENODEV (a device without DMA: QEMU before
 * 2.4), or -EIO (the device says that it could not).
 */
int fw_cfg_load(const struct fw_cfg_file *file, void *to);

/*
 * bootarg - the value of "name=value" in the boot arguments ("name=value name=value ...").
 * Returns a string that is valid until the next call, "" for a name without "=", or NULL when the
 * name is not there. Not for concurrent use: the boot CPU reads the arguments.
 */
const char *bootarg(const char *name);

#endif
