// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A name service module that behaves as the environment's CNIE_MUTE says; the
 * test builds it under several names, MODULE. Names and ids are synthetic.
 */
#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GLUE(a, b, c) a##b##c
#define FUNCTION(module, what) GLUE(_nss, module, what)
#define KNOWN_ID 70707

#ifdef LACKS
int cnie_gone(void);
#endif

static enum nss_status behave(int known, size_t room, int *error)
{
	const char *how = getenv("CNIE_MUTE");

#ifdef LACKS
	cnie_gone();
#endif
	if (!how || !strcmp(how, "empty"))
		return NSS_STATUS_NOTFOUND;
	if (!strcmp(how, "knows"))
		return known ? NSS_STATUS_SUCCESS : NSS_STATUS_NOTFOUND;
	if (!strcmp(how, "large")) {
		*error = ERANGE;
		return known && room < 100000 ? NSS_STATUS_TRYAGAIN :
			known ? NSS_STATUS_SUCCESS : NSS_STATUS_NOTFOUND;
	}
	if (!strcmp(how, "endless")) {
		*error = ERANGE;
		return NSS_STATUS_TRYAGAIN;
	}
	if (!strcmp(how, "blocks"))
		for (;;)
			pause();
	if (!strcmp(how, "crashes"))
		raise(SIGSEGV);
	if (!strcmp(how, "exits"))
		_exit(1);
	*error = !strcmp(how, "again") ? EAGAIN :
		 !strcmp(how, "refused") ? ECONNREFUSED :
		 !strcmp(how, "missing") ? ENOENT : 0;
	return !strcmp(how, "again") ? NSS_STATUS_TRYAGAIN :
				       NSS_STATUS_UNAVAIL;
}

enum nss_status FUNCTION(MODULE, _getpwnam_r)(const char *name,
	struct passwd *out, char *room, size_t n, int *error);
enum nss_status FUNCTION(MODULE, _getpwuid_r)(uid_t id, struct passwd *out,
	char *room, size_t n, int *error);
enum nss_status FUNCTION(MODULE, _getgrnam_r)(const char *name,
	struct group *out, char *room, size_t n, int *error);
enum nss_status FUNCTION(MODULE, _getgrgid_r)(gid_t id, struct group *out,
	char *room, size_t n, int *error);

enum nss_status FUNCTION(MODULE, _getpwnam_r)(const char *name,
	struct passwd *out, char *room, size_t n, int *error)
{
	(void)out;
	(void)room;
	return behave(!strcmp(name, "known"), n, error);
}

enum nss_status FUNCTION(MODULE, _getpwuid_r)(uid_t id, struct passwd *out,
	char *room, size_t n, int *error)
{
	(void)out;
	(void)room;
	return behave(id == KNOWN_ID, n, error);
}

enum nss_status FUNCTION(MODULE, _getgrnam_r)(const char *name,
	struct group *out, char *room, size_t n, int *error)
{
	(void)out;
	(void)room;
	return behave(!strcmp(name, "knowngroup"), n, error);
}

enum nss_status FUNCTION(MODULE, _getgrgid_r)(gid_t id, struct group *out,
	char *room, size_t n, int *error)
{
	(void)out;
	(void)room;
	return behave(id == KNOWN_ID + 1, n, error);
}
