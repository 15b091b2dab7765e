#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# pcscd_env.sh CMD [ARGS]: run CMD beside a pcscd of its own whose only reader
# is the virtual one, and return CMD's status. Root is needed.
#
# vpcd listens on 0.0.0.0, so Debian's vsmartcard-vpcd is never installed: its
# package is unpacked under build/vpcd and named by a reader.conf of ours. pcscd
# runs in a mount and a network namespace of its own: its socket (/run/pcscd)
# and its port are seen by CMD and nobody else, and runs may go in parallel.
# Slots: "Virtual PCD 00 00" at 127.0.0.1:35963 and "00 01" at 35964.
#
# PCSCD_LOG=FILE keeps pcscd's log (with APDUs: no real card in here).
# For CMD, PCSCD_PID_FILE names the daemon's pid and PCSCD_COMMAND starts it
# again (in the background, as `$PCSCD_COMMAND &`), for tests that stop it.
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
vpcd=$top/build/vpcd

die() { echo "pcscd_env.sh: $*" >&2; exit 125; }

# Unpack once; others that start now wait for the lock.
unpack() {
	mkdir -p "$vpcd" || die "can't make $vpcd"
	exec 9>"$vpcd/.lock"
	flock 9
	if [ "$(cat "$vpcd/.ok" 2>/dev/null)" != "$vpcd" ]; then
		if ! ls "$vpcd"/*.deb >/dev/null 2>&1; then
			(cd "$vpcd" && apt-get -q download vsmartcard-vpcd \
				>download.log 2>&1) ||
				die "apt-get download vsmartcard-vpcd failed:" \
				    "$(tail -n 1 "$vpcd/download.log")"
		fi
		dpkg -x "$vpcd"/vsmartcard-vpcd_*.deb "$vpcd/root" ||
			die "can't unpack vsmartcard-vpcd"
		driver=$(find "$vpcd/root" -name 'libifdvpcd.so*' | head -n 1)
		[ -n "$driver" ] || die "no libifdvpcd.so in the package"
		mkdir -p "$vpcd/readers"
		cat > "$vpcd/readers/vpcd" <<-END
			FRIENDLYNAME "Virtual PCD"
			DEVICENAME   /dev/null:0x8C7B
			LIBPATH      $driver
			CHANNELID    0x8C7B
		END
		echo "$vpcd" > "$vpcd/.ok"	# again where the tree moved
	fi
	exec 9>&-
}

# Its socket is there and both slots listen (0A in the kernel's table; to
# connect would put in a card).
ready() {
	[ -S /run/pcscd/pcscd.comm ] &&
		grep -q ':8C7B 0*:0000 0A' /proc/net/tcp &&
		grep -q ':8C7C 0*:0000 0A' /proc/net/tcp
}

stop() {
	for pid in $pcscd $(tr -d '\0' 2>/dev/null </run/pcscd/pcscd.pid); do
		kill "$pid" 2>/dev/null
	done
	wait
}

inside() {
	ip link set lo up || die "can't raise lo"
	mount -t tmpfs -o mode=755 tmpfs /run/pcscd || die "mount"
	# no drivers but ours: a reader plugged in here stays out of tests
	[ ! -d /usr/lib/pcsc/drivers ] ||
		mount -t tmpfs tmpfs /usr/lib/pcsc/drivers || die "mount"
	PCSCD_COMMAND="setpriv --pdeathsig TERM pcscd -f"
	PCSCD_COMMAND+="${PCSCD_LOG:+ -d -a} -c $vpcd/readers"
	PCSCD_PID_FILE=/run/pcscd/pcscd.pid
	export PCSCD_COMMAND PCSCD_PID_FILE
	$PCSCD_COMMAND >"${PCSCD_LOG:-/dev/null}" 2>&1 </dev/null &
	pcscd=$!
	trap stop EXIT
	for _ in $(seq 500); do
		ready && break
		kill -0 $pcscd 2>/dev/null || die "pcscd ended at once"
		sleep 0.01
	done
	ready || die "pcscd did not start"
	"$@"
	exit $?
}

if [ "${1-}" = --inside ]; then
	shift
	inside "$@"
fi
[ $# -gt 0 ] || die "usage: pcscd_env.sh CMD [ARGS]"
[ "$(id -u)" = 0 ] || die "must be root (for the namespaces)"
command -v pcscd >/dev/null || PATH=$PATH:/usr/sbin
command -v pcscd >/dev/null || die "pcscd is not installed"
unpack
mkdir -p /run/pcscd || die "can't make /run/pcscd"
exec unshare -mn "$here/pcscd_env.sh" --inside "$@"
