#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What an administrator does for people, on a real cnied: the code of the day,
# another name, another home, groups, leaving and coming back, a card bound
# again after its key was lost; and what a person is told is held about them.
# All persons are synthetic.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside
fi
. "$here/lab.sh"
. "$here/held.sh"
trap lab_end EXIT

entry() { LD_LIBRARY_PATH=$B getent -s cnie passwd "$1"; }
field() { entry "$1" | cut -d: -f"$2"; }
says() { grep -qE -- "$1" <<<"$out"; }

# Run cniectl as its caller would see it: $out, $status.
run() { out=$(ctl "$@" 2>&1 </dev/null); status=$?; }
does() {	# what cniectl arguments...
	local what=$1
	shift
	run "$@"
	[ $status = 0 ] && ok "$what" || fail "$what: exit status $status"
}
refuses() {	# what code cniectl arguments...
	local what=$1 code=$2
	shift 2
	run "$@"
	[ $status = 1 ] && says "\($code\)" && ok "$what ($code)" ||
		fail "$what: exit status $status, wanted $code"
}

lab_init
lab_card good
lab_card other --number CD654321 --document X22222222
cp "$ROOT/ca/uto/csca.cer" "$ROOT/store/uto.cer"
ctl setup --sector urn:example:sector:people --profile uto --csca "$ROOT/store" \
	--ids "$LAB_IDS" --no-backup >/dev/null 2>&1 || die "setup: $(tail -n 2 "$lab_log")"
lab_set login card_wait_s 1
lab_pam gdm-password
vcard_start

enrol() {	# card: its account in $out
	lab_put "$1"
	out=$(printf '123456\nplain-Word-7\nplain-Word-7\n' |
		ctl enrol --code 2>&1) || die "enrol $1: $out"
	out=$(sed -n 's/^enrolled: //p' <<<"$out")
}
enrol good
person=$out
enrol other
second=$out
uid=$(field "$person" 3)
[ "$uid" -ge 65536 ] 2>/dev/null || die "no uid: $(entry "$person")"

# -- names that others know ------------------------------------------------------------

lab_card third --number EF333444 --document X33333333
echo "taken:*:$((uid + 2)):65536::/nonexistent:/bin/false" >>"$ROOT/passwd"
enrol third
check "a uid that /etc/passwd has is not given: the next one is" \
	[ "$(field "$out" 3)" = $((uid + 3)) ]
run account rename "$second" --to taken
[ $status = 1 ] && says 'files, a source of' && ok "nor is a name of it" ||
	fail "nor is a name of it"
run group put taken --gid 70001
check "a group may have that name" [ $status = 0 ]
run group put root --gid 70002
check "but not one of /etc/group" [ $status = 1 ]

# -- the code of the day -----------------------------------------------------------------

lab_take
# a zone in which it is never near midnight
[ "$(date -u +%H | sed 's/^0//')" -ge 12 ] && TZ='<-12>12' || TZ=UTC0
export TZ
in_minutes() { date -d "@$(($(date +%s) + 60 * $1))" +%H:%M; }

pass() {	# account, minutes, options: the code in $code_of_day
	local who=$1 until=$2
	shift 2
	run account pass "$who" --until "$(in_minutes "$until")" "$@"
	[ $status = 0 ] || die "pass: $out"
	code_of_day=$(sed -n 's/^    \([a-z2-7-]*\)$/\1/p' <<<"$out")
}
logs_in() {	# what service code result code-of-reason
	lab_calm
	lab_answers="pass $3"$'\n'
	lab_login "$2" "$person" "" x
	lab_answers=
	expect "$1" "$4" "$5"
}

# one whole minute at most, looked at last; not one that ends at once
while [ "$(date +%-S)" -ge 35 ]; do sleep 0.5; done
pass "$second" 1 --services login
ends=$((($(date +%s) / 60 + 1) * 60))
short=$code_of_day

pass "$person" 120 --services login
check "it is shown once, and in no row of the log" \
	bash -c '[ -n "$1" ] && ! grep -qF -- "$1" "$2"' - "$code_of_day" "$lab_log"
logs_in "the code of the day logs in without a card" login "$code_of_day" \
	PAM_SUCCESS ""
