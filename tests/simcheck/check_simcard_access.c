/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a terminal gets to the chip and knows it again: PACE with every mapping,
 * agreement, cipher and password, BAC, Chip Authentication.
 */
#include <stdio.h>
#include <string.h>

#include "support_terminal.h"

#include "check_main.h"

#define MRZ	  "X12345678580010113512312"
#define PASSWORDS "can=123456\nmrz=" MRZ "\nextended=1\n"

static struct card card;
static struct terminal term;

static void insert(const char *conf)
{
	card_from(&card, conf);
	terminal_init(&term, terminal_to_card, &card);
}

static void take_out(void)
{
	card_done(&card);
}

static uint16_t pace(const char *protocol, const char *can, bool send_84)
{
	const struct sim_protocol p = pace_of(protocol);
	const struct pace_run run = { .protocol = &p, .can = can, .mrz = MRZ,
				      .send_84 = send_84 };
	uint16_t sw = 0;
	enum result r = terminal_pace(&term, &run, &sw);

	ck_assert_int_eq(r == R_OK, term.on);
	return sw;
}

#define SELECT_LDS "00A4040C07A0000002471001"
#define READ_DG1   "00B0810000"

static void expect_dg1(void)
{
	struct reply r;

	ck_assert_uint_eq(terminal_sw(&term, SELECT_LDS), SW_OK);
	ck_assert_int_eq(terminal_hex(&term, READ_DG1, &r), R_OK);
	ck_assert_uint_eq(r.sw, SW_OK);
	ck_assert(span_equal(span_of(r.data, r.n),
			     blob_span(&card.memory.files[SIM_DG1])));
}

/* -- PACE ----------------------------------------------------------------- */

static const char *const curves[] = {
	"p192", "bp192", "p224", "bp224", "p256", "bp256", "bp320", "p384",
	"bp384", "bp512", "p521",
};
static const char *const groups[] = { "dh0", "dh1", "dh2" };
static const char *const ciphers[] = { "3des", "aes128", "aes192", "aes256" };

static void run_one(const char *mapping, const char *cipher,
		    const char *domain)
{
	const struct sim_domain *d = sim_domain_by_option(span_str(domain));
	const bool cam = strcmp(mapping, "cam") == 0;
	char name[64], conf[1024], key[256] = "";
	struct sim_public chip;
	struct sim_protocol p;

	if (cam)
		card_line_key("cam", domain, d, key, sizeof(key), &chip);
	snprintf(name, sizeof(name), "%s-%s-%s:%s", mapping,
		 d->ec ? "ecdh" : "dh", cipher, domain);
	snprintf(conf, sizeof(conf), PASSWORDS "pace=%s\n%s", name, key);
	insert(conf);
	p = pace_of(name);
	for (int can = 0; can < 2; can++) {
		const struct pace_run run = {
			.protocol = &p, .can = can ? "123456" : NULL,
			.mrz = MRZ, .send_84 = can, .chip = cam ? &chip : NULL,
		};
		uint16_t sw;

		card_reset(&card);
		ck_assert_msg(terminal_pace(&term, &run, &sw) == R_OK,
			      "%s: %04x", name, sw);
		ck_assert(term.verified == cam);
		ck_assert_uint_eq(card.access, can ? ACCESS_PACE_CAN
						   : ACCESS_PACE);
		expect_dg1();
	}
	card_done(&card);
}

START_TEST(pace_opens_the_channel_on_every_curve)
{
	static const char *const mappings[] = { "gm", "im", "cam" };

	for (size_t i = 0; i < 11; i++) {
		for (int c = _i == 2 ? 1 : 0; c < 4; c++)
			if (_i != 1 || strcmp(curves[i], "p224") != 0)
				run_one(mappings[_i], ciphers[c], curves[i]);
	}
}
END_TEST

START_TEST(pace_opens_the_channel_in_every_group)
{
	for (size_t i = 0; i < 3; i++)
		for (int c = 0; c < 4; c++)
			run_one(_i ? "im" : "gm", ciphers[c], groups[i]);
}
END_TEST

