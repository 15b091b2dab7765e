#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A slice of the lies; all of them in check-long.
exec bash "$(dirname "${BASH_SOURCE[0]}")/liar.sh" 17
