# SPDX-License-Identifier: MIT
#
# compare.awk: does text come out as it was written down?
#
#	awk -f compare.awk -v expected=FILE -v actual=FILE
#
# Exit status 0 if it does; else 1, and the difference, as "diff -u" shows it.  Carriage
# returns and blanks at the ends of lines do not count.  In the expected text
#
#	...	alone on a line stands for any number of lines, also none;
#	<*>	in a line stands for any run of characters, also none.

# Does a line fit a pattern?  Between two <*> the first possible place is as good as any.
function fits(line, pattern,    part, parts, i, at) {
	if (line == pattern)
		return 1
	if (!index(pattern, "<*>"))
		return 0
	parts = split_wild(pattern, part)
	if (substr(line, 1, length(part[1])) != part[1])
		return 0
	line = substr(line, length(part[1]) + 1)
	for (i = 2; i < parts; i++) {
		at = index(line, part[i])
		if (part[i] != "" && !at)
			return 0
		if (part[i] != "")
			line = substr(line, at + length(part[i]))
	}
	return length(line) >= length(part[parts]) && \
	       substr(line, length(line) - length(part[parts]) + 1) == part[parts]
}
# split() takes a regular expression; what is between the <*> here is plain text.
function split_wild(text, part,    n, at) {
	n = 0
	while (at = index(text, "<*>")) {
		part[++n] = substr(text, 1, at - 1)
		text = substr(text, at + 3)
	}
	part[++n] = text
	return n
}

function read_lines(file, line,    n) {
	n = 0
	while ((getline line[n + 1] < file) > 0) {
		n++
		gsub(/\r/, "", line[n])
		sub(/[ \t]+$/, "", line[n])
	}
	close(file)
	return n
}

# cost[i, j]: how many lines differ, at least, between the first i expected lines and the
# first j actual ones.  It is asked for line by line, and the way back through it is the diff.
function measure(    i, j, best) {
	for (i = 0; i <= n; i++) {
		for (j = 0; j <= m; j++) {
			if (i == 0) {
				cost[i, j] = j
			} else if (want[i] == "...") {
				best = cost[i - 1, j]
				if (j > 0 && cost[i, j - 1] < best)
					best = cost[i, j - 1]
				cost[i, j] = best
			} else {
				best = cost[i - 1, j] + 1
				if (j > 0 && cost[i, j - 1] + 1 < best)
					best = cost[i, j - 1] + 1
				if (j > 0 && cost[i - 1, j - 1] < best && fits(got[j], want[i]))
					best = cost[i - 1, j - 1]
				cost[i, j] = best
			}
		}
	}
	return cost[n, m]
}

# From the end to the beginning: out[1] is the last line of the diff.
function trace_back(    i, j, c) {
	outs = 0
	i = n; j = m
	while (i > 0 || j > 0) {
		c = cost[i, j]
		if (i > 0 && want[i] == "...") {
			if (j > 0 && cost[i, j - 1] == c) {
				out[++outs] = " " got[j--]
			} else {
				i--
			}
		} else if (i > 0 && j > 0 && cost[i - 1, j - 1] == c && fits(got[j], want[i])) {
			out[++outs] = " " got[j]
			i--; j--
		} else if (j > 0 && (i == 0 || cost[i, j - 1] + 1 == c)) {
			out[++outs] = "+" got[j--]
		} else {
			out[++outs] = "-" want[i--]
		}
	}
}

# The changes, and three lines around each.
function show(    i, k, near, gap) {
	print "--- expected"
	print "+++ got"
	gap = 1
	for (i = outs; i >= 1; i--) {
		near = 0
		for (k = i - 3; k <= i + 3; k++)
			if (k >= 1 && k <= outs && out[k] !~ /^ /)
				near = 1
		if (near) {
			if (gap)
				print "@@ @@"
			print out[i]
		}
		gap = !near
	}
}

BEGIN {
	n = read_lines(expected, want)
	m = read_lines(actual, got)
	if (measure() == 0)
		exit 0
	trace_back()
	show()
	exit 1
}