check "as its own event" grep -q 'event=pass result=granted' "$lab_log"
check "and names nobody in it" \
	bash -c '! grep -q -- "$1" "$2"' - "$person" "$lab_log"
logs_in "as it is read aloud, in capitals and without its hyphen" login \
	"$(tr -d - <<<"$code_of_day" | tr a-z A-Z)" PAM_SUCCESS ""
logs_in "at a service that was not named it is not asked for" gdm-password \
	"$code_of_day" PAM_AUTHINFO_UNAVAIL R03
lab_login login "$second" "" x
[[ $out == *"(PASS)"* || $out == *"code of the day"* ]] && ok "it is asked of who has one" ||
	fail "it is asked of who has one"
for i in 1 2 3 4; do
	logs_in "wrong try $i is refused" login aaaaa-aaaaa PAM_AUTH_ERR F13
done
logs_in "after four the right one still serves" login "$code_of_day" PAM_SUCCESS ""
logs_in "wrong try 5 is refused" login aaaaa-aaaaa PAM_AUTH_ERR F13
logs_in "after five it is at an end" login "$code_of_day" \
	PAM_AUTHINFO_UNAVAIL R03
pass "$person" 120 --services login
does "it is taken back" account pass "$person" --end
logs_in "and then logs nobody in" login "$code_of_day" PAM_AUTHINFO_UNAVAIL R03
pass "$person" 120
logs_in "where none is named the greeters take it" gdm-password "$code_of_day" \
	PAM_SUCCESS ""
refuses "an account that is not there has none" A12 account pass nobody-here \
	--until "$(in_minutes 10)"
for list in notconfigured login,notconfigured,gdm-password; do
	refuses "nor is one good where nobody is asked: $list" S03 account pass \
		"$person" --until "$(in_minutes 10)" --services $list
	says 'allow-list: notconfigured \(' && ok "which is said" ||
		fail "which is said"
done
lab_set login pass_services "login notconfigured"
refuses "not by the configuration either" S03 account pass "$person" \
	--until "$(in_minutes 10)"
sed -i '/^pass_services/d' "$ROOT/etc/cnie/cnie.conf"
lab_set login services sudo
pass "$person" 10 --services sudo
sed -i '/^services/d' "$ROOT/etc/cnie/cnie.conf"
run account pass "$person" --until 00:00
check "a time that is past is refused" [ $status = 2 ]
does "taken back again" account pass "$person" --end

# -- another name, another home ------------------------------------------------------------

before=$(entry "$person")
does "an account is renamed" account rename "$person" --to amina
says "uid $uid as before" && ok "and says what stays" || fail "and says what stays"
check "its entry is the same under the new name" \
	[ "$(entry amina)" = "amina:${before#*:}" ]
check "the old one is unknown" [ -z "$(entry "$person")" ]
refuses "and is never given again" A09 account rename "$second" --to "$person"
old=$person
person=amina
does "an account is moved" account move amina --to /srv/people/amina
says '^  mv -T .* /srv/people/amina$' && ok "and says how its files come after" ||
	fail "and says how its files come after"
check "getent gives the new home" [ "$(field amina 6)" = /srv/people/amina ]
does_not() {	# what sentence cniectl arguments...: wrong usage, said so
	local what=$1 sentence=$2
	shift 2
	run "$@"
	[ $status = 2 ] && says "$sentence" && ! says 'mv -T' && ok "$what" ||
		fail "$what: exit status $status"
}
home='a home is an absolute path of 255 bytes'
does_not "a home that NSS may not answer" "$home" account move amina --to "/srv/a b"
does_not "nor one that is everybody's" "$home" account move amina --to /
does_not "nor one that is elsewhere" "$home" account move amina --to /home/../etc
does_not "a name that NSS may not answer" 'begins with a letter' \
	account rename amina --to 1abc
does_not "a group's too" 'begins with a letter' group put 1abc --gid 70003
does_not "a system group's number" 'from 1000 to' group put abc --gid 999
run account move amina --to /srv/people/amina
[ $status = 1 ] && says 'is /srv/people/amina already' && ! says 'mv -T' &&
	ok "nor is it moved to where it is" || fail "nor is it moved to where it is"
lab_put good
lab_calm
lab_login login amina 123456 plain-Word-7
expect "the same card is the account of the new name" PAM_SUCCESS ""
lab_calm
lab_login login "$old" 123456 plain-Word-7
check "and not of the old one" [ "$result" != PAM_SUCCESS ]

