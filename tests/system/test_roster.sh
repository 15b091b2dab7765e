#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# One roster, two machines: two roots with the same sector key, a cnied each.
# The first enrols and exports, the second imports: the same card is the same
# account there. What is older, expired, altered, another's or another sector's
# is refused and changes nothing; what the second learns under a new key goes
# back and is merged. All persons are synthetic.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside
fi
. "$here/lab.sh"
. "$here/held.sh"

says() { grep -qE -- "$1" <<<"$out"; }
run() { out=$(ctl "$@" 2>&1 </dev/null); status=$?; }
does() {	# what cniectl arguments...
	local what=$1
	shift
	run "$@"
	[ $status = 0 ] && ok "$what" || fail "$what: exit status $status"
}
# refuses WHAT CODE cniectl arguments...: and the second machine is as before
refuses() {
	local what=$1 code=$2 before
	shift 2
	before=$(accounts)
	run "$@"
	[ $status = 1 ] && says "\($code\)" && ok "$what ($code)" ||
		fail "$what: exit status $status, wanted $code"
	[ "$(accounts)" = "$before" ] || fail "$what: something changed"
}
accounts() {
	ctl account list --json
	ctl group list
	cat "$CNIE_ROOT/var/lib/cnie/accounts.view" 2>/dev/null | sha256sum
}
entry() { LD_LIBRARY_PATH=$B getent -s cnie passwd "$1"; }

# -- two machines ----------------------------------------------------------------------

lab_init
one=$ROOT two=$ROOT/two
pids=
on_one() { export CNIE_ROOT=$one; ROOT=$one lab_log=$one/cnied.log; }
on_two() { export CNIE_ROOT=$two; ROOT=$two lab_log=$two/cnied.log; }
end() {
	kill $pids 2>/dev/null
	on_one
	lab_end
}
trap end EXIT

lab_card good
lab_card other --number CD654321 --document X22222222
lab_card late --number EF333444 --document X33333333
lab_card fourth --number GH444555 --document X44444444
cp "$ROOT/ca/uto/csca.cer" "$ROOT/store/uto.cer"
ctl setup --sector urn:example:sector:fleet --profile uto --csca "$ROOT/store" \
	--ids "$LAB_IDS" --no-backup >/dev/null 2>&1 || die "setup: $(tail -n 2 "$lab_log")"
lab_set login card_wait_s 1
vcard_start

mkdir -p "$two"/{run/cnie,var/lib/cnie/key,usr/share/cnie/models}
for f in cards ca store persona bin; do ln -s "../$f" "$two/$f"; done
cp -a "$one/etc" "$two/"
cp -a "$one/var/lib/cnie/key/." "$two/var/lib/cnie/key/"
ln -s "$one/vcard.sock" "$two/vcard.sock"
on_two
: >"$lab_log"
first=$cnied_pid
lab_cnied
pids=$cnied_pid
cnied_pid=$first
on_one

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
ctl group put archive --gid 70010 >/dev/null &&
	ctl group join archive --account "$person" >/dev/null || die group
there=$(entry "$person")

# -- export ------------------------------------------------------------------------------

out=$(cd "$one" && setpriv --reuid 64999 --regid 64999 --clear-groups \
	"$B/cniectl" roster key /nonexistent/key 2>&1)
check "a key where nobody can write is not made" [ $? != 0 ]
mkdir "$one/keys"
chown 64999 "$one/keys"
out=$(setpriv --reuid 64999 --regid 64999 --clear-groups \
	"$B/cniectl" roster key "$one/keys/signer" 2>&1)
