// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdarg.h>
#include <string.h>

#include "ctl/doctor.h"
#include "ctl/json.h"

static const char *const states[] = {
	[FINDING_OK] = "ok", [FINDING_WARN] = "warn", [FINDING_FAIL] = "fail",
};
#define STATES (sizeof(states) / sizeof(states[0]))

/* What to do about cnied's rows. */
static const struct {
	const char *item, *fix;
} fixes[] = {
	{ "config", "edit what is named, see cnie.conf(5); there is none yet: cniectl setup --sector URN" },
	{ "profile", "the card profile stands in /etc/cnie/profile.d; see cnie.conf(5)" },
	{ "authorisation", "without one only card + code serves; /etc/cnie/authorisation.conf, see cnie.conf(5)" },
	{ "csca", "cniectl csca import FILE|DIR, with the issuing State's CSCA certificates" },
	{ "key", "demonstration only: cniectl key init --seal, where there is a TPM; missing: cniectl key init, or key restore; a token or a service: [token], [tokeniser] in cnie.conf(5)" },
	{ "backup", "cniectl key pair on a machine without a network, then cniectl key backup FILE --to PUB" },
	{ "epoch", "cniectl key status says how many are not bound to the new key; when none are, cniectl key retire, which also ends what is left" },
	{ "reader", "systemctl enable --now pcscd.socket; plug the reader in; may user cnie-card speak to pcscd (polkit rule installed)?" },
	{ "face", "models: /usr/share/cnie/fetch_models.sh /usr/share/cnie/models; camera: [face] camera in cnie.conf, group video" },
	{ "roster", "journalctl -u cnied; is the disk full? /var/lib/cnie/roster.db is root's, 0600; what its marks are, and what to do about them: cnied(8)" },
	{ "view", "the first enrolment writes it; where there are accounts, systemctl restart cnied does" },
};

void finding(struct findings *f, enum finding_state state, const char *item,
	     const char *fix, const char *format, ...)
{
	size_t i = f->n < FINDINGS_MAX ? f->n++ : FINDINGS_MAX - 1;
	va_list ap;

	f->at[i].state = state;
	f->at[i].fix = fix;
	snprintf(f->at[i].item, sizeof(f->at[i].item), "%s", item);
	va_start(ap, format);
	vsnprintf(f->at[i].text, sizeof(f->at[i].text), format, ap);
	va_end(ap);
}

enum result finding_row(struct findings *f, const char *row)
{
	const char *a = strchr(row, '\t'), *b = a ? strchr(a + 1, '\t') : NULL;
	const char *fix = NULL;
	char item[sizeof(f->at[0].item)];

	if (!b || a == row || (size_t)(a - row) >= sizeof(item))
		return R_MALFORMED;
	memcpy(item, row, (size_t)(a - row));
	item[a - row] = '\0';
	for (size_t i = 0; i < sizeof(fixes) / sizeof(fixes[0]); i++)
		if (!strcmp(fixes[i].item, item))
			fix = fixes[i].fix;
	for (size_t s = 0; s < STATES; s++) {
		if (strlen(states[s]) != (size_t)(b - a - 1) ||
		    memcmp(states[s], a + 1, (size_t)(b - a - 1)))
			continue;
		finding(f, (enum finding_state)s, item,
			s == FINDING_OK ? NULL : fix, "%s", b + 1);
		return R_OK;
	}
	return R_MALFORMED;
}

enum finding_state findings_worst(const struct findings *f)
{
	enum finding_state worst = FINDING_OK;

	for (size_t i = 0; i < f->n; i++)
		if (f->at[i].state > worst)
			worst = f->at[i].state;
	return worst;
}

static size_t count(const struct findings *f, enum finding_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->at[i].state == state;
	return n;
}

void findings_text(const struct findings *f, FILE *to)
{
	for (size_t i = 0; i < f->n; i++) {
		fprintf(to, "%-4s  %-16s  %s\n", states[f->at[i].state],
			f->at[i].item, f->at[i].text);
		if (f->at[i].fix)
			fprintf(to, "%24s-> %s\n", "", f->at[i].fix);
	}
	fprintf(to, "\n%zu ok, %zu warn, %zu fail\n", count(f, FINDING_OK),
		count(f, FINDING_WARN), count(f, FINDING_FAIL));
}

void findings_lines(const struct findings *f, bool journal, FILE *to)
{
	/* sd-daemon(3): what the journal takes as the priority */
	static const char *const levels[] = {
		[FINDING_OK] = "<6>", [FINDING_WARN] = "<4>",
		[FINDING_FAIL] = "<3>",
	};

	for (size_t i = 0; i < f->n; i++)
		fprintf(to, "%s%s: %s: %s%s%s\n",
			journal ? levels[f->at[i].state] : "",
			states[f->at[i].state], f->at[i].item, f->at[i].text,
			f->at[i].fix ? " -> " : "",
			f->at[i].fix ? f->at[i].fix : "");
}

void findings_json(const struct findings *f, FILE *to)
{
	struct json j = json_to(to);

	json_object(&j, NULL);
	json_string(&j, "worst", states[findings_worst(f)]);
	json_array(&j, "findings");
	for (size_t i = 0; i < f->n; i++) {
		json_object(&j, NULL);
		json_string(&j, "state", states[f->at[i].state]);
		json_string(&j, "item", f->at[i].item);
		json_string(&j, "text", f->at[i].text);
		if (f->at[i].fix)
			json_string(&j, "fix", f->at[i].fix);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
}
