#!/bin/sh
# SPDX-License-Identifier: MIT
#
# instruction_table.sh: are the words in instruction_table.h what an assembler makes of the texts beside
# them? Test_instruction relies on it. (Texts that an assembler does not know yet are no failure.)

table=$srcdir/instruction_table.h
dir=$(mktemp -d "${TMPDIR:-/tmp}/instruction_table.XXXXXX") || exit 99
trap 'rm -rf "$dir"' EXIT

# LOAD_STORE(0xf9400020, "ldr x0, [x1]")
sed -n 's/^[A-Z_]*(0x\([0-9a-f]*\), "\([^"]*\)".*/\1	\2/p' "$table" > "$dir/lines"
{
	echo '.arch armv8.8-a+sve2+memtag+ls64+crypto+fp16+mops'
	cut -f2 "$dir/lines"
} > "$dir/table.s"

echo '1..1'
# -W: some of them are UNPREDICTABLE, and the assembler says so.
if ! $TARGET_CC -c -Wa,-W -o "$dir/table.o" "$dir/table.s" 2> "$dir/errors"; then
	echo "ok 1 # SKIP this assembler does not know them all: $(sed -n '/Error/{s/.*Error: //p;q;}' "$dir/errors")"
	exit 0
fi
# "   4:	f9400020 	ldr	x0, [x1]"
$TARGET_OBJDUMP -d -z "$dir/table.o" | sed -n 's/^ *[0-9a-f]*:	\([0-9a-f]\{8\}\).*/\1/p' > "$dir/words"
if cut -f1 "$dir/lines" | cmp -s - "$dir/words"; then
	echo "ok 1 - $(wc -l < "$dir/words") words are what the assembler makes of them"
else
	echo 'not ok 1 - the words are what the assembler makes of them'
	echo '# word in instruction_table.h, text, word of the assembler:'
	paste "$dir/lines" "$dir/words" | awk -F'	' '$1 != $3 { print "#   " $0 }' | head -n 20
fi
