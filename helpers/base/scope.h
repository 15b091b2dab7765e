/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Run a destructor at the end of scope, on every path out.
 *
 *	scoped(session_keys_wipe) struct session_keys ks = { 0 };
 *	scoped(close_fd) int fd = open(...);
 *
 * The destructor takes a pointer to the variable and accepts a half-built one.
 */
#ifndef CNIE_BASE_SCOPE_H
#define CNIE_BASE_SCOPE_H

#define scoped(destructor) __attribute__((cleanup(destructor)))

/* A destructor `scope_FN(type *)` for handles that a plain FN(type) frees. */
#define SCOPE_FREE(type, fn)                          \
	static inline void scope_##fn(type *v)        \
	{                                             \
		if (*v)                               \
			fn(*v);                       \
	}                                             \
	struct scope_semicolon

/* Close *fd where it is >= 0 and set it to -1; errno is kept. */
void close_fd(int *fd);

#endif
