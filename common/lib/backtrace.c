// SPDX-License-Identifier: MIT
#include "lib/backtrace.h"

#include "arch/bits.h"

/* What x29 points at (AAPCS64, "The Frame Pointer"). */
struct frame_record {
	uint64_t caller;		/* the caller's frame record */
	uint64_t return_address;
};

ASSERT_SIZE(struct frame_record, 16);

/* Not "fp + 16 <= hi": a wild pointer near the top of the address space would wrap and pass. */
static bool is_inside(uint64_t fp, uint64_t lo, uint64_t hi)
{
	return fp >= lo && fp < hi && hi - fp >= sizeof(struct frame_record);
}

enum backtrace_end backtrace_walk(uint64_t fp, uint64_t lo, uint64_t hi,
				  backtrace_reader_fn reader, backtrace_visitor_fn visit,
				  void *arg)
{
	for (unsigned int depth = 0; fp != 0; depth++) {
		struct frame_record record;

		if (depth == BACKTRACE_MAX_FRAMES)
			return BACKTRACE_TOO_DEEP;
		if (!IS_ALIGNED(fp, 8))
			return BACKTRACE_MISALIGNED;
		if (!is_inside(fp, lo, hi))
			return BACKTRACE_OUTSIDE;
		if (!reader(fp + offsetof(struct frame_record, caller), &record.caller, arg) ||
		    !reader(fp + offsetof(struct frame_record, return_address),
			    &record.return_address, arg))
			return BACKTRACE_UNREADABLE;

		if (!visit(depth, record.return_address, fp, arg))
			return BACKTRACE_STOPPED;

		/* The stack grows down, so a caller's record is above its callee's, whole. */
		if (record.caller != 0 && record.caller < fp + sizeof(record))
			return BACKTRACE_NOT_GROWING;
		fp = record.caller;
	}
	return BACKTRACE_COMPLETE;
}

const char *backtrace_end_name(enum backtrace_end end)
{
	switch (end) {
	case BACKTRACE_COMPLETE:
		return "end of the chain";
	case BACKTRACE_MISALIGNED:
		return "frame pointer not aligned";
	case BACKTRACE_OUTSIDE:
		return "frame pointer outside the stack";
	case BACKTRACE_NOT_GROWING:
		return "frame pointer not above the frame before";
	case BACKTRACE_UNREADABLE:
		return "frame record cannot be read";
	case BACKTRACE_TOO_DEEP:
		return "too many frames";
	case BACKTRACE_STOPPED:
		return "stopped";
	}
	return "unknown";
}
