#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The life of a sector key with two people: made and saved, lost and brought
# back, rotated, retired. uid, name and home stay through all of it. The
# persons are synthetic.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside
fi
. "$here/lab.sh"
trap lab_end EXIT

ok() { echo "ok $1"; }
fail() {
	echo "FAIL $*"
	sed 's/^/#   /' <<<"$out" | tail -n 12
	tail -n 2 "$lab_log" | sed 's/^/# log: /'
}
does() {	# what status text, then cniectl's arguments
	local what=$1 want=$2 text=$3 status
	shift 3
	out=$(ctl "$@" 2>&1 </dev/null)
	status=$?
	if [ $status = "$want" ] && grep -qE -- "$text" <<<"$out"; then ok "$what"
	else fail "$what: exit $status, wanted $want and: $text"; fi
}
check() {
	local what=$1
	shift
	if "$@"; then ok "$what"; else fail "$what"; fi
}
logs_in() {	# what card account
	lab_put "$2"
	lab_calm
	lab_login login "" 123456 plain-Word-7
	if [ "$result" = PAM_SUCCESS ] && grep -q "^user: $3\$" <<<"$out"; then
		ok "$1"
	else
		fail "$1: $result $code"
	fi
}
refused() {	# what card result code
	lab_put "$2"
	lab_calm
	lab_login login "" 123456 plain-Word-7
	if [ "$result $code" = "$3 $4" ]; then ok "$1 ($4)"
	else fail "$1: $result $code, wanted $3 $4"; fi
}
enrol() {	# card
	lab_put "$1"
	out=$(printf '123456\nplain-Word-7\nplain-Word-7\n' |
		ctl enrol --code 2>&1)
	sed -n 's/^enrolled: //p' <<<"$out"
}
people() { LD_LIBRARY_PATH=$B getent passwd "$one" "$other"; }
row() { ctl key status | sed -n "s/^$1  *//p"; }
says() {	# what row value
	local now
	now=$(row "$2")
	if [ "$now" = "$3" ]; then ok "$1"; else fail "$1: $2 is $now"; fi
}

lab_init
lab_card good
lab_card other --number CD654321 --document X22222222
cp "$ROOT/ca/uto/csca.cer" "$ROOT/store/uto.cer"
mkdir "$ROOT/safe" "$ROOT/stick"
setup=(setup --sector urn:example:sector:keys --profile uto
	--csca "$ROOT/store" --ids "$LAB_IDS")

# -- made, and saved ---------------------------------------------------------------------

does "a pair is made, by anybody" 0 'secret half' key pair "$ROOT/safe/pair"
check "its secret half is one user's alone" \
	test "$(stat -c %a "$ROOT/safe/pair")" = 600
does "a second one does not replace it" 1 'is kept' key pair "$ROOT/safe/pair"
does "setup that nobody answers and no option settles" 2 -- "--no-backup" \
	"${setup[@]}"
check "has written nothing" test ! -e "$ROOT/etc/cnie/cnie.conf"
does "setup with a profile that there is not" 1 'no profile utoo' \
	"${setup[@]/uto/utoo}" --no-backup
check "has written nothing that a second one would keep" \
	test ! -e "$ROOT/etc/cnie/cnie.conf"
does "setup with a backup" 0 'Custody of the key: demonstration only' \
	"${setup[@]}" --to "$ROOT/safe/pair.pub" --backup "$ROOT/stick/first"
check "the backup is on the stick" test -s "$ROOT/stick/first"
check "and holds nothing in the clear" eval \
	'! cmp -s <(tail -c 80 "$ROOT/stick/first") "$ROOT/var/lib/cnie/key/sector-1.key"'
does "setup again need not ask" 0 'another one: cniectl key backup' "${setup[@]}"
does "doctor calls the custody what it is" 1 \
	'^warn  key +demonstration only' doctor
check "and knows of the backup" grep -q '^ok    backup' <<<"$out"
does "a backup is not written over another file" 1 'is kept' key backup \
	"$ROOT/stick/first" --to "$ROOT/safe/pair.pub"
does "nor to a secret half" 2 'secret half' key backup "$ROOT/stick/x" \
	--to "$ROOT/safe/pair"

# one that is lost before anybody has enrolled is made anew, and was never saved
mv "$ROOT/var/lib/cnie/key/sector-1.key" "$ROOT/safe/first.key"
does "a key that nobody was enrolled under is made anew" 0 'was made' key init
says "and no backup is claimed for it" backup never
mv -f "$ROOT/safe/first.key" "$ROOT/var/lib/cnie/key/sector-1.key"

