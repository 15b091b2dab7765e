#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A sector key that a TPM seals: systemd-creds and an emulated TPM are real.
# Then the TPM is cleared, and the backup brings the key back.
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

does() {	# what status text, then cniectl's arguments
	local what=$1 want=$2 text=$3 now
	shift 3
	out=$(ctl "$@" 2>&1)
	now=$?
	cnied_pid=$(cat "$ROOT/cnied.pid")
	if [ $now = "$want" ] && grep -qE -- "$text" <<<"$out"; then ok "$what"
	else fail "$what: exit $now, wanted $want and: $text"; fi
}
check() {
	local what=$1
	shift
	if "$@"; then ok "$what"; else fail "$what"; fi
}
# The key's scalar is at no place where a copy of the disk has it. In
# hexadecimal: one key in eight holds a byte that ends a line.
holds() {	# file...
	local f
	for f in "$@"; do
		od -An -tx1 -v "$f" | tr -d ' \n' | grep -q "$scalar" && return 0
	done
	return 1
}
on_disk() {
	local -a files
	mapfile -d '' files < <(find "$ROOT"/etc "$ROOT"/var "$ROOT"/stick \
		"$ROOT/usr" -type f -size -4096k -print0)
	holds "${files[@]}"
}
served() { status && is key present && is custody "sealed by the TPM" && logs_in; }

keys_states
bring_back one
scalar=$(dd if="$ROOT/var/lib/cnie/key/sector-1.key" bs=1 skip=32 count=32 \
	status=none | od -An -tx1 -v | tr -d ' \n')
sealing_init
check "before: the key lies on the disk" on_disk

# -- sealed ----------------------------------------------------------------------------

does "the key is sealed" 0 'sealed +by the TPM' key init --seal
check "cnied has it from systemd, and the person logs in" served
check "its plain file is gone" test ! -e "$ROOT/var/lib/cnie/key/sector-1.key"
check "and no file holds it" eval '! on_disk'
does "again: it stays as it is" 0 'it was kept' key init --seal
does "doctor knows" 1 '^ok    key +sealed by the TPM' doctor
does "and that systemd unseals it" 1 '^ok    sealed-key +epoch 1' doctor
check "what systemd-creds was asked for names no key in the log" \
	eval '! holds "$lab_log" "$ROOT/systemctl.log"'
does "a backup of a sealed key" 0 'backup +written' key backup \
	"$ROOT/stick/sealed" --to "$ROOT/pair.pub"

# -- rotated ------------------------------------------------------------------------------

does "rotated: the new key is sealed too" 0 'sealed +by the TPM' key rotate \
	--to "$ROOT/pair.pub" --backup "$ROOT/stick/second"
check "the person logs in under it" served
check "with both in the drop-in" eval '[ $(grep -c ^LoadCredential \
	"$ROOT/etc/systemd/system/cnied.service.d/cnie-key.conf") = 2 ]'
does "the old one is saved" 0 'backup +written' key backup "$ROOT/stick/old" \
	--previous --to "$ROOT/pair.pub"
printf x | dd of="$ROOT/var/lib/cnie/key/sector-1.cred" bs=1 seek=60 \
	conv=notrunc status=none
does "damaged, and brought back as a file" 0 'is back' key restore \
	"$ROOT/stick/old" --previous --identity "$ROOT/pair"
does "which status tells" 0 'custody +demonstration only' key status
does "both are sealed" 0 'sealed +by the TPM' key init --seal
printf x >"$ROOT/var/lib/cnie/key/sector-2.key"
chmod 640 "$ROOT/var/lib/cnie/key/sector-2.key"
does "a copy that others may read is told too" 0 'custody +demonstration' \
	key status
rm "$ROOT/var/lib/cnie/key/sector-2.key"
printf x >"$ROOT/var/lib/cnie/key/sector-1.key.aside"
does "the old one is retired" 0 'retired +epoch 1' key retire
check "its credential is gone" test ! -e "$ROOT/var/lib/cnie/key/sector-1.cred"
check "nor is what a sealing left of it" \
	test ! -e "$ROOT/var/lib/cnie/key/sector-1.key.aside"
check "and the person logs in" served

# -- no TPM answers, and then it does ----------------------------------------------------------

cp "$ROOT/etc/systemd/system/cnied.service.d/cnie-key.conf" "$ROOT/drop-in"
cp "$ROOT/var/lib/cnie/key/sector-2.cred" "$ROOT/cred"
as_before() {
	cmp -s "$ROOT/drop-in" \
		"$ROOT/etc/systemd/system/cnied.service.d/cnie-key.conf" &&
		cmp -s "$ROOT/cred" "$ROOT/var/lib/cnie/key/sector-2.cred" &&
		[ ! -e "$ROOT/var/lib/cnie/key/sector-2.key" ]
}
tpm_stop
sleep 0.3
does "a TPM that is silent: restore refuses" 1 'no TPM answers' key restore \
	"$ROOT/stick/second" --identity "$ROOT/pair"
does "and so does sealing" 1 'no TPM answers' key init --seal
check "nothing was changed" as_before
check "and cnied goes on with what it got" logs_in
systemctl_lab try-restart
check "started anew it has no key" eval '! kill -0 "$cnied_pid" 2>/dev/null'
does "doctor says why" 1 '^fail  sealed-key +.*no TPM answers: cnied' doctor
does "status too" 3 'no TPM answers' key status
does "restore refuses as before" 1 '--without-tpm' key restore \
	"$ROOT/stick/second" --identity "$ROOT/pair"
check "nothing was changed" as_before
tpm_start
systemctl_lab start
check "it answers: the person logs in, and nothing was restored" served
tpm_stop
sleep 0.3
does "it is gone for good: that is said" 0 'the sector key is back' key restore \
	"$ROOT/stick/second" --identity "$ROOT/pair" --without-tpm
check "the person logs in" logs_in
does "by a plain file" 0 'demonstration only' key status
tpm_start
does "it was not gone: sealed again" 0 'sealed +by the TPM' key init --seal
check "by the credential of before" as_before
check "and the person logs in" served

# -- the TPM is cleared ---------------------------------------------------------------------

tpm_clear
systemctl_lab try-restart
check "cnied does not start" eval '! kill -0 "$cnied_pid" 2>/dev/null'
lab_login login "" 123456 plain-Word-7
check "a login goes on to the next module" test "$result" = PAM_AUTHINFO_UNAVAIL
does "doctor says why" 1 '^fail  sealed-key +the key of epoch 2' doctor
does "the wrong backup does not bring it back" 1 '\(K07\)' key restore \
	"$ROOT/stick/sealed" --identity "$ROOT/pair"
does "nor does the wrong half" 2 'not the secret half' key restore \
	"$ROOT/stick/second" --identity "$ROOT/pair.pub"
does "the backup does" 0 'the sector key is back' key restore \
	"$ROOT/stick/second" --identity "$ROOT/pair"
check "the person logs in again" logs_in
does "it is for demonstration until it is sealed anew" 0 \
	'demonstration only' key status
does "sealed by the cleared TPM" 0 'sealed +by the TPM' key init --seal
check "and the person logs in" served

# -- a firmware that was changed, and is again what it was ---------------------------------------

firmware changed
does "after a change of the firmware it opens no more" 1 \
	'^fail  sealed-key +the key of epoch 2' doctor
tpm_stop
sleep 0.3
tpm_start
does "after the change is undone it does" 1 '^ok    sealed-key +epoch 2' doctor
