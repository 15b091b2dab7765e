#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Some APDUs of each; all of them in check-long.
exec bash "$(dirname "${BASH_SOURCE[0]}")/cardfaults.sh" 9
