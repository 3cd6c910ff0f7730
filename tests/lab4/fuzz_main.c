// SPDX-License-Identifier: MIT
/*
 * fuzz_main.c - runs a fuzzer's target without the fuzzer: the same few thousand inputs each time.
 *
 *   ./fuzz_decode              inputs from a fixed seed; says TAP
 *   ./fuzz_decode 20000 7      so many inputs, from another seed
 *   ./fuzz_decode FILE         one input: what libFuzzer has kept (crash-...)
 *
 * The target ends the program where something does not hold, and has said what. Then the plan is
 * not kept, and that makes the test fail.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUTS		20000
#define SEED		1
#define MAX_SIZE	4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t state;

/* xorshift64*: Marsaglia, Vigna. */
static uint64_t random64(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * UINT64_C(0x2545f4914f6cdd1d);
}

/*
 * Random bytes, of any length. What finds most is not what is most random, so every other input has
 * a good deal of bytes 0, 0xff, or the same as the one before.
 */
static size_t make_input(uint8_t *data)
{
	size_t size = random64() % 4 ? random64() % MAX_SIZE : random64() % 64;
	bool plain = random64() % 2;

	for (size_t i = 0; i < size; i++) {
		uint64_t random = random64();

		data[i] = (uint8_t)random;
		if (plain)
			continue;
		switch (random >> 32 & 7) {
		case 0:
			data[i] = 0;
			break;
		case 1:
			data[i] = 0xff;
			break;
		case 2:
			data[i] = i ? data[i - 1] : 0;
			break;
		}
	}
	return size;
}

static int run_file(const char *name)
{
	static uint8_t data[1 << 20];
	FILE *file = fopen(name, "rb");
	size_t size;

	if (file == NULL) {
		perror(name);
		return EXIT_FAILURE;
	}
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	printf("%s: %zu bytes, all holds\n", name, size);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static uint8_t data[MAX_SIZE];
	unsigned long inputs = INPUTS, seed = SEED;
	char *end = NULL;

	if (argc > 1) {
		inputs = strtoul(argv[1], &end, 10);
		if (*end != '\0')
			return run_file(argv[1]);
	}
	if (argc > 2)
		seed = strtoul(argv[2], NULL, 10);
	state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;

	printf("1..1\n");
	fflush(stdout);
	for (unsigned long i = 0; i < inputs; i++) {
		size_t size = make_input(data);

		LLVMFuzzerTestOneInput(data, size);
	}
	printf("ok 1 - %lu inputs, seed %lu\n", inputs, seed);
	return EXIT_SUCCESS;
}
