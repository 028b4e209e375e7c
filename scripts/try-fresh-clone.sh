#!/usr/bin/env bash
# Clones this checkout into a folder that nobody else may enter, installs, starts, uses, stops and starts again.
# usage: bash scripts/try-fresh-clone.sh <new folder>
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$1
install -d -m 0700 "$folder"
git clone -q "$here" "$folder/landlord"
cd "$folder/landlord"
npm install --no-fund --no-audit >/dev/null 2>&1

export PORT
PORT=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
server=
stop() {
  if [ -z "$server" ]; then return 0; fi
  kill -TERM "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
  for _ in $(seq 200); do [ -e .landlord/landlord.lock ] || return 0; sleep 0.1; done
  echo 'npm start was stopped, and the server goes on without it'
  return 1
}
trap stop EXIT

# start LIMIT_MS: until /healthz answers 200. The limit is generous: it catches a hang, it is not a measurement.
start() {
  local began
  began=$(date +%s%3N)
  npm start >"$folder/out.log" 2>"$folder/err.log" &
  server=$!
  until curl -fsS -o /dev/null "http://127.0.0.1:$PORT/healthz" 2>/dev/null; do
    if ! kill -0 "$server" 2>/dev/null || [ $(($(date +%s%3N) - began)) -gt "$1" ]; then
      cat "$folder/out.log" "$folder/err.log"
      return 1
    fi
    sleep 0.02
  done
  echo "serves after $(($(date +%s%3N) - began)) ms"
}

start 30000
token=$(npm run -s token -- --role system_admin)
post() { curl -fsS -X POST "http://127.0.0.1:$PORT$1" -H "Authorization: Bearer $token" -H 'Content-Type: application/json' "${@:2}"; }
post /tenants/provision -d '{"companySlug":"acme-corp","companyName":"Acme","planCode":"starter"}' >/dev/null
post /usage/events -H 'X-Tenant-Code: acme-corp' -d '[{"id":"e1","metric":"apiCalls"}]' | grep -q '"accepted":1'
stop
start 30000
curl -fsS "http://127.0.0.1:$PORT/usage" -H "Authorization: Bearer $token" -H 'X-Tenant-Code: acme-corp' | grep -q '"apiCalls":1'
stop
[ -z "$(git status --porcelain)" ] || { git status --porcelain; echo 'starting left files in the checkout'; exit 1; }
