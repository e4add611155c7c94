#!/bin/bash
# Runs a command of this folder's project against a demonstration of its own with the keys that the specs ask for, e.g.
# `e2e/demo.sh npm run shots`. What the server warns of ends it with an error.
set -euo pipefail
cd "$(dirname "$0")/.."

ioc=$(realpath "${CARGO_TARGET_DIR:-../target}/debug/ioc")
scratch=$(mktemp -d)
server=
stop() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    server=
}
trap 'stop; rm -rf "$scratch"' EXIT
export IOC_DATA_DIR=$scratch IOC_METRICS_LISTEN=127.0.0.1:0 IOC_DATABASE_URL=sqlite://$scratch/demo.db

mkfifo "$scratch/line"
"$ioc" demo --listen 127.0.0.1:0 >"$scratch/line" 2>"$scratch/log" &
server=$!
exec 3<"$scratch/line"
IOC_URL=
while [ -z "$IOC_URL" ] && read -r -t 240 line <&3; do
    if [[ $line == "listening on "* ]]; then IOC_URL=${line#listening on }; fi
done
if [ -z "$IOC_URL" ]; then
    cat "$scratch/log" >&2
    echo "no demonstration came up" >&2
    exit 1
fi

key() {
    "$ioc" keys create --scope "$1" --name smoke
}
IOC_KEY=$(key office:xa-03127) IOC_TEAM_KEY=$(key report:behalf) IOC_DASHBOARD_KEY=$(key dashboard:read) IOC_ADMIN_KEY=$(key admin)
export IOC_URL IOC_OFFICE=xa-03127 IOC_KEY IOC_TEAM_KEY IOC_DASHBOARD_KEY IOC_ADMIN_KEY
# Nobody approved it, so nothing is sent there, and the dashboard of the province says so.
"$ioc" destinations add --channel webhook --office xa-03151 --name "Văn bản xã" --url https://van-ban.example/hook \
    >"$scratch/added"
"$@"
stop
if grep -E 'ERROR|WARN' "$scratch/log"; then
    echo "the server's log is not clean" >&2
    exit 1
fi
