// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/wire.h"

#include <string.h>

#include "base/secret.h"

enum field_type { F_U8, F_U16, F_U32, F_U64, F_STR, F_RAW, F_SPAN };

struct field {
	enum field_type type;
	size_t at;	/* offset in the struct */
	size_t size;	/* of the member; a string's includes its NUL */
};

#define FIELD(type, s, m) { type, offsetof(struct s, m), \
			    sizeof(((struct s *)0)->m) }
#define U8(s, m)   FIELD(F_U8, s, m)
#define U16(s, m)  FIELD(F_U16, s, m)
#define U32(s, m)  FIELD(F_U32, s, m)
#define U64(s, m)  FIELD(F_U64, s, m)
#define STR(s, m)  FIELD(F_STR, s, m)
#define RAW(s, m)  FIELD(F_RAW, s, m)
#define BYTES(s, m) FIELD(F_SPAN, s, m)

#define FIELDS(name, ...) static const struct field name##_fields[] = \
	{ __VA_ARGS__ }

FIELDS(msg_login_start, STR(msg_login_start, user),
	STR(msg_login_start, service), STR(msg_login_start, tty),
	STR(msg_login_start, rhost), U8(msg_login_start, flags));
FIELDS(msg_login_info, U16(msg_login_info, msg), STR(msg_login_info, arg));
FIELDS(msg_login_ask, U16(msg_login_ask, msg), U8(msg_login_ask, echo));
FIELDS(msg_login_answer, U8(msg_login_answer, declined),
	STR(msg_login_answer, text));
FIELDS(msg_login_grant, STR(msg_login_grant, name), U32(msg_login_grant, uid));
FIELDS(msg_login_refuse, U16(msg_login_refuse, reason),
	U32(msg_login_refuse, delay_s));
FIELDS(msg_admin_request, U8(msg_admin_request, verb),
	U8(msg_admin_request, flags), STR(msg_admin_request, account),
	STR(msg_admin_request, reader), STR(msg_admin_request, csca),
	STR(msg_admin_request, profile), STR(msg_admin_request, signer),
	U32(msg_admin_request, uid),
	U32(msg_admin_request, gid), STR(msg_admin_request, home),
	STR(msg_admin_request, shell), STR(msg_admin_request, text),
	STR(msg_admin_request, file), STR(msg_admin_request, identity),
	U32(msg_admin_request, epoch), U64(msg_admin_request, number));
FIELDS(msg_bulk, U8(msg_bulk, last), BYTES(msg_bulk, bytes));
FIELDS(msg_candidate, STR(msg_candidate, name), U32(msg_candidate, uid));
FIELDS(msg_verdict, U8(msg_verdict, verdict), STR(msg_verdict, source));
FIELDS(msg_admin_row, STR(msg_admin_row, text));
FIELDS(msg_admin_done, U16(msg_admin_done, reason), STR(msg_admin_done, text));
FIELDS(msg_helper_start, U32(msg_helper_start, uid),
	U32(msg_helper_start, gid), U32(msg_helper_start, extra_gid),
	U64(msg_helper_start, now));
FIELDS(msg_helper_ready, U32(msg_helper_ready, load_us));
FIELDS(msg_helper_fail, U16(msg_helper_fail, reason), U16(msg_helper_fail, sw),
	U8(msg_helper_fail, stage));
FIELDS(msg_card_config, STR(msg_card_config, reader),
	STR(msg_card_config, ignore), U8(msg_card_config, fresh),
	U32(msg_card_config, wait_ms));
FIELDS(msg_card_state, U8(msg_card_state, event), STR(msg_card_state, reader));
FIELDS(msg_card_end, U8(msg_card_end, reserved));
FIELDS(msg_inspect_config, U8(msg_inspect_config, mode),
	U32(msg_inspect_config, flags), STR(msg_inspect_config, profile),
	STR(msg_inspect_config, state), STR(msg_inspect_config, country),
	STR(msg_inspect_config, document_codes), STR(msg_inspect_config, aid),
	STR(msg_inspect_config, number_regex),
	STR(msg_inspect_config, csca_dir), U32(msg_inspect_config, file_max),
	U16(msg_inspect_config, crl_grace_days),
	U8(msg_inspect_config, pin_reference),
	STR(msg_inspect_config, signer));
