#!/usr/bin/env bash
# Apache Kafka on this machine without containers: KRaft mode, one node or three, all on 127.0.0.1.
# For development and tests: no authentication, small heaps, records are kept until `stop --wipe`.
set -euo pipefail

KAFKA_VERSION=4.1.0
SCALA_VERSION=2.13
SLF4J_VERSION=1.7.36
CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/tapeflow/kafka"
LIB="$CACHE/$KAFKA_VERSION"
READY_SECONDS=90
STOP_SECONDS=20

usage() {
    cat <<'END'
Usage: infra/kafka.sh COMMAND [OPTION]...

  install               Fetch Kafka from Maven Central into the cache (start does it by itself)
  start                 Start the cluster, wait until it is ready, print its bootstrap address
  stop [--wipe]         Stop every node; --wipe also deletes their data
  status                What runs where; fails when a node is down
  kill N                Kill node N without warning (SIGKILL), as a crash would
  restart N             Start node N again, stopping it first where it runs
  tool CLASS [ARG]...   Run one of Kafka's own tools, such as
                        tool TopicCommand --bootstrap-server 127.0.0.1:9092 --list

Options:
  --nodes 1|3           Nodes of the cluster [default: 1, or as many as DIR has]. With three,
                        topics have three replicas by default, of which two must be in sync
  --port PORT           Port of the first node, those of the others follow; controllers listen
                        100 above [default: 9092, or as before in DIR]
  --dir DIR             Data, logs and process ids [default: ~/.local/state/tapeflow/kafka]

KAFKA_HEAP is a node's heap [default: 512m, of three 384m], KAFKA_JVM its other options
[default: -XX:+UseSerialGC]: small, and it pauses for tens of milliseconds under load.

Only the bootstrap address goes to stdout: export TAPEFLOW_KAFKA="$(infra/kafka.sh start)"
END
}

say() { echo "kafka.sh: $*" >&2; }
die() { say "$@"; exit 1; }

# --- installing ---------------------------------------------------------------------------------

# Installs a Debian package when its program is absent and we may.
need() {
    local program=$1 package=$2 sudo=""
    command -v "$program" >/dev/null && return
    command -v apt-get >/dev/null || die "$program is not installed: install it first"
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null || die "$program is not installed: apt-get install $package"
        sudo="sudo -n"
    fi
    say "installing $package"
    { $sudo apt-get update -qq && $sudo apt-get install -y -qq --no-install-recommends "$package"; } \
        >&2 || die "could not install $package"
}

java_major() { java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1; }

install_kafka() {
    need java default-jre-headless
    local major
    major=$(java_major)
    [ "${major:-0}" -ge 17 ] || die "Kafka $KAFKA_VERSION needs Java 17 or newer, this is ${major:-none}"
    [ -d "$LIB" ] && return
    need mvn maven
    say "fetching Kafka $KAFKA_VERSION into $LIB"
    mkdir -p "$CACHE"
    local work
    work=$(mktemp -d "$CACHE/fetch.XXXXXX")
    dependency() {
        echo "<dependency><groupId>$1</groupId><artifactId>$2</artifactId><version>$3</version></dependency>"
    }
    cat >"$work/pom.xml" <<END
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tapeflow</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    $(dependency org.apache.kafka "kafka_$SCALA_VERSION" "$KAFKA_VERSION")
    $(dependency org.apache.kafka kafka-tools "$KAFKA_VERSION")
    $(dependency org.slf4j slf4j-simple "$SLF4J_VERSION")
  </dependencies>
</project>
END
    if ! mvn -B -q -f "$work/pom.xml" dependency:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$work/lib" >&2; then
        rm -rf "$work"
        die "Maven could not fetch Kafka: see above"
    fi
    # Renamed whole, so that an interrupted fetch is never taken for a finished one. Another
    # process may have been faster: then its copy stays.
    [ -d "$LIB" ] || mv "$work/lib" "$LIB"
    rm -rf "$work"
}

# --- the cluster in DIR -------------------------------------------------------------------------

# Sets NODES and PORT from what was asked for and what DIR holds already.
resolve() {
    local kept_nodes="" kept_port=""
    if [ -f "$DIR/cluster" ]; then
        kept_nodes=$(sed -n 's/^nodes=//p' "$DIR/cluster")
        kept_port=$(sed -n 's/^port=//p' "$DIR/cluster")
    fi
    NODES=${NODES:-${kept_nodes:-1}}
    PORT=${PORT:-${kept_port:-9092}}
    case $NODES in 1 | 3) ;; *) die "--nodes is 1 or 3, not $NODES" ;; esac
    case $PORT in *[!0-9]* | "") die "--port $PORT is no number" ;; esac
    if [ "$PORT" -lt 1 ] || [ "$PORT" -gt 65400 ]; then die "--port is from 1 to 65400"; fi
    [ -z "$kept_nodes" ] || [ "$NODES" = "$kept_nodes" ] ||
        die "$DIR holds a cluster of $kept_nodes: use another --dir, or stop --wipe first"
    [ -z "$kept_port" ] || [ "$PORT" = "$kept_port" ] || [ -z "$(running_nodes)" ] ||
        die "the cluster in $DIR runs on port $kept_port: stop it first"
}

