// SPDX-License-Identifier: MIT
/*
 * test_vcpu_parts.c - the parts of a vCPU that are plain C: its general registers, and the step from one
 * state to another. Everything else of it moves registers: state.c and its neighbours, in QEMU.
 */
#include <check.h>
#include <string.h>

#include "trap_frame.h"
#include "unit_main.h"
#include "vcpu_state.h"

#define HANDOUT(section)	"  handout: lab3-vcpu-context/README.md, \"" section "\""

static uint64_t pattern(unsigned int n)
{
	return 0x0101010101010101 * (n + 1);
}

/* The register's number for each number that five bits, or more, can say: written out, not computed. */
START_TEST(gprs)
{
	for (unsigned int n = 0; n < 96; n++) {
		struct trap_frame frame, before;
		unsigned int place = n;

		while (place >= 32)
			place -= 32;
		for (unsigned int i = 0; i < 31; i++)
			frame.x[i] = pattern(i);
		frame.x[31] = 0;
		frame.sp_el0 = frame.elr = frame.spsr = frame.esr = 0x5a5a;
		before = frame;

		ck_assert_msg(trap_frame_gpr(&frame, n) == (place == 31 ? 0 : pattern(place)),
			      "register %u reads 0x%lx" HANDOUT("The trap frame"), n,
			      trap_frame_gpr(&frame, n));
		trap_frame_set_gpr(&frame, n, 0xfeedface12345678);
		if (place != 31)
			before.x[place] = 0xfeedface12345678;
		ck_assert_msg(memcmp(&frame, &before, sizeof(frame)) == 0,
			      "a write to register %u changes something else, or nothing"
			      HANDOUT("The trap frame"), n);
	}
}
END_TEST

/* Every step from every state, tried in every state: taken if and only if the vCPU is where it starts. */
START_TEST(states)
{
	for (int now = VCPU_INVALID; now <= VCPU_RUNNING; now++) {
		for (int from = VCPU_INVALID; from <= VCPU_RUNNING; from++) {
			for (int to = VCPU_INVALID; to <= VCPU_RUNNING; to++) {
				enum vcpu_state state = (enum vcpu_state)now;
				bool taken = vcpu_state_change(&state, (enum vcpu_state)from,
							       (enum vcpu_state)to);

				ck_assert_msg(taken == (now == from) &&
					      (int)state == (now == from ? to : now),
					      "in %d, from %d to %d: returned %d, now in %d"
					      HANDOUT("The state, and how it changes"), now, from, to,
					      taken, (int)state);
			}
		}
	}
}
END_TEST

START_TEST(state_names)
{
	static const char *const names[] = { "Invalid", "Created", "Free", "Ready", "Running" };

	for (int state = VCPU_INVALID; state <= VCPU_RUNNING; state++)
		ck_assert_str_eq(vcpu_state_name((enum vcpu_state)state), names[state]);
	ck_assert_ptr_nonnull(vcpu_state_name((enum vcpu_state)99));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vcpu_parts");
	TCase *tcase = add_case(suite, "vcpu_parts");

	tcase_add_test(tcase, gprs);
	tcase_add_test(tcase, states);
	tcase_add_test(tcase, state_names);
	return unit_main("tests/lab3/test_vcpu_parts", suite);
}
