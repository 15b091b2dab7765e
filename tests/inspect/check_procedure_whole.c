// SPDX-License-Identifier: GPL-3.0-or-later
/* The procedure from the first word to the portrait, with documents of every
 * kind: what is reported as facts, and what was read. */
#include "inspect/procedure.h"

#include <string.h>

#include "check_main.h"
#include "lds/mrz.h"
#include "support_document.h"

static struct chip chip;
static struct inspection *x;

static void reset(void)
{
	EVP_PKEY_free(chip.aa);
	memset(&chip, 0, sizeof(chip));
	if (x)
		inspection_wipe(x);
	x = NULL;
}

static void make(const struct document *d)
{
	document_make(&chip, d);
	x = document_inspection(&chip);
}

#define ALL_SIGNED (FACT_PA_CHAIN | FACT_PA_HASHES | FACT_COUNTRY_DSC | \
	FACT_COUNTRY_CSCA | FACT_STATE | FACT_DOCUMENT_CODE | \
	FACT_NUMBER_FORM | FACT_NOT_EXPIRED)
#define COMMON (1u << STAGE_ACCESS_FILE | 1u << STAGE_SELECT | \
	1u << STAGE_SOD | 1u << STAGE_PASSIVE_AUTH | 1u << STAGE_DG1)
#define COMMON_FILES (1u << EF_SOD | 1u << EF_DG1)

static const struct document ca_document = {
	.offered = PACE_P256, .dg14 = PACE_P256 CA_AES128, .dg14_key = true,
};
static const struct document cam_document = {
	.offered = PACE_P256 PACE_CAM, .dg14 = PACE_P256 PACE_CAM,
	.card_security = PACE_P256 PACE_CAM, .card_security_key = true,
};
static const struct document bac_document = {
	.dg14 = CA_3DES, .dg14_key = true,
};

