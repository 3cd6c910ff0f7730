/* SPDX-License-Identifier: MIT */
/*
 * errno.h - error numbers. A function that can fail returns 0 or a negative one: return -EINVAL;
 *
 * Names and numbers are those of errno(3) on Linux; natively they come from there.
 */
#ifndef LIB_ERRNO_H
#define LIB_ERRNO_H

#if !defined(__ASSEMBLER__) && __STDC_HOSTED__
#include <errno.h>
#else

#define EPERM		1	/* not permitted in this state or at this exception level */
#define ENOENT		2	/* no such thing */
#define EIO		5	/* the device failed */
#define ENXIO		6	/* no such device or address */
#define E2BIG		7	/* too long */
#define EAGAIN		11	/* not now, try again */
#define ENOMEM		12	/* out of memory */
#define EFAULT		14	/* bad address */
#define EBUSY		16	/* in use, or enabled already */
#define EEXIST		17	/* is there already */
#define ENODEV		19	/* no such device */
#define EINVAL		22	/* bad argument */
#define ENOSPC		28	/* no room left */
#define ERANGE		34	/* out of range */
#define ENOSYS		38	/* no such function */
#define EOVERFLOW	75	/* too large for its type */
#define EOPNOTSUPP	95	/* not supported by this machine */
#define ETIMEDOUT	110	/* did not happen in time */
#define EALREADY	114	/* done already */

#endif
#endif
