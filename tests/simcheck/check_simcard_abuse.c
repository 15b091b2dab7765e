/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every quirk and every abuse that card.h lists does what it says there: a
 * terminal that looks finds it, one that does not look is deceived.
 */
#include <stdio.h>
#include <string.h>

#include "support_terminal.h"

#include "check_main.h"

#define MRZ	   "X12345678580010113512312"
#define PASSWORDS  "can=123456\nmrz=" MRZ "\nextended=1\nbac=1\n"
#define SELECT_LDS "00A4040C07A0000002471001"
#define READ_DG1   "00B0810000"

static struct card card;
static struct terminal term;

static void insert(const char *more)
{
	char conf[1024];

	snprintf(conf, sizeof(conf), PASSWORDS "%s", more);
	card_from(&card, conf);
	terminal_init(&term, terminal_to_card, &card);
}

static void take_out(void)
{
	card_done(&card);
}

static enum result pace(const char *protocol, const char *can,
			const struct sim_public *chip, uint16_t *sw)
{
	const struct sim_protocol p = pace_of(protocol);
	const struct pace_run run = { .protocol = &p, .can = can, .mrz = MRZ,
				      .send_84 = true, .chip = chip };

	card_reset(&card);
	return terminal_pace(&term, &run, sw);
}

#define GM "gm-ecdh-aes128:bp256"

static void open_application(void)
{
	uint16_t sw;

	ck_assert_int_eq(pace(GM, "123456", NULL, &sw), R_OK);
	ck_assert_uint_eq(terminal_sw(&term, SELECT_LDS), SW_OK);
}

static void insert_open(const char *more)
{
	char conf[256];

	snprintf(conf, sizeof(conf), "pace=" GM "\n%s\n", more);
	insert(conf);
	open_application();
}

static bool reads(enum sim_ef_id id, size_t step)
{
	scoped(blob_free) struct blob b = { 0 };

	return terminal_read(&term, sim_ef(id)->sfi, step, &b) == R_OK &&
	       span_equal(blob_span(&b), blob_span(&card.memory.files[id]));
}

/* -- quirks ---------------------------------------------------------------- */

static const struct {
	const char *quirk;
	const char *command;
	uint16_t sw;
	const char *but;		/* what still works */
} plain_quirks[] = {
	{ "no-select-mf", "00A4000C023F00", SW_INS, "00A4020C02011C" },
	{ "no-select-mf", "00A4000C", SW_INS, "00B09C0000" },
	{ "no-sfi", "00B09C0000", SW_P1P2, "00A4020C02011C" },
	{ "no-cardaccess-sfi", "00B09C0000", SW_FILE_NOT_FOUND,
	  "00B09E0000" },
	{ "p1-02-only", "00A4000C02011C", SW_P1P2, "00A4020C02011C" },
	{ "p1-02-only", "00A4000C02011C", SW_P1P2, "00A4000C023F00" },
	{ "block-16", "00B09C0011", SW_EOF, "00B09C0010" },
	{ "block-16:6700", "00B09C0000", SW_LENGTH, "00B09C0010" },
	{ "block-16:6c10", "00B09C0011", 0x6c10, "00B09C0010" },
	{ "le-256-6700", "00B09C0000", SW_LENGTH, "00B09C0016" },
	{ "6c-le", "00B09C00FF", 0x6c16, "00B09C0016" },
	{ "6c-le", "00B09C1010", 0x6c06, "00B09C1006" },
	{ "no-can", "0022C1A40F800A04007F00070202040202830102", SW_REFERENCE,
	  "0022C1A40F800A04007F00070202040202830101" },
	{ "always-84", "0022C1A40F800A04007F00070202040202830102",
	  SW_REFERENCE, "0022C1A412800A04007F0007020204020283010284010D" },
};

START_TEST(a_quirk_refuses_one_thing_and_lets_the_rest_be)
{
	char conf[128];
	struct reply r;

	snprintf(conf, sizeof(conf), "pace=" GM "\nquirks=%s\n",
		 plain_quirks[_i].quirk);
	insert(conf);
	ck_assert_int_eq(terminal_hex(&term, plain_quirks[_i].command, &r),
			 R_OK);
	ck_assert_uint_eq(r.sw, plain_quirks[_i].sw);
	ck_assert_uint_eq(r.n, 0);
	ck_assert_uint_eq(terminal_sw(&term, plain_quirks[_i].but), SW_OK);
	card_done(&card);
	snprintf(conf, sizeof(conf), "pace=" GM "\n");
	insert(conf);			/* it is the quirk that did it */
	ck_assert_uint_ne(terminal_sw(&term, plain_quirks[_i].command),
			  plain_quirks[_i].sw == SW_EOF ? 0 :
			  plain_quirks[_i].sw);
}
END_TEST