static const struct kind {
	struct document d;
	uint32_t profile;		/* more flags */
	uint32_t less;			/* fewer */
	enum chip_proof proof;
	enum channel_kind channel, access;
	uint32_t facts, stages, files;
	const char *pace, *proven;
} kinds[] = {
	{ .d = { .offered = PACE_P256, .dg14 = PACE_P256 CA_AES128,
		 .dg14_key = true },
	  .proof = PROOF_CA, .channel = CHANNEL_CA, .access = CHANNEL_PACE,
	  .facts = ALL_SIGNED | FACT_PACE_SIGNED | FACT_DATA_UNDER_PROOF,
	  .stages = COMMON | 1u << STAGE_PACE | 1u << STAGE_DG14 |
		    1u << STAGE_CHIP_PROOF,
	  .files = COMMON_FILES | 1u << EF_CARD_ACCESS | 1u << EF_DG14,
	  .pace = "ECDH-GM AES-128" },
	/* of all that is offered the best */
	{ .d = { .offered = PACE_3DES PACE_BP256 PACE_AES256,
		 .dg14 = PACE_3DES PACE_BP256 PACE_AES256 CA_3DES CA_AES256,
		 .dg14_key = true },
	  .proof = PROOF_CA, .channel = CHANNEL_CA, .access = CHANNEL_PACE,
	  .facts = ALL_SIGNED | FACT_PACE_SIGNED | FACT_DATA_UNDER_PROOF,
	  .stages = COMMON | 1u << STAGE_PACE | 1u << STAGE_DG14 |
		    1u << STAGE_CHIP_PROOF,
	  .files = COMMON_FILES | 1u << EF_CARD_ACCESS | 1u << EF_DG14,
	  .pace = "ECDH-GM AES-256" },
	/* 3DES throughout */
	{ .d = { .offered = PACE_3DES, .dg14 = PACE_3DES CA_3DES,
		 .dg14_key = true },
	  .proof = PROOF_CA, .channel = CHANNEL_CA, .access = CHANNEL_PACE,
	  .facts = ALL_SIGNED | FACT_PACE_SIGNED | FACT_DATA_UNDER_PROOF,
	  .stages = COMMON | 1u << STAGE_PACE | 1u << STAGE_DG14 |
		    1u << STAGE_CHIP_PROOF,
	  .files = COMMON_FILES | 1u << EF_CARD_ACCESS | 1u << EF_DG14,
	  .pace = "ECDH-GM 3DES" },
	/* after a verified CAM no AA is run, though it is there; CA is, for its
	 * key is the one that the SOD vouches for */
	{ .d = { .offered = PACE_P256 PACE_CAM,
		 .dg14 = PACE_P256 PACE_CAM CA_AES128 AA_SHA256,
		 .dg14_key = true, .aa = true,
		 .card_security = PACE_P256 PACE_CAM CA_AES128,
		 .card_security_key = true },
	  .proof = PROOF_CA, .channel = CHANNEL_CA, .access = CHANNEL_PACE,
	  .facts = ALL_SIGNED | FACT_PACE_SIGNED | FACT_DATA_UNDER_PROOF,
	  .stages = COMMON | 1u << STAGE_PACE | 1u << STAGE_CARD_SECURITY |
		    1u << STAGE_CHIP_PROOF | 1u << STAGE_DG14,
	  .files = COMMON_FILES | 1u << EF_CARD_ACCESS | 1u << EF_DG14 |
		   1u << EF_CARD_SECURITY,
	  .pace = "ECDH-CAM AES-128" },
	/* the copy in EF.CardSecurity is enough */
	{ .d = { .offered = PACE_CAM, .card_security = PACE_CAM,
		 .card_security_key = true },
	  .proof = PROOF_CAM, .channel = CHANNEL_PACE, .access = CHANNEL_PACE,
	  .facts = ALL_SIGNED | FACT_PACE_SIGNED | FACT_DATA_UNDER_PROOF,
	  .stages = COMMON | 1u << STAGE_PACE | 1u << STAGE_CARD_SECURITY |
		    1u << STAGE_CHIP_PROOF,
	  .files = COMMON_FILES | 1u << EF_CARD_ACCESS |
		   1u << EF_CARD_SECURITY,
	  .pace = "ECDH-CAM AES-128" },
	{ .d = { .offered = PACE_P256, .dg14 = PACE_P256 AA_SHA256,
		 .aa = true },
	  .proof = PROOF_AA, .channel = CHANNEL_PACE, .access = CHANNEL_PACE,
	  .facts = ALL_SIGNED | FACT_PACE_SIGNED,
	  .stages = COMMON | 1u << STAGE_PACE | 1u << STAGE_DG14 |
		    1u << STAGE_ACTIVE_AUTH,
	  .files = COMMON_FILES | 1u << EF_CARD_ACCESS | 1u << EF_DG14 |
		   1u << EF_DG15,
	  .pace = "ECDH-GM AES-128",
	  .proven = "ECDSA P-256 SHA-256" },
	/* no proof, where the profile does not ask for one */
	{ .d = { .offered = PACE_P256 }, .less = PROFILE_REQUIRE_CHIP_PROOF,
	  .proof = PROOF_NONE, .channel = CHANNEL_PACE,
	  .access = CHANNEL_PACE, .facts = ALL_SIGNED,
	  .stages = COMMON | 1u << STAGE_PACE | 1u << STAGE_CHIP_PROOF,
	  .files = COMMON_FILES | 1u << EF_CARD_ACCESS,
	  .pace = "ECDH-GM AES-128", .proven = "" },
	/* the number in DG11, which is read for nothing else */
	{ .d = { .offered = PACE_P256, .dg14 = PACE_P256 CA_AES128,
		 .dg14_key = true, .dg11 = DOCUMENT_CIN,
		 .optional1 = "SOMETHING" },
	  .profile = PROFILE_NUMBER_IN_DG11,
	  .less = PROFILE_NUMBER_IN_OPTIONAL1,
	  .proof = PROOF_CA, .channel = CHANNEL_CA, .access = CHANNEL_PACE,
	  .facts = ALL_SIGNED | FACT_PACE_SIGNED | FACT_DATA_UNDER_PROOF,
	  .stages = COMMON | 1u << STAGE_PACE | 1u << STAGE_DG14 |
		    1u << STAGE_CHIP_PROOF | 1u << STAGE_DG11,
	  .files = COMMON_FILES | 1u << EF_CARD_ACCESS | 1u << EF_DG14 |
		   1u << EF_DG11,
	  .pace = "ECDH-GM AES-128" },
	{ .d = { .offered = PACE_P256, .dg14 = PACE_P256 CA_AES128,
		 .dg14_key = true, .dg11 = "XY1", .aa = true },
	  .proof = PROOF_CA, .channel = CHANNEL_CA, .access = CHANNEL_PACE,
	  .facts = ALL_SIGNED | FACT_PACE_SIGNED | FACT_DATA_UNDER_PROOF,
	  .stages = COMMON | 1u << STAGE_PACE | 1u << STAGE_DG14 |
		    1u << STAGE_CHIP_PROOF,
	  .files = COMMON_FILES | 1u << EF_CARD_ACCESS | 1u << EF_DG14,
	  .pace = "ECDH-GM AES-128" },
};

