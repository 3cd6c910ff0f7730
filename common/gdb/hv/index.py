# SPDX-License-Identifier: MIT
"""What a recorded run has executed and stored, as common/gdb/recorder.c has noted it.

There an instruction has a number of its own: of all that were begun. QEMU counts those that were executed: not
what faults, an access that aborts. Which these are, the recording's log says: it has each exception, and at which
of QEMU's numbers."""

import bisect
import mmap
import os

# A vector is 128 bytes, and that far from the next.
VECTOR = 0x80


def is_branch(word):
    return word >> 26 & 0x1f == 5 or word >> 25 in (0x2a, 0x6b) or word >> 25 & 0x3e == 0x1a


def is_among(number, ascending):
    at = bisect.bisect_left(ascending, number)
    return at < len(ascending) and ascending[at] == number


class Groups:
    """Numbers by group: of each group, where it begins; and then the numbers."""

    def __init__(self, data, groups):
        self.starts, self.numbers = data[:groups + 1], data[groups + 1:]

    def until(self, group, end):
        """Where a group's numbers below end are: (first, behind the last)."""
        first, last = self.starts[group], self.starts[group + 1]
        return first, bisect.bisect_left(self.numbers, end, first, last)


class Index:
    """Of the recording in a directory. It is not there (not self.there) if this QEMU takes no plugins."""

    BUCKETS, PLACE = 1 << 20, 2 ** 31 - 1   # as recorder.c has them

    def __init__(self, directory, recording):
        self.executed = self.read(directory, "executed", "I")
        self.code = self.read(directory, "code", "Q")
        self.stored = self.read(directory, "stored", "Q")
        self.executed_at = Groups(self.read(directory, "executed-at", "I"), len(self.code) // 2)
        self.stored_at = Groups(self.read(directory, "stored-at", "I"), self.BUCKETS)
        self.there = len(self.executed) > 0 and recording.end is not None
        self.faults, self.faults_counts, self.exceptions = [], [], []
        if self.there:
            self.find_exceptions(recording.exceptions)

    @staticmethod
    def read(directory, name, kind):
        try:
            with open(os.path.join(directory, name), "rb") as file:
                return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)).cast(kind)
        except (OSError, ValueError, TypeError):        # not there, empty, or cut off
            return memoryview(b"").cast(kind)

    def find_exceptions(self, counts):
        """Which instructions have faulted, and which are a vector's first, after an exception."""
        for count in counts:
            n = count + len(self.faults)
            if n + 1 >= len(self.executed):
                break
            # An exception is noted before the next instruction is begun. That is the vector's first; or this one is
            # what faults, and the vector is behind it. QEMU's own PSCI goes on behind the SMC or HVC.
            pc, word = self.at(n)
            following = self.at(n + 1)[0]
            if following % VECTOR == 0 and following != pc + 4 and not is_branch(word):
                self.faults.append(n)
                self.faults_counts.append(count)
                self.exceptions.append(n + 1)
            elif pc % VECTOR == 0 and n and self.at(n - 1)[0] + 4 != pc:
                self.exceptions.append(n)

    def at(self, n):
        """The address of an instruction, and its 32 bits."""
        place = 2 * (self.executed[n] & self.PLACE)
        return self.code[place], self.code[place + 1]

    def count(self, n):
        """QEMU's number of it."""
        return n - bisect.bisect_left(self.faults, n)

    def number(self, count, pc):
        """Which it is, of QEMU's number and an address; None if that is behind what was noted."""
        n = count + bisect.bisect_left(self.faults_counts, count)
        # What faults has the same number as the vector.
        while n < len(self.executed) and self.at(n)[0] != pc and self.is_fault(n):
            n += 1
        return n if n < len(self.executed) else None

    def is_fault(self, n):
        return is_among(n, self.faults)

    def has_accessed(self, n):
        """Whether a load or store was done: else it has faulted, or was trapped."""
        return self.executed[n] > self.PLACE

    def is_vector(self, n):
        """Whether an exception brought the CPU there."""
        return is_among(n, self.exceptions)

    def last(self, n, wanted):
        """The last instruction before one, of which wanted(address, word) is true; or None."""
        def last_of(places):
            ends = [self.executed_at.until(place, n) for place in places
                    if wanted(self.code[2 * place], self.code[2 * place + 1])]
            return max((self.executed_at.numbers[end - 1] for first, end in ends if first < end), default=None)

        # Mostly it is one of the last thousand, among which there are a few hundred different ones.
        found = last_of({place & self.PLACE for place in self.executed[max(0, n - 1000):n]})
        return last_of(range(len(self.code) // 2)) if found is None else found

    def last_store(self, n, address, size):
        """The last instruction before one that has stored to any of these bytes; or None."""
        before = bisect.bisect_left(self.stored[1::2], n << 3)
        found = -1
        # A store is of 16 bytes at most, and found by those that it begins in.
        for bucket in range((address - 15) >> 3, (address + size - 1 >> 3) + 1):
            first, end = self.stored_at.until(bucket % self.BUCKETS, before)
            for at in range(end - 1, first - 1, -1):
                store = self.stored_at.numbers[at]
                start, by = self.stored[2 * store], self.stored[2 * store + 1]
                if store <= found:
                    break
                if address - (1 << (by & 7)) < start < address + size:
                    found = store
                    break
        return None if found < 0 else self.stored[2 * found + 1] >> 3

    def exceptions_until(self, n):
        """The vectors' first instructions after an exception, up to one, itself included."""
        return self.exceptions[:bisect.bisect_right(self.exceptions, n)]
