/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The chip as a terminal meets it: what it gives, to whom, and how it refuses.
 */
#include <string.h>

#include "support_terminal.h"

#include "check_main.h"

static struct card card;
static struct terminal term;

#define PASSWORDS "can=123456\nmrz=X12345678580010113512312\n"
#define GM_BP256  "gm-ecdh-aes128:bp256"

static void insert(const char *conf)
{
	card_from(&card, conf);
	terminal_init(&term, terminal_to_card, &card);
}

static void insert_default(void)
{
	insert(PASSWORDS "pace=" GM_BP256 "\n");
}

static void take_out(void)
{
	card_done(&card);
}

static uint16_t pace(const char *protocol)
{
	const struct sim_protocol p = pace_of(protocol);
	const struct pace_run run = { .protocol = &p, .can = "123456",
				      .send_84 = true };
	uint16_t sw = 0;
	enum result r = terminal_pace(&term, &run, &sw);

	ck_assert_int_eq(r == R_OK, term.on);
	return sw;
}

#define SELECT_LDS "00A4040C07A0000002471001"

static void open_application(void)
{
	ck_assert_uint_eq(pace(GM_BP256), SW_OK);
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
	expect_file(SIM_ATR);
	ck_assert_uint_eq(terminal_sw(&term, "00A4020C02011D"), SW_SECURITY);
	ck_assert_uint_eq(terminal_sw(&term, "00B09D0000"), SW_SECURITY);
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

START_TEST(every_file_is_read_as_it_was_made)
{
	insert_default();
	open_application();
	for (int i = SIM_COM; i < SIM_EF_COUNT; i++)
		expect_file((enum sim_ef_id)i);
	ck_assert_uint_eq(terminal_sw(&term, "00A4020C020103"),
			  SW_FILE_NOT_FOUND);
	ck_assert_uint_eq(terminal_sw(&term, "00A4000C023F00"), SW_OK);
	for (int i = SIM_ACCESS; i < SIM_COM; i++)
		expect_file((enum sim_ef_id)i);
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
	scoped(blob_free) struct blob b = { 0 };
	struct reply r;

	insert(PASSWORDS "pace=" GM_BP256 "\nextended=1\n");
	ck_assert_int_eq(terminal_raw(&term, "00B09C00000000", &r), R_OK);
	ck_assert_uint_eq(r.sw, SW_OK);
	ck_assert_uint_eq(r.n, card.memory.files[SIM_ACCESS].n);
	open_application();
	term.extended = true;
	term.apdus = 0;
	ck_assert_int_eq(terminal_read(&term, 2, 65536, &b), R_OK);
	ck_assert(span_equal(blob_span(&b),
			     blob_span(&card.memory.files[SIM_DG2])));
	ck_assert_uint_eq(term.apdus, 2);	/* the file, and 6B00 */
}
END_TEST

/* 1,000 bytes of a whole response: 61 blocks, a byte of padding. */
static const struct {
	size_t le;
	uint16_t sw;
	size_t n;
} limits[] = {
	{ 975, SW_OK, 975 },
	{ 976, SW_LENGTH, 0 },
	{ 65536, SW_OK, 975 },
};

START_TEST(no_apdu_is_longer_than_the_card_says)
{
	static const uint8_t read_dg2[4] = { 0x00, 0xb0, 0x82, 0x00 };
	static const uint8_t get[4] = { 0x00, 0xa4, 0x04, 0x0c };
	uint8_t long_data[300] = { 0 };
	struct reply r;

	insert(PASSWORDS "pace=" GM_BP256 "\nextended=1\nmax_command=261\n"
	       "max_response=1000\n");
	open_application();
	term.extended = true;
	ck_assert_int_eq(terminal_send(&term, read_dg2, (struct span){ 0 },
				       limits[_i].le, &r), R_OK);
	ck_assert_uint_eq(r.sw, limits[_i].sw);
	ck_assert_uint_eq(r.n, limits[_i].n);
	ck_assert_int_ne(terminal_send(&term, get, SPAN(long_data), 0, &r),
			 R_OK);
	ck_assert_uint_eq(r.sw, SW_LENGTH);
}
END_TEST

/* sm_room() against the size of what sm_wrap() makes. */
START_TEST(a_protected_response_fills_what_there_is)
{
	static uint8_t buf[CARD_RESPONSE_MAX], zeros[66000];
	static const size_t rooms[] = { 100, 141, 142, 143, 144, 256, 270, 271,
					272, 273, 1000, 65533 };

	for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		for (int odd = 0; odd < 2; odd++) {
			struct sm sm;
			struct sink s = SINK(buf), more = SINK(buf);
			size_t n;

			ck_assert_int_eq(sm_keys((enum sim_cipher)_i,
						 span_of("x", 1), &sm), R_OK);
			n = sm_room(&sm, odd, rooms[i]);
			ck_assert_int_eq(sm_wrap(&sm, 0, NULL, odd,
						 span_of(zeros, n), SW_OK, &s),
					 R_OK);
			ck_assert_uint_le(s.n - 2, rooms[i]);
			ck_assert_int_eq(sm_wrap(&sm, 0, NULL, odd,
						 span_of(zeros, n + 1), SW_OK,
						 &more), R_OK);
			ck_assert_uint_gt(more.n - 2, rooms[i]);
		}
	}
}
END_TEST