START_TEST(a_document_is_read_as_its_kind_says)
{
	const struct kind *k = &kinds[_i];
	uint32_t files = 0;

	make(&k->d);
	document_profile.flags &= ~k->less;
	document_profile.flags |= k->profile;
	ck_assert_int_eq(procedure_identify(x), REASON_NONE);
	ck_assert_uint_eq(x->facts.flags, k->facts);
	ck_assert_int_eq(x->facts.proof, k->proof);
	ck_assert_int_eq(x->facts.channel, k->channel);
	ck_assert_int_eq(x->facts.access, k->access);
	ck_assert_str_eq(x->facts.pace, k->pace);
	ck_assert_str_eq(x->facts.pace_curve,
			 domain_by_parameter(12)->name);
	if (k->proof == PROOF_CA || k->proof == PROOF_CAM)
		ck_assert_str_eq(x->facts.proof_curve,
				 domain_by_parameter(12)->name);
	else
		ck_assert_str_eq(x->facts.proof_curve, k->proven);
	ck_assert_str_eq(x->facts.state, "UTO");
	ck_assert_uint_eq(x->facts.expiry, 20300101);
	ck_assert_uint_eq(x->facts.password, PASSWORD_CAN);
	ck_assert_uint_eq(document_stages, k->stages);
	for (int i = 0; i < EF_COUNT; i++)
		files |= chip.read[i] ? 1u << i : 0;
	ck_assert_uint_eq(files, k->files);
	ck_assert_str_eq(x->number.number, DOCUMENT_CIN);
	ck_assert_str_eq(x->number.document, DOCUMENT_NUMBER);
	/* and only then the portrait */
	ck_assert_int_eq(procedure_portrait(x), REASON_NONE);
	ck_assert(chip.read[EF_DG2]);
	ck_assert_uint_eq(x->portrait.image.n, 600);
	/* secrets that were used are gone */
	ck_assert_str_eq(x->go.password, "");
}
END_TEST

/* -- the MRZ as a password, and BAC ------------------------------------------- */

static void mrz_password(bool typed)
{
	static char key[MRZ_KEY_SIZE];

	ck_assert_int_eq(mrz_key_of(DOCUMENT_NUMBER, DOCUMENT_BIRTH,
				    DOCUMENT_EXPIRY, key, sizeof(key)), R_OK);
	chip.mrz_key = key;
	x->go.kind = PASSWORD_MRZ;
	strcpy(x->go.password, typed ? DOCUMENT_NUMBER " " DOCUMENT_BIRTH " "
				       DOCUMENT_EXPIRY : key);
}

START_TEST(pace_opens_with_the_mrz_in_both_forms)
{
	make(&ca_document);
	mrz_password(_i);
	ck_assert_int_eq(procedure_identify(x), REASON_NONE);
	ck_assert_uint_eq(x->facts.password, PASSWORD_MRZ);
}
END_TEST

START_TEST(bac_opens_where_the_profile_says_so)
{
	make(&bac_document);
	chip.bac = true;
	mrz_password(_i);
	document_profile.flags |= PROFILE_BAC;
	ck_assert_int_eq(procedure_identify(x), REASON_NONE);
	ck_assert_int_eq(x->facts.access, CHANNEL_BAC);
	ck_assert_int_eq(x->facts.channel, CHANNEL_CA);
	ck_assert_int_eq(x->facts.proof, PROOF_CA);
	ck_assert_str_eq(x->facts.pace, "BAC 3DES");
	ck_assert_str_eq(x->facts.pace_curve, "");
	ck_assert(!(x->facts.flags & FACT_PACE_SIGNED));
	ck_assert(document_stages & 1u << STAGE_BAC);
	ck_assert(!(document_stages & 1u << STAGE_PACE));
	ck_assert_int_eq(procedure_portrait(x), REASON_NONE);
}
END_TEST

START_TEST(bac_is_for_profiles_that_say_so)
{
	make(&bac_document);
	chip.bac = true;
	mrz_password(true);
	ck_assert_int_eq(procedure_identify(x), REASON_NO_ACCESS_CONTROL);
	ck_assert_uint_eq(document_stages, 1u << STAGE_ACCESS_FILE);
}
END_TEST

START_TEST(bac_does_not_open_with_a_can)
{
	make(&bac_document);
	chip.bac = true;
	document_profile.flags |= PROFILE_BAC;
	ck_assert_int_eq(procedure_identify(x), REASON_NO_ACCESS_CONTROL);
	ck_assert_int_eq(x->stage, STAGE_BAC);
}
END_TEST

