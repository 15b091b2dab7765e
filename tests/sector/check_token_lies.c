/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A token that fails or lies: a real SoftHSM, of whose functions one is
 * replaced in its table. */
#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "check_main.h"
#include "sector/token.h"
#include "support_softhsm.h"

#define KEY TOKEN_SECTOR_KEY

static struct softhsm hsm;
static struct token token;
static CK_FUNCTION_LIST *table;	/* the library's own */
static CK_FUNCTION_LIST real;
static int logins, pretends;
static CK_FLAGS told;

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	hsm = softhsm_new(getuid());
	token = (struct token){ 0 };
	table = p11_kit_module_load(SOFTHSM_MODULE, P11_KIT_MODULE_UNMANAGED);
	ck_assert_ptr_nonnull(table);
	real = *table;
	logins = 0;
}

static void teardown(void)
{
	*table = real;
	token_close(&token);
	p11_kit_module_release(table);
	softhsm_free(&hsm);
}

static enum reason open_it(void)
{
	struct token_pin pin = softhsm_pin(SOFTHSM_PIN);

	return token_open(SOFTHSM_MODULE, SOFTHSM_TOKEN, &pin, true, &token);
}

static void open_with_key(struct token_key *k)
{
	ck_assert_int_eq(open_it(), REASON_NONE);
	ck_assert_int_eq(token_key_make(&token, KEY, 1), REASON_NONE);
	ck_assert_int_eq(token_key_find(&token, KEY, 1, k), REASON_NONE);
}

/* -- the PIN --------------------------------------------------------- */

static CK_RV counted_login(CK_SESSION_HANDLE s, CK_USER_TYPE user,
			   CK_UTF8CHAR *pin, CK_ULONG n)
{
	logins++;
	return real.C_Login(s, user, pin, n);
}

static CK_RV told_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	CK_RV rv = real.C_GetTokenInfo(slot, info);

	info->flags |= told;
	return rv;
}

START_TEST(last_try_of_a_pin_is_left_to_a_person)
{
	static const CK_FLAGS flags[] = {
		CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED, 0,
	};

	told = flags[_i];
	table->C_GetTokenInfo = told_info;
	table->C_Login = counted_login;
	ck_assert_int_eq(open_it(), told ? REASON_TOKEN : REASON_NONE);
	ck_assert_int_eq(logins, told ? 0 : 1);
}
END_TEST

/* -- what fails ------------------------------------------------------ */

static CK_RV no_slots(CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *n)
{
	(void)present;
	(void)slots;
	*n = 65;
	return CKR_OK;
}

static CK_RV no_session(CK_SLOT_ID slot, CK_FLAGS flags, void *app,
			CK_NOTIFY notify, CK_SESSION_HANDLE *out)
{
	(void)slot;
	(void)flags;
	(void)app;
	(void)notify;
	(void)out;
	return CKR_DEVICE_REMOVED;
}

START_TEST(token_that_has_gone_is_said)
{
	if (_i)
		table->C_OpenSession = no_session;
	else
		table->C_GetSlotList = no_slots;
	ck_assert_int_eq(open_it(), REASON_TOKEN);
	ck_assert_ptr_null(token.module);
}
END_TEST

static const struct {
	CK_RV rv;
	enum token_fault fault;
} refusals[] = {
	{ CKR_PIN_INCORRECT, TOKEN_FAULT_PIN },
	{ CKR_PIN_LOCKED, TOKEN_FAULT_LOCKED },
	{ CKR_PIN_EXPIRED, TOKEN_FAULT_EXPIRED },
	{ CKR_USER_PIN_NOT_INITIALIZED, TOKEN_FAULT_EXPIRED },
	{ CKR_DEVICE_REMOVED, TOKEN_FAULT_ABSENT },
	{ CKR_DEVICE_ERROR, TOKEN_FAULT_NONE },
};

static CK_RV refuses;

static CK_RV refused_login(CK_SESSION_HANDLE s, CK_USER_TYPE user,
			   CK_UTF8CHAR *pin, CK_ULONG n)
{
	(void)s;
	(void)user;
	(void)pin;
	(void)n;
	return refuses;
}

