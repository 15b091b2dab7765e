/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command line against a table of subcommands. Secrets are never
 * options: a process list shows them to everybody.
 */
#ifndef CNIE_CTL_OPTIONS_H
#define CNIE_CTL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum option {
	OPT_SECTOR, OPT_PROFILE_NAME, OPT_PROFILE_FILE, OPT_CSCA, OPT_IDS,
	OPT_FORCE, OPT_EXISTING, OPT_FACE, OPT_CODE, OPT_JSON, OPT_READER,
	OPT_MRZ, OPT_SIGNER, OPT_YES, OPT_QUIET,
	OPT_NAME, OPT_STATUS, OPT_TO_NAME, OPT_TO_HOME, OPT_UNTIL,
	OPT_SERVICES, OPT_END, OPT_GID, OPT_ACCOUNT, OPT_SIGN, OPT_DAYS,
	OPT_REBINDS, OPT_ROSTER_SIGNER, OPT_REVOKE_MISSING,
	OPT_SEAL, OPT_TO_KEY, OPT_BACKUP, OPT_NO_BACKUP, OPT_PUBLIC_KEY,
	OPT_ENDS, OPT_LOST, OPT_LOCK_OUT, OPT_PREVIOUS, OPT_IDENTITY,
	OPT_WITHOUT_TPM, OPT_KEEP_KEY,
	OPT_COUNT,
};

#define OPT(o) (UINT64_C(1) << (o))

struct arguments;

struct command {
	const char *group;		/* "account", or NULL */
	const char *name;
	uint64_t allowed, required;	/* OPT() of each */
	const char *operand;		/* "ACCOUNT", "FILE..." for several, or
					 * NULL: takes none */
	bool root;			/* needs it */
	int (*run)(const struct arguments *a);
	const char *what;		/* one line, for the list */
};

#define OPERANDS_MAX 256

struct arguments {
	const struct command *command;
	uint64_t seen;			/* OPT() of those given */
	const char *value[OPT_COUNT];
	const char *operand;		/* the first */
	const char *operands[OPERANDS_MAX];
	size_t count;
};

enum parsed { PARSED_RUN, PARSED_HELP, PARSED_VERSION, PARSED_WRONG };

/*
 * argv[1] and on. PARSED_HELP: out->command says of which (NULL: all).
 * PARSED_WRONG: error says why; out->command the one it was about, or NULL.
 */
enum parsed options_parse(const struct command *table, int argc, char **argv,
			  struct arguments *out, char *error, size_t cap);

/* What --help prints: of one subcommand, or of all. */
void options_help(const struct command *table, const struct command *c,
		  FILE *to);

#endif