/* What it offers is nothing that we speak: that is no reason for BAC. */
START_TEST(a_card_that_offers_any_pace_never_gets_bac)
{
	make(&(struct document){ .offered = PACE_INFO("0202", "0A") });
	chip.bac = true;
	mrz_password(true);
	document_profile.flags |= PROFILE_BAC;
	ck_assert_int_eq(procedure_identify(x), REASON_NO_ACCESS_CONTROL);
	ck_assert_int_eq(x->stage, STAGE_PACE);
	ck_assert(!(document_stages & 1u << STAGE_BAC));
}
END_TEST

/* Somebody between us kept EF.CardAccess back; the signed copy tells. */
START_TEST(a_document_with_pace_is_not_read_under_bac)
{
	make(&(struct document){ .dg14 = PACE_P256 CA_AES128,
				 .dg14_key = true });
	chip.bac = true;
	mrz_password(true);
	document_profile.flags |= PROFILE_BAC;
	ck_assert_int_eq(procedure_identify(x), REASON_DOWNGRADE);
	ck_assert(!chip.read[EF_DG1]);
}
END_TEST

START_TEST(a_wrong_mrz_is_told_apart_and_tried_once)
{
	make(&bac_document);
	chip.bac = true;
	mrz_password(true);
	x->go.password[1] = '9';
	document_profile.flags |= PROFILE_BAC;
	ck_assert_int_eq(procedure_identify(x), REASON_WRONG_CAN);
	ck_assert(!chip.sm.live);
	reset();
	make(&ca_document);
	mrz_password(true);
	x->go.password[1] = '9';
	ck_assert_int_eq(procedure_identify(x), REASON_WRONG_CAN);
	ck_assert_uint_eq(chip.apdus, 1 + 5);
	reset();
	/* no document has this one: the card is not asked */
	make(&ca_document);
	mrz_password(true);
	x->go.password[0] = '-';
	ck_assert_int_eq(procedure_identify(x), REASON_WRONG_CAN);
	ck_assert_uint_eq(chip.apdus, 1);
}
END_TEST

START_TEST(a_wrong_can_is_tried_once)
{
	make(&ca_document);
	strcpy(x->go.password, "654321");
	ck_assert_int_eq(procedure_identify(x), REASON_WRONG_CAN);
	ck_assert_int_eq(x->stage, STAGE_PACE);
	ck_assert_uint_eq(chip.apdus, 1 + 5);
	ck_assert_str_eq(x->go.password, "");
}
END_TEST

/* -- as few APDUs as it takes ------------------------------------------------- */

START_TEST(a_document_with_bac_is_read_in_90_apdus)
{
	struct document d = bac_document;

	d.portrait = 15000;
	make(&d);
	chip.bac = true;
	mrz_password(true);
	document_profile.flags |= PROFILE_BAC;
	ck_assert_int_eq(procedure_identify(x), REASON_NONE);
	ck_assert_int_eq(procedure_portrait(x), REASON_NONE);
	ck_assert_uint_le(chip.apdus, 90);
}
END_TEST

/* EF.ATR/INFO says 10,000 bytes. */
START_TEST(with_extended_apdus_it_is_25_and_fewer)
{
	struct document d = cam_document;

	d.portrait = 15000;
	d.atr = "7F66080202271002022710";
	make(&d);
	chip.answer_max = 10000;
	x->reader_max = 65536;
	x->caps = (struct atr_caps){ .extended = true, .info_file = true };
	ck_assert_int_eq(procedure_identify(x), REASON_NONE);
	ck_assert_int_eq(procedure_portrait(x), REASON_NONE);
	ck_assert_uint_le(chip.apdus, 16);
	ck_assert(chip.read[EF_ATR]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("procedure, the whole");
	TCase *t = state_case("all");

	tcase_add_checked_fixture(t, NULL, reset);
	tcase_add_loop_test(t, a_document_is_read_as_its_kind_says, 0,
			    sizeof(kinds) / sizeof(kinds[0]));
	tcase_add_loop_test(t, pace_opens_with_the_mrz_in_both_forms, 0, 2);
	tcase_add_loop_test(t, bac_opens_where_the_profile_says_so, 0, 2);
	tcase_add_test(t, bac_is_for_profiles_that_say_so);
	tcase_add_test(t, bac_does_not_open_with_a_can);
	tcase_add_test(t, a_card_that_offers_any_pace_never_gets_bac);
	tcase_add_test(t, a_document_with_pace_is_not_read_under_bac);
	tcase_add_test(t, a_wrong_mrz_is_told_apart_and_tried_once);
	tcase_add_test(t, a_wrong_can_is_tried_once);
	tcase_add_test(t, a_document_with_bac_is_read_in_90_apdus);
	tcase_add_test(t, with_extended_apdus_it_is_25_and_fewer);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
