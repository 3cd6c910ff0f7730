/* SPDX-License-Identifier: MIT */
/* puppet.h - see puppet.S. */
#ifndef TESTS_LAB3_PUPPET_GUEST_H
#define TESTS_LAB3_PUPPET_GUEST_H

#define HVC_PUPPET	0x99

#endif