START_TEST(why_the_token_refuses_a_login_is_said)
{
	refuses = refusals[_i].rv;
	table->C_Login = refused_login;
	ck_assert_int_eq(open_it(), REASON_TOKEN);
	ck_assert_int_eq(token.fault, refusals[_i].fault);
}
END_TEST

static CK_RV no_find_init(CK_SESSION_HANDLE s, CK_ATTRIBUTE *a, CK_ULONG n)
{
	(void)s;
	(void)a;
	(void)n;
	return CKR_DEVICE_REMOVED;
}

static CK_RV no_find(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE *out, CK_ULONG max,
		     CK_ULONG *n)
{
	(void)s;
	(void)out;
	*n = max + 1;	/* more than there is room for */
	return CKR_OK;
}

static CK_RV no_find_end(CK_SESSION_HANDLE s)
{
	real.C_FindObjectsFinal(s);
	return CKR_DEVICE_REMOVED;
}

static void break_find(int how)
{
	if (how == 0)
		table->C_FindObjectsInit = no_find_init;
	else if (how == 1)
		table->C_FindObjects = no_find;
	else
		table->C_FindObjectsFinal = no_find_end;
}

START_TEST(search_that_fails_finds_nothing)
{
	struct token_key k = { NULL, 0 };

	open_with_key(&k);
	k = (struct token_key){ NULL, 0 };
	break_find(_i);
	ck_assert_int_eq(token_key_find(&token, KEY, 1, &k), REASON_TOKEN);
	ck_assert_int_eq(token_key_make(&token, KEY, 2), REASON_TOKEN);
	ck_assert_int_eq(token_key_destroy(&token, KEY, 1), REASON_TOKEN);
	ck_assert_ptr_null(k.token);
	*table = real;
	ck_assert_int_eq(token_key_find(&token, KEY, 2, &k), REASON_NO_KEY);
	ck_assert_int_eq(token_key_find(&token, KEY, 1, &k), REASON_NONE);
}
END_TEST

/* -- what lies ------------------------------------------------------- */

static CK_RV told_value(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o,
			CK_ATTRIBUTE *a, CK_ULONG n)
{
	if (a[0].type == CKA_VALUE) {
		a[0].ulValueLen = 32;
		return CKR_OK;
	}
	return real.C_GetAttributeValue(s, o, a, n);
}

static CK_RV no_attributes(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o,
			   CK_ATTRIBUTE *a, CK_ULONG n)
{
	if (n == 3)	/* all set as they should be, and yet */
		real.C_GetAttributeValue(s, o, a, n);
	return CKR_ATTRIBUTE_TYPE_INVALID;
}

START_TEST(key_whose_value_can_be_had_after_all_is_refused)
{
	struct token_key k = { NULL, 0 };

	open_with_key(&k);
	table->C_GetAttributeValue = _i ? no_attributes : told_value;
	ck_assert_int_eq(token_key_find(&token, KEY, 1, &k),
			 REASON_TOKEN_KEY);
}
END_TEST

static CK_RV loose_key(CK_SESSION_HANDLE s, CK_MECHANISM *m, CK_ATTRIBUTE *a,
		       CK_ULONG n, CK_OBJECT_HANDLE *out)
{
	static CK_BBOOL yes = CK_TRUE;

	for (CK_ULONG i = 0; i < n; i++)
		if (a[i].type == CKA_EXTRACTABLE)
			a[i].pValue = &yes;
	return real.C_GenerateKey(s, m, a, n, out);
}

START_TEST(key_that_was_made_otherwise_than_asked_is_refused)
{
	struct token_key k;

	ck_assert_int_eq(open_it(), REASON_NONE);
	table->C_GenerateKey = loose_key;
	ck_assert_int_eq(token_key_make(&token, KEY, 1), REASON_TOKEN_KEY);
	*table = real;
	ck_assert_int_eq(token_key_find(&token, KEY, 1, &k), REASON_NO_KEY);
	/* and it is out of the way of the next one */
	ck_assert_int_eq(token_key_make(&token, KEY, 1), REASON_NONE);
	ck_assert_int_eq(token_key_find(&token, KEY, 1, &k), REASON_NONE);
	ck_assert_int_eq(token_key_find(&token, KEY ".new", 1, &k),
			 REASON_NO_KEY);
}
END_TEST