START_TEST(what_no_standard_has_is_no_protocol)
{
	static const char *const none[] = {
		"cam-ecdh-3des:p256", "cam-dh-aes128:dh1", "im-ecdh-3des:p224",
		"gm-dh-aes128:p256", "gm-ecdh-aes128:dh1", "gm-ecdh-aes128",
		"ecdh-aes128:p256", "gm-ecdh-aes128:p257", "",
	};
	struct sim_protocol p;

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ck_assert_int_ne(sim_pace_parse(span_str(none[i]), &p), R_OK);
	ck_assert_int_ne(sim_ca_parse(span_str("gm-ecdh-3des:p256"), &p),
			 R_OK);
}
END_TEST

START_TEST(a_wrong_password_is_6300_and_does_not_block)
{
	static const char *const names[] = {
		"gm-ecdh-aes128:bp256", "im-ecdh-3des:p384", "gm-dh-aes256:dh1",
		"im-dh-aes192:dh2",
	};
	char conf[256];

	snprintf(conf, sizeof(conf), PASSWORDS "pace=%s\n", names[_i]);
	insert(conf);
	for (int i = 0; i < 5; i++)
		ck_assert_uint_eq(pace(names[_i], "123457", true),
				  SW_AUTH_FAILED);
	ck_assert_uint_eq(pace(names[_i], "", true), SW_AUTH_FAILED);
	ck_assert_uint_eq(pace(names[_i], "123456", true), SW_OK);
}
END_TEST

START_TEST(the_domain_is_named_where_there_are_several)
{
	insert(PASSWORDS "pace=gm-ecdh-aes128:bp256,gm-ecdh-aes128:p256,"
	       "im-ecdh-aes256:p384\n");
	ck_assert_uint_eq(pace("gm-ecdh-aes128:p256", "123456", true), SW_OK);
	card_reset(&card);
	ck_assert_uint_eq(pace("gm-ecdh-aes128:bp256", NULL, true), SW_OK);
	card_reset(&card);
	ck_assert_uint_eq(pace("im-ecdh-aes256:p384", NULL, true), SW_OK);
	card_reset(&card);
	ck_assert_uint_eq(pace("gm-ecdh-aes128:bp256", "123456", false),
			  SW_REFERENCE);
	ck_assert_uint_eq(pace("im-ecdh-aes256:p384", "123456", false),
			  SW_REFERENCE);
	/* one of them with the other's domain */
	ck_assert_uint_eq(pace("im-ecdh-aes256:p256", "123456", true),
			  SW_REFERENCE);
}
END_TEST

START_TEST(pace_is_refused_where_it_is_not_offered)
{
	static const struct {
		const char *command;
		uint16_t sw;
	} refused[] = {
		/* AES-256, the PIN, no password */
		{ "0022C1A40F800A04007F00070202040204830102", SW_DATA },
		{ "0022C1A40F800A04007F00070202040202830103", SW_REFERENCE },
		{ "0022C1A40C800A04007F00070202040202", SW_DATA },
		{ "10860000027C0000", SW_CONDITIONS },
	};

	insert(PASSWORDS "pace=gm-ecdh-aes128:bp256\n");
	ck_assert_uint_eq(pace("gm-ecdh-aes128:p256", "123456", true),
			  SW_REFERENCE);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ck_assert_uint_eq(terminal_sw(&term, refused[i].command),
				  refused[i].sw);
	card_done(&card);
	insert("can=123456\npace=gm-ecdh-aes128:bp256\n");
	ck_assert_uint_eq(pace("gm-ecdh-aes128:bp256", NULL, true),
			  SW_REFERENCE);
}
END_TEST

