#!/usr/bin/env bash
# Installs the Debian packages that the tests use real components of, those that are missing. Needs root.
set -euo pipefail

# package: what a test runs from it
packages=(
  influxdb             # influxd: the store's contract, the writer, the demo on InfluxDB
  openssl              # s_client, verify -x509_strict
  gnutls-bin           # certtool: a second opinion on every certificate
  libnss3-tools        # pk12util: PKCS#12 as browsers read it
  curl                 # tokens and REST as a stranger would
  python3-websockets   # a device client that is not ours
  python3-cbor2        # and a CBOR encoder that is not ours
  strace               # lets syncs of a server fail, or take seconds
  libfaketime          # sets the clock of one server
  iproute2             # a network of its own, with a route that swallows everything (root)
  mosquitto            # a broker that does the same work, for the benchmark; its service need not run
  chromium             # the console as a clinician sees it
  fonts-dejavu-core    # and letters to see it with
  mount                # a small disk of its own, to be filled (root)
)

missing=()
for package in "${packages[@]}"; do
  dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
if [ "${#missing[@]}" -eq 0 ]; then
  echo "test packages: all there"
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "test packages: no apt-get here; suites that need ${missing[*]} will be skipped" >&2
  exit 0
fi
echo "test packages: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
