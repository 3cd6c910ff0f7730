/* SPDX-License-Identifier: MIT */
/*
 * recorder.c - a plugin of QEMU's: notes what a recorded run executes and stores (hv who-wrote).
 *
 * In the directory dir=..., in this machine's byte order:
 *
 *   executed   uint32_t for each instruction, in the order of execution: its place in "code"; and bit 31, if it
 *              has accessed memory. Also of one that then faults, and which QEMU does not count
 *   code       two uint64_t for each instruction that was translated: its address, and its 32 bits
 *   stored     two uint64_t for each store: the address, as the program had it; and which of "executed" it was,
 *              times 8, plus the binary logarithm of its size
 *
 * and, to be found without a search through all of it (see write_groups()):
 *
 *   executed-at  which of "executed" are at each place in "code"
 *   stored-at    which of "stored" are at each address: by bucket_of(), so there are others among them
 *
 * A recording is of one CPU, and each instruction is translated by itself (build-aux/run-qemu). hv/index.py reads
 * it.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What is used of QEMU's interface for plugins, whose header comes with QEMU's source only. Which version of it
 * there is, configure has tried: QEMU takes a plugin for no other.
 */
#if PLUGIN_VERSION < 1
#error "PLUGIN_VERSION: as configure has it"
#endif

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
struct qemu_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

enum { QEMU_PLUGIN_CB_NO_REGS = 0, QEMU_PLUGIN_MEM_RW = 3 };

typedef void exec_function(unsigned int cpu, void *data);
typedef void mem_function(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data);
typedef void trans_function(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void exit_function(qemu_plugin_id_t id, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, trans_function *function);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, exec_function *function, int flags,
					    void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn, mem_function *function, int flags, int rw,
				      void *data);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, exit_function *function, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t n);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
unsigned int qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t info);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info);
#if PLUGIN_VERSION == 1
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
#else
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *data, size_t size);
#endif
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);

/* What QEMU looks for. */
#define EXPORT __attribute__((visibility("default")))
extern EXPORT int qemu_plugin_version;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv);

int qemu_plugin_version = PLUGIN_VERSION;

/* An endless loop is not to fill memory and disk: this is 80 MB, and of its stores up to 200 MB. */
#define MOST_INSTRUCTIONS 10000000u
#define BUCKETS		  (1u << 20)
#define ACCESSED	  (1u << 31)

/* What is noted is in memory until QEMU ends. */
struct array {
	const char *name;
	size_t item_size;
	size_t number, room;
	char *items;
};

static struct array executed = { .name = "executed", .item_size = sizeof(uint32_t) };
static struct array code = { .name = "code", .item_size = 2 * sizeof(uint64_t) };
static struct array stored = { .name = "stored", .item_size = 2 * sizeof(uint64_t) };

static const char *directory;
static bool is_full;

static void append(struct array *array, const void *item)
{
	if (array->number == array->room) {
		const size_t room = array->room ? 2 * array->room : 65536;
		char *items = realloc(array->items, room * array->item_size);

		if (!items) {
			is_full = true;
			return;
		}
		array->items = items;
		array->room = room;
	}
	memcpy(array->items + array->number++ * array->item_size, item, array->item_size);
}

static void on_execution(unsigned int cpu, void *data)
{
	const uint32_t place = (uint32_t)(uintptr_t)data;

	(void)cpu;
	is_full |= executed.number == MOST_INSTRUCTIONS;
	if (!is_full)
		append(&executed, &place);
}

static void on_access(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
	const uint64_t store[2] = { address, (executed.number - 1) << 3 | qemu_plugin_mem_size_shift(info) };

	(void)cpu;
	(void)data;
	if (is_full)
		return;
	((uint32_t *)executed.items)[executed.number - 1] |= ACCESSED;
	if (qemu_plugin_mem_is_store(info))
		append(&stored, store);
}

static uint32_t word_of(const struct qemu_plugin_insn *insn)
{
	uint32_t word = 0;

	/* One of T32 may have 16 bits. */
	if (qemu_plugin_insn_size(insn) < sizeof(word))
		return 0;
#if PLUGIN_VERSION == 1
	memcpy(&word, qemu_plugin_insn_data(insn), sizeof(word));
#else
	qemu_plugin_insn_data(insn, &word, sizeof(word));
#endif
	return word;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	const size_t number = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (size_t n = 0; n < number; n++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, n);
		const uint64_t entry[2] = { qemu_plugin_insn_vaddr(insn), word_of(insn) };

		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_execution, QEMU_PLUGIN_CB_NO_REGS,
						       (void *)(uintptr_t)code.number);
		append(&code, entry);
		qemu_plugin_register_vcpu_mem_cb(insn, on_access, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, NULL);
	}
}

static void write_file(const char *name, const void *items, size_t size)
{
	char path[4096];
	FILE *file = NULL;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) < (int)sizeof(path))
		file = fopen(path, "wb");
	if (!file || fwrite(items, 1, size, file) != size || fclose(file) != 0)
		fprintf(stderr, "recorder: cannot write %s in %s\n", name, directory);
}

/* Stores are looked for by the aligned eight bytes that they begin in. */
static uint32_t bucket_of(size_t n)
{
	return ((const uint64_t *)stored.items)[2 * n] >> 3 & (BUCKETS - 1);
}

static uint32_t place_of(size_t n)
{
	return ((const uint32_t *)executed.items)[n] & ~ACCESSED;
}

/*
 * Writes the numbers 0 to number - 1 by what group_of() says of each: groups + 1 times a uint32_t, at which each group
 * begins and the last ends; then the numbers of the first group, ascending, of the second, and so on.
 */
static void write_groups(const char *name, uint32_t (*group_of)(size_t n), size_t number, size_t groups)
{
	uint32_t *const starts = calloc(groups + 1 + number, sizeof(*starts));
	uint32_t *const numbers = starts + groups + 1;

	if (!starts) {
		fprintf(stderr, "recorder: no memory for %s\n", name);
		return;
	}
	/* Each group's size; where it begins, two further; and then, as it fills up, one further. */
	for (size_t n = 0; n < number; n++)
		if (group_of(n) + 2 <= groups)
			starts[group_of(n) + 2]++;
	for (size_t group = 2; group <= groups; group++)
		starts[group] += starts[group - 1];
	for (size_t n = 0; n < number; n++)
		numbers[starts[group_of(n) + 1]++] = (uint32_t)n;
	write_file(name, starts, (groups + 1 + number) * sizeof(*starts));
	free(starts);
}

static void on_exit_of_qemu(qemu_plugin_id_t id, void *data)
{
	const struct array *const arrays[] = { &executed, &code, &stored };

	(void)id;
	(void)data;
	write_groups("executed-at", place_of, executed.number, code.number);
	write_groups("stored-at", bucket_of, stored.number, BUCKETS);
	for (size_t n = 0; n < sizeof(arrays) / sizeof(arrays[0]); n++)
		write_file(arrays[n]->name, arrays[n]->items, arrays[n]->number * arrays[n]->item_size);
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "dir=", 4) != 0) {
		fprintf(stderr, "recorder: give one argument, dir=DIRECTORY\n");
		return 1;
	}
	directory = argv[0] + 4;	/* stays there as long as the plugin does */
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
	return 0;
}