START_TEST(the_atr_has_the_historical_bytes_and_a_right_check)
{
	static const char *const confs[][2] = {
		{ "", "3b878001" "8031b073962180" },
		{ "extended=1\n", "3b878001" "8031b0739621c0" },
		{ "historical=00310073FEED9000\n",
		  "3b888001" "00310073feed9000" },
	};
	uint8_t buf[CARD_ATR_MAX], check = 0;
	char hex[2 * CARD_ATR_MAX + 1];
	struct sink s = SINK(buf);

	insert(confs[_i][0]);
	card_atr(&card, &s);
	hex_encode(span_of(buf, s.n - 1), hex);
	ck_assert_str_eq(hex, confs[_i][1]);
	for (size_t i = 1; i < s.n; i++)
		check ^= buf[i];
	ck_assert_uint_eq(check, 0);
}
END_TEST

static const char *const bad_conf[] = {
	"can", "pace=gm-ecdh-aes128\n", "pace=xx:bp256\n", "ca=ecdh:p256\n",
	"ca=ecdh-aes128:bp256\n", "ca=ecdh-aes128:bp256\nca_key=00\n",
	"cam=dh1\n", "cam=p256\n", "aa=rsa\n", "aa=rsa:md5\n",
	"quirks=nonsense\n", "quirks=block-\n", "quirks=61-chain:0\n",
	"evil=nonsense\n", "historical=0\n", "pin_reference=8\n",
};

START_TEST(a_line_that_is_wrong_is_no_card)
{
	struct card_memory m;
	char text[64];

	strcpy(text, bad_conf[_i]);
	ck_assert_int_ne(card_memory_parse(text, &m), R_OK);
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

	insert(PASSWORDS "pace=" GM_BP256 "\nbac=1\npin=123456\n"
	       "quirks=61-chain:16\n");
	srand(1);
	for (int i = 0; i < 20000; i++) {
		uint8_t buf[CARD_RESPONSE_MAX];
		struct sink s = SINK(buf);
		size_t n = (size_t)rand() % sizeof(noise);

		for (size_t k = 0; k < n; k++)
			noise[k] = (uint8_t)rand();
		if (n > 1) {
			noise[0] &= 0x1c;
			noise[1] = "\xa4\xb0\xb1\x22\x86\x84\x82\x88\x20\xc0"
				[rand() % 10];
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
	tcase_add_test(t, every_file_is_read_as_it_was_made);
	tcase_add_test(t, a_wrong_mac_ends_the_session);
	tcase_add_test(t, a_plain_command_ends_the_session);
	tcase_add_loop_test(t, malformed_objects_end_the_session, 0,
			    COUNT(malformed_sm));
	tcase_add_loop_test(t, read_binary_ends_as_iso_7816_4_says, 0,
			    COUNT(reads));
	tcase_add_loop_test(t, what_the_chip_does_not_know_it_refuses, 0,
			    COUNT(refused));
	tcase_add_test(t, extended_length_where_the_card_has_it);
	tcase_add_loop_test(t, no_apdu_is_longer_than_the_card_says, 0,
			    COUNT(limits));
	tcase_add_loop_test(t, a_protected_response_fills_what_there_is,
			    SIM_3DES, SIM_AES256 + 1);
	tcase_add_loop_test(t, the_atr_has_the_historical_bytes_and_a_right_check,
			    0, 3);
	tcase_add_loop_test(t, a_line_that_is_wrong_is_no_card, 0,
			    COUNT(bad_conf));
	tcase_add_test(t, select_tells_what_was_selected);
	tcase_add_test(t, a_reset_forgets_everything);
	tcase_add_test(t, any_bytes_get_a_status_word);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