need_cluster() { [ -f "$DIR/cluster" ] || die "there is no cluster in $DIR"; }

nodes() { seq 1 "$NODES"; }
node_dir() { echo "$DIR/node-$1"; }
client_port() { echo $((PORT + $1 - 1)); }
controller_port() { echo $((PORT + 100 + $1 - 1)); }

bootstrap() {
    local list="" n
    for n in $(nodes); do list="$list,127.0.0.1:$(client_port "$n")"; done
    echo "${list#,}"
}

# The process of a node, if it runs: a process id that was given to another program is not it.
pid_of() {
    local file pid
    file=$(node_dir "$1")/pid
    [ -f "$file" ] || return 1
    pid=$(cat "$file")
    case $(ps -ww -o command= -p "$pid" 2>/dev/null) in
        *"$(node_dir "$1")/server.properties"*) echo "$pid" ;;
        *) return 1 ;;
    esac
}

running_nodes() {
    local n
    for n in 1 2 3; do pid_of "$n" >/dev/null && echo "$n"; done
    return 0
}

is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

configure() {
    local n=$1 dir voters="" i replicas=$NODES in_sync=1 session=15000
    dir=$(node_dir "$n")
    [ "$NODES" = 1 ] || in_sync=2 session=6000
    for i in $(nodes); do voters="$voters,$i@127.0.0.1:$(controller_port "$i")"; done
    mkdir -p "$dir"
    cat >"$dir/server.properties" <<END
node.id=$n
process.roles=broker,controller
controller.quorum.voters=${voters#,}
listeners=PLAINTEXT://127.0.0.1:$(client_port "$n"),CONTROLLER://127.0.0.1:$(controller_port "$n")
advertised.listeners=PLAINTEXT://127.0.0.1:$(client_port "$n")
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=$dir/data

# A misspelt topic is an error, not a new topic.
auto.create.topics.enable=false
default.replication.factor=$replicas
min.insync.replicas=$in_sync
offsets.topic.replication.factor=$replicas
transaction.state.log.replication.factor=$replicas
transaction.state.log.min.isr=$in_sync
share.coordinator.state.topic.replication.factor=$replicas
share.coordinator.state.topic.min.isr=$in_sync
group.initial.rebalance.delay.ms=0

# Records with historic times are older than any retention: unlimited, unless the topic says more.
log.retention.ms=-1

# 50 partitions each by default, which three small nodes take seconds to create and to move.
offsets.topic.num.partitions=8
transaction.state.log.num.partitions=8

# A dead one of three is noticed after 6 s, not 9. Nobody could stand in for one that is alone, so
# that a busy machine may pause for longer.
broker.session.timeout.ms=$session
broker.heartbeat.interval.ms=1000

# The cleaner takes 128 MB of heap by default.
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
num.io.threads=4
END
}

java_in() { # HEAP CLASS ARG...
    local heap=$1
    shift
    # shellcheck disable=SC2086 # several options
    java "-Xmx$heap" ${KAFKA_JVM:--XX:+UseSerialGC} -Djava.awt.headless=true \
        -Dorg.slf4j.simpleLogger.showDateTime=true \
        "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS" \
        -cp "$LIB/*" "$@"
}

format() { # NODE CLUSTER_ID
    local dir
    dir=$(node_dir "$1")
    [ -f "$dir/data/meta.properties" ] && return
    java_in 128m kafka.tools.StorageTool format -t "$2" -c "$dir/server.properties" \
        >"$dir/format.log" 2>&1 || die "could not format node $1: see $dir/format.log"
}

launch() {
    local n=$1 dir port heap=512m detach=""
    dir=$(node_dir "$n")
    [ "$NODES" = 1 ] || heap=384m
    heap=${KAFKA_HEAP:-$heap}
    for port in "$(client_port "$n")" "$(controller_port "$n")"; do
        ! is_open "$port" || die "port $port is taken by another program: choose another --port"
    done
    : >"$dir/server.log"
    # A session of its own: Ctrl-C in the terminal is not meant for the broker.
    ! command -v setsid >/dev/null || detach=setsid
    (
        cd "$dir"
        LIB=$LIB exec $detach nohup bash -c "$(declare -f java_in)"'; echo $$ >pid
            java() { exec java "$@"; }; java_in "$@"' node-"$n" \
            "$heap" kafka.Kafka "$dir/server.properties" >server.log 2>&1 </dev/null
    ) &
}

await() {
    local n=$1 dir deadline=$((SECONDS + READY_SECONDS))
    dir=$(node_dir "$n")
    # Kafka says so once the controller has let the node in.
    until grep -q "Kafka Server started" "$dir/server.log" 2>/dev/null && is_open "$(client_port "$n")"; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            die "node $n is not ready after $READY_SECONDS s: see $dir/server.log"
        fi
        sleep 0.2
        # It needs a moment until it has written its process id.
        if [ $((deadline - SECONDS)) -lt $((READY_SECONDS - 3)) ] && ! pid_of "$n" >/dev/null; then
            grep -E "ERROR|Exception" "$dir/server.log" | head -n 5 >&2 || true
            die "node $n did not start: see $dir/server.log"
        fi
    done
}

end() { # SIGNAL NODE...: the signal to all at once, then wait; force those that linger
    local signal=$1 n pid deadline
    shift
    for n in "$@"; do pid=$(pid_of "$n") && kill "-$signal" "$pid" || true; done
    deadline=$((SECONDS + STOP_SECONDS))
    for n in "$@"; do
        while pid=$(pid_of "$n"); do
            if [ "$SECONDS" -ge "$deadline" ]; then kill -KILL "$pid" 2>/dev/null || true; fi
            sleep 0.1
        done
        rm -f "$(node_dir "$n")/pid"
    done
}

# --- commands -----------------------------------------------------------------------------------

start() {
    mkdir -p "$DIR" || die "cannot make $DIR"
    DIR=$(cd "$DIR" && pwd -P)
    resolve
    install_kafka
    local id="" n started=""
    [ ! -f "$DIR/cluster" ] || id=$(sed -n 's/^id=//p' "$DIR/cluster")
    # As Kafka's own ids: 16 random bytes, not beginning with a dash.
    while [ -z "$id" ] || [ "${id#-}" != "$id" ]; do
        id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=')
    done
    printf 'nodes=%s\nport=%s\nid=%s\n' "$NODES" "$PORT" "$id" >"$DIR/cluster"
    for n in $(nodes); do
        pid_of "$n" >/dev/null && continue
        configure "$n"
        format "$n" "$id"
        launch "$n"
        started="$started $n"
    done
    for n in $(nodes); do await "$n"; done
    if [ -n "$started" ]; then say "Kafka $KAFKA_VERSION is ready, data in $DIR"; else say "already running"; fi
    bootstrap
}

stop() {
    need_cluster
    resolve
    local running
    running=$(running_nodes)
    # shellcheck disable=SC2086  # one word a node
    [ -z "$running" ] || end TERM $running
    if [ "$WIPE" = yes ]; then
        for n in $(nodes); do rm -rf "$(node_dir "$n")"; done
        rm -f "$DIR/cluster"
        rmdir "$DIR" 2>/dev/null || true
    fi
    if [ -n "$running" ]; then say "stopped"; else say "was not running"; fi
}

status() {
    need_cluster
    resolve
    local n pid down=0
    for n in $(nodes); do
        if pid=$(pid_of "$n"); then
            echo "node $n  127.0.0.1:$(client_port "$n")  running, process $pid"
        else
            echo "node $n  127.0.0.1:$(client_port "$n")  down"
            down=1
        fi
    done
    return $down
}

one_node() {
    need_cluster
    resolve
    case " $(nodes | tr '\n' ' ')" in *" $1 "*) ;; *) die "there is no node ${1:-without a number}" ;; esac
}

