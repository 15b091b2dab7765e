#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Who may ask, from where, how often: the gates "seat", "service" and "act",
# one transaction a seat, the throttle, whose accounts are ours, the account
# phase, --existing, and cnied started by its sockets. All persons synthetic.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside
fi
. "$here/lab.sh"
. "$here/held.sh"
trap 'kill ${activate_pid-} 2>/dev/null; lab_end' EXIT

# -- the workstation, two persons -------------------------------------------------

lab_init
# started by its sockets, idle from now on: looked at when all else is done
mkdir -p "$ROOT/idle/run/cnie"
CNIE_ROOT=$ROOT/idle "$B/activate" "admin=$ROOT/idle/run/cnie/admin.sock" \
	"login=$ROOT/idle/run/cnie/login.sock" -- "$B/cnied" \
	>"$ROOT/idle/out" 2>>"$ROOT/idle/log" &
activate_pid=$!
activated=$SECONDS
listens "$ROOT/idle/run/cnie/login.sock"
CNIE_ROOT=$ROOT/idle ctl doctor >/dev/null 2>&1
check "cnied started by its sockets answers" \
	test "$(cat "$ROOT/idle/out")" = started

lab_card good
lab_card other --number CD654321 --document X22222222
lab_card third --number EF111222 --document X33333333
lab_card fourth --number GH333444 --document X44444444
cp "$ROOT/ca/uto/csca.cer" "$ROOT/store/uto.cer"
ctl setup --sector urn:example:sector:gates --profile uto --csca "$ROOT/store" \
	--ids "$LAB_IDS" --no-backup >/dev/null 2>&1 || die "setup: $(tail -n 2 "$lab_log")"
lab_pam login sudo swaylock cron
cat >"$ROOT/etc/pam.d/stack" <<-END
	auth     required $B/pam_cnie.so
	account  [success=ok ignore=ignore default=die] $B/pam_cnie.so
	account  required pam_permit.so
END
lab_set login services sudo
lab_set login card_wait_s 5
lab_camera holder
vcard_start
lab_authorise face+code

names() { ctl account list --json | sed -n 's/.*"name": *"\([a-z0-9-]*\)".*/\1/p'; }
enrol() {	# card options...: the account's name
	lab_put "$1"
	shift
	out=$(printf '123456\nplain-Word-7\nplain-Word-7\n' |
		ctl enrol "$@" 2>&1)
	sed -n 's/^enrolled: //p' <<<"$out"
}
person=$(enrol good --face --code)
second=$(enrol other --face)
[ -n "$person" ] && [ -n "$second" ] || die "enrol: $out"
uid_of() { LD_LIBRARY_PATH=$B getent passwd "$1" | cut -d: -f3; }
uid=$(uid_of "$person")
held_lay good