FIELDS(msg_inspect_go, U8(msg_inspect_go, kind), STR(msg_inspect_go, password),
	STR(msg_inspect_go, pin), U8(msg_inspect_go, pin_last));
FIELDS(msg_inspect_stage, U8(msg_inspect_stage, stage),
	U32(msg_inspect_stage, apdus), U32(msg_inspect_stage, sent),
	U32(msg_inspect_stage, received), U32(msg_inspect_stage, us));
FIELDS(msg_inspect_facts, U32(msg_inspect_facts, flags),
	U8(msg_inspect_facts, proof), U8(msg_inspect_facts, channel),
	U8(msg_inspect_facts, access),
	U8(msg_inspect_facts, password), U16(msg_inspect_facts, data_groups),
	U32(msg_inspect_facts, expiry), STR(msg_inspect_facts, profile),
	STR(msg_inspect_facts, state), STR(msg_inspect_facts, pace),
	STR(msg_inspect_facts, pace_curve),
	STR(msg_inspect_facts, proof_curve),
	STR(msg_inspect_facts, signature), STR(msg_inspect_facts, digest),
	STR(msg_inspect_facts, anchor), STR(msg_inspect_facts, anchor_name));
FIELDS(msg_inspect_proceed, U8(msg_inspect_proceed, what));
FIELDS(msg_inspect_done, U32(msg_inspect_done, apdus),
	U32(msg_inspect_done, sent), U32(msg_inspect_done, received),
	U32(msg_inspect_done, anchors), U32(msg_inspect_done, crls),
	U32(msg_inspect_done, bad), U32(msg_inspect_done, other_country),
	U32(msg_inspect_done, expiring));
FIELDS(msg_item, U8(msg_item, kind), U32(msg_item, flags),
	U32(msg_item, from), U32(msg_item, until), U32(msg_item, entries),
	STR(msg_item, country), STR(msg_item, sha256), STR(msg_item, serial),
	STR(msg_item, subject), STR(msg_item, algorithm), BYTES(msg_item, der));
FIELDS(msg_progress, U32(msg_progress, done), U32(msg_progress, total));
FIELDS(msg_face_config, STR(msg_face_config, models_dir),
	STR(msg_face_config, camera), U32(msg_face_config, fmr_e6),
	U32(msg_face_config, max_ms));
FIELDS(msg_face_stream, U8(msg_face_stream, reserved));
FIELDS(msg_face_answer, U8(msg_face_answer, verdict),
	U16(msg_face_answer, score), U16(msg_face_answer, threshold),
	U16(msg_face_answer, live), U16(msg_face_answer, live_threshold),
	U8(msg_face_answer, frames), U8(msg_face_answer, frames_live),
	U32(msg_face_answer, first_frame_us), U32(msg_face_answer, total_us));
FIELDS(msg_sector_config, U8(msg_sector_config, mode),
	U8(msg_sector_config, provider), STR(msg_sector_config, urn),
	U32(msg_sector_config, epoch), U32(msg_sector_config, old_epoch),
	STR(msg_sector_config, number_regex), STR(msg_sector_config, module),
	STR(msg_sector_config, token), U8(msg_sector_config, cache),
	U8(msg_sector_config, machine_key), RAW(msg_sector_config, public_key),
	RAW(msg_sector_config, old_public_key),
	RAW(msg_sector_config, recipient));
FIELDS(msg_sector_lookup, U32(msg_sector_lookup, epoch),
	RAW(msg_sector_lookup, index));
FIELDS(msg_sector_found, U8(msg_sector_found, found),
	RAW(msg_sector_found, tag), RAW(msg_sector_found, card_tag));
FIELDS(msg_sector_tags, RAW(msg_sector_tags, tag),
	RAW(msg_sector_tags, card_tag), U8(msg_sector_tags, has_old),
	RAW(msg_sector_tags, old_tag), RAW(msg_sector_tags, old_card_tag),
	U8(msg_sector_tags, remember), RAW(msg_sector_tags, index),
	RAW(msg_sector_tags, old_index));
FIELDS(msg_sector_backup, BYTES(msg_sector_backup, sealed));
FIELDS(msg_apdu_link, U32(msg_apdu_link, max_data), BYTES(msg_apdu_link, atr));
FIELDS(msg_apdu_command, BYTES(msg_apdu_command, apdu));
FIELDS(msg_apdu_response, U16(msg_apdu_response, reason),
	BYTES(msg_apdu_response, apdu));
