#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Look-ups through glibc and directly, beside `files`, glibc with no module at
# all and, where it is installed, sssd's memory cache, at three sizes; and what
# of it is a ratio ("cnie over files": cnie's time divided by that of files).
set -u
build=${1:-build}
lines=$(mktemp) || exit 1
trap 'rm -f "$lines"' EXIT
"$build/test/nss_bench" "$build/test" | tee "$lines"
[ "${PIPESTATUS[0]}" -eq 0 ] || exit 1

awk -F '\t' '
{ us[$1] = $2 }
function over(ours, theirs, name) {
	if (us[ours] > 0 && us[theirs] > 0)
		printf "nss %s\t%.*f\tx\t-\n", name,
			us[ours] < us[theirs] / 50 ? 6 : 3, us[ours] / us[theirs]
}
END {
	split("100 10000 1000000", sizes, " ")
	split("getpwnam_r getpwuid_r initgroups miss", calls, " ")
	for (i = 1; i <= 3; i++) {
		n = sizes[i]
		for (j = 1; j <= 4; j++) {
			c = calls[j]
			over("nss cnie " n ": " c, "nss files " n ": " c,
				"cnie over files " n ": " c)
			# glibc alone is mostly system calls, whose price
			# differs by four between machines: not it alone
			us["sum"] = us["nss none " n ": getpwnam_r"] + us["nss direct " n ": " c]
			over("nss cnie " n ": " c, "sum",
				"cnie over glibc alone and direct " n ": " c)
			over("nss cnie hot keys " n ": " c, "nss sss memory-cache hit, hot keys " n ": " c,
				"cnie over sss, hot keys " n ": " c)
		}
		over("nss cnie " n ": first call in a process, median",
			"nss glibc\047s compat " n ": first call in a process, median",
			"cnie over compat " n ": first call in a process")
		over("nss direct " n ": two threads over one",
			"nss machine " n ": two threads over one, arithmetic",
			"direct over the machine\047s arithmetic " n ": two threads over one")
	}
}' "$lines"
