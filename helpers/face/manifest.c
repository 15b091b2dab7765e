// SPDX-License-Identifier: GPL-3.0-or-later
#include "face/manifest.h"

#include <string.h>

#define LINE_MAX_BYTES 200
#define E4 10000u

enum kind {
	K_TEXT,		/* printable, not kept */
	K_FILE,		/* a file's name without a directory */
	K_HASH,		/* 64 hexadecimal digits */
	K_NUMBER,	/* decimal integer */
	K_E4,		/* decimal with up to four digits after the point */
	K_SIZE,		/* WIDTHxHEIGHT */
	K_CHANNELS,
};

struct key {
	const char *section, *name;
	enum kind kind;
	size_t at;		/* offset in struct manifest */
	uint32_t min, max;	/* of the stored number */
};

#define AT(member) offsetof(struct manifest, member)
#define NET_KEYS(section, id) \
	{ section, "file", K_FILE, AT(net[id].file), 0, 0 }, \
	{ section, "sha256", K_HASH, AT(net[id].sha256), 0, 0 }, \
	{ section, "input", K_SIZE, AT(net[id].width), 32, 640 }, \
	{ section, "channels", K_CHANNELS, AT(net[id].channels), 0, 0 }, \
	{ section, "mean", K_E4, AT(net[id].mean_e4), 0, 255 * E4 }, \
	{ section, "scale", K_E4, AT(net[id].scale_e4), 1, 256 * E4 }

/* The ranges of [match] and [attack] keep a slip of the pen from opening the
 * door: 0.30 is where one pair in a thousand of strangers matches, 0.04 where
 * the replays of the evaluation begin to pass. */
static const struct key keys[] = {
	{ "manifest", "version", K_NUMBER, (size_t)-1, 1, 1 },
	{ "package", "name", K_TEXT, (size_t)-1, 0, 0 },
	{ "package", "version", K_TEXT, (size_t)-1, 0, 0 },
	{ "package", "sha256", K_HASH, (size_t)-1, 0, 0 },
	NET_KEYS("detect", NET_DETECT),
	NET_KEYS("landmark", NET_LANDMARK),
	NET_KEYS("feature", NET_FEATURE),
	NET_KEYS("liveness", NET_LIVENESS),
	{ "match", "frames", K_NUMBER, AT(match_frames), 5, 50 },
	{ "match", "fmr_1e-3", K_E4, AT(threshold_e4[FMR_1E3]), 3000, 9000 },
	{ "match", "fmr_1e-4", K_E4, AT(threshold_e4[FMR_1E4]), 3500, 9000 },
	{ "match", "fmr_1e-5", K_E4, AT(threshold_e4[FMR_1E5]), 4000, 9000 },
	{ "match", "frame_floor", K_E4, AT(frame_floor_e4), 1000, 9000 },
	{ "attack", "frames", K_NUMBER, AT(live_frames), 10, 50 },
	{ "attack", "interval_ms", K_NUMBER, AT(live_interval_ms), 0, 1000 },
	{ "attack", "threshold", K_E4, AT(live_threshold_e4), 400, 9900 },
	{ "attack", "give_up", K_NUMBER, AT(give_up), 10, 600 },
};

#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static struct span trimmed(struct span s)
{
	while (s.n > 0 && is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool is_text(struct span s, const char *text)
{
	return span_equal(s, span_str(text));
}

/* Digits up to `stop` or the end; at least one, at most nine. */
static enum result take_digits(struct span *in, uint32_t *out, size_t *count)
{
	uint32_t v = 0;
	size_t n = 0;

	while (n < in->n && in->p[n] >= '0' && in->p[n] <= '9') {
		if (n == 9)
			return R_MALFORMED;
		v = v * 10 + (in->p[n] - '0');
		n++;
	}
	if (n == 0)
		return R_MALFORMED;
	*in = span_of(in->p + n, in->n - n);
	*out = v;
	*count = n;
	return R_OK;
}

static enum result parse_e4(struct span in, uint32_t *out)
{
	uint32_t whole, part = 0;
	size_t n;
	uint8_t point;

	if (take_digits(&in, &whole, &n) != R_OK || whole > 100000)
		return R_MALFORMED;
	if (in.n > 0) {
		if (span_u8(&in, &point) != R_OK || point != '.' ||
		    take_digits(&in, &part, &n) != R_OK || n > 4)
			return R_MALFORMED;
		for (; n < 4; n++)
			part *= 10;
	}
	if (span_end(&in) != R_OK)
		return R_MALFORMED;
	*out = whole * E4 + part;
	return R_OK;
}

static enum result parse_number(struct span in, uint32_t *out)
{
	size_t n;

	if (take_digits(&in, out, &n) != R_OK)
		return R_MALFORMED;
	return span_end(&in);
}

static enum result parse_size(struct span in, uint32_t out[2])
{
	uint8_t x;
	size_t n;

	if (take_digits(&in, &out[0], &n) != R_OK ||
	    span_u8(&in, &x) != R_OK || x != 'x' ||
	    take_digits(&in, &out[1], &n) != R_OK)
		return R_MALFORMED;
	return span_end(&in);
}

static enum result parse_channels(struct span in, uint32_t *out)
{
	static const char *const name[] = {
		[CHANNELS_RGB] = "rgb",
		[CHANNELS_BGR] = "bgr",
		[CHANNELS_GREY] = "grey",
	};

	for (uint32_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		if (is_text(in, name[i])) {
			*out = i;
			return R_OK;
		}
	return R_MALFORMED;
}

static enum result parse_file(struct span in, char *out)
{
	if (in.n == 0 || in.p[0] == '.')
		return R_MALFORMED;
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] == '/')
			return R_MALFORMED;
	return span_to_str(in, out, NET_FILE_MAX);
}

static enum result parse_hash(struct span in, uint8_t *out)
{
	char hex[2 * SHA256_SIZE + 1];

	if (span_to_str(in, hex, sizeof(hex)) != R_OK)
		return R_MALFORMED;
	return hex_decode(hex, out, SHA256_SIZE);
}

static enum result in_range(const struct key *k, const uint32_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] < k->min || v[i] > k->max)
			return R_MALFORMED;
	return R_OK;
}

