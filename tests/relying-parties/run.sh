#!/bin/bash
# Runs every relying party in this folder against ISSUER on loopback; starts Apache for mod_auth_openidc and stops what it started by process id.
cd "$(dirname "$0")" || exit 1
PY=${PY:-python3}
[ -d node_modules ] || npm install --no-audit --no-fund || exit 1
[ -f pki/ca.crt ] || ./pki.sh || exit 1
[ -f pki/rp-key.json ] || node -e "import('jose').then(async j => { const { privateKey } = await j.generateKeyPair('ES256', { extractable: true }); const k = { ...await j.exportJWK(privateKey), kid: 'rp-1', alg: 'ES256', use: 'sig' }; require('fs').writeFileSync('pki/rp-key.json', JSON.stringify(k)); })"
export RPDIR=$PWD ISSUER=${ISSUER:-https://localhost:9443} NODE_EXTRA_CA_CERTS=$PWD/pki/ca.crt PYTHONWARNINGS=ignore
export CLIENT_APACHE=${CLIENT_APACHE:-apache} SECRET_APACHE=${SECRET_APACHE:-apache-secret-0123456789abcdef0123456789} INTROSPECT=${INTROSPECT:-$ISSUER/oauth2/introspect}
mkdir -p apache/run
pids=()
apache2 -f "$PWD/apache/httpd.conf" -DFOREGROUND & pids+=($!); sleep 2
bad=0
run() { echo "== $*"; timeout 180 "$@" || bad=1; }
run node rp_openid_client.mjs
run "$PY" rp_authlib.py
run "$PY" rp_mod_auth_openidc.py
kill "${pids[@]}"; wait
exit $bad