# -- groups ---------------------------------------------------------------------------------

does "a group is made" group put archive --gid 70010
does "and joined" group join archive --account amina
groups_of() { LD_LIBRARY_PATH=$B id -G "$1" 2>/dev/null; }
check "id says so" grep -qw 70010 <<<"$(groups_of amina)"
run group list
says '^archive +70010 +1$' && ok "it is listed" || fail "it is listed"
does "and left" group leave archive --account amina
check "id says that too" [ -z "$(groups_of amina | grep -w 70010)" ]
# the sector's own: an enrolment would take it back, or fail
refuses "the sector's group gets no other name" A17 group put staff2 --gid 65536
refuses "nor its name another number" A17 group put cnie --gid 70004
does "as it is configured it may be put" group put cnie --gid 65536
refuses "a group that is not there" A15 group join nothing --account amina

# -- accounts of another source --------------------------------------------------------------

lab_card bound --number GH555666 --document X44444444
echo "local:x:61234:100::/home/local:/bin/bash" >>"$ROOT/passwd"
lab_put bound
out=$(printf '123456\nplain-Word-7\nplain-Word-7\n' |
	ctl enrol --code --existing local 2>&1) || die "enrol bound: $out"
for change in "rename local --to other" "move local --to /srv/other"; do
	run account $change
	[ $status = 1 ] && says 'is an account of files too' &&
		ok "not here: $change" || fail "not here: $change"
done

# -- and renamed there: usermod -l, or its uid is another person's by now ----------------------

passwd_says() {	# line: instead of local's
	grep -v ':61234:\|^local:' "$ROOT/passwd" >"$ROOT/passwd.new"
	printf '%s\n' "$@" >>"$ROOT/passwd.new"
	cat "$ROOT/passwd.new" >"$ROOT/passwd"
}
by_card() {	# user: "" is card-first
	lab_calm
	lab_login login "$1" 123456 plain-Word-7
}
by_card ""
expect "an account of another source logs in" PAM_SUCCESS ""
passwd_says "local2:x:61234:100::/home/local2:/bin/bash"
by_card ""
expect "its uid has another name: refused" PAM_AUTH_ERR A06
by_card local
expect "also by the name of before" PAM_AUTH_ERR A06
out=$(LD_LIBRARY_PATH=$B ctl account show local 2>&1)
says 'account rename local --to local2' && ok "account show says what to do" ||
	fail "account show says what to do"
by_card local2
expect "the other name is not ours: the next module asks" PAM_USER_UNKNOWN ""
passwd_says "local:x:61235:100::/home/newer:/bin/bash" \
	"local2:x:61234:100::/home/local2:/bin/bash"
by_card ""
expect "and not by a name that is another person's now" PAM_AUTH_ERR A06
run account rename local --to local2
[ $status = 1 ] && says 'is an account of files too' &&
	ok "which is not taken for the same person's" ||
	fail "which is not taken for the same person's"
passwd_says "local2:x:61234:100::/home/local2:/bin/bash" \
	"local3:x:61236:100::/home/local3:/bin/bash"
run account rename local --to local3
[ $status = 1 ] && says 'is an account of files too' &&
	ok "nor is a name of another uid" || fail "nor is a name of another uid"
does "the same person: the account follows" account rename local --to local2
by_card ""
expect "and logs in" PAM_SUCCESS ""
grep -q '^user: local2$' <<<"$out" && ok "by the new name" ||
	fail "by the new name"
run card block nobody-here
[ $status = 1 ] && ! says 'is blocked' && ok "nothing is said to be done that is not" ||
	fail "nothing is said to be done that is not"
lab_put good

# -- leaving, and coming back ---------------------------------------------------------------

mkdir -p "$ROOT/home/.ssh"
echo synthetic >"$ROOT/home/.ssh/authorized_keys"
chown -R "$uid:65536" "$ROOT/home"
does "a home in the lab" account move amina --to "$ROOT/home"
setpriv --reuid "$uid" --regid 65536 --clear-groups sleep 600 &
lingers=$!
sleep 0.2
does "an account is revoked" account revoke amina
# one here; but another test's account may have the number, in this kernel
says "[0-9]+ process(es)? +pkill -KILL -U $uid" && ok "its process is named" ||
	fail "its process is named"
