/* SPDX-License-Identifier: MIT */
/*
 * limits.h - nothing: gcc's own limits.h defines the limits, but first includes the C library's
 * (#include_next), and here is none.
 */
