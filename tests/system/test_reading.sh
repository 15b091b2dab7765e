#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# cnie-card and cnie-inspect on the simulated card, with tests/sim/driver in
# cnied's place: which card gives which facts, which fault ends in which
# reason at which stage, and how many APDUs a reading takes.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside
fi
. "$here/listens.sh"
top=$(cd "$here/../.." && pwd)
B=${CNIE_BUILD:-$top/build}/test
unset CNIE_ROOT
D=$(mktemp -d /tmp/reading.XXXXXX) && chmod 755 "$D" || exit 99
vcard=
trap 'kill $vcard 2>/dev/null; rm -rf "$D"' EXIT
out=

ok() { echo "ok $1"; }
fail() { echo "FAIL $*"; sed 's/^/#   /' <<<"$out"; }
say() { "$B/vcard" --control "$D/ctl" --send "$1" >/dev/null; }

card() {	# name options...
	local name=$1
	shift
	"$B/personalise" --out "$D/$name" --ca "$D/${ca:-ca}" \
		--number AB123456 --pad-to 1500 "$@" >"$D/log" 2>&1 ||
		{ echo "FAIL personalise $name: $(tail -n 1 "$D/log")"; exit 99; }
}

put() { say "load $D/$1"; }		# found at the next reset

drive() { out=$(timeout 30 "$B/driver" --csca "$D/csca" "$@" 2>&1); }

# The reading failed with this reason, told by this helper, at this stage.
refused() {	# what who code stage
	if grep -Eq "^fail $2 $3 sw=.... stage=$4:" <<<"$out" &&
	   ! grep -q '^done' <<<"$out"; then ok "$1"
	else fail "$1: wanted $2 $3 at $4"; fi
}

facts() {	# what flags
	if grep -q "^facts flags=$2 " <<<"$out" && grep -q '^done' <<<"$out"
	then ok "$1"; else fail "$1: wanted facts $2"; fi
}

gone() {	# the card left: put it in again and see that the next works
	say clear
	say "insert $D/good"
	drive --wait 5000
	if grep -q '^done' <<<"$out"; then ok "$1, the next reading works"
	else fail "$1, the next reading works"; fi
}

card good --pad-to 15083
mkdir "$D/csca" && cp "$D/ca/csca.cer" "$D/csca" && chmod -R a+rX "$D/csca"
"$B/vcard" --card "$D/good" --control "$D/ctl" --absent >"$D/vcard.log" 2>&1 &
vcard=$!
listens "$D/ctl"
say "insert $D/good"

# -- a good card -----------------------------------------------------------------

drive --wait 5000
facts "a good card has every fact" 3ff
apdus=$(sed -n 's/^done apdus=\([0-9]*\) .*/\1/p' <<<"$out")
if [ "${apdus:-999}" -le 105 ]; then ok "portrait of 15 KB in $apdus APDUs"
else fail "portrait of 15 KB in ${apdus:-no} APDUs"; fi
if grep -q '^number UTO AB123456 ' <<<"$out" &&
   grep -q '^portrait format=0 bytes=15083' <<<"$out"; then
	ok "number and portrait come"; else fail "number and portrait come"; fi
drive --facts
if grep -q '^facts' <<<"$out" && ! grep -Eq '^(number|portrait)' <<<"$out"
then ok "nothing leaves before the word of cnied"
else fail "nothing leaves before the word of cnied"; fi
drive --finish
if grep -q '^number' <<<"$out" && ! grep -Eq '^(portrait|stage dg2)' <<<"$out"
then ok "without the word for it DG2 is not read"
else fail "without the word for it DG2 is not read"; fi
drive --mode only
if grep -q '^stage dg2' <<<"$out" && ! grep -Eq '^(number|portrait)' <<<"$out"
then ok "an inspection lets nothing out"
else fail "an inspection lets nothing out"; fi
drive --mode csca
if grep -q '^done apdus=0 .* anchors=1' <<<"$out"; then
	ok "the store alone"; else fail "the store alone"; fi
drive --mrz "$(sed -n 's/^mrz=//p' "$D/good/card.conf")"
facts "the MRZ opens it too" 3ff

# -- cards: options, then facts or a refusal -------------------------------------------

while read -r name want options; do
	[ -n "$name" ] || continue
	# shellcheck disable=SC2086
	card "$name" $options
	put "$name"
	drive
	facts "card $name" "$want"
done <<-END
	p256         3ff --pace-curve p256 --ca-curve p256
	two-curves   3ff --pace-curve bp256,p256
	named-key    3ff --ca-params named
	numbered-key 3ff --ca-params standardised
	key-id       3ff --ca-keyid 65
	rsa          3ff --sod-alg rsa
	rsa-pss      3ff --sod-alg rsa-pss
	sha512       3ff --digest sha512
	unsigned     3fb --unsigned-pace
	over         2ff --expiry 200101
	country      3f7 --wrong-country-dsc
END

while read -r name code stage options; do
	[ -n "$name" ] || continue
	# shellcheck disable=SC2086
	card "$name" $options
	put "$name"
	drive
	refused "card $name" inspect "$code" "$stage"
