# SPDX-License-Identifier: GPL-3.0-or-later
#
# listens PATH...: wait until somebody listens at each. That its file is there
# is not enough: between bind() and listen() a caller is refused. Sourced.
listens() {
	local path i
	for path in "$@"; do
		for i in $(seq 400); do
			grep -q " 00010000 .* $path\$" /proc/net/unix && break
			sleep 0.01
		done
		grep -q " 00010000 .* $path\$" /proc/net/unix || return 1
	done
}