/* In the mapping: X = Y = 11..11; y = 1, p - 1, p, of the other half. */
START_TEST(a_key_outside_of_the_group_ends_pace)
{
	static const char *const set[] = {
		"0022C1A40F800A04007F00070202040202830102",
		"0022C1A40F800A04007F00070202040102830102",
	};
	struct span p, g, q;
	uint8_t key[256], buf[300];
	struct sink s = SINK(buf);
	const uint8_t head[4] = { 0x10, 0x86, 0, 0 };
	struct reply r;

	insert(_i ? PASSWORDS "pace=gm-dh-aes128:dh1\n"
		  : PASSWORDS "pace=gm-ecdh-aes128:bp256\n");
	ck_assert_uint_eq(terminal_sw(&term, set[_i ? 1 : 0]), SW_OK);
	ck_assert_uint_eq(terminal_sw(&term, "10860000027C0000"), SW_OK);
	sim_dh_group(sim_domain_by_id(1), &p, &g, &q);
	memcpy(key, p.p, sizeof(key));
	switch (_i) {
	case 0:
		memset(key, 0x11, sizeof(key));
		key[0] = 0x04;
		break;
	case 1:
		memset(key, 0, sizeof(key));
		key[255] = 1;
		break;
	case 2:
		key[255] ^= 1;
		break;
	case 3:		/* p itself */
		break;
	default:	/* p - 4: 4 is a square, its negative is none */
		key[255] = (uint8_t)(key[255] - 4);
	}
	tlv_header(&s, 0x7c, _i ? 260 : 67);
	tlv_put(&s, 0x81, span_of(key, _i ? 256 : 65));
	ck_assert_int_eq(terminal_send(&term, head, sink_span(&s), 256, &r),
			 R_OK);
	ck_assert_uint_eq(r.sw, SW_DATA);
	ck_assert_int_eq(terminal_send(&term, head, sink_span(&s), 256, &r),
			 R_OK);
	ck_assert_uint_eq(r.sw, SW_CONDITIONS);
}
END_TEST

START_TEST(card_security_is_read_after_pace_alone)
{
	scoped(blob_free) struct blob b = { 0 };

	insert(PASSWORDS "pace=gm-ecdh-aes128:bp256\nbac=1\n");
	ck_assert_uint_eq(terminal_sw(&term, "00B09D0000"), SW_SECURITY);
	ck_assert_uint_eq(pace("gm-ecdh-aes128:bp256", NULL, true), SW_OK);
	ck_assert_int_eq(terminal_read(&term, 0x1d, 200, &b), R_OK);
	ck_assert(span_equal(blob_span(&b),
			     blob_span(&card.memory.files[SIM_SECURITY])));
}
END_TEST

START_TEST(a_cam_key_that_is_not_the_signed_one_is_found)
{
	char conf[512], key[256], name[] = "cam-ecdh-aes256:p384";
	const struct sim_protocol p = pace_of(name);
	struct sim_public chip, other;
	struct pace_run run = { .protocol = &p, .can = "123456",
				.chip = &other };
	uint16_t sw;

	card_line_key("cam", "p384", p.domain, key, sizeof(key), &other);
	card_line_key("cam", "p384", p.domain, key, sizeof(key), &chip);
	snprintf(conf, sizeof(conf), PASSWORDS "pace=%s\n%s", name, key);
	insert(conf);
	ck_assert_int_eq(terminal_pace(&term, &run, &sw), R_DENIED);
	run.chip = &chip;
	card_reset(&card);
	ck_assert_int_eq(terminal_pace(&term, &run, &sw), R_OK);
}
END_TEST

/* -- BAC ------------------------------------------------------------------ */

static uint16_t bac(const char *mrz)
{
	uint16_t sw = 0;

	ck_assert_uint_eq(terminal_sw(&term, SELECT_LDS), SW_OK);
	ck_assert_int_eq(terminal_bac(&term, mrz, &sw) == R_OK, term.on);
	return sw;
}

