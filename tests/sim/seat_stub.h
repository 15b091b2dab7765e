/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Test builds only: sessions from a file instead of logind, since neither
 * logind nor a seat exists where the tests run. CNIE_ROOT/run/cnie/seat-stub,
 * a line a session:  uid=N active=yes|no remote=yes|no seat=seat0|-
 * The peer's real uid (from /proc) picks the line; no line: no session.
 */
#ifndef CNIE_SIM_SEAT_STUB_H
#define CNIE_SIM_SEAT_STUB_H

#include "service/seat.h"

must_check enum result seat_stub_session(const struct peer *peer,
					 struct session *out);

#endif
