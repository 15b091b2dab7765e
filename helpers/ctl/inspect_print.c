// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * MUST: nothing that names a person or a document. The facts carry the
 * document's day of expiry; it is left out, FACT_NOT_EXPIRED says enough.
 */
#include "ctl/inspect.h"
#include "ctl/json.h"

static const struct {
	uint32_t flag;
	const char *key, *text;
} facts[] = {
	{ FACT_PA_CHAIN, "signature_chain",
	  "the State's signature: SOD, document signer, CSCA" },
	{ FACT_PA_HASHES, "hashes",
	  "every data group read matches its signed hash" },
	{ FACT_PACE_SIGNED, "pace_signed",
	  "the PACE parameters used are the signed ones" },
	{ FACT_COUNTRY_DSC, "signer_country",
	  "the document signer is of the profile's country" },
	{ FACT_COUNTRY_CSCA, "csca_country",
	  "the CSCA is of the profile's country" },
	{ FACT_STATE, "issuing_state",
	  "the issuing State in DG1 is the profile's" },
	{ FACT_DOCUMENT_CODE, "document_code",
	  "the document code is one the profile allows" },
	{ FACT_NUMBER_FORM, "number_form",
	  "the national number has the profile's form" },
	{ FACT_NOT_EXPIRED, "not_expired", "the document is not expired" },
	{ FACT_DATA_UNDER_PROOF, "data_under_proof",
	  "DG1 and DG2 were read under keys of the chip proof" },
	{ FACT_CRL_CURRENT, "crl_current",
	  "a current CRL of the State names neither signer nor CSCA" },
	{ FACT_PIN, "pin", "the chip took the PIN, under keys of its proof" },
};
#define FACTS (sizeof(facts) / sizeof(facts[0]))

static const char *const stages[STAGE_COUNT] = {
	[STAGE_NONE] = "none", [STAGE_ACCESS_FILE] = "ef_cardaccess",
	[STAGE_PACE] = "pace", [STAGE_SELECT] = "select",
	[STAGE_SOD] = "sod", [STAGE_DG14] = "dg14",
	[STAGE_PASSIVE_AUTH] = "passive_auth",
	[STAGE_CHIP_PROOF] = "chip_proof", [STAGE_DG1] = "dg1",
	[STAGE_DG2] = "dg2", [STAGE_BAC] = "bac",
	[STAGE_CARD_SECURITY] = "ef_cardsecurity",
	[STAGE_ACTIVE_AUTH] = "active_auth", [STAGE_DG11] = "dg11",
	[STAGE_PIN] = "pin",
};

static const char *named(const char *const *table, size_t n, unsigned int i)
{
	return i < n && table[i] ? table[i] : "unknown";
}

#define NAMED(table, i) named(table, sizeof(table) / sizeof((table)[0]), i)

static const char *const proofs[] = {
	[PROOF_NONE] = "none", [PROOF_CA] = "chip authentication",
	[PROOF_AA] = "active authentication", [PROOF_CAM] = "PACE-CAM",
};

static const char *const channels[] = {
	[CHANNEL_NONE] = "none", [CHANNEL_BAC] = "BAC",
	[CHANNEL_PACE] = "PACE", [CHANNEL_CA] = "chip authentication",
};

static const char *const passwords[] = {
	[PASSWORD_MRZ] = "MRZ", [PASSWORD_CAN] = "CAN",
};

static struct msg_inspect_stage total(const struct inspection *in)
{
	struct msg_inspect_stage t = { 0 };

	for (size_t i = 0; i < in->stages; i++) {
		t.apdus += in->stage[i].apdus;
		t.sent += in->stage[i].sent;
		t.received += in->stage[i].received;
		t.us += in->stage[i].us;
	}
	return t;
}

static void line(FILE *to, const char *key, const char *value)
{
	fprintf(to, "  %-16s %s\n", key, value[0] ? value : "-");
}

/* Told, not refused: it was valid when it signed. */
static const char *csca_today_is(const struct msg_inspect_facts *f)
{
	return !(f->flags & FACT_PA_CHAIN) ? "" :
	       f->flags & FACT_CSCA_EXPIRED ? "expired, not withdrawn" :
					      "valid";
}