/* One value, and where it goes in m. */
static enum result parse_value(const struct key *k, struct span in,
			       struct manifest *m)
{
	bool kept = k->at != (size_t)-1;
	union {
		char file[NET_FILE_MAX];
		uint8_t hash[SHA256_SIZE];
		uint32_t number[2];
	} v = { 0 };
	enum result r = R_MALFORMED;
	size_t n = sizeof(uint32_t);

	switch (k->kind) {
	case K_TEXT:
		n = 0;
		r = in.n > 0 ? R_OK : R_MALFORMED;
		break;
	case K_FILE:
		n = sizeof(v.file);
		r = parse_file(in, v.file);
		break;
	case K_HASH:
		n = sizeof(v.hash);
		r = parse_hash(in, v.hash);
		break;
	case K_SIZE:
		n = sizeof(v.number);
		r = parse_size(in, v.number);
		break;
	case K_NUMBER:
		r = parse_number(in, v.number);
		break;
	case K_E4:
		r = parse_e4(in, v.number);
		break;
	case K_CHANNELS:
		r = parse_channels(in, v.number);
		break;
	}
	if (r == R_OK && (k->kind == K_NUMBER || k->kind == K_E4 ||
			  k->kind == K_SIZE))
		r = in_range(k, v.number, n / sizeof(uint32_t));
	if (r == R_OK && kept)
		memcpy((uint8_t *)m + k->at, &v, n);
	return r;
}

static const struct key *find_key(struct span section, struct span name)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (is_text(section, keys[i].section) &&
		    is_text(name, keys[i].name))
			return &keys[i];
	return NULL;
}

static bool known_section(struct span section)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (is_text(section, keys[i].section))
			return true;
	return false;
}

/* A line without its newline, which must be there: a cut file is noticed. */
static enum result take_line(struct span *in, struct span *out)
{
	size_t n = 0;

	while (n < in->n && in->p[n] != '\n') {
		if (n == LINE_MAX_BYTES ||
		    (in->p[n] != '\t' && (in->p[n] < 0x20 || in->p[n] > 0x7e)))
			return R_MALFORMED;
		n++;
	}
	if (n == in->n)
		return R_MALFORMED;
	*out = trimmed(span_of(in->p, n));
	*in = span_of(in->p + n + 1, in->n - n - 1);
	return R_OK;
}

static enum result parse_pair(struct span section, struct span s,
			      struct manifest *m, bool seen[KEY_COUNT])
{
	const uint8_t *eq = memchr(s.p, '=', s.n);
	const struct key *k;
	struct span name, value;

	if (!eq)
		return R_MALFORMED;
	name = trimmed(span_of(s.p, (size_t)(eq - s.p)));
	value = trimmed(span_of(eq + 1, (size_t)(s.p + s.n - eq - 1)));
	k = find_key(section, name);
	if (!k || seen[k - keys])
		return R_MALFORMED;
	seen[k - keys] = true;
	return parse_value(k, value, m);
}

static enum result parse_line(struct span s, struct span *section,
			      struct manifest *m, bool seen[KEY_COUNT])
{
	if (s.n == 0 || s.p[0] == '#')
		return R_OK;
	if (s.p[0] == '[') {
		if (s.p[s.n - 1] != ']' || s.n < 3)
			return R_MALFORMED;
		*section = span_of(s.p + 1, s.n - 2);
		return known_section(*section) ? R_OK : R_MALFORMED;
	}
	return parse_pair(*section, s, m, seen);
}

/* What no single line can say. */
static enum result check_whole(const struct manifest *m,
			       const bool seen[KEY_COUNT])
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (!seen[i])
			return R_MALFORMED;
	for (int i = 1; i < FMR_COUNT; i++)
		if (m->threshold_e4[i] < m->threshold_e4[i - 1])
			return R_MALFORMED;
	if (m->frame_floor_e4 > m->threshold_e4[0] ||
	    m->live_frames < m->match_frames || m->give_up < m->live_frames)
		return R_MALFORMED;
	return R_OK;
}

enum result manifest_parse(struct span in, struct manifest *out,
			   unsigned int *line)
{
	struct manifest m = { 0 };
	bool seen[KEY_COUNT] = { false };
	struct span section = span_str("");
	enum result r = R_OK;

	*line = 0;
	if (in.n > MANIFEST_MAX)
		return R_MALFORMED;
	while (in.n > 0) {
		struct span s;

		++*line;
		r = take_line(&in, &s);
		if (r == R_OK)
			r = parse_line(s, &section, &m, seen);
		if (r != R_OK)
			return r;
	}
	*line = 0;
	r = check_whole(&m, seen);
	if (r == R_OK)
		*out = m;
	return r;
}

enum result manifest_threshold(const struct manifest *m, uint32_t fmr_e6,
			       uint32_t *out_e4)
{
	static const uint32_t rate_e6[FMR_COUNT] = {
		[FMR_1E3] = 1000, [FMR_1E4] = 100, [FMR_1E5] = 10,
	};

	for (int i = 0; i < FMR_COUNT; i++)
		if (rate_e6[i] <= fmr_e6) {
			*out_e4 = m->threshold_e4[i];
			return R_OK;
		}
	return R_DENIED;
}