says "ssh keys +runuser -u amina -- mv " && ok "and its ssh keys" ||
	fail "and its ssh keys"
# as it is printed, into a shell; but not pkill: the uid may be somebody's here
grep -o 'runuser .*' <<<"$out" >"$ROOT/pasted"
LD_LIBRARY_PATH=$B bash -e "$ROOT/pasted" >"$ROOT/pasted.out" 2>&1
check "what is printed works as it stands" test $? = 0 -a \
	-e "$ROOT/home/.ssh/authorized_keys~revoked" -a \
	! -e "$ROOT/home/.ssh/authorized_keys"
kill $lingers
wait $lingers 2>/dev/null
check "it still has its name: files keep their owner" [ "$(field amina 3)" = "$uid" ]
lab_calm
lab_login login amina 123456 plain-Word-7
expect "its card is refused" PAM_AUTH_ERR A03
run account list --status revoked --json
says '"name": "amina"' && [ "$(grep -c '"name"' <<<"$out")" = 1 ] &&
	ok "the list finds who is revoked" || fail "the list finds who is revoked"
for words in "account list" "account list --json" --version "--help"; do
	out=$(ctl $words 2>&1 >/dev/full)
	status=$?
	[ $status = 5 ] && says 'could be written' &&
		ok "what a full disk cut is no success: $words" ||
		fail "what a full disk cut is no success: $words: $status"
done
out=$({ { sleep 0.5; ctl account list 2>&4; echo "exit status $?" >&4; } |
	true; } 4>&1)
[ "$out" = "exit status 5" ] && ok "who reads no more is told nothing" ||
	fail "who reads no more is told nothing"
run account pass amina --until "$(in_minutes 30)"
[ $status = 1 ] && says '\(A03\)' && ok "nobody who is revoked gets a code of the day" ||
	fail "nobody who is revoked gets a code of the day: $status"
does "it is restored" account restore amina
mkdir -p "$ROOT/var/lib/cnie/accounts.view.new/in-the-way"
refuses "a view that can't be written is told" A16 account revoke amina
run doctor
says '^fail  view .*not what the roster says' && ok "doctor tells it too" ||
	fail "doctor tells it too"
rm -r "$ROOT/var/lib/cnie/accounts.view.new"
lab_cnied_stop
lab_cnied
run account show amina	# the view stands before anybody is answered
lab_login login amina 123456 plain-Word-7 --acct
check "and is right when the service starts again" [ "$result" = PAM_PERM_DENIED ]
does "it is restored again" account restore amina
rm "$ROOT/var/lib/cnie/accounts.view"
run doctor
says '^fail  view .*not there.*systemctl restart cnied' &&
	ok "doctor tells of a view that is gone" ||
	fail "doctor tells of a view that is gone"
says 'enrol somebody' && fail "and advises no enrolment for it" ||
	ok "and advises no enrolment for it"
lab_set nss enumerate yes
lab_cnied_stop
lab_cnied
run account show amina	# as above
check "the service writes it anew as it starts, as it is configured now" \
	grep -q '^amina:' <<<"$(LD_LIBRARY_PATH=$B getent -s cnie passwd)"
lab_set nss enumerate no
run doctor
says '^fail  view .*\[nss\] enumerate' &&
	ok "doctor tells of one that the configuration has overtaken" ||
	fail "doctor tells of one that the configuration has overtaken"
lab_cnied_stop
lab_cnied
run account show amina
check "and then it lists nobody" \
	[ -z "$(LD_LIBRARY_PATH=$B getent -s cnie passwd)" ]
lab_calm
lab_login login amina 123456 plain-Word-7
expect "and logs in again" PAM_SUCCESS ""

# -- what is held about me -------------------------------------------------------------------

