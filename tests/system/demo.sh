#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# make demo: a synthetic person of the State UTO enrols and logs in through
# the real pcscd, libpam and NSS, on a simulated card and replayed frames;
# then everything that must be refused. Exit 0 only if all came out so.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside
fi
. "$here/lab.sh"
trap lab_end EXIT

table=() bad=0
step() { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() { sed 's/^/    /' <<<"$1"; }

# verdict WHAT WANTED_RESULT WANTED_CODE
verdict() {
	local ok=ok
	if [ "$result" != "$2" ] || [ "$code" != "${3-}" ]; then
		ok=WRONG
		bad=$((bad + 1))
		show "$out"
		tail -n 3 "$lab_log" | sed 's/^/    log: /'
	fi
	printf '    %-22s %6d ms  %s\n' "$result" "$ms" "$said"
	# the service's event, and the module's own line
	[ -z "${3-}" ] || printf '    log: %s\n    syslog: %s\n' "$reason" \
		"$(grep -a 'pam_cnie' "$lab_syslog" | tail -n 1 |
			sed 's/^.*pam_cnie/pam_cnie/')"
	table+=("$(printf '%-5s %-48s %-22s %-4s %6d' "$ok" "$1" "$result" \
		"${code:--}" "$ms")")
}

refused() {	# what, wanted result, wanted code, then lab_login's arguments
	local what=$1 want=$2 wcode=$3
	shift 3
	step "refused: $what"
	lab_calm
	lab_login "$@"
	verdict "$what" "$want" "$wcode"
}

# -- the workstation -----------------------------------------------------------------

step "A workstation, a State and a card (all synthetic)"
t0=$(date +%s%N)
lab_init
lab_syslog
lab_card good
lab_card altered --alter-dg2
lab_card clone --clone
lab_card unknown --ca "$ROOT/ca/unknown"
lab_card foreign --ca "$ROOT/ca/foreign" --state XXA --country XA
lab_card downgrade --downgrade
lab_card expired --expiry 200101 --document X00000001
lab_card renewed --document X99999999 --expiry 361231
lab_card other --number CD654321 --document X22222222
cp "$ROOT/ca/uto/csca.cer" "$ROOT/store/uto.cer"
# the foreign State's CSCA is in the store too: its signature is good
cp "$ROOT/ca/foreign/csca.cer" "$ROOT/store/foreign.cer"
ctl setup --sector urn:example:sector:demo --profile uto \
	--csca "$ROOT/store" --ids "$LAB_IDS" --no-backup >"$ROOT/setup.out" 2>&1 || {
	cat "$ROOT/setup.out"; die "cniectl setup"; }
lab_camera holder
lab_set login card_wait_s 2
vcard_start
printf '    %d ms\n' $((($(date +%s%N) - t0) / 1000000))
show "$(head -n 6 "$ROOT/setup.out")"

step "Enrolment: every gate of a login, a face, and a code of the person's choosing"
lab_authorise face+code
lab_put good
t0=$(date +%s%N)
out=$(printf '123456\nplain-Word-7\nplain-Word-7\n' | ctl enrol --face --code 2>&1)
[ $? = 0 ] || { show "$out"; tail -n 5 "$lab_log"; die "enrol"; }
show "$out"
person=$(ctl account list --json | sed -n 's/.*"name": *"\([a-z0-9]*\)".*/\1/p' | head -n 1)
[ -n "$person" ] || die "no account after the enrolment"
printf '    %d ms; NSS: %s\n' $((($(date +%s%N) - t0) / 1000000)) \
	"$(LD_LIBRARY_PATH=$B getent passwd "$person")"

lab_put other
out=$(printf '123456\n' | ctl enrol --face 2>&1) || die "enrol the other: $out"
faceonly=$(ctl account list --json |
	sed -n 's/.*"name": *"\([a-z0-9]*\)".*/\1/p' | grep -v "^$person\$")

# -- logins -------------------------------------------------------------------------------

granted() {	# what, then lab_login's arguments
	local what=$1
	shift
	step "$what"
	lab_login "$@"
	show "$out"
	verdict "$what" PAM_SUCCESS ""
}

lab_put good
lab_authorise face
granted "card + face, the card says who" login "" 123456 plain-Word-7
granted "card + face, the account named" login "$person" 123456 plain-Word-7
lab_authorise face+code
granted "card + face + code" login "$person" 123456 plain-Word-7
lab_no_authorisation
granted "card + code (no authorisation for the face)" login "$person" 123456 plain-Word-7
lab_authorise face

