#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The card stage alone (cniectl card inspect: everything is read, verified and
# let go). A document as of old: BAC, DG2 of 15,083 bytes, with short APDUs and
# with extended ones, on the ideal link and beside two links' own time; then
# the access protocols and chip proofs side by side.
#
# The bar is the best-known Java reader on such a document and the ideal link,
# warm: 96 APDUs, 0.19 to 0.25 s, without Chip Authentication.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/../system/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside
fi
. "$here/../system/lab.sh"
trap lab_end EXIT
rounds=${ROUNDS:-7}

row() { printf '%s\t%s\t%s\t%s\n' "$@"; }

lab_init
lab_card good
cp "$ROOT/ca/uto/csca.cer" "$ROOT/store/uto.cer"
ctl setup --sector urn:example:sector:bench --profile uto --csca "$ROOT/store" \
	--ids "$LAB_IDS" --no-backup >/dev/null 2>&1 || die setup
printf 'bac = yes\npassword = mrz\n' >>"$ROOT/etc/cnie/profile.d/uto.conf"
sed -i '0,/^bac = no/{/^bac = no/d}' "$ROOT/etc/cnie/profile.d/uto.conf"
vcard_start
lab_put good
sleep 0.6

inspect() {
	printf 'X12345678 850615 351231\n' | ctl card inspect --mrz 2>/dev/null
}

# The rows of the median round, by time: STAGE APDUS SENT RECEIVED MS
median() {
	local i
	inspect >/dev/null	# the first one pays for the pages
	for ((i = 0; i < rounds; i++)); do
		inspect | awk 'NF == 5 && $2 ~ /^[0-9]+$/' >"$ROOT/round.$i"
		echo "$(awk '$1 == "total" { print $5 }' "$ROOT/round.$i") $i"
	done | sort -n | sed -n "$((rounds / 2 + 1))p" | cut -d' ' -f2 |
		xargs -I{} cat "$ROOT/round.{}"
}

put() {
	vcard "load $ROOT/cards/$1" >/dev/null
	vcard reset >/dev/null
}

parts() {	# label bar
	awk -v label="$1" -v bar="$2" '
	{ printf "%s: %s, APDUs\t%s\t-\t%s\n", label, $1, $2,
		$1 == "total" ? bar : "-"
	  printf "%s: %s, time\t%s\tms\t-\n", label, $1, $5 }'
}

beside() {	# label: our time beside the link's and the chip's own
	local link ms own
	for link in nfc424 contact; do
		vcard "link $link" >/dev/null
		vcard reset >/dev/null
		ms=$(inspect | awk '$1 == "total" { print $5 }')
		own=$(vcard stats | sed -n 's/.*waited_us=\([0-9]*\).*/\1/p')
		row "$1 on $link: time" "$ms" ms -
		row "$1 on $link: beside its own time" \
			"$(awk "BEGIN { printf \"%.3f\", $ms * 1000 / $own }")" \
			x "<= 1.1"
	done
	vcard "link ideal" >/dev/null
}

old="--pace none --bac --ca-curve p256 --pad-to 15083"
lab_card bac $old
put bac
median >"$ROOT/short"
parts "BAC, short" "<= 90" <"$ROOT/short"
row "BAC, short: beside the Java reader's 0.22 s" \
	"$(awk '$1 == "total" { printf "%.2f", $5 / 220 }' "$ROOT/short")" x "<= 0.5"
beside "BAC, short"
lab_card bacx $old --extended --ef-atr 4096:8192
put bacx
median >"$ROOT/extended"
parts "BAC, extended" "<= 25" <"$ROOT/extended"
beside "BAC, extended"

for a in gm-ecdh-aes128:p256 gm-ecdh-aes128:bp256 gm-ecdh-aes256:bp512 \
	im-ecdh-aes128:bp256 cam-ecdh-aes128:bp256 gm-dh-aes128:dh2; do
	case $a in cam-*) more="--cam --no-ca" ;; *) more= ;; esac
	lab_card access --pad-to 15083 --pace $a $more
	put access
	median | awk -v a="$a" '$1 == "total" {
		printf "PACE %s: APDUs\t%s\t-\t-\nPACE %s: time\t%s\tms\t-\n", a, $2, a, $5 }'
done