done <<-END
	no-access    C02 access-file  --withhold cardaccess
	big-access   C06 access-file  --oversize cardaccess
	no-sod       C07 sod          --no-sod
	cut-sod      C06 sod          --truncate sod
	big-sod      C06 sod          --oversize sod
	other-sod    C09 passive-auth --alter sod
	no-dg14      C07 dg14         --withhold dg14
	other-dg14   C14 passive-auth --alter dg14
	downgraded   C17 passive-auth --downgrade
	clone        C15 chip-proof   --clone
	no-ca        C16 chip-proof   --no-ca
	no-proof     C16 chip-proof   --no-dg14
	no-dg1       C07 dg1          --withhold dg1
	other-dg1    C14 dg1          --alter dg1
	lying-dg1    C06 dg1          --lying-length dg1
	no-dg2       C07 dg2          --withhold dg2
	other-dg2    C14 dg2          --alter dg2
	cut-dg2      C06 dg2          --truncate dg2
	lying-dg2    C06 dg2          --lying-length dg2
	big-dg2      C06 dg2          --oversize dg2
	foreign      C19 dg1          --state XYZ
	form         C20 dg1          --number 12345
END
ca=ca2 card unknown
put unknown
drive
refused "card of another State key" inspect C10 passive-auth
put no-ca
drive --any-proof
facts "a pilot card passes where no proof is required" 1ff
put clone
drive --any-proof
refused "a clone does not" inspect C15 chip-proof

# -- what the person or the profile has wrong -------------------------------------------

put good
drive --can 654321
refused "a wrong CAN" inspect C03 pace
drive --mrz X12345679580010143512311
refused "a wrong MRZ" inspect C03 pace
drive --aid A0000002471002
refused "another AID" inspect C01 select
drive --max 1000
refused "a file over the profile's limit" inspect C06 sod
drive --csca /nonexistent
refused "no store" inspect S12 none

# -- faults on the way -------------------------------------------------------------------

while read -r at stage; do
	say "remove-at $at"
	drive
	refused "the card leaves at APDU $at" inspect R04 "$stage"
	grep -q '^fail card R04' <<<"$out" || fail "cnie-card says so, too"
	gone "after that at $at"
done <<-END
	1 access-file
	4 pace
	8 sod
	17 chip-proof
	40 dg2
END
say "remove-after 5"
drive
if grep -Eq '^fail inspect R0[48] ' <<<"$out"; then
	ok "the card leaves after an answer"
else fail "the card leaves after an answer"; fi
gone "after that"
say "swap-at 12 $D/p256"
drive
refused "another card is put in" inspect 'R0[45]' sod
gone "after that"
for f in mac plain; do
	say "$f-at 10"
	drive
	refused "an answer with $f damage" inspect C05 sod
	say clear
done
say "sw-at 10 6a82"
drive
refused "an unprotected status word" inspect C05 sod
say clear
say "slip-at 12 $D/p256"
drive
refused "another chip under the same power" inspect C05 sod
say clear
put good
say "loop6c-at 1"
drive
refused "wrong Le for ever" inspect C06 access-file
say clear
say "sw-from 1 6a82"
drive
refused "a card that is no document" inspect C02 access-file
say clear

# -- the card and the reader -------------------------------------------------------------

drive --fresh --wait 400
refused "a card that lies there is no consent" card R09 none
grep -q '^card lying-there' <<<"$out" || fail "it is told to be taken out"
(sleep 0.5; say remove; sleep 1; say "insert $D/good") &
drive --fresh --wait 6000
facts "taken out and put in again it is" 3ff
(sleep 0.5; say remove) &
drive --delay 2500
refused "the card leaves while the CAN is typed" card R04 none
drive --wait 300
refused "no card" card R03 none
drive --wait 0
refused "no card, no wait" card R03 none
(sleep 0.5; say "insert $D/good") &
drive --wait 5000
facts "a card that comes in time" 3ff
drive --reader Other --wait 200
refused "another reader is named" card R02 none
drive --ignore foo,Virtual --wait 200
refused "the reader is to be ignored" card R02 none

# -- helpers that die ---------------------------------------------------------------------

for stage in 0 1 2 4 7 8; do
	drive --kill card --after $stage
	refused "cnie-card killed after stage $stage" inspect S14 '[a-z0-9-]*'
	drive --kill inspect --after $stage
	if grep -q '^exit inspect signal 9' <<<"$out" &&
	   grep -q '^exit card 0' <<<"$out"; then
		ok "cnie-inspect killed after stage $stage"
	else fail "cnie-inspect killed after stage $stage"; fi
done
drive
facts "after all of this a good card is good" 3ff

# -- pcscd ---------------------------------------------------------------------------------

pid=$(tr -d '\0' <"$PCSCD_PID_FILE")
(sleep 0.7; kill -9 "$pid") &
drive --delay 2000
refused "pcscd killed while the CAN is typed" card R10 none
drive
refused "no pcscd" card R01 none
exit 0
