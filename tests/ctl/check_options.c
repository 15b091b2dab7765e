// SPDX-License-Identifier: GPL-3.0-or-later
/* The command line, against the real table. */
#include <string.h>

#include "check_main.h"
#include "ctl/ctl.h"

static struct arguments args;
static char error[160];

static enum parsed parse(const char *line)
{
	static char copy[512];
	char *argv[32], *save = NULL;
	int argc = 0;

	snprintf(copy, sizeof(copy), "cniectl %s", line);
	for (char *w = strtok_r(copy, " ", &save); w;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	return options_parse(ctl_commands, argc, argv, &args, error,
			     sizeof(error));
}

static const struct {
	const char *line;
	enum parsed want;
	const char *name;	/* of the subcommand found, or NULL */
} cases[] = {
	{ "", PARSED_WRONG, NULL },
	{ "--help", PARSED_HELP, NULL },
	{ "help", PARSED_HELP, NULL },
	{ "--version", PARSED_VERSION, NULL },
	{ "nonsense", PARSED_WRONG, NULL },
	{ "account", PARSED_WRONG, NULL },
	{ "account --help", PARSED_HELP, NULL },
	{ "account nonsense", PARSED_WRONG, NULL },
	{ "list", PARSED_WRONG, NULL },
	{ "account list", PARSED_RUN, "list" },
	{ "account list --json", PARSED_RUN, "list" },
	{ "account list extra", PARSED_WRONG, "list" },
	{ "account show", PARSED_WRONG, "show" },
	{ "account show u1", PARSED_RUN, "show" },
	{ "account show u1 u2", PARSED_WRONG, "show" },
	{ "account show -- u1", PARSED_RUN, "show" },
	{ "account revoke u1", PARSED_RUN, "revoke" },
	{ "account restore u1", PARSED_RUN, "restore" },
	{ "account code u1", PARSED_RUN, "code" },
	{ "account code u1 123456", PARSED_WRONG, "code" },
	{ "account code --code u1", PARSED_WRONG, "code" },
	{ "card block u1", PARSED_RUN, "block" },
	{ "card inspect", PARSED_RUN, "inspect" },
	{ "card inspect --json --mrz --reader X --csca d --profile f",
	  PARSED_RUN, "inspect" },
	{ "card inspect --can 123456", PARSED_WRONG, "inspect" },
	{ "card inspect --reader", PARSED_WRONG, "inspect" },
	{ "card inspect --reader=", PARSED_WRONG, "inspect" },
	{ "card inspect --json --json", PARSED_WRONG, "inspect" },
	{ "card inspect --json=yes", PARSED_WRONG, "inspect" },
	{ "card inspect --help", PARSED_HELP, "inspect" },
	{ "setup", PARSED_WRONG, "setup" },
	{ "setup --sector", PARSED_WRONG, "setup" },
	{ "setup --sector urn:x", PARSED_RUN, "setup" },
	{ "setup --sector=urn:x --force --csca=d --profile cnie2 --ids a",
	  PARSED_RUN, "setup" },
	{ "enrol --face --code --existing alice", PARSED_RUN, "enrol" },
	{ "enrol alice", PARSED_WRONG, "enrol" },
	{ "csca", PARSED_WRONG, NULL },
	{ "csca import", PARSED_WRONG, "import" },
	{ "csca import a", PARSED_RUN, "import" },
	{ "csca import a b c --signer=s", PARSED_RUN, "import" },
	{ "csca import a --signer s b", PARSED_RUN, "import" },
	{ "csca import a --signer", PARSED_WRONG, "import" },
	{ "csca import a --yes", PARSED_WRONG, "import" },
	{ "csca list --json", PARSED_RUN, "list" },
	{ "csca list a", PARSED_WRONG, "list" },
	{ "csca remove", PARSED_WRONG, "remove" },
	{ "csca remove 0123456789abcdef --yes", PARSED_RUN, "remove" },
	{ "csca remove a b", PARSED_WRONG, "remove" },
	{ "csca check --quiet --json", PARSED_RUN, "check" },
	{ "csca check --yes", PARSED_WRONG, "check" },
	{ "account list --name u* --status expired", PARSED_RUN, "list" },
	{ "account show u1 --status expired", PARSED_WRONG, "show" },
	{ "account rename u1", PARSED_WRONG, "rename" },
	{ "account rename u1 --to u2", PARSED_RUN, "rename" },
	{ "account move u1 --to /home/u2", PARSED_RUN, "move" },
	{ "account move u1 --to=", PARSED_WRONG, "move" },
	{ "account pass u1 --until 18:00 --services login", PARSED_RUN,
	  "pass" },
	{ "account pass u1 --end", PARSED_RUN, "pass" },
	{ "account pass u1 123456", PARSED_WRONG, "pass" },
	{ "account rebind u1", PARSED_RUN, "rebind" },
	{ "group put g", PARSED_WRONG, "put" },
	{ "group put g --gid 70000", PARSED_RUN, "put" },
	{ "group join g", PARSED_WRONG, "join" },
	{ "group join g --account u1", PARSED_RUN, "join" },
	{ "group leave g --account u1", PARSED_RUN, "leave" },
	{ "group list --json", PARSED_RUN, "list" },
	{ "roster", PARSED_WRONG, NULL },
	{ "roster key f", PARSED_RUN, "key" },
	{ "roster export f", PARSED_WRONG, "export" },
	{ "roster export f --sign k --days 3 --rebinds", PARSED_RUN,
	  "export" },
	{ "roster import f", PARSED_RUN, "import" },
	{ "roster import f --signer k --rebinds --revoke-missing", PARSED_RUN,
	  "import" },
	{ "roster import f --days 3", PARSED_WRONG, "import" },
	{ "roster verify f --signer k", PARSED_RUN, "verify" },
	{ "my-data --json", PARSED_RUN, "my-data" },
	{ "my-data u1", PARSED_WRONG, "my-data" },
	{ "key", PARSED_WRONG, NULL },
	{ "key pair", PARSED_WRONG, "pair" },
	{ "key pair f", PARSED_RUN, "pair" },
	{ "key init --seal --no-backup", PARSED_RUN, "init" },
	{ "key status --json", PARSED_RUN, "status" },
	{ "key rotate --to p --backup=f", PARSED_RUN, "rotate" },
	{ "key rotate --public-key x --ends 2999-01-01", PARSED_RUN,
	  "rotate" },
	{ "key rotate --public-key x --ends 2020-01-01", PARSED_WRONG,
	  "rotate" },
	{ "key rotate --seal", PARSED_WRONG, "rotate" },
	{ "key retire --lock-out 3", PARSED_RUN, "retire" },
	{ "key retire --keep-key", PARSED_RUN, "retire" },
	{ "key retire --keep-key=2", PARSED_WRONG, "retire" },
	{ "key retire 3", PARSED_WRONG, "retire" },
	{ "key backup f", PARSED_WRONG, "backup" },
	{ "key backup f --to p --previous", PARSED_RUN, "backup" },
	{ "key restore f", PARSED_WRONG, "restore" },
	{ "key restore f --identity s", PARSED_RUN, "restore" },
	{ "setup --sector urn:x --to p --backup f", PARSED_RUN, "setup" },
	{ "doctor --json", PARSED_RUN, "doctor" },
	{ "doctor --force", PARSED_WRONG, "doctor" },
};

START_TEST(command_line)
{
	enum parsed got = parse(cases[_i].line);

	ck_assert_msg(got == cases[_i].want, "%s: %d (%s)", cases[_i].line,
		      got, error);
	if (cases[_i].name) {
		ck_assert_ptr_nonnull(args.command);
		ck_assert_str_eq(args.command->name, cases[_i].name);
	} else {
		ck_assert_ptr_null(args.command);
	}
	if (got == PARSED_WRONG)
		ck_assert_msg(error[0] != '\0', "no error text");
}
END_TEST

START_TEST(values_arrive)
{
	ck_assert_int_eq(parse("card inspect --reader=a=b --profile f --mrz"),
			 PARSED_RUN);
	ck_assert_str_eq(args.value[OPT_READER], "a=b");
	ck_assert_str_eq(args.value[OPT_PROFILE_FILE], "f");
	ck_assert_uint_eq(args.seen, OPT(OPT_READER) | OPT(OPT_PROFILE_FILE) |
			  OPT(OPT_MRZ));
	ck_assert_int_eq(parse("account show -- -odd"), PARSED_RUN);
	ck_assert_str_eq(args.operand, "-odd");
	ck_assert_int_eq(parse("csca import a --signer s -- -b c"),
			 PARSED_RUN);
	ck_assert_uint_eq(args.count, 3);
	ck_assert_str_eq(args.operand, "a");
	ck_assert_str_eq(args.operands[0], "a");
	ck_assert_str_eq(args.operands[1], "-b");
	ck_assert_str_eq(args.operands[2], "c");
	ck_assert_str_eq(args.value[OPT_SIGNER], "s");
}
END_TEST

START_TEST(as_many_operands_as_there_is_room_for)
{
	static char *argv[OPERANDS_MAX + 5];
	static char words[][8] = { "cniectl", "csca", "import", "f" };

	for (size_t i = 0; i < OPERANDS_MAX + 4; i++)
		argv[i] = words[i < 3 ? i : 3];
	ck_assert_int_eq(options_parse(ctl_commands, OPERANDS_MAX + 3, argv,
				       &args, error, sizeof(error)),
			 PARSED_RUN);
	ck_assert_uint_eq(args.count, OPERANDS_MAX);
	ck_assert_int_eq(options_parse(ctl_commands, OPERANDS_MAX + 4, argv,
				       &args, error, sizeof(error)),
			 PARSED_WRONG);
}
END_TEST

START_TEST(every_subcommand_has_help_and_an_end)
{
	for (const struct command *c = ctl_commands; c->name; c++) {
		char *text = NULL;
		size_t n = 0;
		FILE *to = open_memstream(&text, &n);

		options_help(ctl_commands, c, to);
		fclose(to);
		ck_assert_ptr_nonnull(strstr(text, "usage: cniectl"));
		ck_assert_ptr_nonnull(strstr(text, c->name));
		ck_assert_ptr_nonnull(strstr(text, "Exit status"));
		ck_assert_ptr_nonnull(c->run);
		ck_assert_uint_eq(c->required & ~c->allowed, 0);
		free(text);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("ctl options");
	TCase *t = tcase_create("options");

	tcase_add_loop_test(t, command_line, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(t, values_arrive);
	tcase_add_test(t, as_many_operands_as_there_is_room_for);
	tcase_add_test(t, every_subcommand_has_help_and_an_end);
	suite_add_tcase(s, t);
	return s;
}

CHECK_MAIN(suite)
