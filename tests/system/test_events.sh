#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The operations stream: exactly one event a transaction, under the code that
# the person saw, to journald (a stand-in at its socket, in our namespace)
# and without it to standard error; the module's lines to syslog (the same at
# /dev/log). None of them carries anything of the person, whose values are
# known here, all synthetic, and searched for at the end.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside
fi
. "$here/lab.sh"
. "$here/held.sh"
trap lab_end EXIT

lab_init
urn=urn:example:sector:events
lab_card good
lab_card altered --alter-dg2
lab_card clone --clone
lab_card unknown --ca "$ROOT/ca/unknown"
lab_card expired --expiry 200101 --document X00000001
lab_card other --number CD654321 --document X22222222
cp "$ROOT/ca/uto/csca.cer" "$ROOT/store/uto.cer"
ctl setup --sector $urn --profile uto --csca "$ROOT/store" \
	--ids "$LAB_IDS" --no-backup >/dev/null 2>&1 || die "setup: $(tail -n 2 "$lab_log")"
lab_set login card_wait_s 2
lab_set login services sudo
lab_camera holder
vcard_start
lab_authorise face+code
lab_put good
out=$(printf '123456\nplain-Word-7\nplain-Word-7\n' | ctl enrol --face --code 2>&1)
person=$(sed -n 's/^enrolled: //p' <<<"$out")
lab_put other
out=$(printf '123456\n' | ctl enrol --face 2>&1)
second=$(sed -n 's/^enrolled: //p' <<<"$out")
[ -n "$person" ] && [ -n "$second" ] || die "enrol: $out"
uid=$(LD_LIBRARY_PATH=$B getent passwd "$person" | cut -d: -f3)
# programs that call themselves by a person's name
lab_pam login sudo swaylock "$person" other

# -- without journald --------------------------------------------------------------------

lines() { grep -c 'event=' "$lab_log"; }
for c in plain-Word-7 other-Word-8; do
	lab_put good
	n=$(lines)
	lab_login login "$person" 123456 $c
	check "no journald: one line on standard error (${code:-OK})" \
		test $(($(lines) - n)) = 1 -a "${reason%% *}" = "${code:-OK}"
done
lab_calm

# -- with journald and syslog ---------------------------------------------------------------

[ -d /run/systemd ] || mkdir -p /run/systemd
mountpoint -q /run/systemd || mount -t tmpfs tmpfs /run/systemd
mkdir -p /run/systemd/journal
journal=$ROOT/journal syslog=$ROOT/syslog
lab_syslog
"$B/journalsink" "$journal" /run/systemd/journal/socket </dev/null &
sinks+=" $!"
for _ in $(seq 200); do
	[ -S /run/systemd/journal/socket ] && break
	sleep 0.01
done

on_stderr=$(lines)

# code, result and text of every reason, from the table itself
reasons=$(sed -nE 's/^X\([A-Z0-9_]+, *[0-9]+, *"([A-Z0-9]+)", *R_([A-Z]+), *MSG_[A-Z_]+, *"(.*)"\).*/\1 \2 \3/p' \
	"$top/helpers/base/reason.h")
check "the table of reasons is read: $(wc -l <<<"$reasons")" \
	test "$(wc -l <<<"$reasons")" -ge 60
priority_of() {
	case $(grep "^$1 " <<<"$reasons" | cut -d' ' -f2) in
	OK|ABSENT|TIMEOUT) echo 6 ;;
	DENIED|MALFORMED|BUSY) echo 5 ;;
	INTERNAL) echo 3 ;;
	esac
}

count() { [ ! -e "$1" ] || grep -c '^== ' "$1"; }
record() {	# FILE N: the fields of the Nth datagram
	awk -v n="$2" '/^== / { i++; next } i == n && NF' "$1"
}
field() { sed -n "s/^$1=//p" <<<"$event"; }

# every field that may be there, and all that it may say
shape='MESSAGE=(login|enrol|inspect|admin) (granted OK|refused [A-Z][0-9]{2}: .*)
MESSAGE_ID=5f0c9a4e2b1d4d7f9a6c3e8b7d215c40
PRIORITY=[356]
CNIE_EVENT=(login|enrol|inspect|admin)
CNIE_RESULT=(granted|refused)
CNIE_REASON=(OK|[A-Z][0-9]{2})
CNIE_SERVICE=(-|login|sudo|swaylock|enrol|list|show|revoke|restore|inspect|status|csca-list)
CNIE_FACTORS=(|card\+code|card\+face|card\+face\+code|card\+pin|card\+face\+pin)
CNIE_PROOF=(|ca|aa|pace-cam|none)
CNIE_STAGE=[0-9]{1,2}
CNIE_SW=[0-9A-F]{4}
CNIE_APDUS=[0-9]{1,3}
CNIE_SENT=[0-9]{1,5}
CNIE_RECEIVED=[0-9]{1,5}
CNIE_CARD_MS=[0-9]{1,5}
CNIE_FACE_MS=[0-9]{1,5}
CNIE_TOTAL_MS=[0-9]{1,5}
CNIE_PREEMPTED=[01]'
own='(CODE_FILE|CODE_LINE|CODE_FUNC|SYSLOG_IDENTIFIER)=.*'	# sd_journal_send's

