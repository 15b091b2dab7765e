/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the sector key's files are. cnied opens them and lets cnie-sector
 * inherit the descriptor; it never reads one.
 */
#ifndef CNIE_SERVICE_KEY_H
#define CNIE_SERVICE_KEY_H

#include "base/config.h"
#include "base/result.h"
#include "base/scope.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum custody {
	CUSTODY_NONE,		/* no key */
	CUSTODY_FILE,		/* a file that only root reads */
	CUSTODY_HOST,		/* a credential of systemd's, sealed by a key
				 * that lies on the same disk */
	CUSTODY_TPM,		/* a credential that a TPM sealed */
};

/* The key of an epoch, for reading: the credential that systemd has unsealed
 * for this service, else a file of root's that nobody else may read.
 * R_ABSENT: there is none. */
must_check enum result key_open(uint32_t epoch, int *fd);
/* Which of them it is. */
enum custody key_custody(uint32_t epoch);
/* "sealed by the TPM", or what to think of it; of two live epochs the worse. */
const char *key_custody_text(const struct config *c, uint32_t epoch);
/* Of a file that is there and is not used for what it is, its path and what is
 * wrong with it: mode, owner, kind. false: there is none, or its content is to
 * blame. */
bool key_refused_text(uint32_t epoch, char *out, size_t cap);
/* The same of whatever key_fds refused: a live epoch's key, the PIN's file, a
 * tokenisation service's socket. */
bool key_refusal(const struct config *c, char *out, size_t cap);
/* Somebody takes connections at the tokenisation service's socket. */
bool key_service_listens(const struct config *c);
/* cnie-sector's reason, and which of the troubles of a token or a service it
 * is. */
struct msg_helper_fail;
const char *key_fail_text(const struct msg_helper_fail *m);
/* systemd has handed a sealed one over. */
bool key_handed(uint32_t epoch);
/* A sealed key lies here: the epoch has one, whoever can't open it. */
bool key_sealed_here(uint32_t epoch);

/* A new file for it (R_BUSY where the epoch has a key); key_commit gives it
 * its name, key_abandon removes it. path: of the new file. */
must_check enum result key_create(uint32_t epoch, char *path, size_t cap,
				  int *fd);
must_check enum result key_commit(uint32_t epoch, const char *path);
/* The same beside a key that can't be used; key_exchange has the two change
 * their names. */
must_check enum result key_create_beside(uint32_t epoch, char *path,
					 size_t cap, int *fd);
must_check enum result key_exchange(uint32_t epoch, const char *path);
/* What was exchanged: for overwriting, its end, or kept as sector-N.key.other
 * where it must not be overwritten. */
must_check enum result key_open_exchanged(uint32_t epoch, int *fd);
bool key_keep_exchanged(uint32_t epoch);
void key_abandon(const char *path);
/* What a run that was killed before its key_commit left. */
void key_drop_unfinished(uint32_t epoch);

/* The plain file of an epoch for overwriting, and its end with all that goes
 * with it. R_ABSENT: there is none. */
must_check enum result key_open_to_destroy(uint32_t epoch, int *fd);
must_check enum result key_remove(uint32_t epoch);
/*
 * While a retirement goes on, and until key_remove: what it has to do in the
 * token, whose key can't be seen from here. key_token_ends marks that it is to
 * be destroyed there; key_token_stays: cniectl has marked that it is not,
 * because other machines have the same token's.
 */
must_check enum result key_token_ends(uint32_t epoch);
bool key_token_stays(uint32_t epoch);
/* Anything of its key is here, under whatever name. */
bool key_here(uint32_t epoch);
/* The last epoch below `below`, other than `except`, with a key here, or whose
 * retirement goes on; 0. */
uint32_t key_left_over(uint32_t below, uint32_t except);

/* The day (yyyymmdd) of the epoch's last backup; 0 never. */
uint32_t key_backup_day(uint32_t epoch);
/* One that is about to be made was never saved. */
must_check enum result key_backup_forget(uint32_t epoch);
must_check enum result key_backup_done(uint32_t epoch, uint32_t day);

/* What cnie-sector needs beside its channels to evaluate under this
 * configuration (keys, PIN of the token, tokeniser). R_ABSENT: the key is
 * missing; R_BUSY: the tokeniser does not answer. The caller closes. */
struct config;
struct sector_fds;
must_check enum result key_fds(const struct config *config,
			       struct sector_fds *out);
void key_fds_close(struct sector_fds *fds);	/* for scoped() */
/* A file at its place among them, lifted; see file_open. */
must_check enum result key_fds_file(struct sector_fds *fds, int at,
				    const char *path, unsigned int check);

#endif
