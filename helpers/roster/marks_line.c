/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines of the marks, as bytes: pure. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/refuse.h"
#include "roster/marks.h"
#include "roster/viewfmt.h"

#define SUM 9			/* a space and eight digits */
#define HEAD "cnie-marks 1 "
#define HEAD_LINE (sizeof(HEAD) - 1 + 16 + 1 + 16 + SUM + 1)

static uint32_t checksum(struct span s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ s.p[i]) * 16777619u;
	return h;
}

/* -- writing ------------------------------------------------------- */

static void put_line(struct sink *out, const char *text)
{
	char sum[SUM + 2];

	snprintf(sum, sizeof(sum), " %08x\n", checksum(span_str(text)));
	sink_put(out, span_str(text));
	sink_put(out, span_str(sum));
}

void marks_header_put(struct sink *out, uint64_t roster_id, uint64_t marks_id)
{
	char text[HEAD_LINE];

	snprintf(text, sizeof(text), HEAD "%016llx %016llx",
		 (unsigned long long)roster_id, (unsigned long long)marks_id);
	put_line(out, text);
}

void marks_init(struct marks *m)
{
	m->out = sink_of(m->bytes, sizeof(m->bytes));
}

void marks_add(struct marks *m, const char *format, ...)
{
	char text[MARKS_LINE_MAX - SUM];
	va_list ap;
	int n;

	text[0] = m->out.n == 0 ? '=' : '+';
	text[1] = ' ';
	va_start(ap, format);
	n = vsnprintf(text + 2, sizeof(text) - 2, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text) - 2)
		m->out.overflow = true;
	else
		put_line(&m->out, text);
}

void marks_block(struct marks *m, uint32_t uid, uint32_t epoch,
		 const uint8_t *card_tag, uint32_t expiry)
{
	char hex[2 * TAG_SIZE + 1];

	hex_encode(span_of(card_tag, TAG_SIZE), hex);
	marks_add(m, "block %u %u %s %u", uid, epoch, hex, expiry);
}

/* -- reading ------------------------------------------------------- */

/* The checksum fits: the text before it. */
static enum result checked(struct span line, char text[MARKS_LINE_MAX])
{
	uint8_t sum[4];
	char digits[9];
	struct span body;
	uint32_t want;

	if (line.n <= SUM || line.n >= MARKS_LINE_MAX ||
	    line.p[line.n - SUM] != ' ')
		return R_MALFORMED;
	body = span_of(line.p, line.n - SUM);
	memcpy(digits, line.p + line.n - SUM + 1, 8);
	digits[8] = '\0';
	want = checksum(body);
	if (hex_decode(digits, sum, sizeof(sum)) != R_OK)
		return R_MALFORMED;
	refuse_if(((uint32_t)sum[0] << 24 | (uint32_t)sum[1] << 16 |
		   (uint32_t)sum[2] << 8 | sum[3]) != want, R_MALFORMED);
	return span_to_str(body, text, MARKS_LINE_MAX);
}

static enum result id_get(const char *hex, char end, uint64_t *out)
{
	char digits[17];
	uint8_t id[8];
	struct span s = SPAN(id);

	if (strlen(hex) < 16 || hex[16] != end)
		return R_MALFORMED;
	memcpy(digits, hex, 16);
	digits[16] = '\0';
	if (hex_decode(digits, id, sizeof(id)) != R_OK)
		return R_MALFORMED;
	return span_u64(&s, out);
}

enum result marks_header_get(struct span in, struct marks_header *out)
{
	char text[MARKS_LINE_MAX];
	struct marks_header h = { .n = HEAD_LINE };
	struct span line;

