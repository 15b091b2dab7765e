/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What wire.h promises about every message, written down a second time and
 * independently of wire.c: the fields in order. check_wire.c encodes by this
 * table and demands the same bytes of wire_put.
 */
#ifndef CNIE_TESTS_WIRE_TABLE_H
#define CNIE_TESTS_WIRE_TABLE_H

#include "base/wire.h"

enum kind { K_U8 = 1, K_U16, K_U32, K_U64, K_STR, K_RAW, K_BYTES };

#define ROW_FIELDS_MAX 18

struct row {
	enum wire_msg type;
	const char *name;
	size_t size;
	struct { enum kind kind; size_t at, size; } f[ROW_FIELDS_MAX];
};

#define ROW(type, ...) { type, #type, sizeof(struct S), { __VA_ARGS__ } }
#define MEMBER(kind, m) { kind, offsetof(struct S, m), \
			  sizeof(((struct S *)0)->m) }
#define U8(m)    MEMBER(K_U8, m)
#define U16(m)   MEMBER(K_U16, m)
#define U32(m)   MEMBER(K_U32, m)
#define U64(m)   MEMBER(K_U64, m)
#define STR(m)   MEMBER(K_STR, m)
#define RAW(m)   MEMBER(K_RAW, m)
#define BYTES(m) MEMBER(K_BYTES, m)

