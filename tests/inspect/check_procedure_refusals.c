// SPDX-License-Identifier: GPL-3.0-or-later
/* The whole procedure with documents and chips that are not what they say:
 * with which reason it ends, in which stage, and what was not read any more. */
#include "inspect/procedure.h"

#include <string.h>

#include "check_main.h"
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

static const struct document ca_document = {
	.offered = PACE_P256, .dg14 = PACE_P256 CA_AES128, .dg14_key = true,
	.dg11 = DOCUMENT_CIN,
};
static const struct document aa_document = {
	.offered = PACE_P256, .dg14 = PACE_P256 AA_SHA256, .aa = true,
};
static const struct document cam_document = {
	.offered = PACE_P256 PACE_CAM, .dg14 = PACE_P256 PACE_CAM,
	.card_security = PACE_P256 PACE_CAM, .card_security_key = true,
};
static const struct document bare_document = { .offered = PACE_P256 };

static void ends(enum reason why, enum inspect_stage stage)
{
	ck_assert_int_eq(procedure_identify(x), why);
	ck_assert_int_eq(x->stage, stage);
	/* nobody is known by then */
	ck_assert(!(x->facts.flags & FACT_NUMBER_FORM));
	ck_assert_str_eq(x->number.number, "");
}

/* One bit of the file, so many octets from its end. */
static void spoil(enum ef which, size_t from_end)
{
	size_t n;
	uint8_t *p = document_file(&chip, which, &n);

	p[n - from_end] ^= 1;
}

/* -- the State's signature ---------------------------------------------------- */

START_TEST(a_signature_that_is_none_ends_it)
{
	make(&ca_document);
	spoil(EF_SOD, 1);
	ends(REASON_SOD_SIGNATURE, STAGE_PASSIVE_AUTH);
	ck_assert_uint_eq(x->facts.flags, 0);
	ck_assert(!chip.read[EF_DG1] && !chip.read[EF_DG2]);
}
END_TEST

START_TEST(a_store_without_its_csca_ends_it)
{
	struct csca_store *empty;

	make(&ca_document);
	ck_assert_int_eq(csca_new(&empty), R_OK);
	x->store = empty;
	ends(REASON_CSCA_UNKNOWN, STAGE_PASSIVE_AUTH);
	ck_assert(!chip.read[EF_DG1]);
	csca_free(empty);
}
END_TEST

static const struct {
	enum ef file;
	enum inspect_stage stage;
} groups[] = {
	{ EF_DG14, STAGE_PASSIVE_AUTH }, { EF_DG1, STAGE_DG1 },
	{ EF_DG11, STAGE_DG11 },
};

START_TEST(a_group_that_was_changed_ends_it)
{
	make(&ca_document);
	document_profile.flags |= PROFILE_NUMBER_IN_DG11;
	document_profile.flags &= ~(uint32_t)PROFILE_NUMBER_IN_OPTIONAL1;
	spoil(groups[_i].file, 2);
	ends(REASON_DG_HASH, groups[_i].stage);
}
END_TEST

START_TEST(a_group_that_is_withheld_ends_it)
{
	make(&ca_document);
	document_profile.flags |= PROFILE_NUMBER_IN_DG11;
	document_profile.flags &= ~(uint32_t)PROFILE_NUMBER_IN_OPTIONAL1;
	document_withhold(&chip, groups[_i].file);
	ends(REASON_FILE_MISSING, groups[_i].file == EF_DG14 ?
				  STAGE_DG14 : groups[_i].stage);
}
END_TEST

START_TEST(a_portrait_that_was_changed_or_withheld_is_none)
{
	make(&ca_document);
	spoil(EF_DG2, 1);
	ck_assert_int_eq(procedure_identify(x), REASON_NONE);
	ck_assert_int_eq(procedure_portrait(x), REASON_DG_HASH);
	ck_assert_uint_eq(x->portrait.image.n, 0);
	reset();
	make(&ca_document);
	document_withhold(&chip, EF_DG2);
	ck_assert_int_eq(procedure_identify(x), REASON_NONE);
	ck_assert_int_eq(procedure_portrait(x), REASON_FILE_MISSING);
}
END_TEST

/* The file is there, and nobody signed it: it is not even read. */
START_TEST(a_group_that_the_sod_leaves_out_is_no_part_of_the_document)
{
	struct document d = ca_document;

	d.unsigned_dg = 1;
	make(&d);
	ends(REASON_FILE_MISSING, STAGE_DG1);
	ck_assert(!chip.read[EF_DG1]);
	reset();
	d.unsigned_dg = 2;
	make(&d);
	ck_assert_int_eq(procedure_identify(x), REASON_NONE);
	ck_assert_int_eq(procedure_portrait(x), REASON_FILE_MISSING);
	ck_assert(!chip.read[EF_DG2]);
}
END_TEST

/* Without DG14 in the SOD its keys and protocols count for nothing. */
START_TEST(protocols_that_nobody_signed_prove_nothing)
{
	struct document d = ca_document;

	d.unsigned_dg = 14;
	make(&d);
	ends(REASON_CHIP_PROOF_ABSENT, STAGE_CHIP_PROOF);
	ck_assert(!chip.read[EF_DG14]);
}
END_TEST

/* -- the number ------------------------------------------------------------------ */

