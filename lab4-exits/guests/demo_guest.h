/* SPDX-License-Identifier: MIT */
#ifndef LAB4_DEMO_GUEST_H
#define LAB4_DEMO_GUEST_H

/* x0 at entry: give back what is typed. */
#define DEMO_ECHO	1

#endif