static const struct row rows[] = {
#define S msg_login_start
	ROW(MSG_LOGIN_START, STR(user), STR(service), STR(tty), STR(rhost),
		U8(flags)),
#undef S
#define S msg_login_info
	ROW(MSG_LOGIN_INFO, U16(msg), STR(arg)),
#undef S
#define S msg_login_ask
	ROW(MSG_LOGIN_ASK, U16(msg), U8(echo)),
#undef S
#define S msg_login_answer
	ROW(MSG_LOGIN_ANSWER, U8(declined), STR(text)),
#undef S
#define S msg_login_grant
	ROW(MSG_LOGIN_GRANT, STR(name), U32(uid)),
#undef S
#define S msg_login_refuse
	ROW(MSG_LOGIN_REFUSE, U16(reason), U32(delay_s)),
#undef S
#define S msg_admin_request
	ROW(MSG_ADMIN_REQUEST, U8(verb), U8(flags), STR(account), STR(reader),
		STR(csca), STR(profile), STR(signer), U32(uid), U32(gid),
		STR(home), STR(shell), STR(text), STR(file), STR(identity),
		U32(epoch), U64(number)),
#undef S
#define S msg_bulk
	ROW(MSG_ADMIN_BULK, U8(last), BYTES(bytes)),
#undef S
#define S msg_candidate
	ROW(MSG_ADMIN_CANDIDATE, STR(name), U32(uid)),
#undef S
#define S msg_verdict
	ROW(MSG_ADMIN_VERDICT, U8(verdict), STR(source)),
#undef S
#define S msg_admin_row
	ROW(MSG_ADMIN_ROW, STR(text)),
#undef S
#define S msg_admin_done
	ROW(MSG_ADMIN_DONE, U16(reason), STR(text)),
#undef S
#define S msg_helper_start
	ROW(MSG_HELPER_START, U32(uid), U32(gid), U32(extra_gid), U64(now)),
#undef S
#define S msg_helper_ready
	ROW(MSG_HELPER_READY, U32(load_us)),
#undef S
#define S msg_helper_fail
	ROW(MSG_HELPER_FAIL, U16(reason), U16(sw), U8(stage)),
#undef S
#define S msg_card_config
	ROW(MSG_CARD_CONFIG, STR(reader), STR(ignore), U8(fresh),
		U32(wait_ms)),
#undef S
#define S msg_card_state
	ROW(MSG_CARD_STATE, U8(event), STR(reader)),
#undef S
#define S msg_card_end
	ROW(MSG_CARD_END, U8(reserved)),
#undef S
#define S msg_inspect_config
	ROW(MSG_INSPECT_CONFIG, U8(mode), U32(flags), STR(profile), STR(state),
		STR(country), STR(document_codes), STR(aid), STR(number_regex),
		STR(csca_dir), U32(file_max), U16(crl_grace_days),
		U8(pin_reference), STR(signer)),
#undef S
#define S msg_inspect_go
	ROW(MSG_INSPECT_GO, U8(kind), STR(password), STR(pin),
		U8(pin_last)),
#undef S
#define S msg_inspect_stage
	ROW(MSG_INSPECT_STAGE, U8(stage), U32(apdus), U32(sent), U32(received),
		U32(us)),
#undef S
#define S msg_inspect_facts
	ROW(MSG_INSPECT_FACTS, U32(flags), U8(proof), U8(channel), U8(access),
		U8(password), U16(data_groups), U32(expiry), STR(profile),
		STR(state), STR(pace), STR(pace_curve), STR(proof_curve),
		STR(signature), STR(digest), STR(anchor), STR(anchor_name)),
#undef S
#define S msg_inspect_proceed
	ROW(MSG_INSPECT_PROCEED, U8(what)),
#undef S
#define S msg_inspect_done
	ROW(MSG_INSPECT_DONE, U32(apdus), U32(sent), U32(received),
		U32(anchors), U32(crls), U32(bad), U32(other_country),
		U32(expiring)),
#undef S
#define S msg_item
	ROW(MSG_INSPECT_ITEM, U8(kind), U32(flags), U32(from), U32(until),
		U32(entries), STR(country), STR(sha256), STR(serial),
		STR(subject), STR(algorithm), BYTES(der)),
	ROW(MSG_ADMIN_ITEM, U8(kind), U32(flags), U32(from), U32(until),
		U32(entries), STR(country), STR(sha256), STR(serial),
		STR(subject), STR(algorithm), BYTES(der)),
#undef S
#define S msg_progress
	ROW(MSG_INSPECT_PROGRESS, U32(done), U32(total)),
	ROW(MSG_ADMIN_PROGRESS, U32(done), U32(total)),
#undef S
#define S msg_face_config
	ROW(MSG_FACE_CONFIG, STR(models_dir), STR(camera), U32(fmr_e6),
		U32(max_ms)),
#undef S
#define S msg_face_stream
	ROW(MSG_FACE_STREAM, U8(reserved)),
#undef S
#define S msg_face_answer
	ROW(MSG_FACE_ANSWER, U8(verdict), U16(score), U16(threshold),
		U16(live), U16(live_threshold), U8(frames), U8(frames_live),
		U32(first_frame_us), U32(total_us)),
#undef S
#define S msg_sector_config
	ROW(MSG_SECTOR_CONFIG, U8(mode), U8(provider), STR(urn), U32(epoch),
		U32(old_epoch), STR(number_regex), STR(module), STR(token),
		U8(cache), U8(machine_key), RAW(public_key),
		RAW(old_public_key), RAW(recipient)),
#undef S
#define S msg_sector_tags
	ROW(MSG_SECTOR_TAGS, RAW(tag), RAW(card_tag), U8(has_old),
		RAW(old_tag), RAW(old_card_tag), U8(remember), RAW(index),
		RAW(old_index)),
#undef S
#define S msg_sector_lookup
	ROW(MSG_SECTOR_LOOKUP, U32(epoch), RAW(index)),
#undef S
#define S msg_sector_found
	ROW(MSG_SECTOR_FOUND, U8(found), RAW(tag), RAW(card_tag)),
#undef S
#define S msg_sector_backup
	ROW(MSG_SECTOR_BACKUP, BYTES(sealed)),
#undef S
#define S msg_apdu_command
	ROW(MSG_APDU_COMMAND, BYTES(apdu)),
#undef S
#define S msg_apdu_response
	ROW(MSG_APDU_RESPONSE, U16(reason), BYTES(apdu)),
#undef S
#define S msg_apdu_link
	ROW(MSG_APDU_LINK, U32(max_data), BYTES(atr)),
#undef S
#define S msg_portrait
	ROW(MSG_PORTRAIT, U8(format), BYTES(image)),
#undef S
#define S msg_number
	ROW(MSG_NUMBER, STR(state), STR(number), STR(document), STR(expiry)),
#undef S
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

#endif
