#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The chip's PIN, through pcscd and libpam: off until the profile names it, in
# the place of the code once the genuine chip took it, its tries told, the last
# one only when it was typed again for that, and no word of a chip that proved
# nothing. All persons are synthetic.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside "$@"
fi
. "$here/lab.sh"
trap lab_end EXIT

ok() { echo "ok $1"; }
fail() {
	echo "FAIL $1: $result $code; ${2-}"
	sed 's/^/#   /' <<<"$out" | tail -n 8
	tail -n 2 "$lab_log" | sed 's/^/# log: /'
}

login() {	# PIN...: one for each time it is asked ("-": only Enter)
	local p
	lab_answers=
	for p in "$@"; do lab_answers+="pin ${p#-}"$'\n'; done
	lab_calm
	lab_login login "$person" "$cans" plain-Word-7
	factors=$(sed -n 's/.*event=login.* factors=\([^ ]*\) .*/\1/p' \
		"$lab_log" | tail -n 1)
}
granted() {	# what factors
	if [ "$result" = PAM_SUCCESS ] && [ "$factors" = "$2" ]
	then ok "$1 ($factors)"; else fail "$1" "factors $factors"; fi
}
refused() {	# what code
	if [ "$result" = PAM_AUTH_ERR ] && [ "$code" = "$2" ]
	then ok "$1 ($2)"; else fail "$1" "wanted $2"; fi
}
told() {	# what text
	if grep -qF -- "$2" <<<"$out"; then ok "$1"
	else fail "$1" "not told: $2"; fi
}
not_told() {
	if grep -qF -- "$2" <<<"$out"; then fail "$1" "told: $2"
	else ok "$1"; fi
}
put() {		# name: that card in the reader, as made
	vcard "load $ROOT/cards/$1" >/dev/null
	vcard reset >/dev/null
}

cans=123456
prompt='(PIN)'
lab_init
profile=$ROOT/etc/cnie/profile.d/uto.conf
lab_card good --pin 2468
cp "$ROOT/ca/uto/csca.cer" "$ROOT/store/uto.cer"
ctl setup --sector urn:example:sector:pin --profile uto \
	--csca "$ROOT/store" --ids "$LAB_IDS" --no-backup >/dev/null 2>&1 || die setup
lab_set login card_wait_s 2
vcard_start
lab_put good
out=$(printf '123456\nplain-Word-7\nplain-Word-7\n' | ctl enrol --code 2>&1) ||
	die "enrol: $out"
person=$(sed -n 's/^enrolled: //p' <<<"$out")

login 2468
granted "a profile that names no PIN asks for the code" card+code
not_told "and not for a PIN" "$prompt"

echo 'pin_reference = 0x81' >>"$profile"
login 2468
granted "the PIN stands for the code" card+pin
told "and is asked for" "$prompt"
login -
granted "without it the code serves" card+code
put good
login 1111
refused "a wrong PIN" P01
told "the tries that are left are told" "Tries left for the PIN of this card: 2."
login 1111
refused "a second wrong one" P01
told "one is left" "Tries left for the PIN of this card: 1."

# the last try: once more CAN and PIN, or nothing
cans='123456 123456'
login 2468 -
granted "the last try is kept by who presses Enter" card+code
told "and it was told" "Only one try is left"
login 2468 2468
granted "the last try, typed again" card+pin
login 1111
refused "after it the count begins anew" P01
told "three, less one" "Tries left for the PIN of this card: 2."

# blocked
put good
cans=123456
login 1111
login 1111
cans='123456 123456'
login 1111 1111
refused "a wrong last try" P02
cans=123456
login 2468
refused "a blocked PIN" P02
login -
granted "with a blocked PIN the code serves" card+code

# suspended under the MRZ: the CAN resumes it
sed -i 's/^password.*//' "$profile"
echo 'password = mrz' >>"$profile"
put good
mrz='mrz X12345678 850615 351231'
mrz_login() { lab_calm; lab_answers=$mrz$'\n'; local p
	for p in "$@"; do lab_answers+="pin ${p#-}"$'\n'; done
	lab_login login "$person" "$cans" plain-Word-7
	factors=$(sed -n 's/.*event=login.* factors=\([^ ]*\) .*/\1/p' \
		"$lab_log" | tail -n 1); }
mrz_login 2468
granted "the PIN after the MRZ" card+pin
mrz_login 1111
mrz_login 1111
refused "a second wrong one after the MRZ" P01
cans=123456
mrz_login 2468 2468
granted "a suspended PIN is resumed with the CAN" card+pin
told "which is said" "is suspended"
sed -i 's/^password.*//' "$profile"

# what a chip says that is not the genuine one, or proved nothing, counts for
# nothing, and the PIN does not even travel
lab_card clone --pin 2468 --clone --evil pin-always-ok
put clone
login 1111
refused "an emulator that takes any PIN" C15
lab_card plain --pin 2468 --evil pin-plain
put plain
login 1111
refused "a 9000 outside of secure messaging" C15
lab_card aa --pin 2468 --no-ca --aa rsa-2048:sha256 --evil pin-always-ok
put aa
login 1111
refused "Active Authentication alone does not attest a PIN" P05
login -
granted "such a card has the code" card+code
grep -q 'event=login result=granted .* proof=aa ' "$lab_log" &&
	ok "and the event says how weak its proof is" || fail "the event's proof"
lab_card cam --pin 2468 --pace cam-ecdh-aes128:bp256 --cam --no-ca
put cam
login 2468
granted "under PACE-CAM" card+pin
lab_card copy --pin 2468 --no-ca --evil pin-always-ok
sed -i 's/^require_chip_proof.*/require_chip_proof = no/' "$profile"
put copy
login 1111
refused "no chip proof, where a pilot admits that" P05
