/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What glibc calls (nss(5), glibc manual "NSS Modules Interface"). In every
 * process of the machine:
 *
 * MUST: ERANGE with TRYAGAIN means that the buffer is too small, nothing else.
 * MUST: *errnop is not 0 on failure, errno is untouched on success. MUST: all
 * strings stand in the caller's buffer. MUST: no memory, descriptor, lock,
 * signal, output or log; no call into the name service. MUST: a thread that is
 * cancelled does not end in here: glibc may hold a lock for it.
 *
 * The view says whether it may be enumerated; where it may not, setXXent is
 * fine and the first getXXent_r is the end.
 */
#ifndef CNIE_NSS_CNIE_H
#define CNIE_NSS_CNIE_H

#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <sys/types.h>

#define NSS_EXPORT __attribute__((visibility("default")))

NSS_EXPORT enum nss_status _nss_cnie_getpwnam_r(const char *name,
		struct passwd *pw, char *buf, size_t n, int *errnop);
NSS_EXPORT enum nss_status _nss_cnie_getpwuid_r(uid_t uid, struct passwd *pw,
		char *buf, size_t n, int *errnop);
NSS_EXPORT enum nss_status _nss_cnie_getgrnam_r(const char *name,
		struct group *gr, char *buf, size_t n, int *errnop);
NSS_EXPORT enum nss_status _nss_cnie_getgrgid_r(gid_t gid, struct group *gr,
		char *buf, size_t n, int *errnop);
NSS_EXPORT enum nss_status _nss_cnie_initgroups_dyn(const char *user,
		gid_t group, long int *start, long int *size, gid_t **groups,
		long int limit, int *errnop);

NSS_EXPORT enum nss_status _nss_cnie_setpwent(int stayopen);
NSS_EXPORT enum nss_status _nss_cnie_getpwent_r(struct passwd *pw, char *buf,
		size_t n, int *errnop);
NSS_EXPORT enum nss_status _nss_cnie_endpwent(void);
NSS_EXPORT enum nss_status _nss_cnie_setgrent(int stayopen);
NSS_EXPORT enum nss_status _nss_cnie_getgrent_r(struct group *gr, char *buf,
		size_t n, int *errnop);
NSS_EXPORT enum nss_status _nss_cnie_endgrent(void);

#endif
