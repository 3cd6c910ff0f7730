/* SPDX-License-Identifier: MIT */
/*
 * vdev.h - what all virtual devices have in common: how an access to their registers ends.
 *
 * A virtual device is a model: state, and functions that read and write it as the device's registers
 * do. It knows nothing of vCPUs and exits. What a register does not have reads as zero, and writes to
 * it are ignored (RAZ/WI), at any size and alignment: no access of a guest's is an error to the host.
 */
#ifndef VDEV_VDEV_H
#define VDEV_VDEV_H

enum vdev_result {
	VDEV_DONE,
	/*
	 * What was to be read is not known yet: another vCPU was asked. Nothing has changed; the guest
	 * is to execute the same instruction again.
	 */
	VDEV_RETRY,
};

#endif
