#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Every kind of card that this version speaks logs in, as the same person:
# curves, signatures, pictures, passwords; and a pilot profile, which lets a
# card without chip proof pass, with doctor's warning, and no clone.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside
fi
. "$here/lab.sh"
trap lab_end EXIT

ok() { echo "ok $1"; }
fail() { echo "FAIL $*"; sed 's/^/#   /' <<<"$out"; tail -n 3 "$lab_log" | sed 's/^/# log: /'; }

lab_init
lab_card good
for kind in ecdsa rsa; do
	alg=$([ $kind = rsa ] && echo rsa || echo ecdsa-bp256)
	lab_card first-$kind --ca "$ROOT/ca/$kind" --csca-alg $alg --sod-alg $alg
	cp "$ROOT/ca/$kind/csca.cer" "$ROOT/store/$kind.cer"
done
cp "$ROOT/ca/uto/csca.cer" "$ROOT/store/uto.cer"
ctl setup --sector urn:example:sector:kinds --profile uto --csca "$ROOT/store" \
	--ids "$LAB_IDS" --no-backup >/dev/null 2>&1 || die setup
lab_camera holder
lab_set login card_wait_s 2
vcard_start
lab_authorise face
lab_put good
out=$(printf '123456\nplain-Word-7\nplain-Word-7\n' | ctl enrol --face --code 2>&1) ||
	die "enrol: $out"
person=$(sed -n 's/^enrolled: //p' <<<"$out")

logs_in() {	# what
	lab_calm
	lab_login login "$person" 123456 plain-Word-7
	if [ "$result" = PAM_SUCCESS ]; then ok "$1 logs in"
	else fail "$1: $result $code"; fi
}
refused() {	# what code
	lab_calm
	lab_login login "$person" 123456 plain-Word-7
	if [ "$result $code" = "PAM_AUTH_ERR $2" ]; then ok "$1 is refused ($2)"
	else fail "$1: $result $code, wanted $2"; fi
}

# the same document each time: a replacement is not an older card
while read -r what options; do
	lab_card kind $options
	lab_put kind
	logs_in "${what//_/ }"
done <<-END
	PACE_over_P-256 --pace-curve p256
	PACE_over_brainpoolP256r1 --pace-curve bp256
	two_PACE_curves_offered --pace-curve bp256,p256
	Chip_Authentication_over_P-256 --ca-curve p256
	a_named_curve_in_DG14 --ca-params named
	P-256_for_both --pace-curve p256 --ca-curve p256
	a_JPEG_portrait --portrait $ROOT/persona/portrait.jpg
	a_JPEG_2000_portrait --portrait $ROOT/persona/portrait.jp2
	an_ECDSA_P-256_signer --sod-alg ecdsa-p256
	a_signer_with_explicit_parameters --explicit-params
	an_RSA_signer_of_an_RSA_State --ca $ROOT/ca/rsa --sod-alg rsa
	an_RSA-PSS_signer --ca $ROOT/ca/rsa --sod-alg rsa-pss
	SHA-384 --digest sha384
	SHA-512 --digest sha512
END

# the MRZ as password: card inspect takes it; a login asks for the CAN
lab_put good
out=$(printf 'X12345678 850615 351231\n' | ctl card inspect --mrz 2>&1)
if [ $? = 0 ] && grep -q '^ *total' <<<"$out"; then ok "PACE with the MRZ"
else fail "PACE with the MRZ"; fi
out=$(printf '123456\n' | ctl card inspect --json 2>&1)
if [ $? = 0 ] && ! grep -qE 'AB123456|X12345678|SYNTHETIC|850615' <<<"$out"; then
	ok "card inspect tells nothing of the person"
else fail "card inspect"; fi

# any card in any reader, under another store and profile, enrolled or not
lab_card stranger --ca "$ROOT/ca/ecdsa" --number EF777777 --document X33333333
mkdir "$ROOT/elsewhere"
cp "$ROOT/ca/ecdsa/csca.cer" "$ROOT/elsewhere/"
cp "$ROOT/etc/cnie/profile.d/uto.conf" "$ROOT/elsewhere/uto.conf"
lab_put stranger
out=$(printf '123456\n' | ctl card inspect --reader "Virtual PCD 00 00" \
	--csca "$ROOT/elsewhere" --profile "$ROOT/elsewhere/uto.conf" 2>&1)
if [ $? = 0 ] && grep -q '^ *total' <<<"$out"; then
	ok "card inspect of a stranger's card, by reader, store and profile"
else fail "card inspect of a stranger's card"; fi
out=$(printf '123456\n' | ctl card inspect --reader "No Such Reader" 2>&1)
[ $? = 1 ] && grep -q 'R02' <<<"$out" && ok "a reader that is not there is said so" ||
	fail "a reader that is not there"
cp "$ROOT/ca/rsa/csca.cer" "$ROOT/elsewhere/csca.cer"
out=$(printf '123456\n' | ctl card inspect --csca "$ROOT/elsewhere" 2>&1)
[ $? = 1 ] && grep -q 'C10' <<<"$out" && ok "another State's store proves no card" ||
	fail "another State's store proves no card"
[ -z "$(find "$ROOT/run/cnie" -name 'ctl-*')" ] && ok "no staged copy stays" ||
	fail "a staged copy stays"
lab_put good

# -- a pilot profile -----------------------------------------------------------------

lab_card no-ca --no-ca
lab_card no-dg14 --no-dg14
lab_card clone --clone
lab_put no-ca
refused "a card without Chip Authentication" C16
sed -i 's/^require_chip_proof.*/require_chip_proof = no/' \
	"$ROOT/etc/cnie/profile.d/uto.conf"
lab_put no-ca
logs_in "under a pilot profile a card without Chip Authentication"
lab_put no-dg14
logs_in "under a pilot profile a card without DG14"
lab_put clone
refused "under a pilot profile a clone" C15
out=$(ctl doctor 2>&1)
if grep -qE '^warn +profile .*require_chip_proof' <<<"$out"; then ok "doctor warns of a pilot profile"
else fail "doctor warns of a pilot profile"; fi
