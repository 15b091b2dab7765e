#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Where the sector key may be, each through pcscd and libpam: a file, a token
# (softhsm2), a tokenisation service (the tests' evaluator) with and without
# the token's cache of its answers: twenty logins, one request. And what is
# told when one of them fails. All persons are synthetic.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside "$@"
fi
. "$here/lab.sh"
trap 'kill "${evaluator_pid-}" 2>/dev/null; lab_end' EXIT

PIN=2468
TOKEN_GID=64199
ok() { echo "ok $1"; }
fail() {
	echo "FAIL $1: ${2-}"
	sed 's/^/#   /' <<<"${out-}" | tail -n 8
	tail -n 3 "$lab_log" | sed 's/^/# log: /'
}
check() {	# what command...
	local what=$1
	shift
	if "$@"; then ok "$what"; else fail "$what" "$*"; fi
}
login() {
	lab_calm
	lab_login login "${1-$person}" 123456 plain-Word-7
}
granted() {	# what
	if [ "$result" = PAM_SUCCESS ]; then ok "$1"
	else fail "$1" "$result $reason"; fi
}
refused() {	# what code
	if [ "$result" != PAM_SUCCESS ] && [ "${reason%% *}" = "$2" ]
	then ok "$1 ($2)"; else fail "$1" "$result $reason"; fi
}
enrol() {
	lab_calm
	out=$(printf '123456\nplain-Word-7\nplain-Word-7\n' |
		ctl enrol --code 2>&1) || return 1
	person=$(sed -n 's/^enrolled: //p' <<<"$out")
}
requests() { cat "$ROOT/requests" 2>/dev/null || echo 0; }

lab_init
lab_card good
cp "$ROOT/ca/uto/csca.cer" "$ROOT/store/uto.cer"
ctl setup --sector urn:example:sector:custody --profile uto --no-backup \
	--csca "$ROOT/store" --ids "$LAB_IDS" >/dev/null 2>&1 || die setup
lab_set login card_wait_s 2
vcard_start
lab_put good

# -- a file -----------------------------------------------------------------
enrol || die "enrol: $out"
file_person=$person
login
granted "a key in a file"
out=$(ctl key status 2>&1)
check "it is called what it is" grep -q "demonstration only" <<<"$out"

# -- a token --------------------------------------------------------------------
mkdir "$ROOT/tokens"
printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' \
	"$ROOT/tokens" >"$ROOT/softhsm2.conf"
# Debian lets its group softhsm alone read this folder: here a group of ours
mkdir -m 750 "$ROOT/etc/softhsm"
cp "$ROOT/softhsm2.conf" "$ROOT/etc/softhsm/"
chown -R 0:$TOKEN_GID "$ROOT/etc/softhsm"
mount --bind "$ROOT/etc/softhsm" /etc/softhsm || die softhsm
softhsm2-util --init-token --free --label cnie --pin $PIN --so-pin 13579 \
	>/dev/null || die "softhsm2-util"
chown -R 0:$TOKEN_GID "$ROOT/tokens"
chmod -R g+rwX "$ROOT/tokens"
module=$(find /usr/lib -name libsofthsm2.so | head -n 1)
printf %s $PIN >"$ROOT/etc/cnie/token.pin"
chmod 400 "$ROOT/etc/cnie/token.pin"
cp "$ROOT/etc/cnie/cnie.conf" "$ROOT/cnie.conf.file"
lab_set sector provider pkcs11
lab_set sector epoch 2
lab_set token module "$module"
lab_set token label cnie
lab_set token pin_file /etc/cnie/token.pin
lab_set users token_gid $TOKEN_GID

login
refused "a token without the key" K01
out=$(ctl key init 2>&1)
check "the token makes its key" test $? = 0
login
refused "another provider is another pseudonym" A01
out=$(printf '123456\nplain-Word-7\n' | ctl account rebind "$file_person" 2>&1)
check "the account is bound to it" test $? = 0
person=$file_person
login
granted "a key in a token"
check "the uid stayed" grep -q ":$(ctl account show "$person" |
	awk '$1 == "UID" { print $2 }'):" <<<"$(LD_LIBRARY_PATH=$B getent -s cnie passwd "$person")"