well_formed() {	# the event: each field once, as above, none else
	local want text
	while read -r want; do
		[ "$(grep -cxE "$want" <<<"$event")" = 1 ] ||
			{ out="field $want in: $event"; return 1; }
	done <<<"$shape"
	out=$(grep -vxE "$(tr '\n' '|' <<<"$shape")$own" <<<"$event") && return 1
	text=$(field MESSAGE | sed -n 's/^[a-z]* refused [A-Z0-9]*: //p')
	[ -z "$text" ] || grep -q "^$(field CNIE_REASON) [A-Z]* $text$" <<<"$reasons"
}

# What was just done must have made this one event and, where somebody was
# refused, one line of syslog, both under the code that the person read.
mark() { was=$(count "$journal") was=${was:-0}; }
one_event() {	# what kind code [factors]: or $events of them, the first one
	local i n
	for i in $(seq 100); do
		n=$(($(count "$journal") - was))
		[ $n -ge ${events:-1} ] && break
		sleep 0.01
	done
	sleep 0.1
	n=$(($(count "$journal") - was))
	event=$(record "$journal" $((was + 1)))
	if [ $n = ${events:-1} ] && [ "$(field CNIE_REASON)" = "$3" ] &&
			[ "$(field CNIE_EVENT)" = "$2" ] &&
			[ "$(field PRIORITY)" = "$(priority_of "$3")" ] &&
			[[ ${4-*} == '*' || $(field CNIE_FACTORS) == "$4" ]]; then
		ok "$1: one event, $3, priority $(field PRIORITY)"
	else
		out+="
$event"
		fail "$1: $n events, $(field CNIE_EVENT) $(field CNIE_REASON)" \
			"$(field PRIORITY) '$(field CNIE_FACTORS)', wanted $2 $3"
	fi
	well_formed || fail "$1: the event's fields: $out"
	was=$((was + n))
}
scene() {	# what wanted-code factors, then lab_login's arguments
	local what=$1 want=$2 factors=$3 sys_was said_was
	shift 3
	mark
	sys_was=$(wc -l <"$syslog") said_was=$(count "$syslog")
	lab_login "$@"
	[ "${code:-OK}" = "$want" ] ||
		fail "$what: the person saw ${code:-nothing}, wanted $want"
	one_event "$what" login "${code:-OK}" "$factors"
	[ "$(tail -n +$((sys_was + 1)) "$syslog" | sed -n \
		's/.*pam_cnie([a-z]*:auth): refused \([A-Z0-9]*\): .*/\1/p')" = "$code" ] &&
		[ "$(count "$syslog")" = $((said_was + ${code:+1}+0)) ] ||
		fail "$what: syslog: $(tail -n +$((sys_was + 1)) "$syslog")"
}

lab_put good
scene "card + face + code" OK card+face+code login "$person" 123456 plain-Word-7
check "it counts: $(field CNIE_APDUS) APDUs, $(field CNIE_RECEIVED) bytes" \
	test "$(field CNIE_APDUS)" -ge 60 -a "$(field CNIE_RECEIVED)" -ge 10000
check "and takes the time: $(field CNIE_CARD_MS) $(field CNIE_FACE_MS) $(field CNIE_TOTAL_MS) ms" \
	test "$(field CNIE_CARD_MS)" -gt 0 -a "$(field CNIE_FACE_MS)" -gt 0 -a \
	"$(field CNIE_TOTAL_MS)" -ge "$(field CNIE_FACE_MS)"
lab_authorise face
scene "card + face, card-first" OK card+face login "" 123456 x
lab_no_authorisation
scene "card + code" OK card+code login "$person" 123456 plain-Word-7
lab_authorise face
scene "a wrong CAN" C03 "" login "$person" 654321 x
check "the stage it came to, the card's status word: $(field CNIE_STAGE) $(field CNIE_SW)" \
	test "$(field CNIE_STAGE)" = 2