lab_set login card_wait_s 1
vcard_start
one=$(enrol good)
other=$(enrol other)
[ -n "$one" ] && [ -n "$other" ] || die "enrol: $out"
before=$(people)

# -- lost, and brought back -----------------------------------------------------------------

mv "$ROOT/var/lib/cnie/key/sector-1.key" "$ROOT/safe/lost.key"
refused "without its key a login goes on to the next module" good \
	PAM_AUTHINFO_UNAVAIL K01
says "status says so" custody missing
does "doctor too" 1 '^fail  key' doctor
does "another key is not made in its place" 1 'K10' key init
check "none was" test ! -e "$ROOT/var/lib/cnie/key/sector-1.key"
does "another pair's half does not open the backup" 0 '' key pair "$ROOT/safe/b"
does "it is told" 1 'K07' key restore "$ROOT/stick/first" \
	--identity "$ROOT/safe/b"
printf 'x' >"$ROOT/stick/damaged"
tail -c +2 "$ROOT/stick/first" >>"$ROOT/stick/damaged"
does "nor does a damaged one come in" 1 'K07' key restore \
	"$ROOT/stick/damaged" --identity "$ROOT/safe/pair"
does "the right ones bring it back" 0 'the sector key is back' key restore \
	"$ROOT/stick/first" --identity "$ROOT/safe/pair"
check "it is the same key" cmp -s "$ROOT/safe/lost.key" \
	"$ROOT/var/lib/cnie/key/sector-1.key"
check "the secret half stayed nowhere" eval \
	'! grep -rqF "$(cut -d" " -f2 "$ROOT/safe/pair")" "$ROOT/run" "$ROOT/var" "$lab_log"'
logs_in "the first person logs in" good "$one"
logs_in "the other too" other "$other"
does "what is there is not restored" 1 'K08' key restore "$ROOT/stick/first" \
	--identity "$ROOT/safe/pair"

# -- there, and refused or damaged -------------------------------------------------------------

key=$ROOT/var/lib/cnie/key/sector-1.key
cp "$ROOT/etc/cnie/cnie.conf" "$ROOT/conf.before"
chmod 640 "$key"
does "a key that others may read is named" 1 '^fail  key .*sector-1.key has mode 0640' doctor
does "by status too" 0 'sector-1.key has mode 0640' key status
does "and where it is to be restored" 1 'sector-1.key has mode 0640' \
	key restore "$ROOT/stick/first" --identity "$ROOT/safe/pair"
does "it is not lost" 1 'sector-1.key is there' key rotate --no-backup
check "cnie.conf names it as before" cmp -s "$ROOT/conf.before" \
	"$ROOT/etc/cnie/cnie.conf"
chmod 400 "$key"
logs_in "and serves when its mode is right" good "$one"
does "nor is it given up while it serves" 1 'leave --lost out' key rotate \
	--no-backup --lost
printf x | dd of="$key" bs=1 seek=40 conv=notrunc status=none
refused "a damaged one serves nobody" good PAM_AUTHINFO_UNAVAIL K01
does "it is not lost either" 1 'sector-1.key is there' key rotate --no-backup
ln "$key" "$ROOT/safe/bad"
does "the wrong half does not bring it back" 1 'K07' key restore \
	"$ROOT/stick/first" --identity "$ROOT/safe/b"
check "and leaves it" test "$key" -ef "$ROOT/safe/bad"
does "the right one does" 0 'what could not be used was overwritten' \
	key restore "$ROOT/stick/first" --identity "$ROOT/safe/pair"
check "the key is the one of before" cmp -s "$ROOT/safe/lost.key" "$key"
check "the damaged one's bytes are gone" cmp -s -n 80 "$ROOT/safe/bad" /dev/zero
check "and its file" test "$(ls "$ROOT/var/lib/cnie/key")" = sector-1.key
logs_in "the first person logs in" good "$one"

# -- rotated ----------------------------------------------------------------------------------

printf '# ours: do not touch\n' >>"$ROOT/etc/cnie/cnie.conf"
cp "$ROOT/etc/cnie/cnie.conf" "$ROOT/conf.before"
does "rotation that nobody answers" 2 -- '--no-backup' key rotate
head -c 80 /dev/urandom >"$ROOT/var/lib/cnie/key/sector-2.key"
chmod 400 "$ROOT/var/lib/cnie/key/sector-2.key"
does "to a key that is there and can't be used" 1 'K01' key rotate --no-backup
check "is none" cmp -s "$ROOT/conf.before" "$ROOT/etc/cnie/cnie.conf"
rm -f "$ROOT/var/lib/cnie/key/sector-2.key"
mount --bind "$ROOT/etc/cnie/cnie.conf" "$ROOT/etc/cnie/cnie.conf"
does "one that stops after its backup" 5 'backup +written' key rotate \
	--to "$ROOT/safe/pair.pub" --backup "$ROOT/stick/second"
