// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/my_data.h"

#include <string.h>

enum part { PART_ACCOUNT, PART_LOGIN, PART_CARD, PART_WHO, PART_LOGS,
	    PART_MORE, PART_NOT, PARTS };

typedef const char *const words[MY_LANGUAGES];

static words heads[PARTS] = {
	[PART_ACCOUNT] = { "Your account", "Votre compte" },
	[PART_LOGIN] = { "How you log in", "Comment vous vous connectez" },
	[PART_CARD] = { "What ties your card to it",
			"Ce qui relie votre carte à ce compte" },
	[PART_WHO] = { "Who holds this, and why",
		       "Qui conserve ces données, et pourquoi" },
	[PART_LOGS] = { "Logs, and whom to ask", "Journaux et recours" },
	[PART_MORE] = { "Also held", "Également conservé" },
	[PART_NOT] = { "What is not held", "Ce qui n'est pas conservé" },
};

/* Each sentence: English, French. A "%" stands for the value. */
static const struct {
	const char *key;
	enum part part;
	const char *value;	/* only of this one; NULL: of any other */
	words says;
} sentences[] = {
{ "account", PART_ACCOUNT, NULL, {
	"Its name is %.", "Son nom est %." } },
{ "uid", PART_ACCOUNT, NULL, {
	"Its number on the machines is %.",
	"Son numéro sur les machines est %." } },
{ "gid", PART_ACCOUNT, NULL, {
	"The number of its first group is %.",
	"Le numéro de son premier groupe est %." } },
{ "status", PART_ACCOUNT, "active", {
	"It is active.", "Il est actif." } },
{ "status", PART_ACCOUNT, "revoked", {
	"It is revoked: nobody can log in with it.",
	"Il est révoqué : personne ne peut s'y connecter." } },
{ "status", PART_ACCOUNT, NULL, {
	"Its state: %.", "Son état : %." } },
{ "created", PART_ACCOUNT, NULL, {
	"It was made on %.", "Il a été créé le %." } },
{ "expiry", PART_ACCOUNT, "-", {
	"No day is set on which it ends.",
	"Aucune date de fin n'est fixée." } },
{ "expiry", PART_ACCOUNT, NULL, {
	"Its last day is %.", "Son dernier jour est le %." } },
{ "home", PART_ACCOUNT, NULL, {
	"Its files are in %.", "Ses fichiers sont dans %." } },
{ "shell", PART_ACCOUNT, NULL, {
	"Its command interpreter is %.",
	"Son interpréteur de commandes est %." } },
{ "groups", PART_ACCOUNT, NULL, {
	"Groups that it belongs to, besides its own: %.",
	"Groupes dont il est membre, outre le sien : %." } },

{ "face", PART_LOGIN, "yes", {
	"With your face: it is compared with the portrait on your card, each "
	"time anew.",
	"Avec votre visage : il est comparé au portrait de votre carte, à "
	"chaque fois de nouveau." } },
{ "face", PART_LOGIN, "no", {
	"Your face is not used.", "Votre visage n'est pas utilisé." } },
{ "face", PART_LOGIN, NULL, { "With your face: %.",
	"Avec votre visage : %." } },
{ "code", PART_LOGIN, "yes", {
	"With a code that you chose. What can check it is held, not the code.",
	"Avec un code de votre choix. On conserve de quoi le vérifier, pas le "
	"code." } },
{ "code", PART_LOGIN, "no", {
	"You have no code.", "Vous n'avez pas de code." } },
{ "code", PART_LOGIN, NULL, { "With a code: %.", "Avec un code : %." } },
{ "code_since", PART_LOGIN, "-", {
	"When a code was set is not held.",
	"La date d'un code n'est pas conservée." } },
{ "code_since", PART_LOGIN, NULL, {
	"The code was set on %.", "Le code date du %." } },
{ "pass_until", PART_LOGIN, "-", {
	"You have no code of the day.", "Vous n'avez pas de code du jour." } },
{ "pass_until", PART_LOGIN, NULL, {
	"A code of the day, for when the card was forgotten, is good until %.",
	"Un code du jour, pour carte oubliée, est valable jusqu'à %." } },

{ "tags", PART_CARD, NULL, {
	"One-way values by which your card is recognised: %. They can't be "
	"turned back into your number, and those of another sector are "
	"different.",
	"Valeurs à sens unique qui font reconnaître votre carte : %. On ne "
	"peut pas en retrouver votre numéro, et celles d'un autre secteur "
	"sont différentes." } },
{ "cards_current", PART_CARD, NULL, {
	"Cards of yours that may be used: %.",
	"Vos cartes utilisables : %." } },
{ "cards_blocked", PART_CARD, NULL, {
	"Cards of yours that are blocked, as older or lost: %.",
	"Vos cartes bloquées, comme anciennes ou perdues : %." } },
{ "rebinds", PART_CARD, NULL, {
	"Notes that a new key of the sector took an older one's place: %.",
	"Mentions du remplacement d'une clé du secteur par une nouvelle : "
	"%." } },
{ "last_change", PART_CARD, "-", {
	"No change of them is known.",
	"Aucune modification n'en est connue." } },
{ "last_change", PART_CARD, NULL, {
	"They were last changed on %.",
	"Dernière modification : le %." } },

{ "sector", PART_WHO, NULL, {
	"The sector in which you are known by them: %.",
	"Le secteur où elles vous désignent : %." } },
{ "controller", PART_WHO, "-", {
	"Who answers for it is not set on this machine: ask your "
	"administrator.",
	"Le responsable du traitement n'est pas indiqué sur ce poste : "
	"demandez à votre administrateur." } },
{ "controller", PART_WHO, NULL, {
	"Who answers for it: %.", "Responsable du traitement : %." } },
{ "purpose", PART_WHO, "-", {
	"What for: to log in with the card and a code.",
	"Finalité : la connexion avec la carte et un code." } },
{ "purpose", PART_WHO, NULL, {
	"What for: %.", "Finalité : %." } },
{ "reference", PART_WHO, "-", {
	"No authorisation to use your face is set on this machine.",
	"Aucune autorisation d'utiliser votre visage n'est en place sur ce "
	"poste." } },
{ "reference", PART_WHO, NULL, {
	"Authorisation: %.", "Autorisation : %." } },
{ "contact", PART_WHO, "-", {
	"Whom to ask, to have something corrected or to object: your "
	"administrator.",
	"À qui vous adresser, pour un accès, une rectification ou une "
	"opposition : votre administrateur." } },
{ "contact", PART_WHO, NULL, {
	"Whom to ask, to have something corrected or to object: %.",
	"À qui vous adresser, pour un accès, une rectification ou une "
	"opposition : %." } },

{ "logs", PART_LOGS, NULL, {
	"The log of what happened names nobody. Kept: %.",
	"Le journal des opérations ne nomme personne. Durée : %." } },
{ "identity_logs", PART_LOGS, NULL, {
	"The log of who proved who they are. Kept: %.",
	"Le journal des identités prouvées. Durée : %." } },
{ "complaint", PART_LOGS, NULL, {
	"Where to complain: %.", "Où déposer une plainte : %." } },
};

