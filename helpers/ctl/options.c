// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/options.h"

#include <string.h>

#include "ctl/until.h"

static const struct {
	const char *name;
	const char *value;	/* what follows, or NULL */
	const char *what;
} options[OPT_COUNT] = {
	[OPT_SECTOR] = { "--sector", "URN",
		"the sector's name: sector[:entity[:site]]" },
	[OPT_PROFILE_NAME] = { "--profile", "NAME",
		"the card profile (cnie2)" },
	[OPT_PROFILE_FILE] = { "--profile", "FILE",
		"a profile file, instead of the configured one" },
	[OPT_CSCA] = { "--csca", "DIR",
		"a directory of CSCA certificates and CRLs" },
	[OPT_IDS] = { "--ids", "LIST",
		"card=U:G,inspect=U:G,face=U:G,sector=U:G, numeric" },
	[OPT_FORCE] = { "--force", NULL,
		"write cnie.conf anew where there is one" },
	[OPT_EXISTING] = { "--existing", "NAME",
		"bind the card to this existing account" },
	[OPT_FACE] = { "--face", NULL,
		"this account may log in with the face" },
	[OPT_CODE] = { "--code", NULL,
		"this account may log in with a code, asked now, twice" },
	[OPT_JSON] = { "--json", NULL, "print JSON" },
	[OPT_READER] = { "--reader", "NAME", "only the reader of this name" },
	[OPT_MRZ] = { "--mrz", NULL,
		"ask for the MRZ instead of the CAN" },
	[OPT_SIGNER] = { "--signer", "FILE",
		"who must have signed a master list, or issued its signer" },
	[OPT_YES] = { "--yes", NULL, "do not ask" },
	[OPT_QUIET] = { "--quiet", NULL,
		"only warnings and failures, for the journal" },
	[OPT_NAME] = { "--name", "GLOB",
		"only accounts whose name matches: 'u7*'" },
	[OPT_STATUS] = { "--status", "WORD",
		"only those that are active, revoked or expired" },
	[OPT_TO_NAME] = { "--to", "NAME", "the new name" },
	[OPT_TO_HOME] = { "--to", "HOME", "the new home, an absolute path" },
	[OPT_UNTIL] = { "--until", "HH:MM", "today, local time" },
	[OPT_SERVICES] = { "--services", "LIST",
		"PAM services, with commas, instead of the configured ones" },
	[OPT_END] = { "--end", NULL, "take the pass back" },
	[OPT_GID] = { "--gid", "N", "the group's number" },
	[OPT_ACCOUNT] = { "--account", "NAME", "the member" },
	[OPT_SIGN] = { "--sign", "FILE",
		"the signer's secret key (cniectl roster key)" },
	[OPT_DAYS] = { "--days", "N",
		"how long it may be imported: 1 to 366, else 30" },
	[OPT_REBINDS] = { "--rebinds", NULL,
		"only statements of a machine about new keys" },
	[OPT_ROSTER_SIGNER] = { "--signer", "FILE",
		"the signer's public key, instead of the configured one" },
	[OPT_REVOKE_MISSING] = { "--revoke-missing", NULL,
		"accounts that the file no longer has are revoked" },
	[OPT_SEAL] = { "--seal", NULL,
		"by the TPM; the plain file goes then" },
	[OPT_TO_KEY] = { "--to", "PUB",
		"the public half of a pair (cniectl key pair)" },
	[OPT_BACKUP] = { "--backup", "FILE",
		"a backup of the sector key is written there" },
	[OPT_NO_BACKUP] = { "--no-backup", NULL,
		"none: a lost key then costs every person a visit" },
	[OPT_PUBLIC_KEY] = { "--public-key", "HEX",
		"the tokeniser's, of the new epoch" },
	[OPT_ENDS] = { "--ends", "DATE",
		"when the new epoch ends, YYYY-MM-DD" },
	[OPT_LOST] = { "--lost", NULL,
		"the old key is lost for good, though something of it is here" },
	[OPT_LOCK_OUT] = { "--lock-out", "N",
		"as many accounts may lose their login by it" },
	[OPT_PREVIOUS] = { "--previous", NULL,
		"of the epoch before the current one" },
	[OPT_IDENTITY] = { "--identity", "SECRET",
		"the secret half of the pair it was made for" },
	[OPT_WITHOUT_TPM] = { "--without-tpm", NULL,
		"also where no TPM answers, which may only be asleep" },
	[OPT_KEEP_KEY] = { "--keep-key", NULL,
		"a token's key stays there, for machines that share it" },
};

