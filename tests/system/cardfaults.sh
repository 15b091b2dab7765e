#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# cardfaults.sh [STEP]: what reader, card, pcscd and other programs do to a
# login, each against the real pcscd: the answer that the person gets, in
# bounded time, and that the next login works. At every STEPth APDU a card is
# pulled, or another one is slipped in (make check: some; check-long: all).
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside "$@"
fi
shift
step=${1:-1}
. "$here/lab.sh"
other=
trap 'kill $other ${HOG_PID-} $restarted 2>/dev/null; lab_end' EXIT
restarted=
reader="Virtual PCD 00 00"
limit_ms=12000			# login_s 8, and the programs' own time

ok() { echo "ok $1"; }
fail() {
	echo "FAIL $*: $result $code in $ms ms"
	tail -n 3 "$lab_log" | sed 's/^/# log: /'
}

login() { lab_calm; lab_login login "$person" 123456 plain-Word-7; }

# The login ended so (PAM result, code by pattern), in time.
ended() {	# what result codes
	if [[ $result == @($2) && $code =~ ^($3)$ && $ms -lt $limit_ms ]]
	then ok "$1 ($code, $ms ms)"; else fail "$1, wanted $2 $3"; fi
}

# The card lies there again, faults forgotten, and the next login works.
works() {	# after what
	lab_take		# a card that fell silent is pulled out
	lab_put good
	sleep 0.6
	login
	[ "$result" = PAM_SUCCESS ] && ok "after $1 the next login works" ||
		fail "after $1 the next login"
}

hold() {	# hog's arguments: returns once it holds
	coproc HOG { exec "$B/hog" "$@"; }
	hog=$HOG_PID
	read -r -t 10 _ <&"${HOG[0]}" || die "hog $*"
}

lab_init
lab_card good
lab_card other --number CD654321 --document Y87654321
lab_card endless --evil endless-ef
cp "$ROOT/ca/uto/csca.cer" "$ROOT/store/uto.cer"
ctl setup --sector urn:example:sector:faults --profile uto \
	--csca "$ROOT/store" --ids "$LAB_IDS" --no-backup >/dev/null 2>&1 || die setup
lab_set login card_wait_s 1
lab_set login login_s 8
lab_set login helper_s 3
vcard_start
lab_put good
out=$(printf '123456\nplain-Word-7\nplain-Word-7\n' | ctl enrol --code 2>&1) ||
	die "enrol: $out"
person=$(sed -n 's/^enrolled: //p' <<<"$out")
vcard reset >/dev/null
login
[ "$result" = PAM_SUCCESS ] && ok "a login" || fail "a login"
apdus=$(vcard stats | sed -n 's/.*last=\([0-9]*\).*/\1/p')
[ "${apdus:-0}" -ge 10 ] && [ "$apdus" -le 60 ] || die "apdus: $apdus"

# -- the card leaves, or another takes its place, at every APDU ------------------------

gone='PAM_AUTHINFO_UNAVAIL|PAM_AUTH_ERR'
# the last APDU of a card is its end: whatever comes there comes too late
for ((n = 1; n < apdus; n += step)); do
	vcard "remove-at $n" >/dev/null
	login
	ended "pulled at APDU $n of $apdus" PAM_AUTHINFO_UNAVAIL 'R0[345]'
	works "a card pulled at $n"
	vcard "swap-at $n $ROOT/cards/other" >/dev/null
	login
	ended "another card in its place at APDU $n" "$gone" \
		'R0[3458]|A01|C0[35]|C15|S08'  # S08: asked again, nobody answers
	works "a card changed at $n"
	vcard "slip-at $n $ROOT/cards/other" >/dev/null
	login
	ended "another chip under the same power at APDU $n" "$gone" \
		'R0[3458]|A01|C..'
	works "a chip slipped in at $n"
done

# -- what a card may say ----------------------------------------------------------------

while read -r fault codes; do
	[ -n "$fault" ] || continue
	vcard "${fault//_/ }" >/dev/null
	login
	ended "${fault//_/ }" "$gone" "$codes"
	works "${fault//_/ }"