START_TEST(bac_opens_the_channel)
{
	scoped(blob_free) struct blob b = { 0 };

	insert("mrz=" MRZ "\nbac=1\n");
	ck_assert_uint_eq(bac(MRZ), SW_OK);
	ck_assert_uint_eq(card.access, ACCESS_BAC);
	expect_dg1();
	ck_assert_int_eq(terminal_read(&term, 2, 231, &b), R_OK);
	ck_assert(span_equal(blob_span(&b),
			     blob_span(&card.memory.files[SIM_DG2])));
	ck_assert_uint_eq(terminal_sw(&term, "00B08200E8"), SW_LENGTH);
	ck_assert_uint_eq(terminal_sw(&term, "00A4000C023F00"), SW_OK);
	ck_assert_uint_eq(terminal_sw(&term, "00B09D0000"), SW_SECURITY);
}
END_TEST

START_TEST(bac_is_refused_to_who_has_not_read_the_document)
{
	insert("mrz=" MRZ "\nbac=1\n");
	ck_assert_uint_eq(terminal_sw(&term, "0084000008"), SW_CONDITIONS);
	ck_assert_uint_eq(bac("X12345678580010113512313"), SW_AUTH_FAILED);
	ck_assert(!card.sm.on);
	/* the challenge was used up */
	ck_assert_uint_eq(terminal_sw(&term, "0082000001FF28"), SW_CONDITIONS);
	ck_assert_uint_eq(bac(MRZ), SW_OK);
	card_done(&card);
	insert("mrz=" MRZ "\npace=gm-ecdh-aes128:bp256\n");
	ck_assert_uint_eq(bac(MRZ), SW_INS);
}
END_TEST

/* -- Chip Authentication --------------------------------------------------- */

static void insert_ca(const char *protocol, const char *more,
		      struct sim_public *chip)
{
	const struct sim_protocol p = ca_of(protocol);
	char conf[1024], key[512];

	card_line_key("ca", protocol, p.domain, key, sizeof(key), chip);
	snprintf(conf, sizeof(conf),
		 PASSWORDS "pace=gm-ecdh-aes128:bp256\nbac=1\n%s%s", key,
		 more);
	insert(conf);
}

static void ca_one(const char *cipher, const char *domain)
{
	const struct sim_domain *d = sim_domain_by_option(span_str(domain));
	char name[64];
	struct sim_public chip;
	struct sim_protocol p;
	struct sim_key before;
	uint16_t sw;

	snprintf(name, sizeof(name), "%s-%s:%s", d->ec ? "ecdh" : "dh",
		 cipher, domain);
	p = ca_of(name);
	insert_ca(name, "", &chip);
	if (strcmp(cipher, "3des") == 0)
		ck_assert_uint_eq(bac(MRZ), SW_OK);
	else
		ck_assert_uint_eq(pace("gm-ecdh-aes128:bp256", NULL, true),
				  SW_OK);
	ck_assert_uint_eq(terminal_sw(&term, SELECT_LDS), SW_OK);
	before = card.sm.enc;
	ck_assert_msg(terminal_ca(&term, &p, &chip, -1, &sw) == R_OK,
		      "%s: %04x", name, sw);
	ck_assert_mem_ne(before.p, card.sm.enc.p, 16);
	ck_assert_mem_eq(term.enc.p, card.sm.enc.p, sim_key_size(p.cipher));
	expect_dg1();
	card_done(&card);
}

START_TEST(chip_authentication_changes_the_keys)
{
	for (int c = 0; c < 4; c++) {
		for (size_t i = 0; i < 11; i++)
			ca_one(ciphers[c], curves[i]);
		for (size_t i = 0; i < 3; i++)
			ca_one(ciphers[c], groups[i]);
	}
}
END_TEST

