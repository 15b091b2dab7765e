// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/config.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config_value.h"
#include "base/file.h"
#include "base/prefix.h"

#define CONFIG_FILE_MAX (64 * 1024)	/* ours have a few dozen lines */
#define CONFIG_LINE_MAX 198		/* inih cuts longer ones in two */

enum value_type { V_STR, V_U32, V_IDS, V_DATE, V_RATE, V_ASSURANCE, V_FLAG,
		  V_BYTE, V_DAYS, V_NUMBER_FIELD, V_PASSWORD, V_WEAK,
		  V_PROVIDER, V_ELEMENT };

struct key {
	const char *section, *name;
	enum value_type type;
	size_t at, size;
	uint32_t flag;
};

#define AT(s, m) offsetof(struct s, m), sizeof(((struct s *)0)->m)
#define STR(section, s, m) { section, #m, V_STR, AT(s, m), 0 }
#define U32(section, s, m) { section, #m, V_U32, AT(s, m), 0 }
#define IDS(name, kind) { "users", name, V_IDS, AT(config, users[kind]), 0 }

static const struct key config_keys[] = {
	STR("sector", config, urn), U32("sector", config, epoch),
	U32("sector", config, previous_epoch),
	{ "sector", "epoch_ends", V_DATE, AT(config, epoch_ends), 0 },
	{ "sector", "provider", V_PROVIDER, AT(config, provider), 0 },
	STR("sector", config, name_prefix),
	U32("sector", config, uid_min), U32("sector", config, uid_max),
	STR("sector", config, group), U32("sector", config, group_gid),
	STR("sector", config, home_dir), STR("sector", config, shell),
	IDS("card", HELPER_CARD), IDS("inspect", HELPER_INSPECT),
	IDS("face", HELPER_FACE), IDS("sector", HELPER_SECTOR),
	U32("users", config, video_gid), U32("users", config, token_gid),
	STR("login", config, profile), STR("login", config, greeters),
	STR("login", config, lockers), STR("login", config, services),
	STR("login", config, pass_services),
	U32("login", config, card_wait_s), U32("login", config, login_s),
	U32("login", config, helper_s),
	{ "reader", "name", V_STR, AT(config, reader), 0 },
	STR("reader", config, ignore),
	STR("face", config, camera), STR("face", config, models_dir),
	{ "face", "fmr", V_RATE, AT(config, fmr_e6), 0 },
	{ "token", "module", V_STR, AT(config, token_module), 0 },
	{ "token", "label", V_STR, AT(config, token_label), 0 },
	{ "token", "pin_file", V_STR, AT(config, token_pin_file), 0 },
	{ "token", "cache", V_FLAG, AT(config, token_cache), 1 },
	{ "tokeniser", "socket", V_STR, AT(config, tokeniser), 0 },
	{ "tokeniser", "public_key", V_ELEMENT, AT(config, public_key), 0 },
	{ "tokeniser", "previous_public_key", V_ELEMENT,
	  AT(config, previous_public_key), 0 },
	{ "nss", "enumerate", V_FLAG, AT(config, enumerate), 1 },
	STR("roster", config, signer),
	{ 0 },
};

#define P "profile"
#define PF msg_inspect_config
static const struct key profile_keys[] = {
	STR(P, PF, state), STR(P, PF, country), STR(P, PF, document_codes),
	STR(P, PF, aid), STR(P, PF, number_regex),
	{ P, "number", V_NUMBER_FIELD, AT(PF, flags), 0 },
	{ P, "require_chip_proof", V_FLAG, AT(PF, flags),
	  PROFILE_REQUIRE_CHIP_PROOF },
	{ P, "bac", V_FLAG, AT(PF, flags), PROFILE_BAC },
	{ P, "password", V_PASSWORD, AT(PF, flags), 0 },
	{ P, "accept", V_WEAK, AT(PF, flags), 0 },
	{ P, "require_crl", V_FLAG, AT(PF, flags), PROFILE_REQUIRE_CRL },
	{ P, "crl_grace_days", V_DAYS, AT(PF, crl_grace_days), 0 },
	{ P, "pin_reference", V_BYTE, AT(PF, pin_reference), 0 },
	{ 0 },
};

