/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sector/token.h"

#include <errno.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <string.h>
#include <unistd.h>

#include "base/refuse.h"
#include "base/scope.h"
#include "base/secret.h"

#define SLOTS_MAX 64		/* a library of more is not ours to search */
#define DESTROY_MAX 16		/* of one name: more is a token gone mad */
#define KEY_BYTES 32
#define ASIDE ".new"		/* behind the label of a key in the making */

static CK_FUNCTION_LIST *calls(const struct token *t)
{
	return t->module;
}

/* -- the PIN --------------------------------------------------------- */

void token_pin_wipe(struct token_pin *pin)
{
	secret_wipe(pin, sizeof(*pin));
}

static bool typed(const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (b[i] < ' ' || b[i] == 0x7f)
			return false;
	return true;
}

enum result token_pin_read(int fd, struct token_pin *out)
{
	scoped(token_pin_wipe) struct token_pin pin = { .n = 0 };

	for (;;) {
		ssize_t got = read(fd, pin.b + pin.n, sizeof(pin.b) - pin.n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return R_INTERNAL;
		if (got == 0)
			break;
		pin.n += (size_t)got;
	}
	if (pin.n > 0 && pin.b[pin.n - 1] == '\n')
		pin.n--;
	refuse_if(pin.n < 1 || pin.n > TOKEN_PIN_MAX || !typed(pin.b, pin.n),
		  R_MALFORMED);
	*out = pin;
	return R_OK;
}

/* -- the token ------------------------------------------------------- */

void token_close(struct token *t)
{
	CK_FUNCTION_LIST *module = t->module;

	if (t->open)
		module->C_CloseSession(t->session);	/* and logs out */
	if (t->initialised)
		p11_kit_module_finalize(module);
	if (module)
		p11_kit_module_release(module);
	*t = (struct token){ 0 };
}

static bool slot_has_label(CK_FUNCTION_LIST *f, CK_SLOT_ID slot,
			   const uint8_t *label, CK_FLAGS *flags)
{
	CK_TOKEN_INFO info = { .flags = 0 };

	if (f->C_GetTokenInfo(slot, &info) != CKR_OK ||
	    memcmp(info.label, label, TOKEN_LABEL_MAX))
		return false;
	*flags = info.flags;
	return true;
}

static enum reason find_slot(CK_FUNCTION_LIST *f, const char *label,
			     CK_SLOT_ID *out, enum token_fault *fault)
{
	CK_SLOT_ID slots[SLOTS_MAX];
	CK_ULONG n = SLOTS_MAX, found = 0;
	uint8_t padded[TOKEN_LABEL_MAX];
	CK_FLAGS flags = 0;

	memset(padded, ' ', sizeof(padded));
	memcpy(padded, label, strlen(label));
	if (f->C_GetSlotList(CK_TRUE, slots, &n) != CKR_OK || n > SLOTS_MAX)
		return REASON_TOKEN;
	for (CK_ULONG i = 0; i < n; i++)
		if (slot_has_label(f, slots[i], padded, &flags)) {
			*out = slots[i];
			found++;
		}
	*fault = found ? TOKEN_FAULT_SEVERAL : TOKEN_FAULT_ABSENT;
	refuse_if(found != 1, REASON_TOKEN);
	/* the person who knows the PIN needs what is left of it */
	*fault = flags & CKF_USER_PIN_LOCKED ? TOKEN_FAULT_LOCKED :
					       TOKEN_FAULT_LAST_TRY;
	refuse_if(flags & (CKF_USER_PIN_LOCKED | CKF_USER_PIN_FINAL_TRY),
		  REASON_TOKEN);
	return REASON_NONE;
}

static enum token_fault fault_of(CK_RV rv)
{
	switch (rv) {
	case CKR_PIN_LOCKED:
		return TOKEN_FAULT_LOCKED;
	case CKR_PIN_INCORRECT:
	case CKR_PIN_LEN_RANGE:
	case CKR_PIN_INVALID:
		return TOKEN_FAULT_PIN;
	case CKR_PIN_EXPIRED:
	case CKR_USER_PIN_NOT_INITIALIZED:
		return TOKEN_FAULT_EXPIRED;
	case CKR_DEVICE_REMOVED:
	case CKR_TOKEN_NOT_PRESENT:
		return TOKEN_FAULT_ABSENT;	/* since it was found */
	default:
		return TOKEN_FAULT_NONE;
	}
}

static enum reason log_in(struct token *t, CK_SLOT_ID slot,
			  const struct token_pin *pin, bool writable)
{
	CK_FUNCTION_LIST *f = calls(t);
	CK_FLAGS flags = CKF_SERIAL_SESSION | (writable ? CKF_RW_SESSION : 0);
	CK_RV rv;

	rv = f->C_OpenSession(slot, flags, NULL, NULL, &t->session);
	t->open = rv == CKR_OK;
	if (rv == CKR_OK)
		rv = f->C_Login(t->session, CKU_USER, (uint8_t *)pin->b,
				pin->n);
	t->fault = fault_of(rv);
	refuse_if(rv != CKR_OK, REASON_TOKEN);
	return REASON_NONE;
}

enum reason token_open(const char *module, const char *label,
		       const struct token_pin *pin, bool writable,
		       struct token *out)
{
	scoped(token_close) struct token t = { 0 };
	size_t n = strlen(label);
	CK_SLOT_ID slot = 0;
	enum reason why;