static const char *const chains[] = { "61-chain", "61-chain:16", "61-part",
				      "61-part:50" };

START_TEST(a_long_answer_is_fetched_with_get_response)
{
	char conf[64];
	unsigned int apdus;

	snprintf(conf, sizeof(conf), "quirks=%s", chains[_i]);
	insert_open(conf);
	apdus = term.apdus;
	ck_assert(reads(SIM_DG2, 223));
	ck_assert_uint_gt(term.apdus, apdus + 27);
	ck_assert(reads(SIM_SOD, 256));	/* more than a short answer holds */
}
END_TEST

START_TEST(get_response_gives_what_is_left)
{
	struct reply r;

	insert("pace=" GM "\nquirks=61-chain:16\n");
	ck_assert_int_eq(terminal_raw(&term, "00C0000010", &r), R_OK);
	ck_assert_uint_eq(r.sw, SW_INS);
	ck_assert_int_eq(terminal_raw(&term, "00B09C0000", &r), R_OK);
	ck_assert_uint_eq(r.sw, 0x6116);
	ck_assert_uint_eq(r.n, 0);
	ck_assert_int_eq(terminal_raw(&term, "00C0000000", &r), R_OK);
	ck_assert_uint_eq(r.sw, 0x6106);
	ck_assert_uint_eq(r.n, 16);
	ck_assert_int_eq(terminal_raw(&term, "00C0000004", &r), R_OK);
	ck_assert_uint_eq(r.sw, 0x6102);
	ck_assert_int_eq(terminal_raw(&term, "00C0000100", &r), R_OK);
	ck_assert_uint_eq(r.sw, SW_P1P2);
	ck_assert_int_eq(terminal_raw(&term, "00C0000000", &r), R_OK);
	ck_assert_uint_eq(r.sw, SW_OK);
	ck_assert_uint_eq(r.n, 2);
	ck_assert_int_eq(terminal_raw(&term, "00C0000000", &r), R_OK);
	ck_assert_uint_eq(r.sw, SW_INS);
	/* another command in between, and the rest is gone */
	ck_assert_int_eq(terminal_raw(&term, "00B09C0000", &r), R_OK);
	ck_assert_int_eq(terminal_raw(&term, "00A4020C02011C", &r), R_OK);
	ck_assert_int_eq(terminal_raw(&term, "00C0000000", &r), R_OK);
	ck_assert_uint_eq(r.sw, SW_INS);
}
END_TEST

/* A group's key with a leading zero comes once in 256 runs: padded or not. */
START_TEST(a_number_is_written_with_or_without_its_zeros)
{
	struct card c = { .memory.quirks = _i ? 1u << QUIRK_DH_PADDED : 0 };
	const struct sim_protocol p = pace_of("gm-dh-aes128:dh0");
	struct sim_public key = { .n = 128 };
	uint8_t buf[200];
	struct sink s = SINK(buf);
	struct span in, v;
	uint32_t tag;

	c.pace.protocol = &p;
	key.p[2] = 5;
	pace_put_key(&c, 0x84, &key, &key, &s);
	in = sink_span(&s);
	ck_assert_int_eq(tlv_get(&in, &tag, &v), R_OK);
	ck_assert_uint_eq(v.n, _i ? 128 : 126);
}
END_TEST

/* -- PACE ------------------------------------------------------------------ */

static const char *const protocols[] = { GM, "gm-dh-aes128:dh1" };

static const struct {
	const char *evil;
	enum result found;
	bool without_password;	/* deceives who does not look at the key */
} forgeries[] = {
	{ "reflect-map", R_MALFORMED, false },
	{ "reflect-agree", R_MALFORMED, true },
	{ "infinity", R_MALFORMED, true },
	{ "infinity-map", R_MALFORMED, false },
	{ "off-curve", R_MALFORMED, false },
	{ "off-curve-map", R_MALFORMED, false },
	{ "small-subgroup", R_MALFORMED, true },
	{ "small-subgroup-map", R_MALFORMED, false },
	{ "null-key", R_MALFORMED, false },
	{ "short-nonce", R_MALFORMED, false },
	{ "long-nonce", R_MALFORMED, false },
	{ "wrong-token", R_DENIED, false },
};

