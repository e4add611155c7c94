#!/bin/bash
# Two PostgreSQL nodes under Patroni with etcd, all on this machine's loopback, for trying what docs/scale.md describes.
#   patroni.sh start DIR          starts etcd and both nodes, waits until they are in step, prints the product's URL
#   patroni.sh kill DIR           kill -9 of the leader: Patroni, the postmaster and its children; prints its name
#   patroni.sh blind DIR          the standby hears nothing more of the leader, which is killed next
#   patroni.sh revive DIR NAME    starts Patroni of a killed node again
#   patroni.sh synced DIR         waits until a synchronous standby follows the leader
#   patroni.sh stop DIR           ends everything
# Needs Debian's packages patroni, etcd-server and postgresql. SYNCHRONOUS=false shows what it is good for.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,10s/^# //p' "$0" >&2; exit 2; }
action=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
base=${PATRONI_BASE_PORT:-25430}
etcd=$((base + 9))
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
for program in etcd patroni "$bin/postgres"; do
    command -v "$program" >/dev/null || { echo "$program is missing: apt-get install patroni etcd-server postgresql" >&2; exit 1; }
done

# PostgreSQL refuses to run as root.
as_owner() {
    if [ "$(id -u)" -eq 0 ]; then (cd / && exec setsid runuser -u postgres -- "$@"); else (cd / && exec setsid "$@"); fi
}
port() { case $1 in one) echo $((base + 1)) ;; two) echo $((base + 2)) ;; esac; }
rest() { case $1 in one) echo $((base + 3)) ;; two) echo $((base + 4)) ;; esac; }
answers() { curl -fsS -o /dev/null -m 2 "http://127.0.0.1:$(rest "$1")/$2" 2>/dev/null; }
await() { # seconds, what, command…
    local until=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        [ $SECONDS -lt $until ] || { echo "$what did not come to be" >&2; tail -n 20 "$dir"/*.log >&2; exit 1; }
        sleep 0.2
    done
}
leader() { for node in one two; do if answers $node primary; then echo $node; return; fi; done; return 1; }
synchronous() { for node in one two; do if answers $node sync; then return; fi; done; return 1; }

configure() {
    local lag=1048576
    if [ "${SYNCHRONOUS:-true}" = false ]; then lag=1073741824; fi
    cat >"$dir/$1.yml" <<YAML
scope: ioc
name: $1
restapi: {listen: "127.0.0.1:$(rest "$1")", connect_address: "127.0.0.1:$(rest "$1")"}
etcd3: {host: "127.0.0.1:$etcd"}
bootstrap:
  dcs:
    # The leader's lease. A dead leader is replaced after ttl at the latest.
    ttl: ${TTL:-20}
    loop_wait: ${LOOP_WAIT:-5}
    retry_timeout: ${RETRY_TIMEOUT:-5}
    # A commit is acknowledged when the standby has it on disk: without this line, failover forgets acknowledged reports.
    synchronous_mode: ${SYNCHRONOUS:-true}
    # Without it a standby may be promoted that lacks as many bytes of what was acknowledged; further behind, nobody leads.
    maximum_lag_on_failover: $lag
    postgresql:
      use_pg_rewind: true
      parameters: {wal_log_hints: "on", max_connections: 100}
  initdb: [{encoding: UTF8}, {locale: C.UTF-8}, data-checksums]
  pg_hba: ["host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust", "local all all trust"]
postgresql:
  listen: "127.0.0.1:$(port "$1")"
  connect_address: "127.0.0.1:$(port "$1")"
  data_dir: "$dir/$1"
  bin_dir: "$bin"
  pgpass: "$dir/$1.pgpass"
  remove_data_directory_on_rewind_failure: true
  remove_data_directory_on_diverged_timelines: true
  authentication:
    superuser: {username: postgres, password: only-for-loopback}
    replication: {username: replicator, password: only-for-loopback}
    rewind: {username: rewinder, password: only-for-loopback}
  parameters: {unix_socket_directories: "$dir"}
YAML
}
run_patroni() {
    as_owner patroni "$dir/$1.yml" >>"$dir/$1.log" 2>&1 &
}
# Ends a process and everything that it has started; they are found by their parents, not by a name.
kill_tree() {
    local child
    for child in $(ps -o pid= --ppid "$1"); do kill_tree "$child"; done
    kill -9 "$1" 2>/dev/null || true
}
end_node() {
    # The postmaster is a child of nobody once Patroni is gone: its own file knows it.
    local patroni
    patroni=$(ps -eo pid=,args= | awk -v file="$dir/$1.yml" '$NF == file { print $1; exit }')
    if [ -n "$patroni" ]; then kill_tree "$patroni"; fi
    if [ -f "$dir/$1/postmaster.pid" ]; then kill_tree "$(head -1 "$dir/$1/postmaster.pid")"; fi
}

# The process that takes what the leader writes, on a node that stands by.
receivers() { for node in one two; do if [ -f "$dir/$node/postmaster.pid" ]; then
    ps -o pid=,args= --ppid "$(head -1 "$dir/$node/postmaster.pid")" | awk '/walreceiver/ { print $1 }'; fi; done; }

case $action in
start)
    if [ "$(id -u)" -eq 0 ]; then chown postgres "$dir"; fi
    as_owner etcd --name ioc --data-dir "$dir/etcd" --listen-client-urls "http://127.0.0.1:$etcd" \
        --advertise-client-urls "http://127.0.0.1:$etcd" --listen-peer-urls "http://127.0.0.1:$((etcd + 1))" \
        --initial-advertise-peer-urls "http://127.0.0.1:$((etcd + 1))" \
        --initial-cluster "ioc=http://127.0.0.1:$((etcd + 1))" >"$dir/etcd.log" 2>&1 &
    await 30 etcd curl -fsS -o /dev/null "http://127.0.0.1:$etcd/health"
    for node in one two; do
        configure $node
        run_patroni $node
        await 60 "a leader" leader >/dev/null
    done
    if [ "${SYNCHRONOUS:-true}" = true ]; then await 60 "a synchronous standby" synchronous; else await 60 "a replica" answers two replica; fi
    "$bin/psql" -qh 127.0.0.1 -p "$(port "$(leader)")" -U postgres -c "create database ioc"
    echo "postgres://postgres@127.0.0.1:$(port one),127.0.0.1:$(port two)/ioc"
    ;;
kill)
    node=$(leader)
    end_node "$node"
    # A receiver that was stopped ends before it reads what still lies in its socket.
    for receiver in $(receivers); do kill -TERM "$receiver"; kill -CONT "$receiver"; done
    echo "$node"
    ;;
blind) for receiver in $(receivers); do kill -STOP "$receiver"; done ;;
revive) run_patroni "$3" ;;
synced) if [ "${SYNCHRONOUS:-true}" = true ]; then await 120 "a synchronous standby" synchronous; else await 120 "a replica" eval "answers one replica || answers two replica"; fi ;;
stop)
    for node in one two; do end_node $node; done
    etcd_pid=$(ps -eo pid=,args= | awk -v data="$dir/etcd" '$2 ~ /etcd$/ && index($0, data) { print $1; exit }')
    if [ -n "$etcd_pid" ]; then kill -9 "$etcd_pid"; fi
    ;;
esac