	refuse_if(module[0] != '/' || n < 1 || n > TOKEN_LABEL_MAX,
		  REASON_NOT_CONFIGURED);
	out->fault = TOKEN_FAULT_MODULE;
	t.module = p11_kit_module_load(module, P11_KIT_MODULE_UNMANAGED |
				       P11_KIT_MODULE_CRITICAL);
	if (!t.module || p11_kit_module_initialize(t.module) != CKR_OK)
		return REASON_TOKEN;
	t.initialised = true;
	why = find_slot(t.module, label, &slot, &t.fault);
	if (why == REASON_NONE)
		why = log_in(&t, slot, pin, writable);
	out->fault = t.fault;
	if (why != REASON_NONE)
		return why;
	*out = t;
	t = (struct token){ 0 };
	return REASON_NONE;
}

/* -- its keys -------------------------------------------------------- */

struct name {
	uint8_t id[4];
	CK_OBJECT_CLASS class;
	CK_BBOOL on_token;
	CK_ATTRIBUTE a[4];
};

#define NAMED 4

static void name_key(const char *label, uint32_t id, struct name *out)
{
	struct sink s = SINK(out->id);

	sink_u32(&s, id);
	out->class = CKO_SECRET_KEY;
	out->on_token = CK_TRUE;
	out->a[0] = (CK_ATTRIBUTE){ CKA_CLASS, &out->class,
				    sizeof(out->class) };
	out->a[1] = (CK_ATTRIBUTE){ CKA_LABEL, (void *)label, strlen(label) };
	out->a[2] = (CK_ATTRIBUTE){ CKA_ID, out->id, sizeof(out->id) };
	out->a[3] = (CK_ATTRIBUTE){ CKA_TOKEN, &out->on_token,
				    sizeof(out->on_token) };
}

/* Up to max of that name. */
static enum reason find(const struct token *t, const char *label, uint32_t id,
			CK_OBJECT_HANDLE *out, CK_ULONG max, CK_ULONG *n)
{
	CK_FUNCTION_LIST *f = calls(t);
	struct name name;
	CK_RV rv;

	name_key(label, id, &name);
	if (f->C_FindObjectsInit(t->session, name.a, NAMED) != CKR_OK)
		return REASON_TOKEN;
	rv = f->C_FindObjects(t->session, out, max, n);
	if (f->C_FindObjectsFinal(t->session) != CKR_OK || rv != CKR_OK)
		return REASON_TOKEN;
	return *n <= max ? REASON_NONE : REASON_TOKEN;
}

/* Does the token say that the key stays in it, and act so? And is it a whole
 * one, not what is left of an interrupted generation? */
static bool stays(const struct token *t, CK_OBJECT_HANDLE key)
{
	CK_FUNCTION_LIST *f = calls(t);
	CK_BBOOL extractable = CK_TRUE, sensitive = CK_FALSE;
	CK_ULONG length = 0;
	CK_ATTRIBUTE a[] = {
		{ CKA_EXTRACTABLE, &extractable, sizeof(extractable) },
		{ CKA_SENSITIVE, &sensitive, sizeof(sensitive) },
		{ CKA_VALUE_LEN, &length, sizeof(length) },
	};
	CK_ATTRIBUTE value = { CKA_VALUE, NULL, 0 };	/* its length alone */

	if (f->C_GetAttributeValue(t->session, key, a, 3) != CKR_OK ||
	    extractable != CK_FALSE || sensitive != CK_TRUE ||
	    length != KEY_BYTES)
		return false;
	/* tpm2-pkcs11 has no value to show and says so by a length of 0 */
	return f->C_GetAttributeValue(t->session, key, &value, 1) != CKR_OK ||
	       value.ulValueLen == 0;
}

enum reason token_key_find(const struct token *t, const char *label,
			   uint32_t id, struct token_key *out)
{
	CK_OBJECT_HANDLE found[2];
	CK_ULONG n = 0;
	enum reason why = find(t, label, id, found, 2, &n);

	if (why != REASON_NONE)
		return why;
	if (n == 0)
		return REASON_NO_KEY;
	refuse_if(n != 1, REASON_TOKEN_KEY);
	refuse_if(!stays(t, found[0]), REASON_TOKEN_KEY);
	*out = (struct token_key){ t, found[0] };
	return REASON_NONE;
}

enum reason token_key_destroy(const struct token *t, const char *label,
			      uint32_t id)
{
	CK_OBJECT_HANDLE found[DESTROY_MAX];
	CK_ULONG n = 0;
	enum reason why = find(t, label, id, found, DESTROY_MAX, &n);

	if (why != REASON_NONE)
		return why;
	for (CK_ULONG i = 0; i < n; i++)
		if (calls(t)->C_DestroyObject(t->session, found[i]) != CKR_OK)
			return REASON_TOKEN;
	/* what the token says now counts, not what it answered */
	why = find(t, label, id, found, 1, &n);
	if (why != REASON_NONE)
		return why;
	refuse_if(n != 0, REASON_TOKEN);
	return REASON_NONE;
}

struct mac { uint8_t b[TOKEN_HMAC]; };	/* SECRET: it may be a pseudonym */

static void mac_wipe(struct mac *m)
{
	secret_wipe(m, sizeof(*m));
}

enum reason token_hmac(const struct token_key *k, struct span in,
		       uint8_t out[TOKEN_HMAC])
{
	CK_FUNCTION_LIST *f = calls(k->token);
	CK_SESSION_HANDLE session = k->token->session;
	CK_MECHANISM mechanism = { CKM_SHA256_HMAC, NULL, 0 };
	scoped(mac_wipe) struct mac mac = { { 0 } };
	CK_ULONG n = sizeof(mac.b);

	refuse_if(f->C_SignInit(session, &mechanism, k->object) != CKR_OK ||
		  f->C_Sign(session, (uint8_t *)in.p, in.n, mac.b, &n) !=
		  CKR_OK || n != sizeof(mac.b), REASON_TOKEN);
	memcpy(out, mac.b, sizeof(mac.b));
	return REASON_NONE;
}

/* -- a new one ------------------------------------------------------- */

static enum reason generate(const struct token *t, const char *label,
			    uint32_t id)
{
	static const CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	static const CK_ULONG length = KEY_BYTES;
	static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_MECHANISM mechanism = { CKM_GENERIC_SECRET_KEY_GEN, NULL, 0 };
	CK_ATTRIBUTE a[] = {
		{ 0 }, { 0 }, { 0 }, { 0 },	/* its name */
		{ CKA_KEY_TYPE, (void *)&type, sizeof(type) },
		{ CKA_VALUE_LEN, (void *)&length, sizeof(length) },
		{ CKA_PRIVATE, (void *)&yes, sizeof(yes) },
		{ CKA_SENSITIVE, (void *)&yes, sizeof(yes) },
		{ CKA_EXTRACTABLE, (void *)&no, sizeof(no) },
		{ CKA_SIGN, (void *)&yes, sizeof(yes) },
		{ CKA_VERIFY, (void *)&no, sizeof(no) },
		{ CKA_DERIVE, (void *)&no, sizeof(no) },
		{ CKA_WRAP, (void *)&no, sizeof(no) },
		{ CKA_UNWRAP, (void *)&no, sizeof(no) },
		{ CKA_ENCRYPT, (void *)&no, sizeof(no) },
		{ CKA_DECRYPT, (void *)&no, sizeof(no) },
	};
	CK_OBJECT_HANDLE made;
	struct name name;

	name_key(label, id, &name);
	memcpy(a, name.a, sizeof(name.a));
	return calls(t)->C_GenerateKey(t->session, &mechanism, a,
				       sizeof(a) / sizeof(a[0]), &made) ==
	       CKR_OK ? REASON_NONE : REASON_TOKEN;
}

/* The whole of a key, under a name that nobody uses. */
static enum reason make_aside(const struct token *t, const char *label,
			      uint32_t id, struct token_key *out)
{
	uint8_t mac[TOKEN_HMAC];
	enum reason why = token_key_destroy(t, label, id);

	if (why == REASON_NONE)
		why = generate(t, label, id);
	if (why == REASON_NONE)
		why = token_key_find(t, label, id, out);
	if (why == REASON_NONE)
		why = token_hmac(out, span_str("cnie/probe/v1"), mac);
	return why;
}

/* A token may write a key in many steps (SoftHSM: forty), and be stopped after
 * any: what bears the name is whole, because the name comes last. */
enum reason token_key_make(const struct token *t, const char *label,
			   uint32_t id)
{
	CK_ATTRIBUTE named = { CKA_LABEL, (void *)label, strlen(label) };
	char aside[TOKEN_LABEL_MAX + sizeof(ASIDE)];
	struct sink s = SINK(aside);
	CK_OBJECT_HANDLE found;
	struct token_key key;
	CK_ULONG n = 0;
	enum reason why = find(t, label, id, &found, 1, &n);

	if (why != REASON_NONE)
		return why;
	if (n != 0) {
		why = token_key_find(t, label, id, &key);
		return refused(why == REASON_NONE) ? REASON_KEY_EXISTS : why;
	}
	sink_put(&s, span_str(label));
	sink_put(&s, SPAN(ASIDE));
	if (sink_done(&s) != R_OK)
		return REASON_INTERNAL;
	why = make_aside(t, aside, id, &key);
	if (why != REASON_NONE)
		return why;
	if (calls(t)->C_SetAttributeValue(t->session, key.object, &named, 1) !=
	    CKR_OK)
		return REASON_TOKEN;
	return token_key_find(t, label, id, &key);
}
