// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/my_data.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* In the order in which they are told. */
enum part { PART_ACCOUNT, PART_LOGIN, PART_CARD, PART_WHO, PART_LOGS,
	    PART_MORE, PART_NOT, PARTS };
static_assert(PARTS == MY_PARTS, "my_data.h counts the parts");

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

/* Each sentence: English, French. A "%" stands for the value, the next one for
 * the next of several. */
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
{ "group", PART_ACCOUNT, NULL, {
	"It belongs to the group % (number %).",
	"Il est membre du groupe % (numéro %)." } },
{ "former_name", PART_ACCOUNT, NULL, {
	"It was called % before; nobody else is ever called so.",
	"Il s'est appelé % ; personne d'autre ne portera ce nom." } },
{ "revoked_here", PART_ACCOUNT, "yes", {
	"An administrator revoked it on this machine.",
	"Un administrateur l'a révoqué sur ce poste." } },
{ "revoked_here", PART_ACCOUNT, "no", {
	"Its revocation came with a roster file of the sector, or from the "
	"second record (below).",
	"Sa révocation vient d'un registre signé du secteur, ou du second "
	"registre (plus bas)." } },
{ "revoked_here", PART_ACCOUNT, NULL, {
	"Revoked on this machine: %.", "Révoqué sur ce poste : %." } },
{ "imported", PART_ACCOUNT, "yes", {
	"It stands in a roster file of the sector that this machine took in.",
	"Il figure dans un registre signé du secteur que ce poste a "
	"importé." } },
{ "imported", PART_ACCOUNT, "no", {
	"It stands in no roster file that this machine took in.",
	"Il ne figure dans aucun registre signé que ce poste ait importé." } },
{ "imported", PART_ACCOUNT, NULL, {
	"In a roster file that this machine took in: %.",
	"Dans un registre signé que ce poste a importé : %." } },

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
{ "pass_ended", PART_LOGIN, NULL, {
	"You have no code of the day. Of one that ended on % what could check "
	"it is still held.",
	"Vous n'avez pas de code du jour. De celui qui a pris fin le %, on "
	"conserve encore de quoi le vérifier." } },
{ "pass_services", PART_LOGIN, NULL, {
	"That code is for: %.", "Ce code vaut pour : %." } },
{ "pass_tries", PART_LOGIN, NULL, {
	"Wrong tries of that code: %; five end it.",
	"Essais erronés de ce code : % ; cinq y mettent fin." } },
{ "failures", PART_LOGIN, NULL, {
	"Failed tries in a row, noted until a login succeeds: %, of these with "
	"the face: %.",
	"Échecs de suite, notés jusqu'à la prochaine connexion : %, dont par "
	"le visage : %." } },

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
{ "card_current", PART_CARD, NULL, {
	"A card that may be used: its last day is %; known since %, by key "
	"number % of the sector.",
	"Une carte utilisable : son dernier jour est le % ; connue depuis le "
	"%, par la clé numéro % du secteur." } },
{ "card_blocked", PART_CARD, NULL, {
	"A card that is blocked: its last day is %; blocked since %, by key "
	"number % of the sector.",
	"Une carte bloquée : son dernier jour est le % ; bloquée depuis le %, "
	"par la clé numéro % du secteur." } },
{ "floor", PART_CARD, NULL, {
	"A card that is not known here is refused if its last day is % or "
	"before: one that was blocked had it.",
	"Une carte inconnue ici est refusée si son dernier jour est le % ou "
	"avant : une carte bloquée avait ce jour." } },
{ "noted_before", PART_CARD, NULL, {
	"Blocked cards and a revocation that were noted before the account "
	"came here: %.",
	"Cartes bloquées et révocation notées avant l'arrivée du compte : "
	"%." } },
{ "answers", PART_CARD, NULL, {
	"Answers of the tokenisation service about your card that are "
	"remembered: %.",
	"Réponses du service de pseudonymisation sur votre carte, gardées en "
	"mémoire : %." } },
{ "rebind", PART_CARD, NULL, {
	"On % key number % of the sector took the place of number % for you.",
	"Le %, la clé numéro % du secteur a remplacé pour vous la numéro "
	"%." } },
{ "rebind_by_order", PART_CARD, NULL, {
	"On % an administrator bound your card by key number % of the sector.",
	"Le %, un administrateur a lié votre carte par la clé numéro % du "
	"secteur." } },
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