static CK_RV no_name(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE *a,
		     CK_ULONG n)
{
	(void)s;
	(void)o;
	(void)a;
	(void)n;
	return pretends ? CKR_OK : CKR_ATTRIBUTE_READ_ONLY;
}

START_TEST(key_that_did_not_get_its_name_is_none)
{
	struct token_key k;

	ck_assert_int_eq(open_it(), REASON_NONE);
	pretends = _i;
	table->C_SetAttributeValue = no_name;
	ck_assert_int_eq(token_key_make(&token, KEY, 1), _i ? REASON_NO_KEY :
			 REASON_TOKEN);
	*table = real;
	ck_assert_int_eq(token_key_find(&token, KEY, 1, &k), REASON_NO_KEY);
	ck_assert_int_eq(token_key_make(&token, KEY, 1), REASON_NONE);
}
END_TEST

static CK_RV kept(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o)
{
	(void)s;
	(void)o;
	return CKR_OK;
}

static CK_RV not_destroyed(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o)
{
	(void)s;
	(void)o;
	return CKR_ACTION_PROHIBITED;
}

START_TEST(key_that_is_still_there_was_not_destroyed)
{
	struct token_key k;

	open_with_key(&k);
	table->C_DestroyObject = _i ? not_destroyed : kept;
	ck_assert_int_eq(token_key_destroy(&token, KEY, 1), REASON_TOKEN);
}
END_TEST

static CK_RV short_sign(CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n,
			CK_BYTE *out, CK_ULONG *out_n)
{
	CK_RV rv = real.C_Sign(s, in, n, out, out_n);

	*out_n = 31;
	return rv;
}

static CK_RV no_sign(CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n,
		     CK_BYTE *out, CK_ULONG *out_n)
{
	(void)s;
	(void)in;
	(void)n;
	(void)out;
	*out_n = 32;
	return CKR_DEVICE_ERROR;
}

static CK_RV no_sign_init(CK_SESSION_HANDLE s, CK_MECHANISM *m,
			  CK_OBJECT_HANDLE k)
{
	(void)s;
	(void)m;
	(void)k;
	return CKR_KEY_FUNCTION_NOT_PERMITTED;
}

START_TEST(code_that_is_none_is_not_given)
{
	uint8_t out[32] = { 0 };
	struct token_key k;

	open_with_key(&k);
	if (_i == 0)
		table->C_Sign = short_sign;
	else if (_i == 1)
		table->C_Sign = no_sign;
	else
		table->C_SignInit = no_sign_init;
	ck_assert_int_eq(token_hmac(&k, span_str("x"), out), REASON_TOKEN);
	for (size_t i = 0; i < sizeof(out); i++)
		ck_assert_int_eq(out[i], 0);
}
END_TEST

static Suite *lies_suite(void)
{
	Suite *s = suite_create("sector/token_lies");
	TCase *t = tcase_create("lies");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, last_try_of_a_pin_is_left_to_a_person, 0, 3);
	tcase_add_loop_test(t, why_the_token_refuses_a_login_is_said, 0, 6);
	tcase_add_loop_test(t, token_that_has_gone_is_said, 0, 2);
	tcase_add_loop_test(t, search_that_fails_finds_nothing, 0, 3);
	tcase_add_loop_test(t, key_whose_value_can_be_had_after_all_is_refused,
			    0, 2);
	tcase_add_test(t, key_that_was_made_otherwise_than_asked_is_refused);
	tcase_add_loop_test(t, key_that_did_not_get_its_name_is_none, 0, 2);
	tcase_add_loop_test(t, key_that_is_still_there_was_not_destroyed, 0,
			    2);
	tcase_add_loop_test(t, code_that_is_none_is_not_given, 0, 3);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(lies_suite)
