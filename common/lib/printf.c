// SPDX-License-Identifier: MIT
#include "lib/printf.h"

#include <string.h>

struct sink {
	putc_fn put;
	void *arg;
	int count;
};

/* A va_list in a struct: unlike a bare one it can be passed by pointer on every architecture. */
struct arguments {
	va_list ap;
};

/* One conversion specification, taken apart. */
struct spec {
	bool left, zero, plus, space, alternate;
	long width;
	long precision;		/* negative: none was given */
	int size;		/* of an integer argument, in bytes */
	bool has_length;	/* a length modifier was given */
	char conversion;
};

static void emit(struct sink *out, char c)
{
	out->put(c, out->arg);
	if (out->count < INT32_MAX)
		out->count++;
}

static void emit_times(struct sink *out, char c, long times)
{
	while (times-- > 0)
		emit(out, c);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A decimal number in the format, cut to INT32_MAX. */
static const char *parse_number(const char *fmt, long *number)
{
	long n = 0;

	for (; is_digit(*fmt); fmt++)
		if (n <= INT32_MAX)
			n = n * 10 + (*fmt - '0');
	*number = n < INT32_MAX ? n : INT32_MAX;
	return fmt;
}

static const char *parse_flags(const char *fmt, struct spec *spec)
{
	for (;; fmt++) {
		switch (*fmt) {
		case '-':
			spec->left = true;
			break;
		case '0':
			spec->zero = true;
			break;
		case '+':
			spec->plus = true;
			break;
		case ' ':
			spec->space = true;
			break;
		case '#':
			spec->alternate = true;
			break;
		default:
			return fmt;
		}
	}
}

static const char *parse_width(const char *fmt, struct spec *spec, struct arguments *args)
{
	if (*fmt != '*')
		return parse_number(fmt, &spec->width);

	spec->width = va_arg(args->ap, int);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = -spec->width;
	}
	return fmt + 1;
}

static const char *parse_precision(const char *fmt, struct spec *spec, struct arguments *args)
{
	spec->precision = -1;
	if (*fmt != '.')
		return fmt;
	if (fmt[1] != '*')
		return parse_number(fmt + 1, &spec->precision);

	spec->precision = va_arg(args->ap, int);
	return fmt + 2;
}

static const char *parse_length(const char *fmt, struct spec *spec)
{
	const char *start = fmt;

	spec->size = sizeof(int);
	switch (*fmt) {
	case 'h':
		spec->size = sizeof(short);
		if (*++fmt == 'h') {
			spec->size = sizeof(char);
			fmt++;
		}
		break;
	case 'l':
		spec->size = sizeof(long);
		if (*++fmt == 'l')
			fmt++;
		break;
	case 'j':
	case 't':
	case 'z':
		spec->size = sizeof(long);
		fmt++;
		break;
	}
	spec->has_length = fmt != start;
	return fmt;
}

static_assert(sizeof(long) == sizeof(long long) && sizeof(long) == sizeof(intmax_t) &&
	      sizeof(long) == sizeof(size_t) && sizeof(long) == sizeof(ptrdiff_t),
	      "one fetch for the lengths l, ll, j, z and t");

static int64_t next_signed(struct arguments *args, int size)
{
	switch (size) {
	case sizeof(char):
		return (signed char)va_arg(args->ap, int);
	case sizeof(short):
		return (short)va_arg(args->ap, int);
	case sizeof(int):
		return va_arg(args->ap, int);
	default:
		return va_arg(args->ap, long);
	}
}

static uint64_t next_unsigned(struct arguments *args, int size)
{
	switch (size) {
	case sizeof(char):
		return (unsigned char)va_arg(args->ap, unsigned int);
	case sizeof(short):
		return (unsigned short)va_arg(args->ap, unsigned int);
	case sizeof(int):
		return va_arg(args->ap, unsigned int);
	default:
		return va_arg(args->ap, unsigned long);
	}
}

/*
 * What an integer consists of, in this order: spaces (right-justified), prefix (sign or 0x), zeros
 * (from the 0 flag or from the precision), digits, spaces (left-justified).
 */
static void emit_integer(struct sink *out, const struct spec *spec, const char *prefix,
			 uint64_t value, unsigned int base)
{
	const char *symbols = spec->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	char digits[22];		/* 64 bits in octal */
	int count = 0;
	long zeros, padding;

	for (; value != 0; value /= base)
		digits[count++] = symbols[value % base];

	/* A zero has no digits so far: the precision, at least 1 if none is given, adds its 0. */
	zeros = (spec->precision < 0 ? 1 : spec->precision) - count;
	if (zeros < 0)
		zeros = 0;
	if (base == 8 && spec->alternate && zeros == 0)
		zeros = 1;

	padding = spec->width - (long)strlen(prefix) - zeros - count;
	if (spec->zero && !spec->left && spec->precision < 0 && padding > 0) {
		zeros += padding;
		padding = 0;
	}

	if (!spec->left)
		emit_times(out, ' ', padding);
	while (*prefix != '\0')
		emit(out, *prefix++);
	emit_times(out, '0', zeros);
	while (count > 0)
		emit(out, digits[--count]);
	if (spec->left)
		emit_times(out, ' ', padding);
}

