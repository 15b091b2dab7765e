/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The client's half of the tokenisation service (RFC 9497, VOPRF): blind X,
 * send it, receive the evaluation and its proof, verify that under the pinned
 * public key of the epoch, unblind. What the service sees is a random element.
 *
 * One connected AF_UNIX SOCK_SEQPACKET descriptor, one packet each way for
 * each evaluation, integers big-endian:
 *
 *   request   "CNTK"  u8 version 1  u8 suite 1  u32 epoch  blinded[32]
 *   answer    "CNTK"  u8 version 1  u8 status   and where status is 0:
 *             evaluated[32]  proof[64]
 *
 * suite 1 is VOPRF(ristretto255-SHA512). An answer is bound to its request by
 * the proof: one that was meant for another element does not verify.
 */
#ifndef CNIE_SECTOR_PROVIDER_TOKENISER_H
#define CNIE_SECTOR_PROVIDER_TOKENISER_H

#include "base/wire.h"
#include "sector/provider.h"

#define TOKENISER_REQUEST (4 + 1 + 1 + 4 + OPRF_ELEMENT)
#define TOKENISER_ANSWER (4 + 1 + 1 + OPRF_ELEMENT + OPRF_PROOF)
#define TOKENISER_WAIT_MS 5000	/* two of them within what cnied waits for us */

enum tokeniser_status {
	TOKENISER_OK = 0,
	TOKENISER_UNKNOWN_EPOCH,
	TOKENISER_QUOTA,
	TOKENISER_REFUSED,
	TOKENISER_STATUS_COUNT
};

struct tokeniser_answer {
	uint8_t status;			/* enum tokeniser_status */
	uint8_t evaluated[OPRF_ELEMENT];/* zeros unless TOKENISER_OK */
	uint8_t proof[OPRF_PROOF];
};

must_check enum result tokeniser_request_put(
	struct sink *out, uint32_t epoch, const uint8_t blinded[OPRF_ELEMENT]);
/* R_MALFORMED: not such an answer, to its last byte. Whether the elements are
 * any is for oprf_verify to say. */
must_check enum result tokeniser_answer_get(struct span in,
					    struct tokeniser_answer *out);

struct tokeniser {
	int fd;				/* connected */
	uint32_t epoch;
	uint8_t public_key[OPRF_ELEMENT];
	uint32_t wait_ms;		/* for one answer */
	enum tokeniser_fault fault;	/* of one that answered REASON_TOKENISER */
};

/*
 * t outlives the provider. It answers REASON_TOKENISER where the service does
 * not answer in time, declines, or says what is no answer;
 * REASON_TOKENISER_PROOF where it did not use the key that is pinned.
 */
struct provider provider_tokeniser(struct tokeniser *t);

#endif