FIELDS(msg_portrait, U8(msg_portrait, format), BYTES(msg_portrait, image));
FIELDS(msg_number, STR(msg_number, state), STR(msg_number, number),
	STR(msg_number, document), STR(msg_number, expiry));

#define ROW(type, s) { type, sizeof(struct s), s##_fields, \
		       sizeof(s##_fields) / sizeof(s##_fields[0]) }

static const struct message {
	enum wire_msg type;
	size_t size;
	const struct field *fields;
	size_t n;
} messages[] = {
	ROW(MSG_LOGIN_START, msg_login_start),
	ROW(MSG_LOGIN_INFO, msg_login_info),
	ROW(MSG_LOGIN_ASK, msg_login_ask),
	ROW(MSG_LOGIN_ANSWER, msg_login_answer),
	ROW(MSG_LOGIN_GRANT, msg_login_grant),
	ROW(MSG_LOGIN_REFUSE, msg_login_refuse),
	ROW(MSG_ADMIN_REQUEST, msg_admin_request),
	ROW(MSG_ADMIN_ROW, msg_admin_row),
	ROW(MSG_ADMIN_DONE, msg_admin_done),
	ROW(MSG_ADMIN_ITEM, msg_item),
	ROW(MSG_ADMIN_PROGRESS, msg_progress),
	ROW(MSG_ADMIN_BULK, msg_bulk),
	ROW(MSG_ADMIN_CANDIDATE, msg_candidate),
	ROW(MSG_ADMIN_VERDICT, msg_verdict),
	ROW(MSG_HELPER_START, msg_helper_start),
	ROW(MSG_HELPER_READY, msg_helper_ready),
	ROW(MSG_HELPER_FAIL, msg_helper_fail),
	ROW(MSG_CARD_CONFIG, msg_card_config),
	ROW(MSG_CARD_STATE, msg_card_state),
	ROW(MSG_CARD_END, msg_card_end),
	ROW(MSG_INSPECT_CONFIG, msg_inspect_config),
	ROW(MSG_INSPECT_GO, msg_inspect_go),
	ROW(MSG_INSPECT_STAGE, msg_inspect_stage),
	ROW(MSG_INSPECT_FACTS, msg_inspect_facts),
	ROW(MSG_INSPECT_PROCEED, msg_inspect_proceed),
	ROW(MSG_INSPECT_DONE, msg_inspect_done),
	ROW(MSG_INSPECT_ITEM, msg_item),
	ROW(MSG_INSPECT_PROGRESS, msg_progress),
	ROW(MSG_FACE_CONFIG, msg_face_config),
	ROW(MSG_FACE_STREAM, msg_face_stream),
	ROW(MSG_FACE_ANSWER, msg_face_answer),
	ROW(MSG_SECTOR_CONFIG, msg_sector_config),
	ROW(MSG_SECTOR_TAGS, msg_sector_tags),
	ROW(MSG_SECTOR_LOOKUP, msg_sector_lookup),
	ROW(MSG_SECTOR_FOUND, msg_sector_found),
	ROW(MSG_SECTOR_BACKUP, msg_sector_backup),
	ROW(MSG_APDU_LINK, msg_apdu_link),
	ROW(MSG_APDU_COMMAND, msg_apdu_command),
	ROW(MSG_APDU_RESPONSE, msg_apdu_response),
	ROW(MSG_PORTRAIT, msg_portrait),
	ROW(MSG_NUMBER, msg_number),
};

static const struct message *message(enum wire_msg type)
{
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (messages[i].type == type)
			return &messages[i];
	return NULL;
}

size_t wire_struct_size(enum wire_msg type)
{
	const struct message *m = message(type);

	return m ? m->size : 0;
}

unsigned int wire_type(struct span in)
{
	uint8_t version, type;

	if (span_u8(&in, &version) != R_OK || version != WIRE_VERSION ||
	    span_u8(&in, &type) != R_OK)
		return 0;
	return type;
}

static bool printable(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f)
			return false;
	return true;
}