lab_camera impostor
scene "another face" F01 "*" login "$person" 123456 x
lab_camera holder
for c in altered:C14 clone:C15 unknown:C10 expired:C18 other:A02; do
	lab_calm
	lab_put ${c%:*}
	scene "card ${c%:*}" ${c#*:} "*" login "$person" 123456 x
done
lab_calm
lab_put good
lab_authorise face+code
scene "a wrong code" F07 "*" login "$person" 123456 other-Word-8
lab_authorise face
lab_calm
ctl account revoke "$person" >/dev/null
scene "a revoked account" A03 "*" login "$person" 123456 x
ctl account restore "$person" >/dev/null
lab_calm
lab_put other
lab_no_authorisation
scene "no authorisation and no code" F05 "*" login "$second" 123456 x
lab_authorise face
lab_set face camera /dev/video-none
scene "no camera and no code" F04 "*" login "$second" 123456 x
lab_camera holder
lab_put good
scene "the person declines" S08 "*" login "$person" "" x
vcard "remove-at 40" >/dev/null
scene "a card pulled out" R04 "*" login "$person" 123456 x
lab_take
scene "no card" R03 "" login "$person" 123456 x
lab_put good
for _ in 1 2 3; do lab_login login "$person" 654321 x; done
sed -i -E 's/ [0-9]+$/ 9999999999/' "$ROOT/run/cnie/throttle/0"
scene "too many tries" S07 "" login "$person" 123456 x
lab_calm
mv "$ROOT/etc/cnie/cnie.conf" "$ROOT/cnie.conf"
scene "no configuration" S12 "" login "$person" 123456 x
mv "$ROOT/cnie.conf" "$ROOT/etc/cnie/cnie.conf"
scene "no session" S01 "" sudo "$person" 123456 x
echo "uid=64500 active=yes remote=yes seat=-" >"$ROOT/run/cnie/seat-stub"
scene "a remote session" S02 "" sudo "$person" 123456 x --as 64500

# two at once: one event each
held_lay good
held_begin g login "$person"
held_sees g '^prompt:'
scene "a second transaction" S05 "" login "$person" 123456 x
mark
held_says g can
held_end g
one_event "and the first" login "${code:-OK}"
echo "uid=64500 active=yes remote=no seat=seat0" >"$ROOT/run/cnie/seat-stub"
mark
held_begin s sudo "$person" --as 64500
held_sees s 'info: Take your card out'
lab_login login "$person" 123456 x
said_first=$result
held_end s
n=$(($(count "$journal") - was))
event=$(record "$journal" $((was + 1)))
first="$(field CNIE_SERVICE) $(field CNIE_REASON)"
well_formed || fail "the event of the one that lost: $out"
event=$(record "$journal" $((was + 2)))
check "a seat taken over: an event of each" test $n = 2 -a \
	"$first $code $said_first" = "sudo S06 S06 PAM_SUCCESS" -a \
	"$(field CNIE_SERVICE) $(field CNIE_REASON)" = "login OK"
check "and the winner's says so" test "$(field CNIE_PREEMPTED)" = 1
well_formed || fail "the event of the one that won: $out"

# a card that goes and comes back is one login
mark
vcard "remove-at 40" >/dev/null
held_begin g login "$person"
held_says g 'can 123456'
held_sees g 'error: The connection to the card'
lab_put good
held_says g 'can 123456'
held_end g
one_event "a card pulled out and put back" login "${code:-OK}" card+face
check "which succeeds" test "$result" = PAM_SUCCESS

# a helper dies; cnied is told to end
mark
held_begin g login "$person"
held_sees g '^prompt:'
kill -KILL "$(helper_pid cnie-inspect)"
held_says g 'can 123456'
held_end g
one_event "a helper that dies" login "${code:-OK}"
check "under the helper's reason" test "$code" = S14
mark
held_begin g login "$person"
held_sees g '^prompt:'
lab_cnied_stop
held_end g
one_event "cnied is stopped" login "${code:-OK}"
check "the login was refused, with a sentence" test -n "$code" -a -n "$said"
lab_cnied

# who calls itself by a person's name does not put it into the log
mark
echo "uid=64501 active=no remote=no seat=seat0" >"$ROOT/run/cnie/seat-stub"
sleep 1.1
lab_login "$person" "$person" 123456 x --euid 64501
one_event "an unprivileged caller's own name for itself" login "${code:-OK}"
check "is not logged" test "$(field CNIE_SERVICE)" = -
# nor does whoever keeps asking fill the journal, which would drop the others
sleep 1.1
mark
for _ in 1 2 3 4 5 6; do
	lab_login login "$person" 123456 x --euid 64501
done
sleep 0.2
n=$(($(count "$journal") - was))
check "strangers refused at the gates are logged once a second: $n of 6" \
	test $n -ge 1 -a $n -le 2
rm -f "$ROOT/run/cnie/seat-stub"

# garbage is no transaction
mark
"$B/badclient" "$ROOT/run/cnie/login.sock" leave
sleep 0.2
"$B/badclient" "$ROOT/run/cnie/login.sock" garbage
lab_login login "$person" 123456 x
n=$(($(count "$journal") - was))
check "the login after garbage succeeds" test "$result" = PAM_SUCCESS

# -- the administrator's ---------------------------------------------------------------------

admin() {	# what kind code, then cniectl's arguments (answers in $answers)
	local what=$1 kind=$2 want=$3
	shift 3
	mark
	out=$(printf '%b' "${answers-}" | ctl "$@" 2>&1)
	one_event "$what" "$kind" "$want"
}
admin "account list" admin OK account list
admin "account show" admin OK account show "$person"
admin "account show, nobody" admin A12 account show nobody-here
# the account as it is, for what goes on without PAM, and the revocation
events=2 admin "account revoke" admin OK account revoke "$second"
admin "account restore" admin OK account restore "$second"
# its questions to the helpers, the certificates, and the key
events=3 admin "doctor" admin OK doctor
answers='123456\n'
admin "card inspect" inspect OK card inspect
admin "enrol, already there" enrol A08 enrol --face
answers='654321\n'
admin "enrol, a wrong CAN" enrol C03 enrol --face

# -- the module's own word ---------------------------------------------------------------------

# what cnied granted and the module refused: the syslog has the person's code
n=$(count "$syslog")
mark
echo "$person:*:64999:64999::/nonexistent:/bin/false" >>"$ROOT/passwd"
lab_login login "$person" 123456 x
one_event "another uid by the name service: cnied granted" login OK card+face
sleep 0.1
check "the person read A06" test "$code" = A06
check "and syslog has it" test "$(count "$syslog")" = $((n + 1)) -a \
	"$(record "$syslog" $((n + 1)) | grep -c 'pam_cnie(login:auth): refused A06: ')" = 1
passwd=$(head -n -1 "$ROOT/passwd") && printf '%s\n' "$passwd" >"$ROOT/passwd"

out=$(grep -avE '^$|^== |pam_cnie\([a-z0-9]+:auth\): refused [A-Z][0-9]{2}: .+$' "$syslog")
check "every line in syslog is a code and its text" test -z "$out"
texts=$(cut -d' ' -f3- <<<"$reasons" | sort -u)
out=$(sed -nE 's/.*refused [A-Z][0-9]{2}: ([^\x00]*).*/\1/p' "$syslog" | tr -d '\0' | sort -u |
	grep -avxF "$texts")
check "a text of the table" test -z "$out"
check "there are some: $(grep -ac refused "$syslog")" \
	test "$(grep -ac refused "$syslog")" -ge 20

# -- nobody's name -------------------------------------------------------------------------------

tags() { "$B/psn" "$ROOT/var/lib/cnie/key/sector-1.key" $urn 1 \
	'[A-Z]{1,2}[0-9]{1,7}' tags <<<"$1"; }
identities=$(
	printf '%s\n' "$person" "$second" "$uid" $((uid + 1)) AB123456 CD654321 \
		123456 654321 X12345678 X22222222 X00000001 SYNTHETIC \
		850615 19850615 351231 20351231 plain-Word-7 other-Word-8 64500 \
		64501
	tags "UTO AB123456 X12345678 20351231"
	tags "UTO CD654321 X22222222 20351231"
)
found() { grep -aiowF "$identities" "$@" | sort | uniq -c; }
check "names, uids, numbers, CANs, codes and tags are known: $(wc -l <<<"$identities")" \
	test "$(wc -l <<<"$identities")" = 24
cp "$journal" "$ROOT/control"
tail -n 1 <<<"$identities" >>"$ROOT/control"
out=$(found "$ROOT/control")
check "the search finds what is there" test "$(wc -l <<<"$out")" = 1 -a -n "$out"
# syslog has the process's id in brackets: any number may be one
# and the program of that name above called itself so
sed -E "s/\[[0-9]+\]//; s/pam_cnie\($person:/pam_cnie(-:/" "$syslog" >"$ROOT/syslog.lines"
for f in "$journal" "$ROOT/syslog.lines" "$lab_log"; do
	out=$(found "$f")
	check "nobody is in ${f##*/} ($(wc -l <"$f") lines)" test -z "$out"
done
check "with journald no event went to standard error" \
	test "$(lines)" = "$on_stderr"
