# SPDX-License-Identifier: GPL-3.0-or-later
#
# A TPM and what of systemd stands between it and cnied, sourced after lab.sh:
# the TPM is swtpm, systemd-creds is systemd's; systemctl, which needs systemd
# as process 1, is a script that starts cnied as systemd.exec(5) says
# LoadCredentialEncrypted= does: every credential unsealed into a folder that
# $CREDENTIALS_DIRECTORY names, and no cnied where one does not open.

sealing_init() {
	local f
	for f in swtpm systemd-creds tpm2_flushcontext; do
		command -v $f >/dev/null || die "$f is not installed"
	done
	mkdir -p "$ROOT"/{usr/bin,run/systemd/system,etc/systemd/system,tpm}
	ln -s /usr/bin/cmp "$ROOT/usr/bin/cmp"
	cat >"$ROOT/usr/bin/systemd-creds" <<-END
		#!/bin/sh
		export SYSTEMD_TPM2_DEVICE=swtpm:path=$ROOT/tpm/sock
		export SYSTEMD_CREDENTIAL_SECRET=$ROOT/tpm/host.secret
		/usr/bin/systemd-creds "\$@"
		status=\$?
		# the kernel's resource manager would do this
		for what in -t -l -s; do
			tpm2_flushcontext -T \$SYSTEMD_TPM2_DEVICE \$what
		done >/dev/null 2>&1
		exit \$status
	END
	cat >"$ROOT/usr/bin/systemctl" <<-END
		#!/bin/bash
		echo "\$@" >>$ROOT/systemctl.log
		creds=$ROOT/run/credentials
		unit=$ROOT/etc/systemd/system/cnied.service.d/cnie-key.conf
		pid=\$(cat $ROOT/cnied.pid 2>/dev/null)
		start() {
			rm -rf \$creds \$creds.none && mkdir -m 700 \$creds
			[ ! -e \$unit ] || while IFS== read -r key value; do
				[ "\$key" = LoadCredentialEncrypted ] || continue
				$ROOT/usr/bin/systemd-creds --name=\${value%%:*} \\
					decrypt \${value#*:} \$creds/\${value%%:*} ||
					exit 1
				chmod 400 \$creds/\${value%%:*}
			done <\$unit
			CNIE_ROOT=$ROOT CREDENTIALS_DIRECTORY=\$creds \\
				setsid $B/cnied 2>>$lab_log </dev/null >/dev/null &
			echo \$! >$ROOT/cnied.pid
			# systemd holds the sockets; here they must listen
			for _ in \$(seq 200); do
				grep -q '00010000 .*$ROOT/run/cnie/admin.sock' \
					/proc/net/unix && exit 0
				sleep 0.01
			done
			exit 1
		}
		alive() { [ -n "\$pid" ] && kill -0 \$pid 2>/dev/null; }
		case \$1 in
		try-restart)
			alive || exit 0
			kill \$pid
			while alive; do sleep 0.01; done
			rm -f $ROOT/run/cnie/*.sock
			start ;;
		start)	alive || start ;;
		stop)	! alive || { kill \$pid; rm -f $ROOT/run/cnie/*.sock; } ;;
		esac
		exit 0
	END
	chmod 755 "$ROOT"/usr/bin/systemd-creds "$ROOT"/usr/bin/systemctl
	tpm_start
	lab_cnied_stop
	systemctl_lab start
}

systemctl_lab() {
	"$ROOT/usr/bin/systemctl" "$@" >/dev/null 2>&1
	cnied_pid=$(cat "$ROOT/cnied.pid")
}

tpm_start() {
	swtpm socket --tpm2 --tpmstate dir="$ROOT/tpm" --daemon \
		--server type=unixio,path="$ROOT/tpm/sock" \
		--ctrl type=unixio,path="$ROOT/tpm/sock.ctrl" \
		--flags not-need-init,startup-clear \
		--pid file="$ROOT/tpm/pid" >/dev/null 2>&1 || die "swtpm"
	firmware as-it-was
}
# PCR 7 is what firmware and its Secure Boot keys were measured into.
firmware() {	# name
	tpm2_pcrextend -T swtpm:path="$ROOT/tpm/sock" \
		7:sha256=$(sha256sum <<<"$1" | cut -c 1-64) || die "PCR 7"
}
tpm_stop() {
	[ ! -e "$ROOT/tpm/pid" ] || kill "$(cat "$ROOT/tpm/pid")" 2>/dev/null
	rm -f "$ROOT"/tpm/pid "$ROOT"/tpm/sock*
}
# As a cleared one, or another board's.
tpm_clear() {
	tpm_stop
	sleep 0.3
	rm -f "$ROOT"/tpm/tpm2*
	tpm_start
}

sealing_end() {
	"$ROOT/usr/bin/systemctl" stop
	tpm_stop
	lab_end
}
