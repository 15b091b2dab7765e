// SPDX-License-Identifier: GPL-3.0-or-later
/* What card inspect prints of the facts; nothing personal among it. */
#include <string.h>

#include "check_main.h"
#include "ctl/inspect.h"

static struct inspection in;
static char *text;

static void setup(void)
{
	in = (struct inspection){ .have_facts = true };
	in.facts = (struct msg_inspect_facts){
		.flags = FACT_PA_CHAIN | FACT_PA_HASHES,
		.proof = PROOF_CA, .channel = CHANNEL_CA,
		.access = CHANNEL_PACE, .password = PASSWORD_CAN,
		.data_groups = 1 << 1 | 1 << 2 | 1 << 14,
		.expiry = 20311231, .profile = "uto", .state = "UTO",
	};
	text = NULL;
}

static void teardown(void)
{
	free(text);
}

static void print(void (*how)(const struct inspection *in, FILE *to))
{
	size_t n = 0;
	FILE *to;

	free(text);
	text = NULL;
	to = open_memstream(&text, &n);
	how(&in, to);
	fclose(to);
}

#define HAS(line) \
	ck_assert_msg(strstr(text, line), "\"%s\" is not in:\n%s", line, text)
#define HAS_NOT(line) \
	ck_assert_msg(!strstr(text, line), "\"%s\" is in:\n%s", line, text)

static const struct {
	enum channel_kind access;
	const char *line, *json;
} ways[] = {
	{ CHANNEL_BAC, "  opened by        BAC\n", "\"access\": \"BAC\"" },
	{ CHANNEL_PACE, "  opened by        PACE\n", "\"access\": \"PACE\"" },
};

START_TEST(how_the_chip_was_opened)
{
	in.facts.access = (uint8_t)ways[_i].access;
	print(inspection_text);
	HAS(ways[_i].line);
	print(inspection_json);
	HAS(ways[_i].json);
}
END_TEST

static const struct {
	enum chip_proof proof;
	const char *word;
} proofs[] = {
	{ PROOF_NONE, "none" }, { PROOF_CA, "chip authentication" },
	{ PROOF_AA, "active authentication" }, { PROOF_CAM, "PACE-CAM" },
};

START_TEST(how_the_chip_proved_itself)
{
	char want[80];

	in.facts.proof = (uint8_t)proofs[_i].proof;
	print(inspection_text);
	snprintf(want, sizeof(want), "  chip proof       %s\n",
		 proofs[_i].word);
	HAS(want);
	print(inspection_json);
	snprintf(want, sizeof(want), "\"chip_proof\": \"%s\"",
		 proofs[_i].word);
	HAS(want);
}
END_TEST

START_TEST(expired_csca_is_told_and_no_missing_proof)
{
	print(inspection_text);
	HAS("  CSCA today       valid\n");
	print(inspection_json);
	HAS("\"csca_expired\": false");
	in.facts.flags |= FACT_CSCA_EXPIRED;
	print(inspection_text);
	HAS("  CSCA today       expired, not withdrawn\n");
	print(inspection_json);
	HAS("\"csca_expired\": true");
	in.facts.flags = 0;
	print(inspection_text);
	HAS("  CSCA today       -\n");
}
END_TEST

START_TEST(crl_and_pin)
{
	print(inspection_text);
	HAS("  NO   a current CRL of the State");
	HAS_NOT("the chip took the PIN");
	print(inspection_json);
	HAS("\"crl_current\": false");
	HAS("\"pin\": false");
	in.facts.flags |= FACT_CRL_CURRENT | FACT_PIN;
	print(inspection_text);
	HAS("  yes  a current CRL of the State");
	HAS("  yes  the chip took the PIN, under keys of its proof\n");
	print(inspection_json);
	HAS("\"crl_current\": true");
	HAS("\"pin\": true");
}
END_TEST

/* Every stage there is has a name. */
START_TEST(stages_have_names)
{
	for (uint8_t s = STAGE_NONE; s < STAGE_COUNT; s++)
		in.stage[in.stages++] = (struct msg_inspect_stage){
			.stage = s, .apdus = 1, .us = 1500 };
	print(inspection_text);
	HAS_NOT("unknown");
	HAS("  bac                   1");
	HAS("  ef_cardsecurity       1");
	HAS("  active_auth           1");
	HAS("  dg11                  1");
	HAS("  pin                   1");
	HAS("  total                15        0         0      22.500\n");
	print(inspection_json);
	HAS_NOT("unknown");
}
END_TEST

START_TEST(numbers_out_of_range_are_unknown)
{
	in.facts.proof = in.facts.channel = in.facts.access = 200;
	in.facts.password = 200;
	print(inspection_text);
	HAS("  chip proof       unknown\n");
	HAS("  opened with      unknown\n");
}
END_TEST

START_TEST(day_of_expiry_is_left_out)
{
	print(inspection_text);
	HAS_NOT("2031");
	print(inspection_json);
	HAS_NOT("2031");
	HAS_NOT("expiry");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl inspect print");
	TCase *t = tcase_create("print");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, how_the_chip_was_opened, 0, 2);
	tcase_add_loop_test(t, how_the_chip_proved_itself, 0, 4);
	tcase_add_test(t, expired_csca_is_told_and_no_missing_proof);
	tcase_add_test(t, crl_and_pin);
	tcase_add_test(t, stages_have_names);
	tcase_add_test(t, numbers_out_of_range_are_unknown);
	tcase_add_test(t, day_of_expiry_is_left_out);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
