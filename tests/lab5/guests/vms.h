/* SPDX-License-Identifier: MIT */
/* vms.h - what the two guests of vms.c and their host have agreed on. */
#ifndef TESTS_LAB5_VMS_H
#define TESTS_LAB5_VMS_H

/* Words that only the one guest writes, and only the other. Neither may turn up in the other one's memory. */
#define GOOD_WORD	0x600d600d13572468
#define BAD_WORD	0xbad0bad097538642

/* Memory behind their programs, the same IPAs in both, which they fill with that. */
#define VMS_FIELD	0x40100000
#define VMS_FIELD_SIZE	0x20000

#define GOOD_TICKS	40
#define GOOD_TICK_US	5000
#define GOOD_TESTS	6

#define BAD_VCPUS	4
#define BAD_ACTIONS	400	/* in each of its lives */

/* HVC_PUT of the hostile one: what it has tried, and what it has got in the way of exceptions. */
#define KEPT_ACTIONS	0
#define KEPT_EXCEPTIONS	1

/* HVC of the good one: it has done all that it wanted. */
#define HVC_FINISHED	18

#endif