START_TEST(a_terminal_that_looks_finds_the_forged_key)
{
	const int which = _i / 2, of = _i % 2;
	char conf[128];
	uint16_t sw;

	snprintf(conf, sizeof(conf), "pace=%s\nevil=%s\n", protocols[of],
		 forgeries[which].evil);
	insert(conf);
	ck_assert_int_eq(pace(protocols[of], "123456", NULL, &sw),
			 forgeries[which].found);
	ck_assert_uint_eq(sw, SW_OK);
	ck_assert(!term.on);
}
END_TEST

/* The attacker does not know the password; the terminal's is another. */
START_TEST(a_terminal_that_does_not_look_is_deceived)
{
	const int which = _i / 2, of = _i % 2;
	char conf[128];
	uint16_t sw;

	if (!forgeries[which].without_password)
		return;
	snprintf(conf, sizeof(conf), "pace=%s\nevil=%s\n", protocols[of],
		 forgeries[which].evil);
	insert(conf);
	term.gullible = true;
	ck_assert_int_eq(pace(protocols[of], "999999", NULL, &sw), R_OK);
	ck_assert(term.on);
	/* who reflected has no keys; who sent a key of no use has them */
	ck_assert_uint_eq(terminal_sw(&term, SELECT_LDS),
			  strcmp(forgeries[which].evil, "reflect-agree") == 0
			  ? 0 : SW_OK);
}
END_TEST

START_TEST(one_object_more_is_in_every_answer)
{
	static const char *const steps[] = {
		"0022C1A40F800A04007F00070202040202830102", "10860000027C0000",
	};
	struct reply r;

	insert("pace=" GM "\nevil=extra-tlv\n");
	ck_assert_uint_eq(terminal_sw(&term, steps[0]), SW_OK);
	ck_assert_int_eq(terminal_hex(&term, steps[1], &r), R_OK);
	ck_assert_uint_eq(r.n, 2 + 18 + 2);
	ck_assert_mem_eq(r.data + 20, "\x53\x00", 2);
}
END_TEST

static const struct {
	const char *evil;
	enum result r;
} cams[] = {
	{ "cam-wrong-scalar", R_DENIED }, { "cam-withheld", R_MALFORMED },
	{ "cam-bad-padding", R_MALFORMED },
};

START_TEST(a_lie_in_the_chip_authentication_mapping_is_found)
{
	char conf[512], key[256];
	struct sim_public chip;
	uint16_t sw;

	card_line_key("cam", "p256", sim_domain_by_id(12), key, sizeof(key),
		      &chip);
	snprintf(conf, sizeof(conf), "pace=cam-ecdh-aes128:p256\n%sevil=%s\n",
		 key, cams[_i].evil);
	insert(conf);
	ck_assert_int_eq(pace("cam-ecdh-aes128:p256", "123456", &chip, &sw),
			 cams[_i].r);
	/* PACE itself went well: who does not ask has a channel */
	ck_assert_int_eq(pace("cam-ecdh-aes128:p256", "123456", NULL, &sw),
			 R_OK);
}
END_TEST

/* -- BAC, CA --------------------------------------------------------------- */

START_TEST(a_lie_in_bac_is_found)
{
	static const char *const words[] = { "bac-reflect", "bac-wrong-nonce",
					     "bac-wrong-mac" };
	char conf[64];
	uint16_t sw;

	snprintf(conf, sizeof(conf), "evil=%s\n", words[_i]);
	insert(conf);
	ck_assert_uint_eq(terminal_sw(&term, SELECT_LDS), SW_OK);
	ck_assert_int_eq(terminal_bac(&term, MRZ, &sw), R_DENIED);
	ck_assert_uint_eq(sw, SW_OK);
}
END_TEST

START_TEST(a_chip_that_keeps_its_keys_is_found_at_the_next_command)
{
	static const char *const names[] = { "ecdh-aes128:p256",
					     "ecdh-3des:p256" };
	const struct sim_protocol p = ca_of(names[_i]);
	char conf[512], key[256];
	struct sim_public chip;
	uint16_t sw;

	card_line_key("ca", names[_i], p.domain, key, sizeof(key), &chip);
	snprintf(conf, sizeof(conf), "evil=ca-keep-keys\n%s", key);
	insert_open(conf);
	ck_assert_int_eq(terminal_ca(&term, &p, &chip, -1, &sw), R_OK);
	ck_assert_uint_eq(terminal_sw(&term, READ_DG1), 0);
}
END_TEST