# sessions as logind would know them: `seat UID [active remote seat]`, more
# after them; none: nobody has a session
seat() {
	: >"$ROOT/run/cnie/seat-stub"
	while [ $# -gt 0 ]; do
		echo "uid=$1 active=${2:-yes} remote=${3:-no} seat=${4:-seat0}"
		shift $(($# < 4 ? $# : 4))
	done >"$ROOT/run/cnie/seat-stub"
}
events() { grep -c 'event=login' "$lab_log"; }
started() { grep -c '^<6>cpu' "$lab_log"; }	# helpers that ended

# -- seat ------------------------------------------------------------------------------

caller=64500
n=$(started)
seat
lab_login sudo "$person" 123456 plain-Word-7 --as $caller
expect "no session and not a greeter" PAM_AUTHINFO_UNAVAIL S01
lab_login swaylock "$person" 123456 plain-Word-7
expect "a root locker without a session" PAM_AUTHINFO_UNAVAIL S01
lab_login login "$person" 123456 plain-Word-7 --euid "$uid"
expect "an unprivileged greeter without a session" PAM_AUTHINFO_UNAVAIL S01
for tty in pts/3 /dev/ttyS0; do
	lab_login login "$person" 123456 plain-Word-7 --tty $tty
	expect "a greeter's service at $tty" PAM_AUTHINFO_UNAVAIL S01
done
seat $caller yes yes -
lab_login sudo "$person" 123456 plain-Word-7 --as $caller
expect "a remote session" PAM_AUTHINFO_UNAVAIL S02
lab_login login "$person" 123456 plain-Word-7 --as $caller
expect "a greeter's service in a remote session" PAM_AUTHINFO_UNAVAIL S02
seat $caller no no seat0
lab_login sudo "$person" 123456 plain-Word-7 --as $caller
expect "an inactive session" PAM_AUTHINFO_UNAVAIL S01
seat $caller yes no seat1
lab_login sudo "$person" 123456 plain-Word-7 --as $caller
expect "the session of another seat" PAM_AUTHINFO_UNAVAIL S01
seat $caller yes no -
lab_login sudo "$person" 123456 plain-Word-7 --as $caller
expect "a local session without a seat" PAM_AUTHINFO_UNAVAIL S01
seat "$uid"
lab_login swaylock "$second" 123456 plain-Word-7 --euid "$uid"
expect "an unprivileged locker asks for somebody else" PAM_AUTHINFO_UNAVAIL S04
lab_login swaylock "" 123456 plain-Word-7 --euid "$uid"
expect "an unprivileged locker asks for nobody by name" PAM_AUTHINFO_UNAVAIL S04
check "none of these started a helper" test "$(started)" = "$n"
lab_login swaylock "$person" 123456 plain-Word-7 --euid "$uid"
expect "an unprivileged locker asks for its own user, at the seat" PAM_SUCCESS ""
lab_login swaylock "$person" 123456 plain-Word-7 --as "$uid"
expect "a root locker in the session at the seat" PAM_SUCCESS ""
lab_login login "$person" 123456 plain-Word-7 --tty /dev/tty1
expect "login at a console" PAM_SUCCESS ""

"$B/badclient" "$ROOT/run/cnie/login.sock" flood >"$ROOT/flood" &
flood=$!
sleep 0.5
seat 64990
lab_login swaylock "$person" 123456 plain-Word-7 --euid 64990
expect "a third connection of one unprivileged user" PAM_AUTHINFO_UNAVAIL S10
seat "$uid"
lab_login swaylock "$person" 123456 plain-Word-7 --euid "$uid"
expect "and another user is served meanwhile" PAM_SUCCESS ""
wait $flood
check "two connections of one unprivileged user" \
	grep -q '^2 of 200 ' "$ROOT/flood"

# -- service -----------------------------------------------------------------------------

n=$(started)
seat
lab_login cron "$person" 123456 plain-Word-7
expect "a service on no list" PAM_AUTHINFO_UNAVAIL S03
seat $caller
lab_login cron "$person" 123456 plain-Word-7 --as $caller
expect "a service on no list, at the seat" PAM_AUTHINFO_UNAVAIL S03
lab_set login services su
lab_login sudo "$person" 123456 plain-Word-7 --as $caller
expect "sudo, where it is not configured" PAM_AUTHINFO_UNAVAIL S03
lab_set login services sudo
check "a refused service starts no helper" test "$(started)" = "$n"

# -- act -----------------------------------------------------------------------------------

again='Take your card out of the reader, then put it in again'
held_lay good
held_begin s sudo "$person" --as $caller
check "sudo: a card lying there is to be taken out" held_sees s "info: $again"
sleep 0.7
check "and asks nothing before that" \
	test "$(grep -c '^prompt:' "$ROOT/s.out")" = 0
lab_take
check "then to be put in" held_sees s 'info: Put your identity card'
lab_put good
check "and is read then" held_sees s '^prompt:.*(CAN)'
held_says s 'can 123456'
held_says s 'code plain-Word-7'
held_end s
expect "sudo with the card put in again" PAM_SUCCESS ""

held_lay good
lab_set login card_wait_s 2
lab_login sudo "$person" 123456 plain-Word-7 --as $caller
expect "sudo: a card that stays there is no consent" PAM_AUTHINFO_UNAVAIL R09
lab_take
lab_login sudo "$person" 123456 plain-Word-7 --as $caller
expect "sudo without a card" PAM_AUTHINFO_UNAVAIL R03
check "declines at once, not after card_wait_s" test "$ms" -lt 1500
lab_set login card_wait_s 5
held_begin g login "$person"
check "a greeter awaits the card" held_sees g 'info: Put your identity card'
lab_put good
held_says g 'can 123456'
held_says g 'code plain-Word-7'
held_end g
expect "a greeter, the card put in later" PAM_SUCCESS ""

# -- one transaction a seat -----------------------------------------------------------------

lab_take
held_lay good
held_begin s sudo "$person" --as $caller
held_sees s "info: $again" || fail "sudo waits"
lab_login sudo "$person" 123456 plain-Word-7 --as $caller
expect "a second transaction" PAM_AUTHINFO_UNAVAIL S05
lab_login swaylock "$person" 123456 plain-Word-7 --euid $caller
expect "an unprivileged locker takes nothing over" PAM_AUTHINFO_UNAVAIL S04
seat $caller yes no seat0 "$uid"
lab_login swaylock "$person" 123456 plain-Word-7 --euid "$uid"
expect "nor does one that asks for itself" PAM_AUTHINFO_UNAVAIL S05
lab_login login "$person" 123456 plain-Word-7
expect "a root greeter takes the seat over" PAM_SUCCESS ""
held_end s
expect "from sudo, which hears of it" PAM_AUTHINFO_UNAVAIL S06

# the same in the middle of a conversation, by a root locker
lab_take
held_begin s sudo "$person" --as $caller
held_end s
expect "sudo, no card" PAM_AUTHINFO_UNAVAIL R03
held_lay good
held_begin s sudo "$person" --as $caller
held_sees s "info: $again"
lab_take
lab_put good
held_sees s '^prompt:' || fail "sudo asks the CAN"
lab_login swaylock "$person" 123456 plain-Word-7 --as $caller
expect "a root locker takes the seat over from sudo that asks" PAM_SUCCESS ""
held_says s 'can 123456'
held_end s
expect "and sudo's answer is in vain" PAM_AUTHINFO_UNAVAIL S06
held_begin g login "$person"
held_sees g '^prompt:' || fail "the greeter asks"
lab_login login "$person" 123456 plain-Word-7
expect "two greeters: the first one keeps the seat" PAM_AUTHINFO_UNAVAIL S05
held_says g 'can 123456'
held_says g 'code plain-Word-7'
held_end g
expect "and is served" PAM_SUCCESS ""

# -- notice, then act, then camera -----------------------------------------------------------

line() { grep -n -m 1 -- "$1" <<<"$out" | cut -d: -f1; }
held_begin g login "$person"
held_sees g '^prompt:' || fail "the greeter asks"
sleep 1
check "the notice is shown before anything is asked" \
	test "$(head -n 1 "$ROOT/g.out" | grep -c 'nothing is kept')" = 1
check "nobody looks while the person has not acted" \
	test "$(grep -c 'Look straight' "$ROOT/g.out")" = 0
held_says g 'can 123456'
held_says g 'code plain-Word-7'
held_end g
check "notice, CAN, camera, code" test "$(line 'nothing is kept')" -lt \
	"$(line '(CAN)')" -a "$(line '(CAN)')" -lt "$(line 'Look straight')" \
	-a "$(line 'Look straight')" -lt "$(line 'Your code')"
field() { tail -n 50 "$lab_log" | grep event=login | tail -n 1 |
	sed -n "s/.* $1=\([^ ]*\).*/\1/p"; }
check "the camera ran after the act alone: $(field face_ms) of $(field total_ms) ms" \
	test "$(field face_ms)" -gt 0 -a \
	$(($(field total_ms) - $(field face_ms))) -ge 1000
held_begin g login "$person"
held_sees g '^prompt:' || fail "the greeter asks"
held_says g 'can'
held_end g
expect "whoever declines at the CAN" PAM_AUTHINFO_UNAVAIL S08
check "was not looked at" test "$(grep -c 'Look straight' <<<"$out")" = 0

# -- throttle: the seat ------------------------------------------------------------------------

throttle=$ROOT/run/cnie/throttle
lab_calm
lab_authorise face
for i in 1 2 3; do
	lab_login login "$person" 654321 x
	[ "$code" = C03 ] || fail "wrong CAN $i: $result $code"
done
check "a wrong CAN counts for the seat, not for the account" \
	test "$(ls "$throttle")" = 0
for i in 4 5 6; do	# the first wait of 1 s may be over at once
	lab_login login "$person" 654321 x
	[ "$code" != S07 ] || break
done
expect "the seat is slowed" PAM_MAXTRIES S07
seconds() { sed -n 's/.*Wait \([0-9]*\) seconds.*/\1/p' <<<"$said"; }
check "for some seconds, which the sentence says: $said" \
	test "$(seconds)" -ge 1 -a "$(seconds)" -le 30
check "no card was read for it" test "$(field apdus)" = 0
sleep "$(seconds)"
lab_login login "$person" 123456 x
expect "after these seconds the right CAN" PAM_SUCCESS ""
check "a success forgets the failures" test -z "$(ls "$throttle")"

# -- throttle: the account -----------------------------------------------------------------------

lab_authorise face+code
for i in 1 2 3; do
	lab_login login "$person" 123456 not-The-Code-9
	expect "wrong code $i" PAM_AUTH_ERR F07
done
check "a wrong code counts for the account alone" \
	test "$(ls "$throttle")" = "$uid"
for i in 4 5; do
	lab_login login "$person" 123456 not-The-Code-9
	[ "$code" != S07 ] || sleep "$(seconds)"
	[ "$code" != S07 ] || lab_login login "$person" 123456 not-The-Code-9
	expect "wrong code $i, when its turn came" PAM_AUTH_ERR F07
done
lab_login login "$person" 123456 plain-Word-7
expect "then even the right code must wait" PAM_MAXTRIES S07
check "for longer, and it is said: $said" test "$(seconds)" -ge 2
lab_cnied_stop
lab_cnied
lab_login login "$person" 123456 plain-Word-7
expect "cnied's restart forgets nothing" PAM_MAXTRIES S07
left=$(seconds)
lab_authorise face
lab_put other
lab_login login "$second" 123456 x
expect "another person is not slowed" PAM_SUCCESS ""
lab_put good
sleep "${left:-4}"
lab_authorise face+code
lab_login login "$person" 123456 plain-Word-7
expect "after the wait the right code" PAM_SUCCESS ""
check "and all is forgotten" test -z "$(ls "$throttle")"

# -- throttle: the face --------------------------------------------------------------------------

# the waits were shown above: here only the counts matter
no_wait() { sed -i -E 's/^(1 [0-9]+ [0-9]+) .*/\1 0/' "$throttle"/*; }
five_faces() {	# account
	local i
	for i in 1 2 3 4 5; do
		lab_login login "$1" 123456 plain-Word-7
		[ "$code" = F01 ] || fail "failed face $i: $result $code"
		no_wait
	done
}
lab_authorise face
lab_camera impostor
five_faces "$person"
lab_camera holder
lab_login login "$person" 123456 plain-Word-7
expect "after five failed faces the code, for whom has one" PAM_SUCCESS ""
check "the code alone" test "$(grep -c 'Your code' <<<"$out")" = 1 -a \
	"$(field factors)" = card+code
check "and no camera is started for it" \
	test "$(grep -c 'nothing is kept\|Look straight' <<<"$out")" = 0
lab_login login "$person" 123456 plain-Word-7
expect "after that success the face again" PAM_SUCCESS ""
check "the face alone" test "$(field factors)" = card+face
lab_put other
lab_camera impostor
five_faces "$second"
lab_camera holder
lab_login login "$second" 123456 plain-Word-7
expect "after five failed faces nobody without a code" PAM_AUTH_ERR F09
no_wait
printf 'other-Word-8\nother-Word-8\n' | ctl account code "$second" >/dev/null 2>&1 ||
	fail "account code"
lab_login login "$second" 123456 other-Word-8
expect "until the administrator has set one" PAM_SUCCESS ""
lab_login login "$second" 123456 other-Word-8
check "and the face serves again" test "$result $(field factors)" = \
	"PAM_SUCCESS card+face"

# -- whose accounts -------------------------------------------------------------------------------

lab_login login "" 123456 x
check "card-first: the second card is the second account's" \
	grep -qx "user: $second" <<<"$out"
lab_login login "$person" 123456 x
expect "and not the first one's" PAM_AUTH_ERR A02
check "which counts for nobody's account" \
	test "$(ls "$throttle" 2>/dev/null)" = 0
lab_calm
lab_put good
lab_login login "" 123456 x
check "card-first: the first card is the first account's" \
	grep -qx "user: $person" <<<"$out"

# cnied stands still: whoever speaks to it now waits
kill -STOP $cnied_pid
n=$(events)
lab_login login root "" x
check "root declines without the socket: $result, $ms ms" \
	test "$result" = PAM_USER_UNKNOWN -a "$ms" -lt 1000
lab_login login daemon "" x
check "a local user declines without it: $result, $ms ms" \
	test "$result" = PAM_USER_UNKNOWN -a "$ms" -lt 1000
lab_login login nobody-has-this-name "" x
check "an unknown name too: $result, $ms ms" \
	test "$result" = PAM_USER_UNKNOWN -a "$ms" -lt 1000
lab_login login "$person" "" x --rhost 192.0.2.7
check "a remote host too: $result, $ms ms" \
	test "$result" = PAM_AUTHINFO_UNAVAIL -a "$ms" -lt 1000
lab_login login "" "" x --rhost 192.0.2.7
check "card-first from a remote host too: $result, $ms ms" \
	test "$result" = PAM_AUTHINFO_UNAVAIL -a "$ms" -lt 1000
lab_login login "" "" x --silent
check "and who asks for silence about nobody: $result, $ms ms" \
	test "$result" = PAM_AUTHINFO_UNAVAIL -a "$ms" -lt 1000
lab_login stack "$person" "" x --acct
check "the account phase needs no service: $ms ms" \
	test "$result" = "" -a "$ms" -lt 1000
kill -CONT $cnied_pid
sleep 0.2
check "cnied heard of none of them" test "$(events)" = "$n"
lab_login login "$person" 123456 x --rhost localhost
expect "localhost is here" PAM_SUCCESS ""

# -- account phase --------------------------------------------------------------------------------

acct() {	# what user wanted-result wanted-code
	lab_login stack "$2" "" x --acct
	[ -n "$result" ] || result=PAM_SUCCESS
	expect "account phase: $1" "$3" "$4"
}
acct "an active account" "$person" PAM_SUCCESS ""
acct "root passes by" root PAM_SUCCESS ""
acct "a local user passes by" daemon PAM_SUCCESS ""
ctl account revoke "$person" >/dev/null || fail revoke
acct "a revoked account" "$person" PAM_PERM_DENIED A03
check "a revoked account still resolves" test "$(uid_of "$person")" = "$uid"
lab_login login "$person" 123456 x
expect "a revoked account and its card" PAM_AUTH_ERR A03
ctl account restore "$person" >/dev/null || fail restore
lab_calm
acct "a restored account" "$person" PAM_SUCCESS ""
mv "$ROOT/var/lib/cnie/accounts.view" "$ROOT/view"
acct "no view" "$person" PAM_AUTHINFO_UNAVAIL ""
cp "$ROOT/view" "$ROOT/var/lib/cnie/accounts.view"
chmod 666 "$ROOT/var/lib/cnie/accounts.view"
acct "a view that others may write" "$person" PAM_SYSTEM_ERR ""
mv "$ROOT/view" "$ROOT/var/lib/cnie/accounts.view"

# -- accounts that exist --------------------------------------------------------------------------

printf '%s\n' "synth-in:x:70001:100::/home/synth-in:/bin/sh" \
	"synth-out:x:1500:100::/home/synth-out:/bin/sh" \
	"synth-sys:x:300:100::/nonexistent:/bin/sh" >>"$ROOT/passwd"
check "--existing: an account of passwd, inside the range" \
	test "$(enrol third --existing synth-in --code)" = synth-in
lab_no_authorisation
lab_login login synth-in 123456 plain-Word-7
expect "it logs in by its card" PAM_SUCCESS ""
check "with the uid it had" test "$(uid_of synth-in)" = 70001
enrol fourth --existing synth-in --code >/dev/null
check "it is bound once" grep -q A09 <<<"$out"
enrol fourth --existing synth-sys --code >/dev/null
check "a system account is not bound" grep -q A07 <<<"$out"
enrol fourth --existing root --code >/dev/null
check "root is not bound" grep -q 'root is never bound' <<<"$out"
enrol fourth --existing nobody-has-this-name --code >/dev/null
check "nor a name that nobody has" grep -q 'no such account' <<<"$out"
check "and none of these is an account now" test "$(names | wc -l)" = 3
check "--existing: an account of passwd, outside the range" \
	test "$(enrol fourth --existing synth-out --code)" = synth-out
lab_login login synth-out 123456 plain-Word-7
expect "it logs in by its card, too" PAM_SUCCESS ""
lab_login login synth-in 123456 plain-Word-7
expect "and by no other's" PAM_AUTH_ERR A02
enrol good --code >/dev/null
check "nobody is enrolled twice" grep -q A08 <<<"$out"
sed -i '/^synth-in:/d' "$ROOT/passwd" 2>/dev/null ||
	{ p=$(grep -v '^synth-in:' "$ROOT/passwd"); printf '%s\n' "$p" >"$ROOT/passwd"; }

# -- cnied, idle ----------------------------------------------------------------------------------

while [ $((SECONDS - activated)) -lt 64 ] &&
		! grep -q ended "$ROOT/idle/out"; do
	sleep 0.5
done
check "idle for 60 s it ends by itself" \
	test "$(tail -n 1 "$ROOT/idle/out")" = "ended 0"
CNIE_ROOT=$ROOT/idle ctl doctor >/dev/null 2>&1
check "and the next caller starts it again" \
	test "$(tail -n 1 "$ROOT/idle/out")" = started