# -- refusals --------------------------------------------------------------------------------

lab_camera impostor
refused "another face" PAM_AUTH_ERR F01 login "$person" 123456 x
lab_camera holder
for c in "altered:altered DG2:C14" "clone:cloned card:C15" \
		"unknown:unknown CSCA:C10" \
		"foreign:a foreign State's genuine card, same number:C19" \
		"downgrade:signed PACEInfo that was not offered:C17" \
		"expired:expired card:C18"; do
	IFS=: read -r card what wcode <<<"$c"
	lab_put "$card"
	refused "$what" PAM_AUTH_ERR "$wcode" login "$person" 123456 x
done
lab_put good
refused "wrong CAN" PAM_AUTH_ERR C03 login "$person" 654321 x
lab_authorise face+code
refused "wrong code" PAM_AUTH_ERR F07 login "$person" 123456 another-Word-8
lab_authorise face

lab_put renewed
granted "a renewed card of the same person: same account" login "" 123456 x
lab_put good
refused "the older card is blocked now" PAM_AUTH_ERR A04 login "$person" 123456 x
lab_put renewed

ctl account revoke "$person" >/dev/null 2>&1 || die revoke
refused "revoked account" PAM_AUTH_ERR A03 login "$person" 123456 x
ctl account restore "$person" >/dev/null || die restore

echo "$person:*:64999:64999::/nonexistent:/bin/false" >>"$ROOT/passwd"
refused "another name service gives the name another uid" PAM_AUTH_ERR A06 \
	login "$person" 123456 x
# in place: it is mounted over /etc/passwd
passwd=$(head -n -1 "$ROOT/passwd") && printf '%s\n' "$passwd" >"$ROOT/passwd"

uid=$(LD_LIBRARY_PATH=$B getent passwd "$person" | cut -d: -f3)
printf 'uid=%s active=yes remote=no seat=seat0\nuid=64998 active=yes remote=yes seat=-\n' \
	"$uid" >"$ROOT/run/cnie/seat-stub"
lab_set login services "su"
refused "su by somebody else to the person at the seat" PAM_AUTHINFO_UNAVAIL S02 \
	su "$person" 123456 x --as 64998
rm -f "$ROOT/run/cnie/seat-stub"

step "refused: a second transaction on the seat"
lab_calm
mkfifo "$ROOT/hold"
LD_LIBRARY_PATH=$B "$B/pamlogin" --service-dir "$ROOT/etc/pam.d" \
	--service login --user "$person" --answers-fd 0 <"$ROOT/hold" \
	>/dev/null 2>&1 &
first=$!
exec 8>"$ROOT/hold"
sleep 0.7
lab_login login "$faceonly" 123456 x
verdict "a second transaction on the seat" PAM_AUTHINFO_UNAVAIL S05
exec 8>&-
kill $first 2>/dev/null
wait $first 2>/dev/null

lab_take
refused "no card" PAM_AUTHINFO_UNAVAIL R03 login "$person" 123456 x
lab_put other
lab_set face camera /dev/video-none
refused "no camera, and no code set" PAM_AUTHINFO_UNAVAIL F04 login "$faceonly" 123456 x
lab_camera holder
lab_no_authorisation
refused "no authorisation for the face, and no code set" PAM_AUTHINFO_UNAVAIL F05 \
	login "$faceonly" 123456 x
lab_authorise face
lab_put renewed
vcard "remove-at 40" >/dev/null
refused "card pulled out in the middle" PAM_AUTHINFO_UNAVAIL R04 login "$person" 123456 x
lab_put renewed
vcard "swap-at 40 $ROOT/cards/other" >/dev/null
# nothing is carried over: the CAN is asked anew, and it is another person's
refused "another card slipped in" PAM_AUTH_ERR A02 login "$person" "123456 123456" x
lab_put renewed
lab_calm
granted "and after all that: the next login" login "$person" 123456 x

step "Result"
printf '%-5s %-48s %-22s %-4s %6s\n' "" "case" "PAM" code ms
printf '%s\n' "${table[@]}"
if [ $bad -gt 0 ]; then
	echo "$bad of ${#table[@]} came out wrong"
	exit 1
fi
echo "all ${#table[@]} came out as they should"
