#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the tokeniser costs a login in CPU time; a roster of a million accounts:
# written as a file, taken in, and the view made of it.
set -u
build=${1:-build}
"$build/test/voprf_bench"
"$build/test/roster_bench" 1000000