START_TEST(a_number_in_dg11_must_be_signed_there)
{
	struct document d = ca_document;

	d.dg11 = NULL;
	make(&d);
	document_profile.flags |= PROFILE_NUMBER_IN_DG11;
	document_profile.flags &= ~(uint32_t)PROFILE_NUMBER_IN_OPTIONAL1;
	ends(REASON_NUMBER_FORM, STAGE_DG11);
	reset();
	d.dg11 = DOCUMENT_CIN;
	d.unsigned_dg = 11;
	make(&d);
	document_profile.flags |= PROFILE_NUMBER_IN_DG11;
	document_profile.flags &= ~(uint32_t)PROFILE_NUMBER_IN_OPTIONAL1;
	ends(REASON_NUMBER_FORM, STAGE_DG11);
	ck_assert(!chip.read[EF_DG11]);
	reset();
	/* the group is there, without a number */
	d.dg11 = "";
	d.unsigned_dg = 0;
	make(&d);
	document_profile.flags |= PROFILE_NUMBER_IN_DG11;
	document_profile.flags &= ~(uint32_t)PROFILE_NUMBER_IN_OPTIONAL1;
	ends(REASON_NUMBER_FORM, STAGE_DG11);
}
END_TEST

/* -- the chip --------------------------------------------------------------------- */

START_TEST(a_clone_with_ca_is_found_before_anything_personal)
{
	make(&ca_document);
	document_clone(&chip);
	ends(REASON_CHIP_PROOF, STAGE_CHIP_PROOF);
	ck_assert_uint_eq(x->facts.flags & FACT_PA_HASHES, 0);
}
END_TEST

START_TEST(a_clone_with_cam_is_found_before_anything_personal)
{
	make(&cam_document);
	document_clone(&chip);
	ends(REASON_CHIP_PROOF, STAGE_CHIP_PROOF);
	ck_assert(!chip.read[EF_DG1]);
}
END_TEST

static const unsigned int aa_evil[] = {
	EVIL_AA_OTHER_KEY, EVIL_AA_REPLAY, EVIL_AA_REFUSES, EVIL_AA_WARNS,
};

START_TEST(a_clone_with_aa_is_found_before_anything_personal)
{
	make(&aa_document);
	chip.evil = aa_evil[_i];
	ends(REASON_CHIP_PROOF, STAGE_ACTIVE_AUTH);
	ck_assert(!chip.read[EF_DG1]);
}
END_TEST

START_TEST(a_key_of_aa_that_was_changed_or_withheld_proves_nothing)
{
	make(&aa_document);
	spoil(EF_DG15, 1);
	ends(REASON_DG_HASH, STAGE_ACTIVE_AUTH);
	ck_assert_uint_eq(chip.authenticates, 0);
	reset();
	make(&aa_document);
	document_withhold(&chip, EF_DG15);
	ends(REASON_FILE_MISSING, STAGE_ACTIVE_AUTH);
}
END_TEST

/* What CAM proved was proved with a key that the State did not sign. */
START_TEST(cam_stands_and_falls_with_the_signed_key)
{
	struct document d = cam_document;

	make(&d);
	spoil(EF_CARD_SECURITY, 1);
	ends(REASON_SOD_SIGNATURE, STAGE_CHIP_PROOF);
	ck_assert(!chip.read[EF_SOD] && !chip.read[EF_DG1]);
	reset();
	make(&d);
	document_withhold(&chip, EF_CARD_SECURITY);
	ends(REASON_FILE_MISSING, STAGE_CARD_SECURITY);
	reset();
	d.card_security_key = false;
	make(&d);
	ends(REASON_CHIP_PROOF, STAGE_CHIP_PROOF);
}
END_TEST

START_TEST(a_document_without_a_proof_is_for_profiles_that_say_so)
{
	make(&bare_document);
	ends(REASON_CHIP_PROOF_ABSENT, STAGE_CHIP_PROOF);
	ck_assert(!chip.read[EF_DG1]);
}
END_TEST

/* -- the channel -------------------------------------------------------------------- */

START_TEST(an_application_that_is_not_there_ends_it)
{
	make(&ca_document);
	strcpy(document_profile.aid, "A000000247100A");
	ends(REASON_NOT_A_DOCUMENT, STAGE_SELECT);
	ck_assert(!chip.read[EF_SOD]);
}
END_TEST

START_TEST(answers_in_the_clear_end_it)
{
	make(&ca_document);
	chip.evil = EVIL_PLAIN;
	ends(REASON_SM_FAILED, STAGE_SELECT);
	ck_assert_uint_eq(chip.apdus, 1 + 5 + 1);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("procedure, refusals");
	TCase *t = state_case("all");

	tcase_add_checked_fixture(t, NULL, reset);
	tcase_add_test(t, a_signature_that_is_none_ends_it);
	tcase_add_test(t, a_store_without_its_csca_ends_it);
	tcase_add_loop_test(t, a_group_that_was_changed_ends_it, 0, 3);
	tcase_add_loop_test(t, a_group_that_is_withheld_ends_it, 0, 3);
	tcase_add_test(t, a_portrait_that_was_changed_or_withheld_is_none);
	tcase_add_test(t,
		a_group_that_the_sod_leaves_out_is_no_part_of_the_document);
	tcase_add_test(t, protocols_that_nobody_signed_prove_nothing);
	tcase_add_test(t, a_number_in_dg11_must_be_signed_there);
	tcase_add_test(t, a_clone_with_ca_is_found_before_anything_personal);
	tcase_add_test(t, a_clone_with_cam_is_found_before_anything_personal);
	tcase_add_loop_test(t,
		a_clone_with_aa_is_found_before_anything_personal, 0, 4);
	tcase_add_test(t,
		a_key_of_aa_that_was_changed_or_withheld_proves_nothing);
	tcase_add_test(t, cam_stands_and_falls_with_the_signed_key);
	tcase_add_test(t,
		a_document_without_a_proof_is_for_profiles_that_say_so);
	tcase_add_test(t, an_application_that_is_not_there_ends_it);
	tcase_add_test(t, answers_in_the_clear_end_it);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
