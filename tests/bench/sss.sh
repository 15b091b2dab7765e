#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# sss.sh NSS_BENCH N ROOT: sssd's memory cache over the same accounts, for
# nss_bench, which sets CNIE_ROOT and LD_LIBRARY_PATH. sssd runs by hand, in
# mount and process namespaces of its own that end with this script: nothing of
# the machine is changed, nothing stays. Its proxy provider asks libnss_cnie;
# what is measured never gets so far.
set -u
bench=$1 n=$2 root=$3
want='sssd-common libnss-sss sssd-proxy'
sssd=$(command -v sssd) || sssd=/usr/sbin/sssd

if [ "${SSS_INSIDE:-}" != yes ]; then
	for f in "$sssd" /usr/lib/*/sssd/libsss_proxy.so \
			/usr/lib/*/libnss_sss.so.2 /lib/*/libnss_sss.so.2; do
		[ -e "$f" ] && have="${have:-} ${f##*/}"
	done
	case "${have:-}" in
	*' sssd'*libsss_proxy.so*libnss_sss.so.2*) ;;
	*)	printf 'nss sss memory-cache hit %s\tnot measured\t-\t%s\n' \
			"$n" "not installed: $want"
		exit 0 ;;
	esac
	SSS_INSIDE=yes exec unshare -m -p --fork --kill-child --mount-proc \
		--propagation private bash "$0" "$@"
fi

for d in /etc/sssd /var/lib/sss /var/log/sssd /run; do
	mount -t tmpfs -o mode=755 tmpfs "$d" || exit 1
done
mkdir -p /var/lib/sss/{db,deskprofile,gpo_cache,mc,pipes/private,pubconf} \
	/var/lib/sss/{pubconf/krb5.include.d,secrets} /etc/sssd/conf.d
chmod 700 /var/lib/sss/db /var/lib/sss/secrets
cat >/etc/sssd/sssd.conf <<EOF
[sssd]
services = nss
domains = bench
[domain/bench]
id_provider = proxy
proxy_lib_name = cnie
auth_provider = none
access_provider = permit
min_id = 1
entry_cache_timeout = 36000
EOF
chmod 600 /etc/sssd/sssd.conf
"$sssd" -i --logger=files >/dev/null 2>&1 </dev/null &
daemon=$!
for ((i = 0; i < 100; i++)); do
	[ -S /var/lib/sss/pipes/nss ] && [ -s /var/lib/sss/mc/passwd ] && break
	sleep 0.1
done
"$bench" prime "$n" "$root" && "$bench" sss "$n" "$root"
rc=$?
kill "$daemon"
wait "$daemon"
exit $rc