/* -- secure messaging and files ---------------------------------------------- */

START_TEST(a_response_that_is_not_authentic_is_found)
{
	static const char *const words[] = { "skip-mac", "no-99",
					     "sw-mismatch", "bad-padding",
					     "stale-ssc" };
	char conf[64];
	uint16_t sw;
	struct reply r;

	snprintf(conf, sizeof(conf), "pace=" GM "\nevil=%s\n", words[_i]);
	insert(conf);
	ck_assert_int_eq(pace(GM, "123456", NULL, &sw), R_OK);
	card.df = SIM_LDS;
	ck_assert_int_ne(terminal_hex(&term, READ_DG1, &r), R_OK);
	ck_assert_uint_eq(r.sw, SW_OK);
}
END_TEST

START_TEST(an_endless_file_has_a_byte_at_every_offset)
{
	struct reply r;

	insert_open("evil=endless-ef");
	ck_assert_int_eq(terminal_hex(&term, "00B0820010", &r), R_OK);
	ck_assert_uint_eq(r.sw, SW_OK);
	ck_assert_uint_eq(r.n, 16);
	ck_assert_mem_eq(r.data, "\x75\x83\x80\x00\x00\x00", 6);
	ck_assert_int_eq(terminal_hex(&term, "00B07FFF00", &r), R_OK);
	ck_assert_uint_eq(r.sw, SW_OK);
	ck_assert_uint_eq(r.n, 223);
	ck_assert_int_eq(terminal_hex(&term, "00B100020554037FFFFF00", &r),
			 R_OK);
	ck_assert_uint_eq(r.sw, SW_OK);
}
END_TEST

static const struct {
	const char *evil;
	size_t n;
} lengths[] = {
	{ "more-data", 17 }, { "no-data", 0 }, { "one-byte", 1 },
};

START_TEST(what_was_asked_for_is_not_what_comes)
{
	char conf[64];
	struct reply r;

	snprintf(conf, sizeof(conf), "evil=%s", lengths[_i].evil);
	insert_open(conf);
	ck_assert_int_eq(terminal_hex(&term, "00B0810010", &r), R_OK);
	ck_assert_uint_eq(r.sw, SW_OK);
	ck_assert_uint_eq(r.n, lengths[_i].n);
}
END_TEST

START_TEST(an_open_card_needs_no_password)
{
	insert("evil=open\n");
	ck_assert_uint_eq(terminal_sw(&term, "00B09D0000"), SW_OK);
	ck_assert_uint_eq(terminal_sw(&term, SELECT_LDS), SW_OK);
	ck_assert(reads(SIM_DG1, 100));
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static Suite *suite(void)
{
	Suite *s = suite_create("simulator: quirks and abuses");
	TCase *t = tcase_create("card");

	tcase_add_checked_fixture(t, NULL, take_out);
	tcase_add_loop_test(t, a_quirk_refuses_one_thing_and_lets_the_rest_be,
			    0, COUNT(plain_quirks));
	tcase_add_loop_test(t, a_long_answer_is_fetched_with_get_response, 0,
			    COUNT(chains));
	tcase_add_test(t, get_response_gives_what_is_left);
	tcase_add_loop_test(t, a_number_is_written_with_or_without_its_zeros,
			    0, 2);
	tcase_add_loop_test(t, a_terminal_that_looks_finds_the_forged_key, 0,
			    2 * COUNT(forgeries));
	tcase_add_loop_test(t, a_terminal_that_does_not_look_is_deceived, 0,
			    2 * COUNT(forgeries));
	tcase_add_test(t, one_object_more_is_in_every_answer);
	tcase_add_loop_test(t,
			    a_lie_in_the_chip_authentication_mapping_is_found,
			    0, COUNT(cams));
	tcase_add_loop_test(t, a_lie_in_bac_is_found, 0, 3);
	tcase_add_loop_test(t,
		a_chip_that_keeps_its_keys_is_found_at_the_next_command, 0, 2);
	tcase_add_loop_test(t, a_response_that_is_not_authentic_is_found, 0,
			    5);
	tcase_add_test(t, an_endless_file_has_a_byte_at_every_offset);
	tcase_add_loop_test(t, what_was_asked_for_is_not_what_comes, 0,
			    COUNT(lengths));
	tcase_add_test(t, an_open_card_needs_no_password);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
