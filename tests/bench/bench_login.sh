#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# One login, card + face, DG2 of 15 KB, PACE + Chip Authentication: APDUs and
# time of the card stage by part, CPU time of all our processes by process,
# and the card stage beside the link's own time on two link models.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1-}" != --inside ]; then
	exec "$here/../system/pcscd_env.sh" "${BASH_SOURCE[0]}" --inside
fi
. "$here/../system/lab.sh"
trap lab_end EXIT
logins=${LOGINS:-15}

row() { printf '%s\t%s\t%s\t%s\n' "$@"; }

lab_init
lab_card good --pad-to 15000
cp "$ROOT/ca/uto/csca.cer" "$ROOT/store/uto.cer"
ctl setup --sector urn:example:sector:bench --profile uto --csca "$ROOT/store" \
	--ids "$LAB_IDS" --no-backup >/dev/null 2>&1 || die setup
lab_camera holder
vcard_start
lab_authorise face
lab_put good
printf '123456\n' | ctl enrol --face >/dev/null 2>&1 || die enrol

# -- the card stage -------------------------------------------------------------------

inspect() { printf '123456\n' | ctl card inspect 2>/dev/null; }
inspect >/dev/null
inspect | awk 'NF == 5 && $2 ~ /^[0-9]+$/ {
	printf "card: %s, APDUs\t%s\t-\t%s\n", $1, $2,
		$1 == "total" ? "<= 105" : "-"
	printf "card: %s, time\t%s\tms\t-\n", $1, $5
	printf "card: %s, bytes both ways\t%d\tB\t-\n", $1, $3 + $4 }'

for link in nfc424 contact; do
	vcard "link $link" >/dev/null
	vcard reset >/dev/null
	total=$(inspect | awk '$1 == "total" { print $2, $3 + $4, $5 }')
	read -r apdus bytes ms <<<"$total"
	row "card on $link: whole stage" "$ms" ms "-"
	own=$(vcard stats | sed -n 's/.*waited_us=\([0-9]*\).*/\1/p')
	row "card on $link: the link's and chip's own time" \
		"$(awk "BEGIN { printf \"%.0f\", $own / 1000 }")" ms "-"
	row "card on $link: beside the link's own time" \
		"$(awk "BEGIN { printf \"%.2f\", $ms * 1000 / $own }")" x "<= 1.1"
done
vcard "link ideal" >/dev/null

# -- CPU of a whole login ----------------------------------------------------------------

ticks() { awk '{ print $14 + $15 }' "/proc/$cnied_pid/stat"; }
sleep 2.2
: >"$lab_log"
t0=$(ticks)
wall=0 module=0
for _ in $(seq "$logins"); do
	TIMEFORMAT='%U %S'
	cpu=$( { time (printf 'can 123456\n' | LD_LIBRARY_PATH=$B "$B/pamlogin" \
		--service-dir "$ROOT/etc/pam.d" --service login --answers-fd 0 \
		>"$ROOT/out" 2>&1); } 2>&1)
	grep -q '^pam_authenticate: PAM_SUCCESS' "$ROOT/out" || die "login: $(cat "$ROOT/out")"
	module=$(awk "BEGIN { split(\"$cpu\", a); print $module + (a[1] + a[2]) * 1000 }")
done
sleep 2.5
service=$((($(ticks) - t0) * 10))
awk -v n="$logins" -v service="$service" -v module="$module" '
match($0, /cpu (cnie-[a-z]+) user_us=([0-9]+) system_us=([0-9]+) rss_kb=([0-9]+)/) {
	rest = substr($0, RSTART); split(rest, f, /[ =]/)
	cpu[f[2]] += f[4] + f[6]
	if (f[8] > rss[f[2]]) rss[f[2]] = f[8]
}
match($0, /total_ms=[0-9]+/) { total += substr($0, RSTART + 9, RLENGTH - 9) }
match($0, /card_ms=[0-9]+/) { card += substr($0, RSTART + 8, RLENGTH - 8) }
match($0, /face_ms=[0-9]+/) { face += substr($0, RSTART + 8, RLENGTH - 8) }
END {
	for (h in cpu) {
		printf "login CPU: %s\t%.1f\tms\t-\n", h, cpu[h] / n / 1000
		printf "login memory: %s\t%.1f\tMiB\t-\n", h, rss[h] / 1024
		sum += cpu[h] / n / 1000
	}
	printf "login CPU: cnied\t%.1f\tms\t-\n", service / n
	printf "login CPU: module and its program\t%.1f\tms\t-\n", module / n
	printf "login CPU: all our processes\t%.1f\tms\t< 600\n",
		sum + service / n + module / n
	printf "login: wall, request to grant\t%.0f\tms\t-\n", total / n
	printf "login: wall, card stage\t%.0f\tms\t-\n", card / n
	printf "login: wall, frames and comparison\t%.0f\tms\t-\n", face / n
}' "$lab_log"
