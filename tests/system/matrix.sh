#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# matrix.sh [STEP]: mappings x key agreements x ciphers x passwords x signature
# algorithms x chip proofs. Every allowed combination is a whole login through
# pcscd and libpam, every forbidden one is refused with its reason. The card is
# changed at a reset, not by insertion. STEP takes every STEPth combination
# (make check: a slice; check-long: all).
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside "$@"
fi
shift
step=${1:-1}
. "$here/lab.sh"
trap lab_end EXIT
profile=
seen=0

ciphers='3des aes128 aes192 aes256'
curves='p256 p384 p521 bp256 bp320 bp384 bp512'
small='p192 p224 bp192 bp224'

# -- what a card is made of: options, by lists that go round -------------------------

signatures=(
	'ecdsa-bp256 sha256' 'ecdsa-p256 sha256' 'ecdsa-p384 sha384'
	'ecdsa-p521 sha512' 'ecdsa-bp320 sha256' 'ecdsa-bp384 sha384'
	'ecdsa-bp512 sha512' 'ecdsa-p256 sha224' 'ecdsa-bp256 sha512'
	'ecdsa-p384 sha256' 'ecdsa-bp384 sha512' 'ecdsa-p521 sha384'
	'rsa-2048 sha224' 'rsa-2048 sha256' 'rsa-2048 sha384' 'rsa-2048 sha512'
	'rsa-3072 sha256' 'rsa-3072 sha512' 'rsa-4096 sha256'
	'rsa-4096 sha512' 'rsa-pss sha256' 'rsa-pss sha384' 'rsa-pss sha512'
)
weak_signatures=(
	'rsa-1024 sha256' 'ecdsa-p224 sha256' 'ecdsa-bp224 sha256'
	'rsa-2048 sha1' 'ecdsa-p256 sha1' 'rsa-4096 sha1'
)
proofs=()
for c in $curves; do
	for s in $ciphers; do
		case $((${#proofs[@]} % 3)) in
		0) form=named ;; 1) form=explicit ;; 2) form=standardized ;;
		esac
		proofs+=("--ca-curve $c --ca-cipher $s --ca-params $form")
	done
done
for g in dh1 dh2; do
	for s in $ciphers; do
		proofs+=("--ca-curve $g --ca-cipher $s --ca-params explicit")
		proofs+=("--ca-curve $g --ca-cipher $s --ca-params standardized --ca-keyid 7")
	done
done
for a in rsa-2048:sha224 rsa-2048:sha256 rsa-2048:sha384 rsa-2048:sha512 \
	rsa-3072:sha256 rsa-4096:sha256 ecdsa-p256:sha256 ecdsa-p384:sha384 \
	ecdsa-p521:sha512 ecdsa-bp256:sha256 ecdsa-bp384:sha384 \
	ecdsa-bp512:sha512 ecdsa-p256:sha256:der ecdsa-bp256:sha256:der; do
	proofs+=("--no-ca --aa $a")
done

sign() {	# "ALGORITHM DIGEST" -> options
	set -- $1
	echo "--sod-alg $1 --sod-digest $2 --digest $2"
}

# -- the combinations: PHASE|WANTED|NAME|OPTIONS, one a line ---------------------------

turn=0
good() {	# phase name options: the next signature and, without one, proof
	local phase=$1 name=$2 options=$3
	case $options in *--sod-alg*) ;; *)
		options+=" $(sign "${signatures[turn % ${#signatures[@]}]}")" ;;
	esac
	case $options in *--ca-curve*|*--no-ca*|*--cam*) ;; *)
		options+=" ${proofs[turn % ${#proofs[@]}]}" ;;
	esac
	turn=$((turn + 1))
	echo "$phase|ok|$name|$options"
}

accesses() {
	local c d s m
	for m in gm im; do
		for s in $ciphers; do
			for d in $curves; do echo "$m-ecdh-$s:$d"; done
			for d in dh1 dh2; do echo "$m-dh-$s:$d"; done
		done
	done
	for s in aes128 aes192 aes256; do
		for c in $curves; do echo "cam-ecdh-$s:$c"; done
	done
}

weak_accesses() {
	local c m s
	for c in $small; do
		echo "gm-ecdh-aes128:$c"
		# 9303-11 4.4.3.3.2: only over p = 3 mod 4, which P-224's is not
		[ "$c" = p224 ] || echo "im-ecdh-aes256:$c"
		echo "cam-ecdh-aes128:$c"
	done
	for m in gm im; do
		for s in $ciphers; do echo "$m-dh-$s:dh0"; done
	done
}