umount "$ROOT/etc/cnie/cnie.conf"
does "does not go on with a backup that another pair opens" 1 'is kept' \
	key rotate --to "$ROOT/safe/b.pub" --backup "$ROOT/stick/second"
does "rotation" 0 '2 is the epoch now, 1 lives on' key rotate \
	--to "$ROOT/safe/pair.pub" --backup "$ROOT/stick/second"
check "of cnie.conf two lines changed" test "$(diff "$ROOT/conf.before" \
	"$ROOT/etc/cnie/cnie.conf" | grep -c '^[<>]')" = 3
says "nobody is bound to the new key yet" unbound 2
does "a third epoch" 1 'more than two' key rotate --no-backup
logs_in "the first person's login binds them" good "$one"
says "one is left" unbound 1
does "retiring names who, and refuses" 1 "$other +uid" key retire
check "the old key is there" test -e "$ROOT/var/lib/cnie/key/sector-1.key"
does "and the configuration names it" 0 'previous_epoch +1' key status
does "a loss of the old key" 0 '' key backup "$ROOT/stick/old" --previous \
	--to "$ROOT/safe/pair.pub"
rm "$ROOT/var/lib/cnie/key/sector-1.key"
does "is made good as well" 0 'is back' key restore "$ROOT/stick/old" \
	--previous --identity "$ROOT/safe/pair"
logs_in "the other logs in, and is bound" other "$other"
says "nobody is left" unbound 0
check "names, uids and homes are those of before" test "$(people)" = "$before"

# -- what retiring does not overwrite, it does not remove ---------------------------------------

cp -p "$key" "$ROOT/safe/first.key"
cp -p "$ROOT/var/lib/cnie/key/sector-2.key" "$ROOT/safe/second.key"
cp "$ROOT/etc/cnie/cnie.conf" "$ROOT/conf.two"
cat "$ROOT/safe/second.key" >"$key"
does "another epoch's key in its place" 1 'was not overwritten' key retire
check "stays" cmp -s "$key" "$ROOT/safe/second.key"
(cat "$ROOT/safe/first.key"; echo) >"$key"
ln -f "$key" "$ROOT/safe/bad"

# -- retired ------------------------------------------------------------------------------------

does "now the epoch ends" 0 'its tags and its key are gone' key retire
check "its key is gone" test ! -e "$ROOT/var/lib/cnie/key/sector-1.key"
check "all its bytes, and what was behind them" cmp -s -n 81 "$ROOT/safe/bad" \
	/dev/zero
check "cnie.conf is as it was but for its epoch" test "$(diff \
	<(sed 's/^epoch = 1/epoch = 2/' "$ROOT/conf.before") \
	"$ROOT/etc/cnie/cnie.conf")" = ""
logs_in "the first person logs in" good "$one"
logs_in "the other too" other "$other"
does "there is nothing more to retire" 0 'no epoch' key retire
says "nothing is left over" left_over 0

# -- somebody who is not to come back -------------------------------------------------------------

does "rotation without a backup is told what that costs" 0 \
	'every person has to come' key rotate --no-backup
does "doctor warns of it" 1 '^warn  backup' doctor
check "and tells of the two epochs" grep -q '^ok    epoch' <<<"$out"
logs_in "the first person logs in" good "$one"
does "one account may be locked out" 0 'are gone' key retire --lock-out 1
logs_in "the first person logs in" good "$one"
refused "the other does not" other PAM_AUTH_ERR A01
check "and the account is there, as it was" test "$(people)" = "$before"

# -- lost, and there is no backup ------------------------------------------------------------------

rm "$ROOT/var/lib/cnie/key/sector-3.key"
does "a rotation goes on without the lost key" 0 'is lost, and not named' \
	key rotate --no-backup
refused "nobody is found by the new one" good PAM_AUTH_ERR A01
lab_calm
out=$(printf '123456\nplain-Word-7\n' | ctl account rebind "$one" 2>&1)
check "the first person comes with their card" test $? = 0
logs_in "and logs in" good "$one"
check "as the account of before" test "$(people)" = "$before"
does "what is left of the lost epoch is not ended over the other's head" 1 \
	'the key of epoch 3 is lost' key retire
check "who that is is said" grep -q "$other  uid" <<<"$out"
check "and how many" grep -q -- '--lock-out 1' <<<"$out"
logs_in "and the first person still logs in" good "$one"
does "until it is said" 0 'epoch 3: .* gone' key retire --lock-out 1
says "nothing is left over" left_over 0
logs_in "the first person logs in" good "$one"
