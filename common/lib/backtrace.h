/* SPDX-License-Identifier: MIT */
/*
 * backtrace.h - who called whom, found from the frame pointer.
 *
 * Each function compiled with -fno-omit-frame-pointer pushes a frame record: two doublewords, the
 * caller's frame pointer (x29) and the return address (x30), and has x29 point at it. The chain
 * ends with a link of zero (AAPCS64, "The Frame Pointer").
 *
 * After a crash nothing of this can be relied on. So each record is looked at before it is used,
 * read through a function that may refuse, and the walk says why it ended.
 */
#ifndef LIB_BACKTRACE_H
#define LIB_BACKTRACE_H

#include "arch/types.h"

#define BACKTRACE_MAX_FRAMES	64

enum backtrace_end {
	BACKTRACE_COMPLETE,	/* came to the outermost frame: a link of zero */
	BACKTRACE_MISALIGNED,	/* a frame pointer that is not a multiple of 8 */
	BACKTRACE_OUTSIDE,	/* a frame record that is not wholly on the stack */
	BACKTRACE_NOT_GROWING,	/* a caller's frame not above its callee's: a loop, or rubbish */
	BACKTRACE_UNREADABLE,	/* the reader refused */
	BACKTRACE_TOO_DEEP,	/* BACKTRACE_MAX_FRAMES frames, and still no end */
	BACKTRACE_STOPPED,	/* the visitor had seen enough */
};

/* Reads the doubleword at @address into @value. Return: false if that cannot be done. */
typedef bool (*backtrace_reader_fn)(uint64_t address, uint64_t *value, void *arg);

/*
 * Is told of each frame, innermost first.
 * @depth:  0 for the first
 * @return_address: where this function goes back to; the call is the instruction before it
 * @fp:     address of the frame record
 * Return: false to end the walk.
 */
typedef bool (*backtrace_visitor_fn)(unsigned int depth, uint64_t return_address, uint64_t fp,
				     void *arg);

/*
 * backtrace_walk - walk a chain of frame records.
 * @fp:      x29 of the innermost function; 0 means that there is no caller at all
 * @lo, @hi: the stack: first byte, and the byte behind the last
 * @reader:  reads the memory; told only of addresses inside the stack
 * @visit:   told of each frame
 * @arg:     handed to both
 *
 * Return: why the walk ended.
 */
enum backtrace_end backtrace_walk(uint64_t fp, uint64_t lo, uint64_t hi,
				  backtrace_reader_fn reader, backtrace_visitor_fn visit,
				  void *arg);

/* backtrace_end_name - that reason in words, e.g. "frame pointer outside the stack". */
const char *backtrace_end_name(enum backtrace_end end);

#endif