#define A "authorisation"
#define AU authorisation
static const struct key authorisation_keys[] = {
	STR(A, AU, controller), STR(A, AU, purpose), STR(A, AU, reference),
	STR(A, AU, contact), STR(A, AU, sites), STR(A, AU, report),
	{ A, "not_before", V_DATE, AT(AU, not_before), 0 },
	{ A, "not_after", V_DATE, AT(AU, not_after), 0 },
	{ A, "assurance", V_ASSURANCE, AT(AU, assurance), 0 },
	{ 0 },
};

static bool set_value(const struct key *k, const char *value, char *base)
{
	void *at = base + k->at;

	switch (k->type) {
	case V_STR:
		if (strlen(value) >= k->size)
			return false;
		memset(at, 0, k->size);
		memcpy(at, value, strlen(value));
		return true;
	case V_U32:
		return value_u32(value, at);
	case V_IDS:
		return value_ids(value, at);
	case V_DATE:
		return value_date(value, at);
	case V_RATE:
		return value_rate(value, at);
	case V_FLAG:
		return value_flag(value, k->flag, at);
	case V_BYTE:
		return value_byte(value, at);
	case V_DAYS:
		return value_days(value, at);
	case V_NUMBER_FIELD:
		return value_number_field(value, at);
	case V_PASSWORD:
		return value_password(value, at);
	case V_WEAK:
		return value_weak(value, at);
	case V_ASSURANCE:
		return value_assurance(value, at);
	case V_PROVIDER:
		return value_provider(value, at);
	case V_ELEMENT:
		return value_element(value, at);
	}
	return false;
}

struct reading {
	const struct key *keys;
	void *into;
	uint64_t seen;		/* bit n: keys[n] was set */
	char bad[160];		/* what is wrong with the first bad key */
};

static int complain(struct reading *rd, const char *section,
		    const char *name, const char *what)
{
	if (!rd->bad[0])
		snprintf(rd->bad, sizeof(rd->bad), "[%.30s] %.40s: %s",
			 section, name, what);
	return 0;
}

static int on_key(void *user, const char *section, const char *name,
		  const char *value)
{
	struct reading *rd = user;
	size_t i = 0;

	while (rd->keys[i].name && (strcmp(rd->keys[i].section, section) ||
				    strcmp(rd->keys[i].name, name)))
		i++;
	if (!rd->keys[i].name)
		return complain(rd, section, name, "unknown key");
	/* inih reports a line that begins with a space as the key before it */
	if (rd->seen & (UINT64_C(1) << i))
		return complain(rd, section, name,
				"set twice, or continued on a second line");
	rd->seen |= UINT64_C(1) << i;
	if (!set_value(&rd->keys[i], value, rd->into))
		return complain(rd, section, name, "bad value");
	return 1;
}

static enum result say(struct config_error *e, enum result r,
		       const char *path, int line, const char *what)
{
	if (line > 0)
		snprintf(e->text, sizeof(e->text), "%s:%d: %s", path, line,
			 what);
	else	/* of the file as a whole */
		snprintf(e->text, sizeof(e->text), "%s: %s", path, what);
	return r;
}

static enum result say_unreadable(struct config_error *e, enum result r,
				  const char *path)
{
	switch (r) {
	case R_ABSENT:
		return say(e, r, path, 0, "no such file");
	case R_DENIED:
		return say(e, r, path, 0,
			   "must be a regular file of root, not writable by group or others");
	case R_MALFORMED:
		return say(e, r, path, 0, "larger than 64 KiB");
	case R_OK:
	case R_BUSY:
	case R_TIMEOUT:
	case R_INTERNAL:
		break;
	}
	return say(e, R_INTERNAL, path, 0, "can't be read");
}

/* What inih would take silently otherwise: a NUL ends its text, and of a
 * line that is too long it makes two. Returns the line, 0 where all is well. */
static int bad_line(struct span text, const char **what)
{
	size_t length = 0;
	int line = 1;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n') {
			line++;
			length = 0;
			continue;
		}
		*what = text.p[i] == '\0' ? "holds a NUL byte" :
					    "longer than 198 characters";
		if (text.p[i] == '\0' || ++length > CONFIG_LINE_MAX)
			return line;
	}
	return 0;
}

