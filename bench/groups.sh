# Sourced by the measuring scripts: processes in memory control groups of their own, waiting for them, cleaning up.
# Sets ROOT, JAVA and WORK; JVM_MORE holds further JVM options of inference-service. Needs root for the control groups. Everything lies below WORK, a temporary folder.
# shellcheck shell=bash

ROOT=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
SCRIPT=bench/$(basename "$0")
WORK=''
PIDS=''
JVM_MORE=()

fail() {
    printf '%s: %s\n' "$SCRIPT" "$1" >&2
    exit 1
}

# Builds, makes WORK (in a folder that may be given) and the group that holds the others; undone when the script ends.
begin() {
    [ "$(id -u)" -eq 0 ] || fail 'needs root, to make control groups'
    "$ROOT/siskin" build
    JAVA=$("$ROOT/siskin" java-home)/bin/java
    cd "$ROOT"
    WORK=$(mktemp -d -p "${1:-${TMPDIR:-/tmp}}" siskin-bench-XXXXXX)
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    if [ -d /sys/fs/cgroup/memory ]; then
        GROUPS_ROOT=/sys/fs/cgroup/memory/siskin-bench-$$
        CGROUP='cgroup v1'
    else
        GROUPS_ROOT=/sys/fs/cgroup/siskin-bench-$$
        CGROUP='cgroup v2'
        echo +memory >/sys/fs/cgroup/cgroup.subtree_control
    fi
    mkdir "$GROUPS_ROOT"
    [ "$CGROUP" = 'cgroup v1' ] || echo +memory >"$GROUPS_ROOT/cgroup.subtree_control"
}