/* Where cnied does not say it. */
static words logs = {
	"The log of what happened names nobody. It is kept as long as this "
	"machine's journal keeps anything.",
	"Le journal des opérations ne nomme personne. Il est gardé aussi "
	"longtemps que le journal de ce poste garde quoi que ce soit.",
};

static words complaint = {
	"Where to complain: the CNDP, the national commission that protects "
	"personal data, www.cndp.ma.",
	"Où déposer une plainte : la CNDP, Commission nationale de contrôle "
	"de la protection des données à caractère personnel, www.cndp.ma.",
};

static words not_held[] = {
	{ "No portrait: it is read from your card, compared, and forgotten.",
	  "Aucun portrait : il est lu sur votre carte, comparé, puis "
	  "oublié." },
	{ "No image of your face, and no template made from one.",
	  "Aucune image de votre visage, et aucun gabarit qui en soit tiré." },
	{ "No national number.", "Aucun numéro national." },
	{ "No date of birth, no address, and of your own name no more than the "
	  "account's name may say.",
	  "Ni date de naissance, ni adresse, et de votre nom rien de plus que "
	  "ce qu'en dit le nom du compte." },
	{ "Not your code itself, and not the number printed on your card.",
	  "Ni votre code lui-même, ni le numéro imprimé sur votre carte." },
};

const char *const my_not_held[] = {
	"portrait", "image of the face", "face template", "national number",
	"civil name", "date of birth", "address", "code in clear", NULL,
};

enum my_language my_language(const char *locale)
{
	if (locale && !strncmp(locale, "fr", 2) &&
	    (locale[2] == '\0' || locale[2] == '_' || locale[2] == '.' ||
	     locale[2] == '@'))
		return MY_FRENCH;
	return MY_ENGLISH;
}

struct my_words my_words_to(FILE *to, enum my_language language)
{
	return (struct my_words){ .to = to, .language = language,
				  .part = MY_PART_NONE };
}

static void under(struct my_words *w, enum part part)
{
	if (w->part == (int)part)
		return;
	fprintf(w->to, "%s%s\n", w->part == MY_PART_NONE ? "" : "\n",
		heads[part][w->language]);
	w->part = (int)part;
}

static void say(struct my_words *w, const char *sentence, const char *value)
{
	size_t before = strcspn(sentence, "%");

	fprintf(w->to, "  %.*s", (int)before, sentence);
	if (sentence[before])
		fprintf(w->to, "%s%s", value, sentence + before + 1);
	fputc('\n', w->to);
}

void my_words_row(struct my_words *w, const char *key, const char *value)
{
	w->complaint = w->complaint || !strcmp(key, "complaint");
	w->logs = w->logs || !strcmp(key, "logs");
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		if (strcmp(sentences[i].key, key) ||
		    (sentences[i].value && strcmp(sentences[i].value, value)))
			continue;
		under(w, sentences[i].part);
		say(w, sentences[i].says[w->language], value);
		return;
	}
	under(w, PART_MORE);
	fprintf(w->to, "  %s: %s\n", key, value);
}

void my_words_end(struct my_words *w)
{
	if (!w->logs) {
		under(w, PART_LOGS);
		say(w, logs[w->language], "");
	}
	if (!w->complaint) {
		under(w, PART_LOGS);
		say(w, complaint[w->language], "");
	}
	under(w, PART_NOT);
	for (size_t i = 0; i < sizeof(not_held) / sizeof(not_held[0]); i++)
		say(w, not_held[i][w->language], "");
}
