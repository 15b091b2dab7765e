#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The end of an epoch whose key is in a token (softhsm2), with cniectl and cnied
# killed at every step of it, and asked again: with --keep-key the token has its
# keys still, without it the old one is gone and no other; nothing half is left.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside
fi
. "$here/lab.sh"
trap 'umount /etc/softhsm 2>/dev/null; lab_end' EXIT
lab_init
. "$here/killed.sh"

TOKEN_GID=64199
PIN=2468
tokens=$ROOT/var/tokens		# so that it is put by, and brought back
mkdir "$tokens" "$ROOT/stick"
mkdir -m 750 "$ROOT/etc/softhsm"
printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' \
	"$tokens" >"$ROOT/etc/softhsm/softhsm2.conf"
chown -R 0:$TOKEN_GID "$ROOT/etc/softhsm"
mount --bind "$ROOT/etc/softhsm" /etc/softhsm || die softhsm
softhsm2-util --init-token --free --label cnie --pin $PIN --so-pin 13579 \
	>/dev/null || die "softhsm2-util"
chown -R 0:$TOKEN_GID "$tokens"
chmod -R g+rwX "$tokens"

lab_card good
cp "$ROOT/ca/uto/csca.cer" "$ROOT/store/uto.cer"
ctl setup --sector urn:example:sector:killed --profile uto --no-backup \
	--csca "$ROOT/store" --ids "$LAB_IDS" >/dev/null 2>&1 || die setup
rm "$ROOT/var/lib/cnie/key/sector-1.key"
printf %s $PIN >"$ROOT/etc/cnie/token.pin"
chmod 400 "$ROOT/etc/cnie/token.pin"
lab_set login card_wait_s 1
lab_set sector provider pkcs11
lab_set token module "$(find /usr/lib -name libsofthsm2.so | head -n 1)"
lab_set token label cnie
lab_set token pin_file /etc/cnie/token.pin
lab_set users token_gid $TOKEN_GID
vcard_start
lab_put good
objects() { find "$tokens" -name '*.object' ! -name token.object | wc -l; }
ctl key init >/dev/null 2>&1 || die "key init"
out=$(printf '123456\nplain-Word-7\nplain-Word-7\n' | ctl enrol --code 2>&1)
person=$(sed -n 's/^enrolled: //p' <<<"$out")
[ -n "$person" ] || die "enrol: $out"
ctl key rotate >/dev/null 2>&1 || die rotate
logs_in || die "login: $out"
[ "$(objects)" = 2 ] || die "objects: $(objects)"
put_by bound

was_retired() {	# keys in the token
	status && is key present && is epoch 2 && is previous_epoch 0 &&
		is left_over 0 || return 1
	[ "$(objects)" = "$1" ] || { out+=" keys: $(objects)"; return 1; }
	[ -z "$(find "$ROOT/var/lib/cnie/key" -name 'sector-1.*')" ] || {
		out+=" a mark is left"; return 1; }
	logs_in
}
was_kept() { was_retired 2; }
was_ended() { was_retired 1; }

killable cniectl
for program in cniectl cnied; do
	lab_cnied_stop		# which reads at its start who is killed
	echo $program >"$B/killed/killat.name"
	cnied_again
	killed_at_every_step $program "retire --keep-key" bound was_kept \
		key retire --keep-key
	killed_at_every_step $program "retire" bound was_ended key retire
done