out=$(ctl key status 2>&1)
check "it is called what it is" grep -q "in the token" <<<"$out"
out=$(ctl key backup "$ROOT/x" --to "$ROOT/nobody.pub" 2>&1)
check "and has no backup here" test $? != 0
printf 0000 >"$ROOT/etc/cnie/token.pin"
login
refused "a wrong PIN" K04
check "the journal says which trouble it is" grep -q "PIN is wrong" "$lab_log"
out=$(ctl key status 2>&1)
check "it is called one" grep -q "PIN is wrong" <<<"$out"
out=$(ctl doctor 2>&1)
check "by doctor too" grep -q "^fail  key .*PIN is wrong" <<<"$out"
chmod 440 "$ROOT/etc/cnie/token.pin"
out=$(ctl key status 2>&1)
check "a PIN that others may read is named" grep -q "token.pin has mode 0440" <<<"$out"
chmod 400 "$ROOT/etc/cnie/token.pin"
printf %s $PIN >"$ROOT/etc/cnie/token.pin"
mv "$ROOT/tokens" "$ROOT/tokens.away"; mkdir "$ROOT/tokens"
login
refused "no token" K04
out=$(ctl key rotate 2>&1)
check "is called that, and is no loss of its key" \
	grep -q "can't be used: unusable: no token of this label" <<<"$out"
softhsm2-util --init-token --free --label cnie --pin $PIN --so-pin 13579 \
	>/dev/null || die "softhsm2-util"
chown -R 0:$TOKEN_GID "$ROOT/tokens"
chmod -R g+rwX "$ROOT/tokens"
out=$(ctl key init 2>&1)
check "another token makes no second key of an epoch that is used" \
	grep -q "the token has no such key" <<<"$out"
rm -r "$ROOT/tokens"; mv "$ROOT/tokens.away" "$ROOT/tokens"
login
granted "and it is there again"
out=$(ctl key init 2>&1)
check "where the key is, it is kept" grep -q "it was kept" <<<"$out"

# -- a token that machines share ----------------------------------------------------
objects() { find "$ROOT/tokens" -name '*.object' | wc -l; }
before=$(objects)
mkdir "$ROOT/alone"		# what follows later goes on from here
cp -a "$ROOT/var" "$ROOT/etc/cnie/cnie.conf" "$ROOT/tokens" "$ROOT/alone/"
ctl key retire >/dev/null 2>&1 || die "the file's epoch"
out=$(ctl key rotate 2>&1)
check "the token has a second epoch" test $(($(objects) - before)) = 1
check "and what to say on other machines is said" grep -q -- --keep-key <<<"$out"
cp "$ROOT/etc/cnie/cnie.conf" "$ROOT/conf.two"
login
granted "a login binds to it"
out=$(ctl key retire --keep-key 2>&1)
check "retired here" test $? = 0
check "its key stays, and that is said" grep -q "stays there for the machines" <<<"$out"
check "it is there" test $(($(objects) - before)) = 1
check "cnie.conf names it no more" test -z \
	"$(grep '^previous_epoch' "$ROOT/etc/cnie/cnie.conf")"
login
granted "and the person logs in"
out=$(ctl key retire 2>&1)
check "nothing of it is left to do here" grep -q "no epoch to retire" <<<"$out"
cp "$ROOT/conf.two" "$ROOT/etc/cnie/cnie.conf"	# as on the last machine
chmod 000 "$ROOT/tokens"
out=$(ctl key retire 2>&1)
check "no token, no end" test $? = 1
chmod 770 "$ROOT/tokens"
out=$(ctl key status 2>&1)
check "and it is known that there is one to come" grep -qE "left_over +2|previous_epoch +2" <<<"$out"
out=$(ctl key retire 2>&1)
check "the last machine ends it" test $? = 0
check "and says for whom, before" grep -q "^token  .*destroyed, for every machine" <<<"$out"
check "and after" grep -q "for any machine that shares it" <<<"$out"
check "it is gone" test "$(objects)" = "$before"
login
granted "the person logs in by the newer"
cp "$ROOT/conf.two" "$ROOT/etc/cnie/cnie.conf"
login
refused "a machine that names the older still" K01
out=$(ctl key retire 2>&1)
check "retires it too" test $? = 0
login
granted "and knows the person again"
rm -r "$ROOT/var" "$ROOT/tokens" "$ROOT/conf.two"
mv "$ROOT/alone/cnie.conf" "$ROOT/etc/cnie/cnie.conf"
mv "$ROOT/alone/var" "$ROOT/alone/tokens" "$ROOT/"

# -- a tokenisation service --------------------------------------------------------
head -c 32 /dev/urandom >"$ROOT/seed"
"$B/evaluator" "$ROOT/tokeniser.sock" "$ROOT/seed" "$ROOT/requests" \
	"$ROOT/mood" </dev/null 2>>"$ROOT/evaluator.log" &
evaluator_pid=$!
lab_set sector provider tokeniser
lab_set sector epoch 3
lab_set tokeniser socket /tokeniser.sock
lab_set tokeniser public_key "$("$B/evaluator" public "$ROOT/seed" 3)"
listens "$ROOT/tokeniser.sock" || die "the evaluator did not start"

