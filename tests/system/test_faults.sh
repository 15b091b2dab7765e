#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Whatever breaks ends one login with a sentence, and the next one works:
# hostile cards, every helper and cnied killed in every state, clients that
# send garbage, leave, or flood. Prints a line "ok NAME" or "FAIL NAME why".
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside
fi
. "$here/lab.sh"
trap lab_end EXIT

ok() { echo "ok $1"; }
fail() { echo "FAIL $*"; sed 's/^/#   /' <<<"$out"; tail -n 4 "$lab_log" | sed 's/^/# log: /'; }

next_works() {	# what
	lab_put good
	lab_calm
	lab_login login "$person" 123456 plain-Word-7
	if [ "$result" = PAM_SUCCESS ]; then ok "$1, and the next login works"
	else fail "$1, and the next login works: got $result $code"; fi
}

# The last login must have ended so, and said so.
expect() {	# what wanted-result wanted-code-pattern
	if [[ $result == $2 && $code =~ ^($3)$ && -n $said ]]; then ok "$1"
	else fail "$1: got $result $code '$said', wanted $2 $3"; fi
}

lab_init
lab_card good
cp "$ROOT/ca/uto/csca.cer" "$ROOT/store/uto.cer"
ctl setup --sector urn:example:sector:faults --profile uto --csca "$ROOT/store" \
	--ids "$LAB_IDS" --no-backup >/dev/null 2>&1 || die "setup: $(tail -n 2 "$lab_log")"
lab_camera holder
lab_set login card_wait_s 2
lab_set login helper_s 3
vcard_start
lab_authorise face+code
lab_put good
out=$(printf '123456\nplain-Word-7\nplain-Word-7\n' | ctl enrol --face --code 2>&1) ||
	die "enrol: $out"
person=$(ctl account list --json | sed -n 's/.*"name": *"\([a-z0-9]*\)".*/\1/p' | head -n 1)
lab_authorise face

# -- hostile cards --------------------------------------------------------------------

for f in cardaccess sod dg14 dg1 dg2; do
	for how in truncate lying-length oversize withhold; do
		[ "$how $f" != "withhold cardaccess" ] || continue
		lab_card bad --$how $f
		lab_put bad
		lab_calm
		lab_login login "$person" 123456 x
		expect "a card with $how of $f" PAM_AUTH_ERR 'C[0-9]+'
	done
done
next_works "hostile files"

lab_card other --number CD654321 --document X22222222
while read -r fault pattern; do
	lab_take		# a silent card is pulled out by the person
	lab_put good
	[ "$fault" != slip-at_30 ] || fault+="_$ROOT/cards/other"
	vcard "${fault//_/ }" >/dev/null || fail "vcard $fault"
	lab_calm
	lab_login login "$person" 123456 x
	expect "a card with ${fault//_/ }" "PAM_AUTH*" "$pattern"
done <<-'END'
	mac-at_20 C05
	plain-at_20 C05
	sw-at_3_6982 C..
	sw-from_20_6700 C..
	loop61-at_20 C..
	loop6c-at_20 C..
	silent-at_20 R07
	silent-at_2 R07
	remove-at_1 R04
	remove-at_70 R04
	slip-at_30 C05|R05
END
lab_take
next_works "hostile answers"

# -- killed in each state --------------------------------------------------------------

helper_pid() {
	local c found=
	for c in $(cat "/proc/$cnied_pid/task/$cnied_pid/children"); do
		[ "$(cat "/proc/$c/comm" 2>/dev/null)" = "$1" ] && found=$c
	done
	[ -z "$found" ] || echo "$found"
}

wait_helper() {
	local i
	for i in $(seq 200); do
		[ -n "$(helper_pid "$1")" ] && return 0
		sleep 0.01
	done
	return 1
}

# A login held in a state: answers come through a pipe of ours.
begin() {
	lab_calm
	before=$(wc -l <"$lab_log")
	rm -f "$ROOT/answers"
	mkfifo "$ROOT/answers"
	LD_LIBRARY_PATH=$B "$B/pamlogin" --service-dir "$ROOT/etc/pam.d" \
		--service login --user "$person" --answers-fd 0 \
		<"$ROOT/answers" >"$ROOT/out" 2>&1 &
	login_pid=$!
	exec 8>"$ROOT/answers"
}
finish() {
	exec 8>&-
	wait $login_pid
	out=$(cat "$ROOT/out")
	lab_read "$before"
}
said_prompt() {	# how many prompts must have come
	local i
	for i in $(seq 300); do
		[ "$(grep -c '^prompt:' "$ROOT/out")" -ge "$1" ] && return 0
		sleep 0.01
	done
	return 1
}

