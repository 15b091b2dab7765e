#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# cniectl is killed at every step of having the TPM seal a key, and run again:
# the key is sealed and served, and the plain file is gone; no step loses it.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside
fi
. "$here/lab.sh"
. "$here/sealing.sh"
lab_init
trap sealing_end EXIT
. "$here/killed.sh"
. "$here/killed_keys.sh"

was_sealed() {
	cnied_pid=$(cat "$ROOT/cnied.pid")
	status && is custody "sealed by the TPM" && is key present &&
		[ ! -e "$ROOT/var/lib/cnie/key/sector-1.key" ] && logs_in
}
begin_plain() {
	rm -rf "$ROOT/etc/systemd/system/cnied.service.d"
	systemctl_lab try-restart
}

keys_states
sealing_init
killed_with=begin_plain killed_after=true
echo cniectl >"$B/killed/killat.name"; numbers 0
killed_at_every_step cniectl "sealing" one was_sealed key init --seal
