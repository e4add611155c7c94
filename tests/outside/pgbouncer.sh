#!/bin/bash
# A pgbouncer before a PostgreSQL that listens on a unix socket.
#   pgbouncer.sh start DIR SOCKET-FOLDER MODE PORT     MODE: session or transaction
#   pgbouncer.sh stop DIR
# Needs Debian's package pgbouncer.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,5s/^# //p' "$0" >&2; exit 2; }
action=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
command -v pgbouncer >/dev/null || { echo "pgbouncer is missing: apt-get install pgbouncer" >&2; exit 1; }

# pgbouncer refuses to run as root.
as_owner() {
    if [ "$(id -u)" -eq 0 ]; then chown -R postgres "$dir"; (cd / && runuser -u postgres -- "$@"); else (cd / && "$@"); fi
}

case $action in
start)
    # sqlx and the product send `options` and extra_float_digits at the start, which pgbouncer before 1.20 does not know.
    cat >"$dir/pgbouncer.ini" <<INI
[databases]
* = host=$3
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $5
unix_socket_dir =
auth_type = any
pool_mode = $4
default_pool_size = 50
max_client_conn = 500
ignore_startup_parameters = extra_float_digits,options
logfile = $dir/pgbouncer.log
pidfile = $dir/pgbouncer.pid
INI
    # Anybody is this user there.
    sed -i 's/^\* = host=.*/& user=postgres/' "$dir/pgbouncer.ini"
    as_owner pgbouncer -d -q "$dir/pgbouncer.ini"
    ;;
stop)
    if [ -f "$dir/pgbouncer.pid" ]; then kill "$(cat "$dir/pgbouncer.pid")"; fi
    ;;
esac
