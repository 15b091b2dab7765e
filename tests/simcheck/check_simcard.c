/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The chip as a terminal meets it: what it gives, to whom, and how it refuses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../sim/pers.h"
#include "support_terminal.h"

#include "check_main.h"

static char root[64];
static struct card card;
static struct terminal term;

/* A card made with `o` in the chip, and a terminal before it. */
static void insert(struct pers_options *o)
{
	static char out[80], ca[80];

	strcpy(root, "/tmp/simcard.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(out, sizeof(out), "%s/card", root);
	snprintf(ca, sizeof(ca), "%s/ca", root);
	o->out = out;
	o->ca = ca;
	o->pad_to = "3000";
	ck_assert_int_eq(pers_make(o), R_OK);
	card_init(&card);
	ck_assert_int_eq(card_load(&card, out), R_OK);
	terminal_init(&term, terminal_to_card, &card);
}

static void insert_default(void)
{
	struct pers_options o = pers_defaults();

	insert(&o);
}

static void take_out(void)
{
	char command[128];

	card_done(&card);
	if (!root[0])
		return;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	ck_assert_int_eq(system(command), 0);
	root[0] = 0;
}

static uint16_t pace(const char *can, const char *mrz, unsigned int curve,
		     bool send_84)
{
	uint8_t key[SIM_KEY];
	uint16_t sw = 0;
	enum result r = can ? sim_kdf_can(can, key) : sim_kdf_mrz(mrz, key);

	ck_assert_int_eq(r, R_OK);
	r = terminal_pace(&term, can ? 2 : 1, key, curve, send_84, &sw);
	ck_assert_int_eq(r == R_OK, term.on);
	return sw;
}

#define SELECT_LDS "00A4040C07A0000002471001"

static void open_application(void)
{
	ck_assert_uint_eq(pace("123456", NULL, 13, true), SW_OK);
	ck_assert_uint_eq(terminal_sw(&term, SELECT_LDS), SW_OK);
}

static void expect_file(enum sim_ef_id id)
{
	scoped(blob_free) struct blob b = { 0 };
	struct span want = blob_span(&card.memory.files[id]);

	ck_assert_int_eq(terminal_read(&term, sim_ef(id)->sfi, 223, &b), R_OK);
	ck_assert_msg(span_equal(blob_span(&b), want), "%s: %zu bytes of %zu",
		      sim_ef(id)->file, b.n, want.n);
}

START_TEST(only_card_access_is_read_without_pace)
{
	static const char *const refused[] = {
		"00A4020C02011D", "00A4020C020101", "00B09D0000", "00B0810000",
		"00A4020C020103",
	};

	insert_default();
	expect_file(SIM_ACCESS);
	expect_file(SIM_DIR);
	ck_assert_uint_eq(terminal_sw(&term, "00A4020C02011C"), SW_OK);
	ck_assert_uint_eq(terminal_sw(&term, "00B0000000"), SW_OK);
	ck_assert_uint_eq(terminal_sw(&term, "00A4000C023F00"), SW_OK);
	ck_assert_uint_eq(terminal_sw(&term, "00A4020C020101"),
			  SW_FILE_NOT_FOUND);
	ck_assert_uint_eq(terminal_sw(&term, SELECT_LDS), SW_OK);
	for (size_t i = 0; i < 5; i++)
		ck_assert_uint_eq(terminal_sw(&term, refused[i]), SW_SECURITY);
}
END_TEST

static const struct {
	bool can;
	const char *offered;
	unsigned int curve;
	bool send_84;
} good_pace[] = {
	{ true,  "bp256", 13, true },  { true,  "bp256", 13, false },
	{ false, "bp256", 13, true },  { true,  "p256", 12, true },
	{ false, "p256", 12, false },  { true,  "bp256,p256", 12, true },
	{ true,  "bp256,p256", 13, false },
};

START_TEST(pace_opens_the_channel)
{
	struct pers_options o = pers_defaults();

	o.pace_curve = good_pace[_i].offered;
	insert(&o);
	ck_assert_uint_eq(pace(good_pace[_i].can ? "123456" : NULL,
			       card.memory.mrz, good_pace[_i].curve,
			       good_pace[_i].send_84), SW_OK);
	ck_assert_uint_eq(terminal_sw(&term, SELECT_LDS), SW_OK);
	expect_file(SIM_DG1);
}
END_TEST

START_TEST(wrong_password_is_6300_and_does_not_block)
{
	insert_default();
	for (int i = 0; i < 5; i++)
		ck_assert_uint_eq(pace("123457", NULL, 13, true),
				  SW_AUTH_FAILED);
	ck_assert_uint_eq(pace(NULL, "X12345678580010143512312", 13, true),
			  SW_AUTH_FAILED);
	ck_assert_uint_eq(pace("123456", NULL, 13, true), SW_OK);
}
END_TEST

START_TEST(pace_is_refused_where_it_is_not_offered)
{
	insert_default();
	ck_assert_uint_eq(pace("123456", NULL, 12, true), SW_REFERENCE);
	/* AES-256, another password, no password */
	ck_assert_uint_eq(terminal_sw(&term, "0022C1A40F800A04007F000702020402"
				      "04830102"), SW_DATA);
	ck_assert_uint_eq(terminal_sw(&term, "0022C1A40F800A04007F000702020402"
				      "02830103"), SW_REFERENCE);
	ck_assert_uint_eq(terminal_sw(&term, "0022C1A40C800A04007F000702020402"
				      "02"), SW_DATA);
	ck_assert_uint_eq(terminal_sw(&term, "10860000027C0000"),
			  SW_CONDITIONS);
}
END_TEST

START_TEST(a_point_off_the_curve_ends_pace)
{
	char bad[300] = "10860000457C43814104";

	insert_default();
	ck_assert_uint_eq(terminal_sw(&term, "0022C1A40F800A04007F000702020402"
				      "02830102"), SW_OK);
	ck_assert_uint_eq(terminal_sw(&term, "10860000027C0000"), SW_OK);
	for (int i = 0; i < 64; i++)
		strcat(bad, "11");
	strcat(bad, "00");
	ck_assert_uint_eq(terminal_sw(&term, bad), SW_DATA);
	ck_assert_uint_eq(terminal_sw(&term, bad), SW_CONDITIONS);
}
END_TEST

START_TEST(every_file_is_read_as_it_was_made)
{
	static const enum sim_ef_id all[] = { SIM_COM, SIM_SOD, SIM_DG14,
					      SIM_DG1, SIM_DG2 };

	insert_default();
	open_application();
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		expect_file(all[i]);
	ck_assert_uint_eq(terminal_sw(&term, "00A4020C020103"),
			  SW_FILE_NOT_FOUND);
	ck_assert_uint_eq(terminal_sw(&term, "00A4000C023F00"), SW_OK);
	expect_file(SIM_ACCESS);
}
END_TEST

START_TEST(a_wrong_mac_ends_the_session)
{
	struct reply r;

	insert_default();
	open_application();
	term.spoil_mac = true;
	ck_assert_uint_eq(terminal_sw(&term, "00B0810000"), 0);
	ck_assert(!card.sm.on);
	term.on = false;	/* what a terminal sees: bare status words */
	ck_assert_int_eq(terminal_raw(&term, "0CB0810000", &r), R_OK);
	ck_assert_uint_eq(r.sw, SW_SM_WRONG);
	ck_assert_uint_eq(terminal_sw(&term, "00B0810000"), SW_SECURITY);
}
END_TEST

START_TEST(a_plain_command_ends_the_session)
{
	struct reply r;

	insert_default();
	open_application();
	ck_assert_int_eq(terminal_raw(&term, "00B0810000", &r), R_OK);
	ck_assert_uint_eq(r.sw, SW_SM_MISSING);
	ck_assert_uint_eq(r.n, 0);
	ck_assert(!card.sm.on);
	ck_assert_uint_eq(terminal_sw(&term, "00B0810000"), 0);
}
END_TEST

static const struct {
	const char *command;
	uint16_t sw;
} malformed_sm[] = {
	{ "0CB0810000", SW_SM_MISSING },		/* no objects at all */
	{ "0CB081000397010400", SW_SM_MISSING },	/* no MAC */
	{ "0CB08100048E02112200", SW_SM_WRONG },	/* short MAC */
	{ "0CB08100028E0800", SW_SM_WRONG },		/* lying length */
	{ "0CB081000D8E0811223344556677889701040000", SW_LENGTH },
};

START_TEST(malformed_objects_end_the_session)
{
	struct reply r;

	insert_default();
	open_application();
	ck_assert_int_eq(terminal_raw(&term, malformed_sm[_i].command, &r),
			 R_OK);
	ck_assert_uint_eq(r.sw, malformed_sm[_i].sw);
}
END_TEST

START_TEST(chip_authentication_changes_the_keys)
{
	struct pers_options o = pers_defaults();
	uint8_t before[SIM_KEY];
	uint16_t sw = 0;

	o.ca_curve = _i & 1 ? "p256" : "bp256";
	o.ca_params = _i & 2 ? "named" : _i & 4 ? "standardised" : "explicit";
	insert(&o);
	open_application();
	memcpy(before, card.sm.enc, SIM_KEY);
	ck_assert_int_eq(terminal_ca(&term,
				     blob_span(&card.memory.files[SIM_DG14]),
				     &sw), R_OK);
	ck_assert_uint_eq(sw, SW_OK);
	ck_assert_mem_ne(before, card.sm.enc, SIM_KEY);
	ck_assert_mem_eq(term.enc, card.sm.enc, SIM_KEY);
	expect_file(SIM_DG2);
}
END_TEST

START_TEST(a_clone_is_found_at_the_next_command)
{
	struct pers_options o = pers_defaults();
	uint16_t sw = 0;

	o.clone = true;
	insert(&o);
	open_application();
	ck_assert_int_eq(terminal_ca(&term,
				     blob_span(&card.memory.files[SIM_DG14]),
				     &sw), R_OK);
	ck_assert_mem_ne(term.enc, card.sm.enc, SIM_KEY);
	ck_assert_uint_eq(terminal_sw(&term, "00B0810000"), 0);
	ck_assert(!card.sm.on);
}
END_TEST

START_TEST(a_card_without_chip_authentication_refuses_it)
{
	struct pers_options o = pers_defaults();

	o.no_ca = true;
	insert(&o);
	open_application();
	ck_assert_uint_eq(terminal_sw(&term, "002241A40C800A04007F000702020302"
				      "02"), SW_DATA);
	ck_assert_uint_eq(terminal_sw(&term, "00860000027C0000"),
			  SW_CONDITIONS);
}
END_TEST

START_TEST(the_key_reference_is_checked)
{
	struct pers_options o = pers_defaults();

	o.ca_keyid = "5";
	insert(&o);
	open_application();
	ck_assert_uint_eq(terminal_sw(&term, "002241A40F800A04007F000702020302"
				      "02840106"), SW_REFERENCE);
	ck_assert_uint_eq(terminal_sw(&term, "002241A40F800A04007F000702020302"
				      "02840105"), SW_OK);
}
END_TEST

/* DG1 has 95 bytes. */
static const struct {
	const char *command;
	uint16_t sw;
	size_t n;
} reads[] = {
	{ "00B081005F", SW_OK, 95 },	/* exactly */
	{ "00B0810060", SW_EOF, 95 },	/* one too many */
	{ "00B0810000", SW_OK, 95 },	/* all */
	{ "00B0815A05", SW_OK, 5 },
	{ "00B0815A06", SW_EOF, 5 },
	{ "00B0815F01", SW_OFFSET, 0 },	/* at the end */
	{ "00B0816001", SW_OFFSET, 0 },
	{ "00B0820000", SW_OK, 223 },	/* DG2: what a response holds */
	{ "00B08200DF", SW_OK, 223 },
	{ "00B08200E0", SW_LENGTH, 0 },
	{ "00B08100", SW_LENGTH, 0 },	/* no Le */
	{ "00B0C10000", SW_P1P2, 0 },
	{ "00B0000001", SW_NO_EF, 0 },	/* nothing selected */
	{ "00B1000103540100", SW_LENGTH, 0 },
	{ "00B10002045402010010", SW_OK, 18 },	/* 53 10 and 16 bytes */
};

START_TEST(read_binary_ends_as_iso_7816_4_says)
{
	uint8_t c[32];
	size_t n = strlen(reads[_i].command) / 2, le = 0;
	struct span data = { 0 };
	struct reply r;

	insert_default();
	open_application();
	ck_assert_int_eq(hex_decode(reads[_i].command, c, n), R_OK);
	if (n > 5)
		data = span_of(c + 5, c[4]);
	if (n == 5 || (n > 5 && n > 5u + c[4]))
		le = c[n - 1] ? c[n - 1] : 256;
	ck_assert_int_eq(terminal_send(&term, c, data, le, &r), R_OK);
	ck_assert_uint_eq(r.sw, reads[_i].sw);
	ck_assert_uint_eq(r.n, reads[_i].n);
}
END_TEST

static const struct {
	const char *command;
	uint16_t sw;
} refused[] = {
	{ "0084000008", SW_INS },		/* BAC is not there */
	{ "00B0", SW_LENGTH },
	{ "00B0000000000010", SW_LENGTH },	/* extended, not supported */
	{ "00A4040C0511", SW_LENGTH },
	{ "80A4000C", SW_CLA },
	{ "04A4000C", SW_CLA },
	{ "10A4000C023F00", 0x6884 },
	{ "00A4030C00", SW_P1P2 },
	{ "00A4020102011C", SW_P1P2 },
	{ "00A4040C06A00000024710", SW_FILE_NOT_FOUND },
	{ "00A4020C0201", SW_LENGTH },
	{ "002241A60100", SW_P1P2 },
	{ "00860100027C0000", SW_P1P2 },
	{ "0CB0810000", SW_SM_WRONG },		/* no session */
};

START_TEST(what_the_chip_does_not_know_it_refuses)
{
	struct reply r;

	insert_default();
	ck_assert_int_eq(terminal_raw(&term, refused[_i].command, &r), R_OK);
	ck_assert_uint_eq(r.sw, refused[_i].sw);
	ck_assert_uint_eq(r.n, 0);
}
END_TEST

START_TEST(extended_length_where_the_card_has_it)
{
	struct pers_options o = pers_defaults();
	struct reply r;

	o.extended = true;
	insert(&o);
	ck_assert_int_eq(terminal_raw(&term, "00B09C00000000", &r), R_OK);
	ck_assert_uint_eq(r.sw, SW_OK);
	ck_assert_uint_eq(r.n, card.memory.files[SIM_ACCESS].n);
}
END_TEST

START_TEST(select_tells_what_was_selected)
{
	struct reply r;

	insert_default();
	ck_assert_int_eq(terminal_raw(&term, "00A4040007A000000247100100", &r),
			 R_OK);
	ck_assert_uint_eq(r.sw, SW_OK);
	ck_assert_mem_eq(r.data, "\x6f\x09\x84\x07\xa0\x00\x00\x02", 8);
	ck_assert_int_eq(terminal_raw(&term, "00A4000C", &r), R_OK);
	ck_assert_int_eq(terminal_raw(&term, "00A4020402011C00", &r), R_OK);
	ck_assert_mem_eq(r.data, "\x62\x0b\x80\x02\x00\x16", 6);
}
END_TEST

START_TEST(a_reset_forgets_everything)
{
	insert_default();
	open_application();
	card_reset(&card);
	ck_assert_uint_eq(terminal_sw(&term, "00B0810000"), 0);
	term.on = false;
	ck_assert_uint_eq(terminal_sw(&term, SELECT_LDS), SW_OK);
	ck_assert_uint_eq(terminal_sw(&term, "00B0810000"), SW_SECURITY);
}
END_TEST

START_TEST(any_bytes_get_a_status_word)
{
	uint8_t noise[300];

	insert_default();
	srand(1);
	for (int i = 0; i < 20000; i++) {
		uint8_t buf[CARD_RESPONSE_MAX];
		struct sink s = SINK(buf);
		size_t n = (size_t)rand() % sizeof(noise);

		for (size_t k = 0; k < n; k++)
			noise[k] = (uint8_t)rand();
		if (n > 1) {
			noise[0] &= 0x1c;
			noise[1] = "\xa4\xb0\xb1\x22\x86"[rand() % 5];
		}
		card_apdu(&card, span_of(noise, n), &s);
		ck_assert_int_eq(sink_done(&s), R_OK);
		ck_assert_uint_ge(s.n, 2);
	}
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static Suite *suite(void)
{
	Suite *s = suite_create("simulator: card");
	TCase *t = tcase_create("protocol");

	tcase_add_checked_fixture(t, NULL, take_out);
	tcase_add_test(t, only_card_access_is_read_without_pace);
	tcase_add_loop_test(t, pace_opens_the_channel, 0, COUNT(good_pace));
	tcase_add_test(t, wrong_password_is_6300_and_does_not_block);
	tcase_add_test(t, pace_is_refused_where_it_is_not_offered);
	tcase_add_test(t, a_point_off_the_curve_ends_pace);
	tcase_add_test(t, every_file_is_read_as_it_was_made);
	tcase_add_test(t, a_wrong_mac_ends_the_session);
	tcase_add_test(t, a_plain_command_ends_the_session);
	tcase_add_loop_test(t, malformed_objects_end_the_session, 0,
			    COUNT(malformed_sm));
	tcase_add_loop_test(t, chip_authentication_changes_the_keys, 0, 6);
	tcase_add_test(t, a_clone_is_found_at_the_next_command);
	tcase_add_test(t, a_card_without_chip_authentication_refuses_it);
	tcase_add_test(t, the_key_reference_is_checked);
	tcase_add_loop_test(t, read_binary_ends_as_iso_7816_4_says, 0,
			    COUNT(reads));
	tcase_add_loop_test(t, what_the_chip_does_not_know_it_refuses, 0,
			    COUNT(refused));
	tcase_add_test(t, extended_length_where_the_card_has_it);
	tcase_add_test(t, select_tells_what_was_selected);
	tcase_add_test(t, a_reset_forgets_everything);
	tcase_add_test(t, any_bytes_get_a_status_word);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