clean_up() {
    local pid
    for pid in $PIDS; do
        stop "$pid"
    done
    [ -z "$WORK" ] || rm -rf "$WORK"
    rmdir "$GROUPS_ROOT"/* "$GROUPS_ROOT" 2>/dev/null || true
}

# starts a command in the background in a control group of its own; STARTED is its process
in_group() {
    local group=$GROUPS_ROOT/$1
    shift
    mkdir -p "$group"
    bash -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$group" "$@" &
    STARTED=$!
    PIDS="$PIDS $STARTED"
}

# a new group with this limit in MiB on all its memory, page cache included; 0 = none
limited_group() {
    local group=$GROUPS_ROOT/$1 bytes=$(($2 * 1048576))
    rmdir "$group" 2>/dev/null || true
    mkdir "$group"
    [ "$2" -gt 0 ] || return 0
    if [ "$CGROUP" = 'cgroup v1' ]; then
        echo "$bytes" >"$group/memory.limit_in_bytes"
    else
        echo "$bytes" >"$group/memory.max"
        echo 0 >"$group/memory.swap.max" 2>/dev/null || true
    fi
}

# usage less inactive file cache, in MiB: what the kernel cannot take back at once
working_set() {
    local group=$GROUPS_ROOT/$1
    if [ "$CGROUP" = 'cgroup v1' ]; then
        awk -v usage="$(cat "$group/memory.usage_in_bytes")" \
            '$1 == "total_inactive_file" { printf "%.0f", (usage - $2) / 1048576 }' "$group/memory.stat"
    else
        awk -v usage="$(cat "$group/memory.current")" \
            '$1 == "inactive_file" { printf "%.0f", (usage - $2) / 1048576 }' "$group/memory.stat"
    fi
}

# a group's memory in MiB: "ANONYMOUS FILE", the heaps and the page cache
anonymous_and_file() {
    local prefix='' group=$GROUPS_ROOT/$1
    if [ "$CGROUP" = 'cgroup v1' ]; then
        awk '$1 == "total_rss" { rss = $2 } $1 == "total_cache" { cache = $2 }
            END { printf "%.0f %.0f", rss / 1048576, cache / 1048576 }' "$group/memory.stat"
    else
        awk '$1 == "anon" { anon = $2 } $1 == "file" { file = $2 }
            END { printf "%.0f %.0f", anon / 1048576, file / 1048576 }' "$group/memory.stat"
    fi
}

# the most a group ever used, page cache included, in MiB
peak() {
    local group=$GROUPS_ROOT/$1
    if [ "$CGROUP" = 'cgroup v1' ]; then
        awk '{ printf "%.0f", $1 / 1048576 }' "$group/memory.max_usage_in_bytes"
    elif [ -f "$group/memory.peak" ]; then
        awk '{ printf "%.0f", $1 / 1048576 }' "$group/memory.peak"
    else
        printf '0'
    fi
}

# how many of a group's processes the kernel has killed for want of memory
kills() {
    local group=$GROUPS_ROOT/$1
    if [ "$CGROUP" = 'cgroup v1' ]; then
        awk '$1 == "oom_kill" { print $2 }' "$group/memory.oom_control"
    else
        awk '$1 == "oom_kill" { print $2 }' "$group/memory.events"
    fi
}

# what the kernel keeps of files is read from the disk again
drop_caches() {
    sync
    echo 3 >/proc/sys/vm/drop_caches || fail 'cannot drop the page cache: /proc/sys/vm/drop_caches is not writable'
}

# ends a process and waits for it, for at most 30 s
stop() {
    local pid=${1:-}
    [ -n "$pid" ] && kill "$pid" 2>/dev/null || return 0
    local waited=0
    while kill -0 "$pid" 2>/dev/null && [ "$waited" -lt 300 ]; do
        sleep 0.1
        waited=$((waited + 1))
    done
    kill -9 "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

# waits until a server answers a GET with 200, for at most so many seconds; fails at once where its process ends
await_answer() {
    local port=$1 path=$2 pid=$3 seconds=${4:-60} status until
    until=$((SECONDS + seconds))
    until (exec 3<>"/dev/tcp/127.0.0.1/$port" && printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$path" >&3 &&
        read -r status <&3 && [[ $status == *' 200 '* ]]) 2>/dev/null; do
        kill -0 "$pid" 2>/dev/null || return 1
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.01
    done
}

bench() {
    "$JAVA" @bench/jvm.options "-Dsiskin.home=$ROOT" -cp 'bench/target/app/lib/*' dev.siskin.bench.Bench "$@"
}

# insists that nobody listens: a measurement must not reach another's server
require_free() {
    ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null || fail "port $1 is in use: stop what listens there"
}

# starts retrieval-service in a group with the options it ships with; further arguments are environment variables
start_retrieval() {
    local group=$1 port=$2 data=$3
    shift 3
    require_free "$port"
    in_group "$group" env ORT_DISABLE_TELEMETRY=1 MALLOC_ARENA_MAX=2 "SISKIN_DATA=$data" "SISKIN_RETRIEVAL_HTTP_PORT=$port" \
        "$@" "$JAVA" @retrieval-service/jvm.options "-Dsiskin.home=$ROOT" -cp 'retrieval-service/target/app/lib/*' \
        dev.siskin.retrieval.RetrievalService >>"$WORK/retrieval.log" 2>&1
}

# starts inference-service in a group with the options it ships with; further arguments are environment variables
start_inference() {
    local group=$1 port=$2 retrieval=$3
    shift 3
    require_free "$port"
    in_group "$group" env MALLOC_ARENA_MAX=2 "SISKIN_INFERENCE_HTTP_PORT=$port" \
        "SISKIN_INFERENCE_RETRIEVAL_URL=http://127.0.0.1:$retrieval" "$@" "$JAVA" @inference-service/jvm.options \
        "-Dsiskin.home=$ROOT" "${JVM_MORE[@]}" -cp 'inference-service/target/app/lib/*' \
        dev.siskin.inference.InferenceService >>"$WORK/inference.log" 2>&1
}

# "QUEUE_1_P50 QUEUE_1_P99 QUEUE_16_P50 QUEUE_16_P99", microseconds of a random read of 4 KiB by direct I/O, and
# "IOPS_1 IOPS_16" after them; zeros where fio is missing
disk_latency() {
    local folder=$1 depth
    if ! command -v fio >/dev/null; then
        printf '0 0 0 0 0 0'
        return 0
    fi
    for depth in 1 16; do
        fio --name=random --filename="$folder/fio.tmp" --size=1g --rw=randread --bs=4k --direct=1 --ioengine=libaio \
            --iodepth="$depth" --runtime=5 --time_based --output-format=json 2>/dev/null >"$WORK/fio-$depth.json"
    done
    rm -f "$folder/fio.tmp"
    python3 - "$WORK/fio-1.json" "$WORK/fio-16.json" <<'PYTHON'
import json, sys
reads = [json.load(open(file))["jobs"][0]["read"] for file in sys.argv[1:]]
times = [read["clat_ns"]["percentile"][share] / 1000 for read in reads for share in ("50.000000", "99.000000")]
print(*(f"{time:.0f}" for time in times), *(f"{read['iops']:.0f}" for read in reads), end="")
PYTHON
}

disk_line() {
    local figures
    read -r -a figures <<<"$(disk_latency "$1")"
    printf 'random read of 4 KiB, direct: queue 1 p50 %s us p99 %s us (%s a second), queue 16 p50 %s us p99 %s us (%s a second)\n' \
        "${figures[0]}" "${figures[1]}" "${figures[4]}" "${figures[2]}" "${figures[3]}" "${figures[5]}"
}