#define WRONG(...) (snprintf(error, cap, __VA_ARGS__), PARSED_WRONG)

static bool is_help(const char *s)
{
	return !strcmp(s, "--help") || !strcmp(s, "-h") || !strcmp(s, "help");
}

static const struct command *find(const struct command *t, const char *group,
				  const char *name)
{
	for (; t->name; t++)
		if ((group ? t->group && !strcmp(t->group, group) :
			     !t->group) &&
		    !strcmp(t->name, name))
			return t;
	return NULL;
}

static bool is_group(const struct command *t, const char *word)
{
	for (; t->name; t++)
		if (t->group && !strcmp(t->group, word))
			return true;
	return false;
}

/* The option of this name that the command takes, or OPT_COUNT. */
static enum option lookup(const struct command *c, const char *name, size_t n)
{
	for (int o = 0; o < OPT_COUNT; o++)
		if ((c->allowed & OPT(o)) && strlen(options[o].name) == n &&
		    !memcmp(options[o].name, name, n))
			return (enum option)o;
	return OPT_COUNT;
}

static enum parsed take_option(int argc, char **argv, int *i,
			       struct arguments *a, char *error, size_t cap)
{
	const char *arg = argv[*i], *equals = strchr(arg, '=');
	size_t n = equals ? (size_t)(equals - arg) : strlen(arg);
	enum option o = lookup(a->command, arg, n);
	const char *value = equals ? equals + 1 : NULL;

	if (o == OPT_COUNT)
		return WRONG("%.*s is not an option of this subcommand",
			     (int)n, arg);
	if (a->seen & OPT(o))
		return WRONG("%s is given twice", options[o].name);
	if (!options[o].value && value)
		return WRONG("%s takes no value", options[o].name);
	if (options[o].value && !value) {
		if (*i + 1 >= argc)
			return WRONG("%s needs %s", options[o].name,
				     options[o].value);
		value = argv[++*i];
	}
	if (options[o].value && !*value)
		return WRONG("%s: %s is empty", options[o].name,
			     options[o].value);
	a->seen |= OPT(o);
	a->value[o] = value;
	return PARSED_RUN;
}

static bool takes_several(const struct command *c)
{
	size_t n = strlen(c->operand);

	return n > 3 && !strcmp(c->operand + n - 3, "...");
}

static enum parsed take_operand(const char *word, struct arguments *a,
				char *error, size_t cap)
{
	const struct command *c = a->command;

	if (!c->operand || (a->operand && !takes_several(c)) ||
	    a->count == OPERANDS_MAX)
		return WRONG("%s: one word too many", word);
	if (a->count == 0)
		a->operand = word;
	a->operands[a->count++] = word;
	return PARSED_RUN;
}

static enum parsed take_rest(int argc, char **argv, int i,
			     struct arguments *a, char *error, size_t cap)
{
	const struct command *c = a->command;
	bool only_operands = false;