hold() {	# a state; returns when the login is in it
	case $1 in
	wait_card) lab_take; begin; wait_helper cnie-card; sleep 0.2 ;;
	ask_can) lab_put good; begin; said_prompt 1 ;;
	read) lab_put good; vcard "slow 40" >/dev/null; begin; said_prompt 1
		printf 'can 123456\n' >&8; sleep 0.4 ;;
	face) lab_put good; begin; said_prompt 1; sleep 0.5
		kill -STOP "$(helper_pid cnie-face)"
		printf 'can 123456\n' >&8; sleep 0.7 ;;
	ask_code) lab_authorise face+code; lab_put good; begin; said_prompt 1
		printf 'can 123456\n' >&8; said_prompt 2; sleep 0.3 ;;
	esac
}
restore() { vcard "slow 0" >/dev/null; lab_authorise face; }

helpers_left() {	# of this workstation, "pid name" each
	local p name
	for p in /proc/[0-9]*; do
		name=$(cat "$p/comm" 2>/dev/null)
		case $name in
		cnie-card|cnie-inspect|cnie-sector|cnie-face)
			{ tr '\0' '\n' <"$p/environ"; } 2>/dev/null |
				grep -qx "CNIE_ROOT=$ROOT" &&
				echo "${p#/proc/} $name" ;;
		esac
	done
}

for state in wait_card ask_can read face ask_code; do
	for h in cnie-card cnie-inspect cnie-sector cnie-face; do
		hold $state || fail "hold $state"
		pid=$(helper_pid $h)
		if [ -z "$pid" ]; then	# not alive in this state
			exec 8>&-; kill $login_pid 2>/dev/null; wait $login_pid 2>/dev/null
			restore
			continue
		fi
		kill -KILL "$pid"
		sleep 0.1
		(printf 'can 123456\ncode plain-Word-7\n' >&8) 2>/dev/null
		finish
		restore
		# without the face the code serves; nothing else may succeed
		if [ $h = cnie-face ] && [ $state = ask_can -o $state = read ]; then
			case "$result $code" in
			"PAM_SUCCESS "*|"PAM_AUTH"*) ok "$h killed in $state: $result $code" ;;
			*) fail "$h killed in $state: $result $code" ;;
			esac
		else
			expect "$h killed in $state" "PAM_AUTH*" 'S14|R..|F..'
		fi
	done
	next_works "after the kills in $state"

	hold $state || fail "hold $state"
	kill -KILL $cnied_pid
	wait $cnied_pid 2>/dev/null
	finish
	if [ "$result" = PAM_AUTHINFO_UNAVAIL ] && [ -n "$said" ]; then
		ok "cnied killed in $state"
	else
		fail "cnied killed in $state: $result '$said'"
	fi
	# one that the loader still loads learns it at its helper_begin()
	for _ in $(seq 100); do
		left=$(helpers_left)
		[ -n "$left" ] || break
		sleep 0.02
	done
	if [ -z "$left" ]; then ok "no helper outlives cnied in $state"
	else fail "a helper outlives cnied in $state:" $left; fi
	rm -f "$ROOT"/run/cnie/*.sock
	lab_cnied
	restore
	next_works "after cnied was killed in $state"
done

# -- clients --------------------------------------------------------------------------------


"$B/badclient" "$ROOT/run/cnie/login.sock" garbage && ok "garbage is not answered with a login" ||
	fail "garbage"
next_works "after garbage"
"$B/badclient" "$ROOT/run/cnie/login.sock" leave && ok "clients that connect and leave" || fail "leave"
next_works "after clients that left"
"$B/badclient" "$ROOT/run/cnie/login.sock" flood &
flood=$!
sleep 0.5
next_works "during a flood of another user's connections"
wait $flood && ok "a flood is turned away" || fail "flood"
next_works "after a flood"
"$B/badclient" "$ROOT/run/cnie/admin.sock" garbage && ok "garbage at admin.sock" || fail "garbage at admin.sock"
next_works "after garbage at admin.sock"