	if (span_take(&in, HEAD_LINE, &line) != R_OK ||
	    line.p[HEAD_LINE - 1] != '\n')
		return R_MALFORMED;
	line.n--;
	if (checked(line, text) != R_OK ||
	    strncmp(text, HEAD, strlen(HEAD)) != 0 ||
	    id_get(text + strlen(HEAD), ' ', &h.roster_id) != R_OK ||
	    id_get(text + strlen(HEAD) + 17, '\0', &h.marks_id) != R_OK)
		return R_MALFORMED;
	*out = h;
	return R_OK;
}

/* The next word of a text, NUL-terminated in its place; NULL: no more. */
static char *word(char **text)
{
	char *w = *text, *space;

	if (!w)
		return NULL;
	space = strchr(w, ' ');
	if (space)
		*space = '\0';
	*text = space ? space + 1 : NULL;
	return w;
}

static enum result number(char **text, uint64_t max, uint64_t *out)
{
	const char *w = word(text);
	uint64_t n = 0;

	if (!w || !*w || strlen(w) > 19 || (w[0] == '0' && w[1]))
		return R_MALFORMED;
	for (; *w; w++) {
		if (*w < '0' || *w > '9')
			return R_MALFORMED;
		n = n * 10 + (uint64_t)(*w - '0');
	}
	if (n > max)
		return R_MALFORMED;
	*out = n;
	return R_OK;
}

static enum result number_32(char **text, uint32_t *out)
{
	uint64_t n;
	enum result r = number(text, UINT32_MAX, &n);

	if (r == R_OK)
		*out = (uint32_t)n;
	return r;
}

static enum result uid_get(char **text, struct mark *m)
{
	enum result r = number_32(text, &m->uid);

	return r == R_OK && !view_id_ok(m->uid) ? R_MALFORMED : r;
}

static enum result name_get(char **text, struct mark *m)
{
	const char *w = word(text);

	if (!w || !view_name_ok(span_str(w)))
		return R_MALFORMED;
	memcpy(m->name, w, strlen(w) + 1);
	return R_OK;
}

static enum result block_get(char **text, struct mark *m)
{
	enum result r = uid_get(text, m);
	const char *w;

	if (r == R_OK)
		r = number_32(text, &m->epoch);
	if (r != R_OK)
		return r;
	w = word(text);
	if (!w || hex_decode(w, m->card_tag, sizeof(m->card_tag)) != R_OK)
		return R_MALFORMED;
	r = number_32(text, &m->expiry);
	return r == R_OK && m->expiry > 99991231 ? R_MALFORMED : r;
}

static enum result rest_get(char **text, struct mark *m)
{
	enum result r;

	switch (m->word) {
	case MARK_UID:
		r = uid_get(text, m);
		return r == R_OK ? name_get(text, m) : r;
	case MARK_BLOCK:
		return block_get(text, m);
	case MARK_REVOKE:
	case MARK_RESTORE:
	case MARK_OUT:
		return uid_get(text, m);
	case MARK_IMPORT:
	case MARK_EXPORT:
		return number(text, INT64_MAX, &m->version);
	}
	return R_MALFORMED;
}

enum result mark_get(struct span line, struct mark *out)
{
	static const struct {
		const char *text;
		enum mark_word word;
	} words[] = {
		{ "uid", MARK_UID }, { "block", MARK_BLOCK },
		{ "revoke", MARK_REVOKE }, { "restore", MARK_RESTORE },
		{ "out", MARK_OUT }, { "import", MARK_IMPORT },
		{ "export", MARK_EXPORT },
	};
	char text[MARKS_LINE_MAX], *rest = text + 2;
	struct mark m = { 0 };
	const char *w;

	if (checked(line, text) != R_OK || strlen(text) < 3 ||
	    (text[0] != '=' && text[0] != '+') || text[1] != ' ')
		return R_MALFORMED;
	m.first = text[0] == '=';
	w = word(&rest);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(w, words[i].text) == 0)
			m.word = words[i].word;
	if (!m.word || rest_get(&rest, &m) != R_OK || rest)
		return R_MALFORMED;
	*out = m;
	return R_OK;
}