	for (; i < argc; i++) {
		if (!only_operands && !strcmp(argv[i], "--")) {
			only_operands = true;
		} else if (!only_operands && argv[i][0] == '-') {
			if (is_help(argv[i]))
				return PARSED_HELP;
			if (take_option(argc, argv, &i, a, error, cap) !=
			    PARSED_RUN)
				return PARSED_WRONG;
		} else if (take_operand(argv[i], a, error, cap) !=
			   PARSED_RUN) {
			return PARSED_WRONG;
		}
	}
	if (c->operand && (!a->operand || !*a->operand))
		return WRONG("%s is missing", c->operand);
	for (int o = 0; o < OPT_COUNT; o++)
		if ((c->required & OPT(o)) && !(a->seen & OPT(o)))
			return WRONG("%s %s is missing", options[o].name,
				     options[o].value ? options[o].value : "");
	/* an epoch's: nothing that a tokeniser answered would be good */
	if ((a->seen & OPT(OPT_ENDS)) &&
	    until_day_is_past(a->value[OPT_ENDS], time(NULL)))
		return WRONG("--ends: %s is past", a->value[OPT_ENDS]);
	return PARSED_RUN;
}

enum parsed options_parse(const struct command *table, int argc, char **argv,
			  struct arguments *out, char *error, size_t cap)
{
	int i = 1;

	memset(out, 0, sizeof(*out));
	error[0] = '\0';
	if (argc < 2)
		return WRONG("no subcommand");
	if (is_help(argv[1]))
		return PARSED_HELP;
	if (!strcmp(argv[1], "--version"))
		return PARSED_VERSION;
	if (is_group(table, argv[1])) {
		if (argc < 3)
			return WRONG("%s: what? a second word is missing",
				     argv[1]);
		if (is_help(argv[2]))
			return PARSED_HELP;
		out->command = find(table, argv[1], argv[2]);
		if (!out->command)
			return WRONG("%s %s: no such subcommand", argv[1],
				     argv[2]);
		i = 3;
	} else {
		out->command = find(table, NULL, argv[1]);
		if (!out->command)
			return WRONG("%s: no such subcommand", argv[1]);
		i = 2;
	}
	return take_rest(argc, argv, i, out, error, cap);
}

static const char exit_codes[] =
	"\nExit status: 0 done; 1 refused, or a check failed; 2 wrong usage;\n"
	"3 cnied can't be reached; 4 must be root; 5 system error;\n"
	"6 csca check: nothing failed, but something is about to.\n";

static void words(const struct command *c, FILE *to)
{
	fprintf(to, "cniectl %s%s%s", c->group ? c->group : "",
		c->group ? " " : "", c->name);
	if (c->operand)
		fprintf(to, " %s", c->operand);
}

static void help_of(const struct command *c, FILE *to)
{
	fputs("usage: ", to);
	words(c, to);
	for (int o = 0; o < OPT_COUNT; o++) {
		bool must = c->required & OPT(o);

		if (!(c->allowed & OPT(o)))
			continue;
		fprintf(to, " %s%s%s%s%s", must ? "" : "[", options[o].name,
			options[o].value ? " " : "",
			options[o].value ? options[o].value : "",
			must ? "" : "]");
	}
	fprintf(to, "\n\n%s.\n", c->what);
	if (c->allowed)
		fputc('\n', to);
	for (int o = 0; o < OPT_COUNT; o++)
		if (c->allowed & OPT(o))
			fprintf(to, "  %-16s %-5s %s\n", options[o].name,
				options[o].value ? options[o].value : "",
				options[o].what);
}

void options_help(const struct command *table, const struct command *c,
		  FILE *to)
{
	if (c) {
		help_of(c, to);
	} else {
		fputs("usage: cniectl SUBCOMMAND [OPTION...]\n"
		      "       cniectl SUBCOMMAND --help\n"
		      "       cniectl --version\n\n", to);
		for (const struct command *t = table; t->name; t++) {
			char head[48];

			snprintf(head, sizeof(head), "%s%s%s%s%s",
				 t->group ? t->group : "", t->group ? " " : "",
				 t->name, t->operand ? " " : "",
				 t->operand ? t->operand : "");
			fprintf(to, "  %-24s %s\n", head, t->what);
		}
		fputs("\nCAN, MRZ, PIN and codes are asked on the terminal, or read "
		      "from standard input,\na line each, where that is no "
		      "terminal. They are never arguments.\n", to);
	}
	fputs(exit_codes, to);
}