START_TEST(a_clone_is_found_at_the_next_command)
{
	static const char *const names[] = { "ecdh-aes128:bp256",
					     "ecdh-3des:p256",
					     "dh-aes256:dh2" };
	const struct sim_protocol p = ca_of(names[_i]);
	struct sim_public chip;
	uint16_t sw;

	insert_ca(names[_i], "evil=ca-wrong-key\n", &chip);
	ck_assert_uint_eq(pace("gm-ecdh-aes128:bp256", NULL, true), SW_OK);
	ck_assert_uint_eq(terminal_sw(&term, SELECT_LDS), SW_OK);
	ck_assert_int_eq(terminal_ca(&term, &p, &chip, -1, &sw), R_OK);
	ck_assert_mem_ne(term.enc.p, card.sm.enc.p, 16);
	ck_assert_uint_eq(terminal_sw(&term, READ_DG1), 0);
	ck_assert(!card.sm.on);
}
END_TEST

START_TEST(the_reference_of_the_key_is_checked)
{
	static const char *const names[] = { "ecdh-aes128:bp256",
					     "ecdh-3des:p256" };
	const struct sim_protocol p = ca_of(names[_i]);
	struct sim_public chip;
	uint16_t sw;

	insert_ca(names[_i], "ca_keyid=5\n", &chip);
	ck_assert_uint_eq(pace("gm-ecdh-aes128:bp256", NULL, true), SW_OK);
	ck_assert_int_eq(terminal_ca(&term, &p, &chip, 5, &sw), R_DENIED);
	ck_assert_uint_eq(sw, SW_SECURITY);	/* not in the master file */
	ck_assert_uint_eq(terminal_sw(&term, SELECT_LDS), SW_OK);
	ck_assert_int_eq(terminal_ca(&term, &p, &chip, 6, &sw), R_DENIED);
	ck_assert_uint_eq(sw, SW_REFERENCE);
	ck_assert_uint_eq(terminal_sw(&term, READ_DG1), SW_OK);
	ck_assert_int_eq(terminal_ca(&term, &p, &chip, 5, &sw), R_OK);
	expect_dg1();
}
END_TEST

START_TEST(a_card_without_chip_authentication_refuses_it)
{
	insert(PASSWORDS "pace=gm-ecdh-aes128:bp256\n");
	ck_assert_uint_eq(pace("gm-ecdh-aes128:bp256", NULL, true), SW_OK);
	ck_assert_uint_eq(terminal_sw(&term, SELECT_LDS), SW_OK);
	ck_assert_uint_eq(terminal_sw(&term, "002241A40C800A04007F000702020302"
				      "02"), SW_DATA);
	ck_assert_uint_eq(terminal_sw(&term, "002241A6029100"), SW_P1P2);
	ck_assert_uint_eq(terminal_sw(&term, "00860000027C0000"),
			  SW_CONDITIONS);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("simulator: access and chip authentication");
	TCase *t = tcase_create("protocols");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, NULL, take_out);
	tcase_add_loop_test(t, pace_opens_the_channel_on_every_curve, 0, 3);
	tcase_add_loop_test(t, pace_opens_the_channel_in_every_group, 0, 2);
	tcase_add_test(t, what_no_standard_has_is_no_protocol);
	tcase_add_loop_test(t, a_wrong_password_is_6300_and_does_not_block, 0,
			    4);
	tcase_add_test(t, the_domain_is_named_where_there_are_several);
	tcase_add_test(t, pace_is_refused_where_it_is_not_offered);
	tcase_add_loop_test(t, a_key_outside_of_the_group_ends_pace, 0, 5);
	tcase_add_test(t, card_security_is_read_after_pace_alone);
	tcase_add_test(t, a_cam_key_that_is_not_the_signed_one_is_found);
	tcase_add_test(t, bac_opens_the_channel);
	tcase_add_test(t, bac_is_refused_to_who_has_not_read_the_document);
	tcase_add_test(t, chip_authentication_changes_the_keys);
	tcase_add_loop_test(t, a_clone_is_found_at_the_next_command, 0, 3);
	tcase_add_loop_test(t, the_reference_of_the_key_is_checked, 0, 2);
	tcase_add_test(t, a_card_without_chip_authentication_refuses_it);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