out=$(printf '123456\nplain-Word-7\n' | ctl account rebind "$person" 2>&1)
check "the account is bound to the service's key" test $? = 0
before=$(requests)
login
granted "a key at a service"
login
check "without a cache each login asks" test $(($(requests) - before)) = 2
for mood in other-key:K03 unproven:K03 bad-proof:K03 identity:K03 \
	truncated:K02 close:K02 unknown-epoch:K02 quota:K02; do
	echo "${mood%%:*}" >"$ROOT/mood"
	login
	refused "a service that lies or fails: ${mood%%:*}" "${mood##*:}"
	case $mood in
	truncated:*) told="does not speak as" ;;
	close:*) told="hung up" ;;
	unknown-epoch:*) told="does not serve an epoch" ;;
	quota:*) told="quota is used up" ;;
	*) continue ;;
	esac
	check "and the journal says how: ${mood%%:*}" \
		test "$(grep -c "$told" "$lab_log")" = 1
done
rm -f "$ROOT/mood"

# -- a new epoch of the service's --------------------------------------------------
cp "$ROOT/etc/cnie/cnie.conf" "$ROOT/conf.before"
rotate() {	# what status text hex
	out=$(ctl key rotate --public-key "$4" 2>&1)
	local now=$?
	if [ $now = "$2" ] && grep -q "$3" <<<"$out" && cmp -s \
		"$ROOT/conf.before" "$ROOT/etc/cnie/cnie.conf"; then ok "$1"
	else fail "$1" "exit $now, wanted $2 and: $3"; fi
}
head -c 32 /dev/urandom >"$ROOT/seed.other"
rotate "a new key that is none" 2 "no public key" "$(printf '%064d' 0)"
rotate "that of today" 2 "the key of epoch 3" \
	"$("$B/evaluator" public "$ROOT/seed" 3)"
rotate "somebody else's" 1 K03 "$("$B/evaluator" public "$ROOT/seed.other" 4)"
echo close >"$ROOT/mood"
rotate "one that nobody answers for" 1 K02 \
	"$("$B/evaluator" public "$ROOT/seed" 4)"
rm -f "$ROOT/mood"

# -- one wrong line -------------------------------------------------------------------
lab_set login card_wait_s 2x
out=$(ctl setup --sector urn:example:sector:custody --profile uto --no-backup \
	--force --ids "$LAB_IDS" 2>&1)
check "setup --force does not forget where the key is" test $? = 1
check "and names the line" grep -q 'card_wait_s' <<<"$out"
check "no local key was made" test ! -e "$ROOT/var/lib/cnie/key/sector-3.key"
lab_set login card_wait_s 2
login
granted "with the line corrected"

lab_set token cache yes
lab_set sector epoch_ends 2099-12-31
out=$(ctl key init 2>&1)
check "the token makes the machine's key" test $? = 0
before=$(requests)
bad=0
for i in $(seq 20); do
	login
	[ "$result" = PAM_SUCCESS ] || bad=$((bad + 1))
done
check "twenty logins" test $bad = 0
check "one request" test $(($(requests) - before)) = 1
kill $evaluator_pid; wait $evaluator_pid 2>/dev/null
rm -f "$ROOT/tokeniser.sock"
lab_set token cache no
out=$(ctl doctor 2>&1)
check "doctor names a service that is not there" \
	grep -q "^fail  key .*tokeniser.sock: no tokenisation service" <<<"$out"
lab_set token cache yes
login
granted "what is remembered needs no service"
lab_card renewed --document Y87654321 --expiry 360131
vcard "load $ROOT/cards/renewed" >/dev/null; vcard reset >/dev/null
login
refused "a renewed card is asked about anew" K02
vcard "load $ROOT/cards/good" >/dev/null; vcard reset >/dev/null
public=$("$B/evaluator" public "$ROOT/seed" 3)
lab_set tokeniser public_key "$("$B/evaluator" public "$ROOT/seed.other" 3)"
login
refused "what was remembered is another key's" K02
lab_set tokeniser public_key "$public"
login
granted "and is there again with the right one"
lab_set sector epoch_ends 2020-01-01
login
refused "what was remembered ends with its epoch" K02

# -- the end of what other providers held ---------------------------------------------
key=$ROOT/var/lib/cnie/key/sector-1.key
ln "$key" "$ROOT/bad"
objects=$(find "$ROOT/tokens" -name '*.object' | wc -l)
out=$(ctl key retire 2>&1)
check "the epochs before are retired" test $? = 0
check "with what the service has to do" grep -q "for the service to end" <<<"$out"
check "the file is gone" test ! -e "$key"
check "and its bytes" cmp -s -n 80 "$ROOT/bad" /dev/zero
check "the token's key too" test \
	"$(find "$ROOT/tokens" -name '*.object' | wc -l)" = $((objects - 1))
umount /etc/softhsm
