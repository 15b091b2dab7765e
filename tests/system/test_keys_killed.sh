#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# cniectl is killed at every step of what it does to a sector key, and run
# again: the key is the same one, the person logs in, nothing half is left.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside
fi
. "$here/lab.sh"
trap lab_end EXIT
lab_init
. "$here/killed.sh"
. "$here/killed_keys.sh"

keys_states
killable cniectl
keys_made cniectl