static void offers_text(const struct msg_inspect_facts *f, FILE *to)
{
	fputs("The card\n", to);
	line(to, "profile", f->profile);
	line(to, "issuing State", f->state);
	line(to, "opened by", NAMED(channels, f->access));
	line(to, "opened with", NAMED(passwords, f->password));
	line(to, "PACE", f->pace);
	line(to, "PACE curve", f->pace_curve);
	line(to, "chip proof", NAMED(proofs, f->proof));
	line(to, "proof curve", f->proof_curve);
	line(to, "data read under", NAMED(channels, f->channel));
	line(to, "signature", f->signature);
	line(to, "SOD digest", f->digest);
	line(to, "CSCA", f->anchor_name);
	line(to, "CSCA SHA-256", f->anchor);
	line(to, "CSCA today", csca_today_is(f));
	fputs("  signed groups   ", to);
	for (int dg = 1; dg <= 15; dg++)
		if (f->data_groups >> dg & 1)
			fprintf(to, " DG%d", dg);
	fputs("\n\nWhat was proven\n", to);
	for (size_t i = 0; i < FACTS; i++) {
		bool yes = f->flags & facts[i].flag;

		/* most profiles name no PIN: then it is not missing */
		if (yes || facts[i].flag != FACT_PIN)
			fprintf(to, "  %-4s %s\n", yes ? "yes" : "NO",
				facts[i].text);
	}
	fputc('\n', to);
}

static void stage_line(FILE *to, const char *name,
		       const struct msg_inspect_stage *s)
{
	fprintf(to, "  %-16s %6u %8u %9u %7u.%03u\n", name, s->apdus, s->sent,
		s->received, s->us / 1000, s->us % 1000);
}

void inspection_text(const struct inspection *in, FILE *to)
{
	struct msg_inspect_stage all = total(in);

	if (in->have_facts)
		offers_text(&in->facts, to);
	if (in->stages == 0)
		return;
	fprintf(to, "  %-16s %6s %8s %9s %11s\n", "stage", "APDUs", "sent",
		"received", "ms");
	for (size_t i = 0; i < in->stages; i++)
		stage_line(to, NAMED(stages, in->stage[i].stage),
			   &in->stage[i]);
	stage_line(to, "total", &all);
}

static void offers_json(struct json *j, const struct msg_inspect_facts *f)
{
	json_object(j, "card");
	json_string(j, "profile", f->profile);
	json_string(j, "issuing_state", f->state);
	json_string(j, "access", NAMED(channels, f->access));
	json_string(j, "password", NAMED(passwords, f->password));
	json_string(j, "pace", f->pace);
	json_string(j, "pace_curve", f->pace_curve);
	json_string(j, "chip_proof", NAMED(proofs, f->proof));
	json_string(j, "proof_curve", f->proof_curve);
	json_string(j, "channel", NAMED(channels, f->channel));
	json_string(j, "signature", f->signature);
	json_string(j, "digest", f->digest);
	json_string(j, "csca", f->anchor_name);
	json_string(j, "csca_sha256", f->anchor);
	json_bool(j, "csca_expired", f->flags & FACT_CSCA_EXPIRED);
	json_array(j, "data_groups");
	for (unsigned int dg = 1; dg <= 15; dg++)
		if (f->data_groups >> dg & 1)
			json_number(j, NULL, dg);
	json_end(j);
	json_end(j);
	json_object(j, "facts");
	for (size_t i = 0; i < FACTS; i++)
		json_bool(j, facts[i].key, f->flags & facts[i].flag);
	json_end(j);
}

static void counts_json(struct json *j, const struct msg_inspect_stage *s)
{
	json_number(j, "apdus", s->apdus);
	json_number(j, "sent", s->sent);
	json_number(j, "received", s->received);
	json_thousandths(j, "ms", s->us);
}

void inspection_json(const struct inspection *in, FILE *to)
{
	const struct reason_row *row = reason_row(in->done.reason);
	struct msg_inspect_stage all = total(in);
	struct json j = json_to(to);

	json_object(&j, NULL);
	json_bool(&j, "ok", in->done.reason == REASON_NONE);
	json_string(&j, "code", row->code);
	json_string(&j, "reason", in->done.reason ? row->text : "");
	if (in->have_facts)
		offers_json(&j, &in->facts);
	json_array(&j, "stages");
	for (size_t i = 0; i < in->stages; i++) {
		json_object(&j, NULL);
		json_string(&j, "stage", NAMED(stages, in->stage[i].stage));
		counts_json(&j, &in->stage[i]);
		json_end(&j);
	}
	json_end(&j);
	json_object(&j, "total");
	counts_json(&j, &all);
	json_end(&j);
	json_end(&j);
}