done <<-END
	loop61-at_1 C23
	loop61-at_9 C23
	loop6c-at_1 C06
	mac-at_9 C05
	mac-at_12 C05|C15
	plain-at_9 C05
	replay-at_10 C05
	replay-at_13 C05|C15
	sw-at_9_9000 C05
	sw-at_9_6f00 C0[4-7]
	short-at_9 C05|R08|R09
	silent-at_1 R07|S15|S09
	silent-at_9 R07|S15|S09
	slow_1000 R07|S15|S09
END
vcard "load $ROOT/cards/endless" >/dev/null
vcard reset >/dev/null
login
ended "a file without end" "$gone" 'C06|C23'
works "a file without end"

# -- other programs ---------------------------------------------------------------------

hold transaction "$reader" 3000
login
if [ "$result" = PAM_SUCCESS ]; then
	[ "$ms" -lt $limit_ms ] && ok "another's transaction of 3 s was awaited" ||
		fail "another's transaction"
else ended "another's transaction of 3 s" "$gone" 'R0[678]|S15|S09'; fi
wait $hog 2>/dev/null
works "another's transaction"
hold transaction "$reader" 30000
login
ended "another's transaction without end" "$gone" 'R0[678]|S15|S09'
kill $hog; wait $hog 2>/dev/null
works "another's endless transaction"
hold exclusive "$reader" 30000
login
ended "exclusive access by another" "$gone" 'R06'
kill $hog; wait $hog 2>/dev/null
works "another's exclusive access"
hold die "$reader" 300
login
wait $hog 2>/dev/null
if [ "$result" = PAM_SUCCESS ] && [ "$ms" -lt $limit_ms ]; then
	ok "another died inside its transaction: $ms ms"
else ended "another died inside its transaction" "$gone" 'R0[578]|S15'; fi
works "another's death"
hold resets "$reader" 1500
lab_calm
# the CAN is asked for again after each
lab_login login "$person" "123456 123456 123456 123456" plain-Word-7
if [ "$result" = PAM_SUCCESS ] && [ "$ms" -lt $limit_ms ]; then
	ok "resets by another: $ms ms"
else ended "resets by another" "$gone" 'R0[45]'; fi
wait $hog 2>/dev/null
works "resets by another"

# -- readers ------------------------------------------------------------------------------

"$B/vcard" --card "$ROOT/cards/other" --port 35964 \
	--control "$ROOT/other.sock" </dev/null >/dev/null 2>&1 &
other=$!
sleep 0.8
login
[ "$result" = PAM_SUCCESS ] && ok "two readers, two cards: the first one's" ||
	fail "two readers, two cards"
lab_set reader name "Virtual PCD 00 01"
login
ended "the second reader is named: its card is another's" PAM_AUTH_ERR \
	'A0[12]'
lab_set reader name ""
lab_set reader ignore "PCD 00 01"
vcard remove >/dev/null
sleep 0.6
login
ended "the reader with a card is ignored" PAM_AUTHINFO_UNAVAIL R03
lab_set reader ignore ""
"$B/vcard" --control "$ROOT/other.sock" --send remove >/dev/null
works "two readers"

# -- pcscd --------------------------------------------------------------------------------

daemon() { tr -d '\0' <"$PCSCD_PID_FILE"; }
start_pcscd() {	# [directory of readers]
	rm -f /run/pcscd/*
	${PCSCD_COMMAND/% -c */} -c "${1:-${PCSCD_COMMAND##* -c }}" \
		>/dev/null 2>&1 </dev/null &
	restarted=$!
	listens /run/pcscd/pcscd.comm
	sleep 0.5
}
vcard "slow 40" >/dev/null
(sleep 0.5; kill -9 "$(daemon)") &
login
ended "pcscd killed during the reading" PAM_AUTHINFO_UNAVAIL 'R..'
login
ended "no pcscd" PAM_AUTHINFO_UNAVAIL R01
start_pcscd
vcard_start
works "a restart of pcscd"

# the reader is pulled out, and comes back: as pcscd tells it
kill "$(daemon)"; wait $restarted 2>/dev/null
mkdir "$ROOT/no-readers"
start_pcscd "$ROOT/no-readers"
login
ended "the reader is gone" PAM_AUTHINFO_UNAVAIL R02
kill "$(daemon)"; wait $restarted 2>/dev/null
start_pcscd
vcard_start
works "the reader's return"