static void emit_signed(struct sink *out, const struct spec *spec, int64_t value)
{
	/* Negated as unsigned: the most negative number has no positive counterpart. */
	if (value < 0)
		emit_integer(out, spec, "-", -(uint64_t)value, 10);
	else
		emit_integer(out, spec, spec->plus ? "+" : spec->space ? " " : "",
			     (uint64_t)value, 10);
}

static void emit_hex(struct sink *out, const struct spec *spec, uint64_t value)
{
	const char *prefix = spec->conversion == 'X' ? "0X" : "0x";

	emit_integer(out, spec, spec->alternate && value != 0 ? prefix : "", value, 16);
}

/* Characters with padding around them. They need not end with a NUL, and are not looked at. */
static void emit_text(struct sink *out, const struct spec *spec, const char *text, size_t length)
{
	long padding = spec->width - (long)length;

	if (!spec->left)
		emit_times(out, ' ', padding);
	while (length-- > 0)
		emit(out, *text++);
	if (spec->left)
		emit_times(out, ' ', padding);
}

/* With a precision the string may lack its NUL: no byte behind the precision is read. */
static void emit_string(struct sink *out, const struct spec *spec, const char *string)
{
	if (string == NULL)
		string = "(null)";
	emit_text(out, spec, string,
		  spec->precision < 0 ? strlen(string) : strnlen(string, (size_t)spec->precision));
}

/* Return: false if there is no such conversion; then nothing has been sent. */
static bool convert(struct sink *out, const struct spec *spec, struct arguments *args)
{
	char c;

	switch (spec->conversion) {
	case 'd':
	case 'i':
		emit_signed(out, spec, next_signed(args, spec->size));
		return true;
	case 'u':
		emit_integer(out, spec, "", next_unsigned(args, spec->size), 10);
		return true;
	case 'o':
		emit_integer(out, spec, "", next_unsigned(args, spec->size), 8);
		return true;
	case 'x':
	case 'X':
		emit_hex(out, spec, next_unsigned(args, spec->size));
		return true;
	}

	if (spec->has_length)		/* %ls and %lc are wide characters: not here */
		return false;

	switch (spec->conversion) {
	case 'p':
		emit_integer(out, spec, "0x", (uintptr_t)va_arg(args->ap, void *), 16);
		return true;
	case 's':
		emit_string(out, spec, va_arg(args->ap, const char *));
		return true;
	case 'c':
		c = (char)va_arg(args->ap, int);
		emit_text(out, spec, &c, 1);
		return true;
	case '%':
		emit(out, '%');
		return true;
	}
	return false;
}

int vformat(putc_fn put, void *arg, const char *fmt, va_list ap)
{
	struct sink out = { put, arg, 0 };
	struct arguments args;

	va_copy(args.ap, ap);
	while (*fmt != '\0') {
		const char *start = fmt;
		struct spec spec = { 0 };

		if (*fmt != '%') {
			emit(&out, *fmt++);
			continue;
		}

		fmt = parse_flags(fmt + 1, &spec);
		fmt = parse_width(fmt, &spec, &args);
		fmt = parse_precision(fmt, &spec, &args);
		fmt = parse_length(fmt, &spec);
		spec.conversion = *fmt;
		if (!convert(&out, &spec, &args)) {
			while (*start != '\0')
				emit(&out, *start++);
			break;
		}
		fmt++;
	}
	va_end(args.ap);

	return out.count;
}

int format(putc_fn put, void *arg, const char *fmt, ...)
{
	va_list ap;
	int count;

	va_start(ap, fmt);
	count = vformat(put, arg, fmt, ap);
	va_end(ap);
	return count;
}

struct buffer {
	char *next;
	size_t room;		/* characters that still fit, besides the NUL */
};

static void put_in_buffer(char c, void *arg)
{
	struct buffer *buffer = arg;

	if (buffer->room == 0)
		return;
	*buffer->next++ = c;
	buffer->room--;
}

int kvsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct buffer buffer = { buf, size == 0 ? 0 : size - 1 };
	int length = vformat(put_in_buffer, &buffer, fmt, ap);

	if (size != 0)
		*buffer.next = '\0';
	return length;
}

int ksnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int length;

	va_start(ap, fmt);
	length = kvsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return length;
}
