// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cniectl account pass: "I forgot my card today". cnied draws the code and
 * keeps only its hash; here it is shown once.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/scope.h"
#include "base/secret.h"
#include "ctl/talk.h"
#include "ctl/until.h"

#define CODE_MAX 65

struct pass {
	const char *account, *until;
	char code[CODE_MAX];		/* SECRET: wipe */
};

static void pass_wipe(struct pass *p)
{
	secret_wipe(p->code, sizeof(p->code));
}

static enum result on_row(void *ctx, const char *text)
{
	struct pass *p = ctx;
	size_t n = strlen(text);

	if (p->code[0] || n == 0 || n >= sizeof(p->code))
		return R_MALFORMED;
	memcpy(p->code, text, n + 1);
	return R_OK;
}

/* "gdm-password,login" as cnied keeps it. */
static int services(const char *list, char *out, size_t cap)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-,";
	size_t n = strlen(list);

	if (list[strspn(list, letters)] || list[0] == ',' ||
	    list[n - 1] == ',' || strstr(list, ",,")) {
		complain("--services: names of PAM services, with commas "
			 "between them");
		return CTL_USAGE;
	}
	if (n >= cap) {
		complain("--services: the list has %zu bytes, %zu at most are "
			 "kept", n, cap - 1);
		return CTL_USAGE;
	}
	for (size_t i = 0; i <= n; i++)
		out[i] = list[i] == ',' ? ' ' : list[i];
	return CTL_DONE;
}

static int until(const char *text, uint64_t *out)
{
	time_t when = 0;

	switch (until_parse(text, time(NULL), &when)) {
	case R_OK:
		*out = (uint64_t)when;
		return CTL_DONE;
	case R_DENIED:
		complain("--until: %s is past, or more than 24 hours away; a "
			 "pass ends today", text);
		return CTL_USAGE;
	case R_MALFORMED:
	case R_ABSENT:
	case R_BUSY:
	case R_TIMEOUT:
	case R_INTERNAL:
		break;
	}
	complain("--until: a time of today, HH:MM, such as 18:00");
	return CTL_USAGE;
}

/* Past stdio, whose buffer nobody wipes. */
static int show(const struct pass *p)
{
	size_t n = strlen(p->code), done = 0;

	printf("code of the day for %s, good until %s, shown this once:\n\n    ",
	       p->account, p->until);
	fflush(stdout);
	while (done < n) {
		ssize_t w = write(STDOUT_FILENO, p->code + done, n - done);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return CTL_SYSTEM;
		done += (size_t)w;
	}
	printf("\n\nIt is typed where the card is asked for. Five wrong tries, "
	       "or\ncniectl account pass %s --end, end it sooner.\n",
	       p->account);
	return CTL_DONE;
}

static int end(const struct arguments *a)
{
	static const struct client client = { .info = talk_info };
	int code;

	if (a->seen & (OPT(OPT_UNTIL) | OPT(OPT_SERVICES))) {
		complain("--end takes the pass back: nothing else with it");
		return CTL_USAGE;
	}
	code = talk_account(ADMIN_ACCOUNT_PASS_END, a->operand, &client);
	if (code == CTL_DONE)
		printf("%s has no code of the day any more\n", a->operand);
	return code;
}

int cmd_account_pass(const struct arguments *a)
{
	struct msg_admin_request request = { .verb = ADMIN_ACCOUNT_PASS };
	struct msg_admin_done done = { 0 };
	scoped(pass_wipe) struct pass p = { .account = a->operand };
	struct client client = { .ctx = &p, .row = on_row,
				 .info = talk_info };
	int code = CTL_DONE;

	if (a->seen & OPT(OPT_END))
		return end(a);
	if (!(a->seen & OPT(OPT_UNTIL))) {
		complain("--until HH:MM is missing, or --end");
		return CTL_USAGE;
	}
	p.until = a->value[OPT_UNTIL];
	if (a->seen & OPT(OPT_SERVICES))
		code = services(a->value[OPT_SERVICES], request.text,
				sizeof(request.text));
	if (code == CTL_DONE)
		code = until(p.until, &request.number);
	if (code == CTL_DONE)
		code = talk_name(&request, a->operand);
	if (code == CTL_DONE)
		code = talk_result(client_run(&request, &client, &done), &done);
	if (code == CTL_DONE && !p.code[0])
		code = talk_result(R_MALFORMED, &done);
	return code == CTL_DONE ? show(&p) : code;
}