static enum result put_field(struct sink *out, const struct field *f,
			     const uint8_t *at)
{
	struct span s;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (f->type) {
	case F_U8:
		sink_u8(out, *at);
		return R_OK;
	case F_U16:
		memcpy(&u16, at, sizeof(u16));
		sink_u16(out, u16);
		return R_OK;
	case F_U32:
		memcpy(&u32, at, sizeof(u32));
		sink_u32(out, u32);
		return R_OK;
	case F_U64:
		memcpy(&u64, at, sizeof(u64));
		sink_u64(out, u64);
		return R_OK;
	case F_STR:
		s = span_of(at, strnlen((const char *)at, f->size));
		if (s.n >= f->size || !printable(s))
			return R_MALFORMED;
		sink_u16(out, (uint16_t)s.n);
		sink_put(out, s);
		return R_OK;
	case F_RAW:
		sink_put(out, span_of(at, f->size));
		return R_OK;
	case F_SPAN:
		memcpy(&s, at, sizeof(s));
		if (s.n > UINT32_MAX)
			return R_MALFORMED;
		sink_u32(out, (uint32_t)s.n);
		sink_put(out, s);
		return R_OK;
	}
	return R_INTERNAL;
}

enum result wire_put(struct sink *out, enum wire_msg type, const void *msg)
{
	const struct message *m = message(type);

	if (!m)
		return R_INTERNAL;
	sink_u8(out, WIRE_VERSION);
	sink_u8(out, (uint8_t)type);
	for (size_t i = 0; i < m->n; i++) {
		enum result r = put_field(out, &m->fields[i],
				(const uint8_t *)msg + m->fields[i].at);
		if (r != R_OK)
			return r;
	}
	return sink_done(out);
}

static enum result get_str(struct span *in, const struct field *f,
			   uint8_t *at)
{
	struct span s;
	uint16_t n;
	enum result r = span_u16(in, &n);

	if (r != R_OK)
		return r;
	if (n >= f->size || span_take(in, n, &s) != R_OK || !printable(s))
		return R_MALFORMED;
	if (n > 0)
		memcpy(at, s.p, n);
	memset(at + n, 0, f->size - n);
	return R_OK;
}

static enum result get_bytes(struct span *in, const struct field *f,
			     uint8_t *at)
{
	struct span s;
	uint32_t n;
	enum result r;

	if (f->type == F_RAW) {
		r = span_take(in, f->size, &s);
		if (r == R_OK)
			memcpy(at, s.p, s.n);
		return r;
	}
	r = span_u32(in, &n);
	if (r == R_OK)
		r = span_take(in, n, &s);
	if (r == R_OK)
		memcpy(at, &s, sizeof(s));
	return r;
}

static enum result get_field(struct span *in, const struct field *f,
			     uint8_t *at)
{
	uint16_t u16 = 0;
	uint32_t u32 = 0;
	uint64_t u64 = 0;
	enum result r;

	switch (f->type) {
	case F_U8:
		return span_u8(in, at);
	case F_U16:
		r = span_u16(in, &u16);
		memcpy(at, &u16, sizeof(u16));
		return r;
	case F_U32:
		r = span_u32(in, &u32);
		memcpy(at, &u32, sizeof(u32));
		return r;
	case F_U64:
		r = span_u64(in, &u64);
		memcpy(at, &u64, sizeof(u64));
		return r;
	case F_STR:
		return get_str(in, f, at);
	case F_RAW:
	case F_SPAN:
		return get_bytes(in, f, at);
	}
	return R_INTERNAL;
}

enum result wire_get(struct span in, enum wire_msg type, void *msg)
{
	_Alignas(max_align_t) uint8_t copy[WIRE_STRUCT_MAX];
	const struct message *m = message(type);
	enum result r = R_OK;

	if (!m || m->size > sizeof(copy))
		return R_INTERNAL;
	if (wire_type(in) != type)
		return R_MALFORMED;
	in = span_of(in.p + 2, in.n - 2);
	memset(copy, 0, m->size);
	for (size_t i = 0; i < m->n && r == R_OK; i++)
		r = get_field(&in, &m->fields[i], copy + m->fields[i].at);
	if (r == R_OK)
		r = span_end(&in);
	if (r == R_OK)
		memcpy(msg, copy, m->size);
	secret_wipe(copy, m->size);
	return r;
}
