#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# liar.sh [STEP]: a compromised cnie-card (tests/sim/liarcard) in cnied's
# crew. It lies in every field and message, at every APDU, and splices the
# answers of two cards: no lie obtains a grant. And what it saw, dumped, holds
# neither portrait nor number where the chip is proven by CA or CAM. STEP
# takes every STEPth lie (make check: a slice; check-long: all).
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside "$@"
fi
shift
step=${1:-1}
. "$here/lab.sh"
trap 'kill $other 2>/dev/null; lab_end' EXIT
other=

ok() { echo "ok $1"; }
fail() { echo "FAIL $*"; tail -n 3 "$lab_log" | sed 's/^/# log: /'; }

login() { lab_calm; lab_login login "$person" 123456 plain-Word-7; }
orders() { echo "$*" >"$ROOT/liar"; }

hex() { od -An -v -tx1 "$1" | tr -d ' \n'; }

# Nothing of the person is in what the liar saw: not the number, not a piece
# from the middle of the portrait. The search itself is tried on what must be
# found: the AID, which is sent in the clear before PACE or after.
saw_nothing() {	# what
	local dump number piece
	dump=$(hex "$ROOT/liar.dump")
	number=$(printf %s AB123456 | od -An -v -tx1 | tr -d ' \n')
	piece=$(hex "$ROOT/persona/portrait.jp2" | cut -c 8001-8064)
	if [ ${#dump} -gt 20000 ] && [ ${#piece} -eq 64 ] &&
	   ! grep -qF "$number" <<<"$dump" && ! grep -qF "$piece" <<<"$dump"
	then ok "$1: $((${#dump} / 2)) bytes seen, no number, no portrait"
	else fail "$1: the liar saw the number or the portrait"; fi
}

lies() {
	local n t
	for n in $(seq 1 "$apdus"); do
		echo "splice $n"
		echo "flip $n 3"
		echo "flip $n 77"
		echo "flip $n 1201"
		echo "replay $n"
		echo "ok $n"
		echo "cut $n"
		echo "longer $n"
		echo "end $n"
		echo "reason $n $((n * 7 % 130))"
	done
	echo alternate
	echo "splice 0"
	for t in $(seq 1 6) $(seq 20 24) $(seq 40 58) $(seq 80 86) 200; do
		for n in 0 1 4 9 15 "$apdus"; do
			echo "say $n $t"
			echo "say-apdu $n $t"
		done
	done
	for n in 0 1 2 4 99 255; do echo "state $n"; done
	echo "link 0 0"
	echo "link 4294967295 33"
	echo "link 70000 64"
	echo "link 1 34"
	echo "link none 0"
	echo link-twice
}

lab_init
lab_card good
# a genuine card of another person, not enrolled here, of the same State
lab_card other --number CD654321 --document Y87654321 --can 123456
cp "$ROOT/ca/uto/csca.cer" "$ROOT/store/uto.cer"
ctl setup --sector urn:example:sector:liar --profile uto \
	--csca "$ROOT/store" --ids "$LAB_IDS" --no-backup >/dev/null 2>&1 || die setup
lab_set login card_wait_s 1
vcard_start
lab_put good
"$B/vcard" --card "$ROOT/cards/other" --port 35964 \
	--control "$ROOT/other.sock" </dev/null >/dev/null 2>&1 &
other=$!
sleep 0.6
out=$(printf '123456\nplain-Word-7\nplain-Word-7\n' | ctl enrol --code 2>&1) ||
	die "enrol: $out"
person=$(sed -n 's/^enrolled: //p' <<<"$out")
cp "$B/cnie-card" "$ROOT/honest-card"
cp "$B/liarcard" "$B/cnie-card.new" && mv "$B/cnie-card.new" "$B/cnie-card"

# told to be honest it is as good as the real one: what follows is its lies
orders honest
login
[ "$result" = PAM_SUCCESS ] && ok "the double can be honest" ||
	fail "the double can be honest: $result $code $said"
# of both kinds of card, everything that it saw: with the portrait read too
for kind in ca cam; do
	case $kind in
	ca) lab_card seen ;;
	cam) lab_card seen --cam --no-ca --pace cam-ecdh-aes128:bp256 ;;
	esac
	vcard "load $ROOT/cards/seen" >/dev/null
	vcard reset >/dev/null
	rm -f "$ROOT/liar.dump"
	out=$(printf '123456\n' | ctl card inspect 2>&1) ||
		fail "the whole $kind card is read: $out"
	saw_nothing "$kind"
done
vcard "load $ROOT/cards/good" >/dev/null
vcard reset >/dev/null
vcard stats >"$ROOT/stats"
login
# the APDUs of a login without a portrait
apdus=$(sed -n 's/.*event=login.* apdus=\([0-9]*\).*/\1/p' "$lab_log" | tail -n 1)
[ "${apdus:-0}" -ge 10 ] && [ "$apdus" -le 60 ] || die "apdus: $apdus"

lies >"$ROOT/lies"
told=0 granted=0 i=0
while read -r lie; do
	i=$((i + 1))
	[ $((i % step)) -eq 0 ] || continue
	orders "$lie"
	rm -f "$ROOT/liar.told"
	login
	if [ ! -e "$ROOT/liar.told" ]; then
		# there is no APDU of that number, or no answer before it
		case $lie in
		"splice $apdus"|"replay 1") ok "not to be told: $lie" ;;
		*) fail "was not told: $lie" ;;
		esac
		continue
	fi
	told=$((told + 1))
	case $result in
	PAM_SUCCESS)
		# words that change nothing may be followed by an honest
		# reading; one of another card, or a changed answer, may not
		case $lie in
		link*|"state 3") ok "harmless: $lie" ;;
		# EF.CardAccess is read in the clear, then in another way, and
		# what came of it is held against the signed copy
		"ok 1"|"cut 1"|"longer 1"|"ok 2") ok "read anew after: $lie" ;;
		# cnied has heard cnie-inspect's last word before
		say*" $apdus "*) ok "harmless: $lie" ;;
		*) granted=$((granted + 1)); fail "a grant after: $lie" ;;
		esac ;;
	PAM_AUTH_ERR|PAM_AUTHINFO_UNAVAIL|PAM_MAXTRIES|PAM_SYSTEM_ERR)
		echo "ok no grant: $lie ($code)" ;;
	*) fail "$lie: $result" ;;
	esac
done <"$ROOT/lies"
[ "$told" -gt 20 ] && [ "$granted" -eq 0 ] && ok "$told lies, no grant" ||
	fail "$granted grants after $told lies"

# afterwards, with the real cnie-card, all is as before
cp "$ROOT/honest-card" "$B/cnie-card.new" && mv "$B/cnie-card.new" "$B/cnie-card"
login
[ "$result" = PAM_SUCCESS ] && ok "the next login works" ||
	fail "the next login: $result $code"