{ "copy", PART_MORE, "name service", {
	"A copy that every program on this machine can read: the account's "
	"name, number, groups, state, last day, files' place and interpreter.",
	"Une copie que tout programme de ce poste peut lire : nom du compte, "
	"numéro, groupes, état, dernier jour, dossier et interpréteur." } },
{ "copy", PART_MORE, "marks", {
	"A second record, so that an old backup undoes nothing: the account's "
	"names and number, blocked cards, a revocation.",
	"Un second registre, pour qu'une vieille sauvegarde n'annule rien : "
	"noms et numéro du compte, cartes bloquées, révocation." } },
{ "copy", PART_MORE, NULL, {
	"A copy of some of it: %.", "Une copie partielle : %." } },
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
	return (struct my_words){ .to = to, .language = language };
}

void my_words_free(struct my_words *w)
{
	for (size_t i = 0; i < MY_PARTS; i++) {
		if (w->part[i].to)
			fclose(w->part[i].to);
		free(w->part[i].text);
		w->part[i].to = NULL;
		w->part[i].text = NULL;
	}
}

/* Where the sentences of a part go, under its head; NULL: no memory. */
static FILE *under(struct my_words *w, enum part part)
{
	FILE **to = &w->part[part].to;

	if (*to)
		return *to;
	*to = open_memstream(&w->part[part].text, &w->part[part].n);
	if (*to)
		fprintf(*to, "%s\n", heads[part][w->language]);
	return *to;
}

static enum result say(struct my_words *w, enum part part,
		       const char *sentence, const char *value)
{
	FILE *to = under(w, part);
	size_t n;

	if (!to)
		return R_INTERNAL;
	fputs("  ", to);
	while (sentence[n = strcspn(sentence, "%")]) {
		size_t one = strcspn(value, "\t");

		fprintf(to, "%.*s%.*s", (int)n, sentence, one ? (int)one : 1,
			one ? value : "-");
		sentence += n + 1;
		value += one + (value[one] == '\t');
	}
	fputs(sentence, to);
	/* of what there is no word for nothing is left out */
	fprintf(to, "%s%s\n", *value ? " " : "", value);
	return R_OK;
}

enum result my_words_row(struct my_words *w, const char *key,
			 const char *value)
{
	FILE *to;

	w->complaint = w->complaint || !strcmp(key, "complaint");
	w->logs = w->logs || !strcmp(key, "logs");
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
		if (!strcmp(sentences[i].key, key) &&
		    (!sentences[i].value || !strcmp(sentences[i].value, value)))
			return say(w, sentences[i].part,
				   sentences[i].says[w->language],
				   sentences[i].value ? "" : value);
	to = under(w, PART_MORE);
	if (!to)
		return R_INTERNAL;
	fprintf(to, "  %s: %s\n", key, value);
	return R_OK;
}

static enum result print(struct my_words *w)
{
	bool first = true;

	for (size_t i = 0; i < MY_PARTS; i++) {
		if (!w->part[i].to)
			continue;
		if (fflush(w->part[i].to))
			return R_INTERNAL;
		fprintf(w->to, "%s%s", first ? "" : "\n", w->part[i].text);
		first = false;
	}
	return R_OK;
}

enum result my_words_end(struct my_words *w)
{
	enum result r = R_OK;

	if (!w->logs)
		r = say(w, PART_LOGS, logs[w->language], "");
	if (r == R_OK && !w->complaint)
		r = say(w, PART_LOGS, complaint[w->language], "");
	for (size_t i = 0; i < sizeof(not_held) / sizeof(not_held[0]); i++)
		if (r == R_OK)
			r = say(w, PART_NOT, not_held[i][w->language], "");
	return r == R_OK ? print(w) : r;
}
