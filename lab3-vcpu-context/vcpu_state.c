// SPDX-License-Identifier: MIT
#include "vcpu_state.h"

#include "arch/bits.h"

const char *vcpu_state_name(enum vcpu_state state)
{
	static const char *const names[] = {
		[VCPU_INVALID] = "Invalid",
		[VCPU_CREATED] = "Created",
		[VCPU_FREE] = "Free",
		[VCPU_READY] = "Ready",
		[VCPU_RUNNING] = "Running",
	};

	return (unsigned int)state < ARRAY_SIZE(names) ? names[state] : "no such state";
}