printf 'uid=%s active=yes remote=no seat=seat0\n' "$uid" >"$ROOT/run/cnie/seat-stub"
as_person() {	# cniectl arguments: as the person at the seat
	lab_calm
	lab_take	# it must be put in after it was asked for
	{ sleep 0.8; lab_put good; } &
	out=$(printf '123456\nplain-Word-7\n' | setpriv --reuid "$uid" \
		--regid 65536 --clear-groups \
		env LC_ALL="${LANG_OF_PERSON-C}" "$B/cniectl" "$@" 2>&1)
	status=$?
	wait $!
}
pass amina 60 --services login,gdm-password
ctl group join archive --account amina >/dev/null || die join
lab_set login card_wait_s 8
as_person my-data
[ $status = 0 ] && ok "a person who is not root is told what is held" ||
	fail "a person who is not root is told what is held"
for what in "name is amina" "number on the machines is $uid" "It is active" \
		"code that you chose" "A code of the day" "No national number" \
		"No portrait" "CNDP" "urn:example:sector:people" "$ROOT/home" \
		"group archive \(number 70010\)" "was called $old before" \
		"code is for: login gdm-password" "Wrong tries of that code: 0" \
		"last day is 2035-12-31; known since" "Failed tries"; do
	says "$what" && ok "it says: ${what//$ROOT/}" || fail "it says: $what"
done
told=$out
check "each heading stands once" [ -z "$(grep '^[A-Z]' <<<"$told" | sort | uniq -d)" ]
ctl roster key "$ROOT/signer" >/dev/null &&
	ctl roster export "$ROOT/export" --sign "$ROOT/signer" >/dev/null || die export
tags=$(grep -oiE '\b[0-9a-f]{32}\b' "$ROOT/export" | sort -u)
check "the roster holds tags" [ "$(wc -l <<<"$tags")" -ge 4 ]
check "and none of them is told" [ -z "$(grep -iF -- "$tags" <<<"$told")" ]
check "nor number, document, name, birth, CAN or code" \
	bash -c '! grep -qE "AB123456|X12345678|SYNTHETIC|850615|123456|plain-Word|[a-z2-7]{5}-[a-z2-7]{5}" <<<"$1"' - "$told"
as_person my-data --json
[ $status = 0 ] && python3 -m json.tool >/dev/null 2>&1 <<<"$(sed -n '/^{/,$p' <<<"$out")" &&
	ok "as JSON too" || fail "as JSON too"
check "without tags" [ -z "$(grep -iF -- "$tags" <<<"$out")" ]
LANG_OF_PERSON=fr_FR.UTF-8 as_person my-data
says "Aucun numéro national" && ok "in French" || fail "in French"
printf 'uid=64998 active=yes remote=yes seat=-\n' >"$ROOT/run/cnie/seat-stub"
as_person my-data
[ $status = 1 ] && says '\(S0[124]\)' && ok "not over the network" ||
	fail "not over the network: $status"
rm -f "$ROOT/run/cnie/seat-stub"
does "the pass goes" account pass amina --end
lab_set login card_wait_s 1

# -- the key is lost ---------------------------------------------------------------------------

entry_before=$(entry amina)
rm "$ROOT"/var/lib/cnie/key/*
lab_set sector epoch 2
run key init --no-backup
[ $status = 0 ] || die "key init: $out"
lab_calm
lab_login login amina 123456 plain-Word-7
expect "after the key was lost nobody is known" PAM_AUTH_ERR A01
lab_put other
lab_calm
out=$(printf '123456\nwrong-Word-9\n' | ctl account rebind amina 2>&1)
[ $? != 0 ] && says 'F07' && ok "who does not know the code binds no card" ||
	fail "who does not know the code binds no card"
lab_put good
lab_calm
out=$(printf '123456\nplain-Word-7\n' | ctl account rebind amina 2>&1)
[ $? = 0 ] && ok "the card is bound again" || fail "the card is bound again"
check "uid, name and home are as before" [ "$(entry amina)" = "$entry_before" ]
lab_calm
lab_login login amina 123456 plain-Word-7
expect "and logs in" PAM_SUCCESS ""
lab_calm
out=$(printf '123456\nplain-Word-7\n' | ctl account rebind "$second" 2>&1)
[ $? != 0 ] && says '\(A0[28]\)|\(A14\)' && ok "but is nobody else's too" ||
	fail "but is nobody else's too"

# -- and the short pass -------------------------------------------------------------------------

lab_take
person=$second
while [ "$(date +%s)" -le "$ends" ]; do sleep 0.5; done
logs_in "after its end a code of the day is none" login "$short" \
	PAM_AUTHINFO_UNAVAIL R03
