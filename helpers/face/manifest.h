/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The manifest: which models, what enters them, and the numbers that decide.
 * Its form is explained in models.manifest. Every key must be there once,
 * nothing unknown may be there, and each number has a range, so that a
 * damaged file can't weaken a decision beyond it.
 */
#ifndef CNIE_FACE_MANIFEST_H
#define CNIE_FACE_MANIFEST_H

#include "base/bytes.h"

#define MANIFEST_NAME "models.manifest"
#define MANIFEST_MAX  (16 * 1024)	/* bytes; the shipped one has 3 KB */

enum net { NET_DETECT, NET_LANDMARK, NET_FEATURE, NET_LIVENESS, NET_COUNT };

enum channels { CHANNELS_RGB, CHANNELS_BGR, CHANNELS_GREY };

#define NET_FILE_MAX 65
#define SHA256_SIZE  32

struct net_spec {
	char file[NET_FILE_MAX];	/* a name, no directory */
	uint8_t sha256[SHA256_SIZE];
	uint32_t width, height;
	uint32_t channels;		/* enum channels */
	uint32_t mean_e4, scale_e4;	/* (x - mean) / scale, times 1e4 */
};

enum fmr { FMR_1E3, FMR_1E4, FMR_1E5, FMR_COUNT };

/* Numbers named _e4 are in ten-thousandths. */
struct manifest {
	struct net_spec net[NET_COUNT];
	uint32_t match_frames;		/* scored at least */
	uint32_t threshold_e4[FMR_COUNT];
	uint32_t frame_floor_e4;
	uint32_t live_frames;		/* sampled exactly */
	uint32_t live_interval_ms;
	uint32_t live_threshold_e4;
	uint32_t give_up;		/* sampled frames, good or not */
};

/* *line is the line a refusal is about (0: the file as a whole). */
must_check enum result manifest_parse(struct span in, struct manifest *out,
				      unsigned int *line);

/*
 * The threshold for a false-match rate of at most fmr_e6 millionths: that of
 * the loosest row not above it. Rates above 1e-3 are taken as 1e-3;
 * R_DENIED below the strictest row.
 */
must_check enum result manifest_threshold(const struct manifest *m,
					  uint32_t fmr_e6, uint32_t *out_e4);

#endif
