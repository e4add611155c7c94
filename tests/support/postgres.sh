#!/bin/sh
# A throw-away PostgreSQL for tests, reachable by a unix socket only.
#   eval "$(tests/support/postgres.sh start DIR)"   starts one in DIR and sets IOC_TEST_POSTGRES_URL
#   tests/support/postgres.sh stop DIR              stops it; DIR can then be removed
#   tests/support/postgres.sh crash DIR             ends all its processes at once and starts it again
#   tests/support/postgres.sh strike DIR            kills one of its backends with signal 9
set -eu

usage() {
    echo "usage: $0 start|stop|crash|strike DIR" >&2
    exit 2
}
[ $# -eq 2 ] || usage
action=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)

bin=
for candidate in "$(dirname "$(command -v pg_ctl 2>/dev/null || echo /none/pg_ctl)")" /usr/lib/postgresql/*/bin; do
    if [ -x "$candidate/initdb" ] && [ -x "$candidate/pg_ctl" ]; then bin=$candidate; fi
done
if [ -z "$bin" ]; then
    echo "PostgreSQL's server programs are missing: install Debian's package postgresql (apt-get install postgresql)," \
        "or set IOC_TEST_POSTGRES_URL to a server where databases may be made" >&2
    exit 1
fi

# PostgreSQL refuses to run as root.
as_owner() {
    if [ "$(id -u)" -eq 0 ]; then (cd / && runuser -u postgres -- "$@"); else (cd / && "$@"); fi
}

start() {
    as_owner "$bin/pg_ctl" -D "$dir/data" -l "$dir/data/server.log" -w -t 60 \
        -o "-k '$dir' -c listen_addresses= -c fsync=off -c max_connections=300" \
        start >"$dir/start.log" 2>&1 || { cat "$dir/start.log" "$dir/data/server.log" >&2; exit 1; }
}

case $action in
start)
    if [ "$(id -u)" -eq 0 ]; then chown postgres "$dir"; fi
    # Vietnamese collation: an order that silently depends on the server's locale shows.
    as_owner "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 \
        --locale-provider=icu --icu-locale=vi --no-sync >"$dir/initdb.log" 2>&1 ||
        { cat "$dir/initdb.log" >&2; exit 1; }
    start
    echo "export IOC_TEST_POSTGRES_URL='postgres://postgres@localhost/postgres?host=$dir'"
    ;;
stop)
    as_owner "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1 || true
    ;;
crash)
    as_owner "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null
    start
    ;;
strike)
    # The newest process with a client: the ones of the server itself call themselves otherwise.
    backend=$(ps -o pid=,args= --ppid "$(head -1 "$dir/data/postmaster.pid")" | awk '/\[local\]/ { pid = $1 } END { print pid }')
    if [ -n "$backend" ]; then kill -9 "$backend"; fi
    ;;
*) usage ;;
esac