/* inih goes on after the first error: cut the text behind line `line`, so
 * that what is said and the line named belong together. */
static void cut_after(char *text, int line)
{
	while (text && line-- > 0) {
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	if (text)
		*text = '\0';
}

static enum result parse_ini(const char *path, char *text, size_t n,
			     struct reading *rd, struct config_error *error)
{
	const char *what = "";
	int line = bad_line(span_of(text, n), &what);

	if (line > 0)
		return say(error, R_MALFORMED, path, line, what);
	line = ini_parse_string(text, on_key, rd);
	if (line == 0)
		return R_OK;
	if (line < 0)
		return say(error, R_INTERNAL, path, 0, "can't be read");
	cut_after(text, line);
	rd->bad[0] = '\0';
	rd->seen = 0;
	(void)ini_parse_string(text, on_key, rd);
	return say(error, R_MALFORMED, path, line, rd->bad[0] ? rd->bad :
		   "not a section, key or comment");
}

static enum result read_ini(const char *path, const struct key *keys,
			    void *into, struct config_error *error)
{
	char *text = calloc(1, CONFIG_FILE_MAX + 1);
	struct sink out = sink_of(text, CONFIG_FILE_MAX);
	struct reading rd = { keys, into, 0, "" };
	enum result r = text ? file_read(path, FILE_ROOT_OWNED, &out) :
			       R_INTERNAL;

	if (r == R_OK)
		r = parse_ini(path, text, out.n, &rd, error);
	else
		r = say_unreadable(error, r, path);
	free(text);
	return r;
}

static const struct config defaults = {
	.epoch = 1, .provider = PROVIDER_LOCAL, .name_prefix = "u",
	.uid_min = 65536, .uid_max = 99999,
	.group = "cnie", .group_gid = 65535 + 1,
	.home_dir = "/home", .shell = "/bin/bash",
	.profile = "cnie2",
	.greeters = "login gdm-password lightdm sddm lxdm xdm greetd",
	.lockers = "gdm-password swaylock i3lock hyprlock xscreensaver "
		   "light-locker kde xfce4-screensaver mate-screensaver "
		   "cinnamon-screensaver",
	.card_wait_s = 20, .login_s = 60, .helper_s = 15,
	.camera = "/dev/video0", .models_dir = PATH_MODELS_DIR,
	.fmr_e6 = 100,
};

/* What goes into the name service's view for everybody. */
static const char *bad_account_defaults(const struct config *c)
{
	size_t n = strlen(c->name_prefix);

	if (n == 0 || c->name_prefix[0] < 'a' || c->name_prefix[0] > 'z' ||
	    strspn(c->name_prefix, "abcdefghijklmnopqrstuvwxyz0123456789_-") != n)
		return "[sector] name_prefix: a lower-case letter, then letters, digits, _ and -";
	if (c->home_dir[0] != '/' || strchr(c->home_dir, ':') ||
	    c->shell[0] != '/' || strchr(c->shell, ':'))
		return "[sector] home_dir, shell: absolute paths without a colon";
	return NULL;
}

static bool element_given(const uint8_t *element)
{
	static const uint8_t none[ELEMENT_SIZE];

	return memcmp(element, none, ELEMENT_SIZE) != 0;
}

/* The key's place, as a whole. */
static const char *bad_key(const struct config *c)
{
	bool token = c->provider == PROVIDER_PKCS11 || c->token_cache;

	if (c->epoch == 0)
		return "[sector] epoch: 1 or more";
	if (c->previous_epoch >= c->epoch)
		return "[sector] previous_epoch: less than epoch";
	if (token && (c->token_module[0] != '/' || !c->token_label[0] ||
		      c->token_pin_file[0] != '/'))
		return "[token] module, label, pin_file: needed, two of them absolute paths";
	if (c->provider != PROVIDER_TOKENISER)
		return c->token_cache ?
		       "[token] cache: of a tokeniser's answers only" : NULL;
	if (c->tokeniser[0] != '/' || !element_given(c->public_key))
		return "[tokeniser] socket (an absolute path) and public_key: needed";
	if (c->previous_epoch && !element_given(c->previous_public_key))
		return "[tokeniser] previous_public_key: needed while previous_epoch is live";
	if (c->token_cache && !c->epoch_ends)
		return "[sector] epoch_ends: needed where answers are kept until then";
	return NULL;
}

/* What single values can't show, or NULL. */
static const char *bad_config(const struct config *c)
{
	if (!c->urn[0])
		return "[sector] urn: missing";
	if (bad_key(c))
		return bad_key(c);
	if (c->uid_min < 1000 || c->uid_min > c->uid_max ||
	    c->uid_max > 2147352575 ||
	    (c->uid_min <= 65535 && c->uid_max >= 65534))
		return "[sector] uid_min, uid_max: not a usable range";
	for (int i = 0; i < HELPER_COUNT; i++)
		if (c->users[i].uid == 0)
			return "[users]: one of card, inspect, face, sector is missing";
	/* one helper must not be another's, nor anybody's who logs in */
	for (int i = 0; i < HELPER_COUNT; i++) {
		if (c->users[i].uid >= c->uid_min &&
		    c->users[i].uid <= c->uid_max)
			return "[users]: a helper's uid lies in uid_min to uid_max";
		for (int j = 0; j < i; j++)
			if (c->users[i].uid == c->users[j].uid)
				return "[users]: card, inspect, face and sector need four different uids";
	}
	if (c->card_wait_s > 600 || c->login_s < 1 || c->login_s > 600 ||
	    c->helper_s < 1 || c->helper_s > 600)
		return "[login] card_wait_s, login_s, helper_s: 1 to 600 seconds";
	return bad_account_defaults(c);
}

enum result config_read(const char *path, struct config *out,
			struct config_error *error)
{
	struct config c = defaults;
	enum result r = read_ini(path, config_keys, &c, error);
	const char *bad;

	if (r != R_OK)
		return r;
	bad = bad_config(&c);
	if (bad)
		return say(error, R_MALFORMED, path, 0, bad);
	*out = c;
	return R_OK;
}

enum result config_read_profile(const char *path,
				struct msg_inspect_config *out,
				struct config_error *error)
{
	struct msg_inspect_config c = *out;
	enum result r;

	c.flags = PROFILE_REQUIRE_CHIP_PROOF | PROFILE_NUMBER_IN_OPTIONAL1;
	c.file_max = WIRE_PORTRAIT_MAX / 2;
	c.crl_grace_days = 0;
	c.pin_reference = 0;
	strcpy(c.aid, "A0000002471001");
	r = read_ini(path, profile_keys, &c, error);
	if (r != R_OK)
		return r;
	if (!c.state[0] || !c.country[0] || !c.document_codes[0] ||
	    !c.number_regex[0])
		return say(error, R_MALFORMED, path, 0,
			   "[profile]: state, country, document_codes and number_regex are needed");
	if ((c.flags & PROFILE_BAC) && !(c.flags & PROFILE_PASSWORD_MRZ))
		return say(error, R_MALFORMED, path, 0,
			   "[profile] bac = yes needs password = mrz: a CAN opens nothing under BAC");
	*out = c;
	return R_OK;
}

enum result config_read_authorisation(const char *path,
				      struct authorisation *out,
				      struct config_error *error)
{
	struct authorisation a = { .assurance = ASSURANCE_FACE_CODE };
	enum result r = read_ini(path, authorisation_keys, &a, error);

	if (r != R_OK)
		return r;
	if (!a.controller[0] || !a.purpose[0] || !a.reference[0] ||
	    !a.contact[0] || !a.sites[0] || !a.not_before || !a.not_after)
		return say(error, R_MALFORMED, path, 0,
			   "[authorisation]: controller, purpose, reference, contact, sites, not_before and not_after are needed");
	if (a.not_after < a.not_before)
		return say(error, R_MALFORMED, path, 0,
			   "[authorisation] not_after is before not_before");
	if (a.assurance == ASSURANCE_FACE && !a.report[0])
		return say(error, R_MALFORMED, path, 0,
			   "[authorisation] assurance = face needs a report");
	*out = a;
	return R_OK;
}

bool config_list_has(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; n > 0 && *p;) {
		size_t len = strcspn(p, " ");

		if (len == n && !memcmp(p, word, n))
			return true;
		p += len;
		p += strspn(p, " ");
	}
	return false;
}