main() {
    local command=${1:-}
    [ $# = 0 ] || shift
    if [ "$command" = tool ]; then
        [ $# != 0 ] || die "tool needs a class, such as TopicCommand"
        install_kafka
        local class=$1
        shift
        case $class in *.*) ;; *) class=org.apache.kafka.tools.$class ;; esac
        java_in 256m -Dorg.slf4j.simpleLogger.defaultLogLevel=warn "$class" "$@"
        return
    fi
    DIR=${XDG_STATE_HOME:-$HOME/.local/state}/tapeflow/kafka NODES="" PORT="" WIPE=no
    local node=""
    while [ $# != 0 ]; do
        case $1 in
            --nodes | --port | --dir)
                [ $# -ge 2 ] || die "$1 needs a value"
                case $1 in --nodes) NODES=$2 ;; --port) PORT=$2 ;; --dir) DIR=$2 ;; esac
                shift 2
                ;;
            --wipe) WIPE=yes && shift ;;
            -h | --help) usage && return ;;
            -*) die "unknown option $1; see --help" ;;
            *) [ -z "$node" ] || die "unexpected $1"; node=$1 && shift ;;
        esac
    done
    # One spelling of the folder: nodes are known by it in the list of processes.
    if [ -d "$DIR" ]; then DIR=$(cd "$DIR" && pwd -P); fi
    case $DIR in /*) ;; *) DIR=$PWD/$DIR ;; esac
    case $command in
        kill | restart) ;;
        *) [ -z "$node" ] || die "unexpected $node" ;;
    esac
    case $command in
        install) install_kafka && say "Kafka $KAFKA_VERSION is in $LIB" ;;
        start) start ;;
        stop) stop ;;
        status) status ;;
        kill)
            one_node "$node"
            pid_of "$node" >/dev/null || die "node $node does not run"
            end KILL "$node"
            say "killed node $node"
            ;;
        restart)
            one_node "$node"
            install_kafka
            end TERM "$node"
            launch "$node"
            await "$node"
            say "node $node is ready"
            ;;
        -h | --help | help) usage ;;
        "") usage >&2 && exit 2 ;;
        *) die "unknown command $command; see --help" ;;
    esac
}

main "$@"
