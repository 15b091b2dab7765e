#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Look-ups through glibc and directly, beside `files`, at three sizes.
set -u
build=${1:-build}
"$build/test/nss_bench" "$build/test" | sed 's/^/nss: /'