check "a signer's key is made by anybody" [ $? = 0 ]
chown root "$one"/keys "$one"/keys/*
public=$(sed -n 's/^signer = //p' <<<"$out")
export_to() {	# file options...
	local f=$1
	shift
	run roster export "$one/$f" --sign "$one/keys/signer" "$@"
	[ $status = 0 ] || die "export: $out"
}
export_to r1
says '^roster of urn:example:sector:fleet, version ' && ok "a roster is exported" ||
	fail "a roster is exported"
check "for root's eyes" [ "$(stat -c %a "$one/r1")" = 600 ]
check "without number, document or name of a person" \
	bash -c '! grep -qE "AB123456|CD654321|X12345678|SYNTHETIC|850615" "$1"' - "$one/r1"
have_minisign() { command -v minisign >/dev/null; }
if have_minisign; then
	check "minisign verifies it" [ -n "$(minisign -QVm "$one/r1" -P "$public")" ]
fi
run roster verify "$one/r1" --signer "$one/keys/signer.pub"
check "and so do we" [ $status = 0 ]

# -- import --------------------------------------------------------------------------------

on_two
lab_calm
lab_put good
lab_login login "" 123456 plain-Word-7
expect "before, the second machine does not know the card" PAM_AUTH_ERR A01
run roster import "$one/r1"
[ $status = 1 ] && says 'whose signature' && ok "without a signer it believes nobody" ||
	fail "without a signer it believes nobody"
ctl roster key "$one/keys/stranger" >/dev/null || die "another key"
lab_set roster signer "$(sed -n 2p "$one/keys/stranger.pub")"
refuses "another signer's roster is refused" X03 roster import "$one/r1"
lab_set roster signer "$public"
cp -p "$one/r1" "$one/altered"
cp -p "$one/r1.minisig" "$one/altered.minisig"
sed -i 's/archive/archiva/' "$one/altered"
refuses "an altered one is refused" X03 roster import "$one/altered"
chmod 666 "$one/r1"
run roster import "$one/r1"
check "one that others can write to is refused" [ $status = 1 ]
chmod 600 "$one/r1"
does "the signer's own is taken" roster import "$one/r1"
says '2 accounts, 2 of them new' && ok "and summed up" || fail "and summed up"
check "name, uid and home are the same" [ "$(entry "$person")" = "$there" ]
check "and its groups" grep -qw 70010 \
	<<<"$(LD_LIBRARY_PATH=$B id -G "$person")"
lab_calm
lab_login login "" 123456 plain-Word-7
expect "the same card logs in there" PAM_SUCCESS ""
check "as the same account" grep -q "user: $person" <<<"$out"
lab_calm
lab_login login "$person" 123456 another-Word-8
expect "with the same code and no other" PAM_AUTH_ERR F07
refuses "the same version again is refused" X04 roster import "$one/r1"

# -- newer, older, expired -------------------------------------------------------------------

on_one
ctl account rename "$person" --to amina >/dev/null &&
	ctl account revoke "$second" >/dev/null || die changes
export_to r2 --days 1
on_two
does "a newer one is taken" roster import "$one/r2"
check "with the new name, the uid as before" \
	[ "$(entry amina | cut -d: -f3)" = "$(cut -d: -f3 <<<"$there")" ]
lab_put other
lab_calm
lab_login login "$second" 123456 plain-Word-7
expect "and who was revoked there is revoked here" PAM_AUTH_ERR A03
refuses "an older one is a rollback" X04 roster import "$one/r1"
check "which brings nobody back" [ -z "$(entry "$person")" ]

# -- interrupted -------------------------------------------------------------------------------

on_one
enrol late
late=$out
export_to r3
on_two
before=$(accounts)
kill -STOP $pids
ctl roster import "$one/r3" >/dev/null 2>&1 &
import=$!
disown $import
sleep 0.3
kill -KILL $import
kill -CONT $pids
sleep 0.3
check "an import that is killed changes nothing, or all" \
	bash -c '[ "$1" = "$2" ] || [ -n "$3" ]' - "$before" "$(accounts)" "$(entry "$late")"
[ -n "$(entry "$late")" ] || does "and run again it is taken" roster import "$one/r3"
check "whole" [ -n "$(entry "$late")" ]

# -- what only a signer could do wrong --------------------------------------------------------------

if have_minisign; then
	minisign -G -W -p "$one/keys/m.pub" -s "$one/keys/m.sec" >/dev/null
	version=$(($(head -n 1 "$one/r3" | cut -f 4) + 1))
	anew() {	# name sed-expression: signed by minisign
		sed -E "$2" "$one/r3" >"$one/$1"
		chmod 600 "$one/$1"
		minisign -S -s "$one/keys/m.sec" -m "$one/$1" >/dev/null ||
			die "minisign -S"
	}
	by="--signer $one/keys/m.pub"
	newer='1s/\t[0-9]+\t([0-9]+)\t([0-9]+)$/\t'$version'\t\1\t\2/'
	anew expired '1s/[0-9]+$/20250131/;'"$newer"
	refuses "an expired one is refused" X05 roster import "$one/expired" $by
	anew foreign 's/sector:fleet/sector:other/;'"$newer"
	refuses "another sector's is refused" X06 roster import "$one/foreign" $by
	anew broken '3s/\t/\t\t/;'"$newer"
	refuses "a malformed line is refused" X02 roster import "$one/broken" $by
	says 'line 3' && ok "and named" || fail "and named"
	anew cut '$d;'"$newer"
	refuses "one without its end is refused" X02 roster import "$one/cut" $by
	# without an account: its lines, and their number at the end
	gone=$(awk -F '\t' -v n="$late" '$1 == "account" && $3 == n { print $2 }' "$one/r3")
	awk -F '\t' -v OFS='\t' -v u="$gone" -v version="$version" '
		NR == 1 { $4 = version }
		$1 != "group" && $1 != "given" && $1 != "end" && NR > 1 && $2 == u { next }
		{ n++ }
		$1 == "end" { $2 = n }
		{ print }' "$one/r3" >"$one/less"
	chmod 600 "$one/less"
	minisign -S -s "$one/keys/m.sec" -m "$one/less" >/dev/null || die "minisign -S"
	refuses "one that lacks accounts is refused" X08 roster import "$one/less" $by
	does "unless they are to be revoked" roster import "$one/less" $by --revoke-missing
	check "which leaves their names: files keep their owner" [ -n "$(entry "$late")" ]
	lab_put late
	lab_calm
	lab_login login "$late" 123456 plain-Word-7
	expect "and refuses their cards" PAM_AUTH_ERR A03
fi

# -- rebinds: what is learnt under a new key goes back --------------------------------------------

on_one
export_to r4
export_to r4 --days 2
lab_set sector previous_epoch 1
lab_set sector epoch 2
run key init --no-backup
[ $status = 0 ] || die "key init: $out"
on_two
lab_set sector previous_epoch 1
lab_set sector epoch 2
cp -a "$one/var/lib/cnie/key/." "$two/var/lib/cnie/key/"
lab_put good
lab_calm
lab_login login amina 123456 plain-Word-7
expect "on the second machine a login under the new key" PAM_SUCCESS ""
ctl roster key "$one/keys/two" >/dev/null || die "the second machine's key"
does "what it states is exported" roster export "$one/b1" --rebinds \
	--sign "$one/keys/two"
on_one
unbound() { ctl key status 2>/dev/null | grep -i unbound; }
was=$(unbound)
refuses "rebinds of a machine that is not named are not merged" X03 \
	roster import "$one/b1" --rebinds --signer "$one/keys/stranger.pub"
run roster import "$one/b1" --signer "$one/keys/two.pub"
check "they are no roster" [ $status = 2 ]
does "they are merged at the signer" roster import "$one/b1" --rebinds \
	--signer "$one/keys/two.pub"
says '[0-9]' && ok "and it says what it did" || fail "and it says what it did"
check "who was bound there is bound here" [ "$(unbound)" != "$was" ]
lab_set sector previous_epoch 0
lab_put good
lab_calm
lab_login login amina 123456 plain-Word-7
expect "where the old key is gone, the card is known by the new one" PAM_SUCCESS ""
on_two
before=$(entry amina)
does "and a roster that comes does not undo it" roster import "$one/r4"
check "uid, name and home as before" [ "$(entry amina)" = "$before" ]
lab_set sector previous_epoch 0
lab_put good
lab_calm
lab_login login amina 123456 plain-Word-7
expect "the card is known by the new key here too" PAM_SUCCESS ""

# -- retired at the signer, while a machine has the older key alone -------------------------------

lab_set sector epoch 1
on_one
run key retire --lock-out 9
[ $status = 0 ] || die "key retire: $out"
export_to r5
on_two
does "a roster without the key of this machine is taken" roster import "$one/r5"
says '; 1 by no key of this machine: cniectl key rotate' && ok "and said so" ||
	fail "and said so"
run doctor
says '^warn +epoch +1 here, while the roster has 2' && ok "by doctor too" ||
	fail "by doctor too"
lab_put good
lab_calm
lab_login login amina 123456 plain-Word-7
expect "whom this machine knew it knows" PAM_SUCCESS ""

# -- restored, and refused all the same -------------------------------------------------------------

run account restore "$second"
says 'but the signer of this machine.s roster revoked it' &&
	ok "restored where it was not revoked, it is said" ||
	fail "restored where it was not revoked, it is said"
on_one
run account restore "$second"
says 'but no key knows it: .* account rebind' &&
	ok "restored after its key was retired, it is said" ||
	fail "restored after its key was retired, it is said"
out=$(printf '123456\nplain-Word-7\n' | { lab_put other; ctl account rebind "$second"; } 2>&1)
check "and the person comes with their card" [ $? = 0 ]
ctl card block "$second" >/dev/null && ctl account revoke "$second" >/dev/null ||
	die "block, revoke"
run account restore "$second"
says 'but its card is blocked' && ok "restored with a blocked card, it is said" ||
	fail "restored with a blocked card, it is said"
lab_calm
lab_login login "$second" 123456 plain-Word-7
expect "and it stays blocked" PAM_AUTH_ERR A04

# -- an old copy of the database, beside its marks ---------------------------------------------

on_one
export_to r6
on_two
db=$ROOT/var/lib/cnie/roster.db
check "nothing of the database is open between two requests" [ ! -e "$db-wal" ]
cp "$db" "$ROOT/old.db"
does "a file is imported" roster import "$one/r6"
run doctor
says '^ok +roster ' && ok "doctor finds nothing in the roster" ||
	fail "doctor finds nothing in the roster"
cp "$ROOT/old.db" "$db"
run doctor
says '^warn +roster .*no new one can be made: .*import that file again' &&
	ok "doctor tells of one that is from before the import" ||
	fail "doctor tells of one that is from before the import"
enrols() {	# card: $out, $status
	lab_put "$1"
	lab_calm
	out=$(printf '123456\nplain-Word-7\nplain-Word-7\n' |
		ctl enrol --code 2>&1)
	status=$?
}
enrols fourth
[ $status = 1 ] && says '\(X09\)' && says 'roster import FILE' &&
	ok "which gives no name, and says what helps" ||
	fail "which gives no name, and says what helps: $status"
does "the file is imported again" roster import "$one/r6"
enrols fourth
check "and names are given" [ $status = 0 ]
uid=$(($(entry "$(sed -n 's/^enrolled: //p' <<<"$out")" | cut -d: -f3)))
lab_set sector uid_max "$uid"
run doctor
says '^warn +roster .*the uid range is used up' &&
	ok "doctor tells of a range at its end" ||
	fail "doctor tells of a range at its end"
