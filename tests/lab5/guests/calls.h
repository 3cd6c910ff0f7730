/* SPDX-License-Identifier: MIT */
/* calls.h - what the guest of calls.c and its host have agreed on. */
#ifndef TESTS_LAB5_CALLS_H
#define TESTS_LAB5_CALLS_H

/* With up to four CPUs, vCPUs 0 and 4 share one: who turns the other on keeps the CPU for now. */
#define CALLS_VCPUS		5
#define CALLS_CPUS_MAX		4

/* How much the guest reports. */
#define CALLS_TESTS		350

/* The firmware that the host has. */
#define FIRMWARE_WORKAROUND_1	0	/* there, and this CPU needs it: to be forwarded */
#define FIRMWARE_WORKAROUND_2	0	/* the same, but nothing that a guest may turn off */
#define FIRMWARE_WORKAROUND_3	1	/* there, and not needed */
#define FIRMWARE_SOC_VERSION	0x04360123
#define FIRMWARE_SOC_REVISION	7

/* How often the guest calls SMCCC_ARCH_WORKAROUND_1 in all. */
#define WORKAROUND_1_CALLS	2

/* What the source of random numbers gives, each time. */
#define RANDOM_WORD		0xfedcba9876543211

/* With the next CPU_ON (by HVC) the VM ends: by the host's decision, a moment before. */
#define HVC_STOP		18
/* From now on there is no entropy (x0 = 0), or there is (1). */
#define HVC_ENTROPY		19

/* HVC_PUT. */
#define KEPT_STEP		0

#endif