weak_proofs() {
	local c g
	for c in $small; do
		echo "C16|--ca-curve $c --ca-cipher aes128"
		echo "C16|--ca-curve $c --ca-cipher 3des"
	done
	echo "C16|--ca-curve dh0 --ca-cipher aes128"
	echo "C16|--ca-curve dh0 --ca-cipher 3des"
	echo "C15|--no-ca --aa rsa-2048:sha1"
	echo "C15|--no-ca --aa rsa-1024:sha256"
	echo "C15|--no-ca --aa ecdsa-p224:sha256"
	echo "C15|--no-ca --aa ecdsa-p256:sha1"
}

cam_of() { case $1 in cam-*) echo "--cam --no-ca" ;; esac; }

combinations() {
	local a p s phase code
	for phase in can mrz; do
		for a in $(accesses); do
			good $phase "$a" "--pace $a $(cam_of "$a")"
		done
		for s in "${signatures[@]}"; do
			good $phase "$s" "$(sign "$s")"
		done
	done
	for p in "${proofs[@]}"; do good can "${p//--/}" "$p"; done
	good can "CAM on a card that has CA too" \
		"--pace cam-ecdh-aes128:bp256 --cam"
	good can "CAM, GM and IM offered" "--cam --no-ca --pace \
		gm-ecdh-aes128:bp256,im-ecdh-aes128:bp256,cam-ecdh-aes128:bp256"
	for phase in can mrz; do
		for a in $(weak_accesses); do
			echo "$phase|C02|$a|--pace $a $(cam_of "$a")"
		done
		for s in "${weak_signatures[@]}"; do
			echo "$phase|C13|signer $s|$(sign "$s")"
		done
		weak_proofs | while IFS='|' read -r code p; do
			echo "$phase|$code|${p//--/}|$p"
		done
		echo "$phase|C16|no chip proof|--no-ca"
		echo "$phase|C02|BAC|--pace none --bac"
	done
	# accepted where the profile says so
	for a in $(weak_accesses); do
		good weak "$a, accepted" "--pace $a $(cam_of "$a")"
	done
	for s in "${weak_signatures[@]}"; do
		good weak "signer $s, accepted" "$(sign "$s")"
	done
	weak_proofs | while IFS='|' read -r code p; do
		turn=$((turn + 1))
		good weak "${p//--/}, accepted" "$p"
	done
	for p in "${proofs[@]}"; do
		good bac "BAC, ${p//--/}" "--pace none --bac $p"
	done
	echo "bac|C16|BAC without chip proof|--pace none --bac --no-ca"
	echo "bac|C17|BAC, but the signed copy offers PACE|--bac --withhold access"
	good bac "PACE where both are offered" "--bac"
}

# -- running them ------------------------------------------------------------------------

set_profile() {	# phase
	local f=$ROOT/etc/cnie/profile.d/uto.conf
	[ "$profile" != "$1" ] || return 0
	profile=$1
	cp "$ROOT/usr/share/cnie/profiles/uto.conf" "$f"
	sed -i '/^bac/d' "$f"
	case $1 in
	can) ;;
	mrz) echo 'password = mrz' >>"$f" ;;
	weak) echo 'accept = sha1,small-keys,dh-group-0' >>"$f" ;;
	bac) printf 'password = mrz\nbac = yes\n' >>"$f" ;;
	esac
}

run() {	# phase wanted name options
	local got
	set_profile "$1"
	rm -rf "$ROOT/cards/next"
	lab_card next $4
	vcard "load $ROOT/cards/next" >/dev/null
	vcard reset >/dev/null
	lab_calm
	lab_login login "$person" 123456 plain-Word-7
	got=$code
	[ "$result" = PAM_SUCCESS ] && got=ok
	if [ "$got" = "$2" ]; then echo "ok $1: $3${code:+ ($code)}"
	else
		echo "FAIL $1: $3: $result $code, wanted $2; $4"
		sed 's/^/#   /' <<<"$out" | tail -n 3
		tail -n 1 "$lab_log" | sed 's/^/# log: /'
	fi
}

lab_init
lab_card good
cp "$ROOT/ca/uto/csca.cer" "$ROOT/store/uto.cer"
ctl setup --sector urn:example:sector:matrix --profile uto \
	--csca "$ROOT/store" --ids "$LAB_IDS" --no-backup >/dev/null 2>&1 || die setup
lab_set login card_wait_s 2
vcard_start
lab_put good
out=$(printf '123456\nplain-Word-7\nplain-Word-7\n' | ctl enrol --code 2>&1) ||
	die "enrol: $out"
person=$(sed -n 's/^enrolled: //p' <<<"$out")
lab_answers=$'mrz X12345678 850615 351231\n'

combinations >"$ROOT/combinations"
while IFS='|' read -r phase wanted name options; do
	seen=$((seen + 1))
	[ $((seen % step)) -eq 0 ] || continue
	[ -z "${ONLY-}" ] || [[ "$phase|$name|$options" =~ $ONLY ]] || continue
	run "$phase" "$wanted" "$name" "$options"
done <"$ROOT/combinations"
echo "# $seen combinations, every ${step}th was run"
