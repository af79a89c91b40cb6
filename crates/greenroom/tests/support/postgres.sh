#!/usr/bin/env bash
# A private PostgreSQL for tests: its own data folder and socket in a temporary folder, nothing on
# the network, nothing written to disk with care, gone at the end.
#
#   postgres.sh with COMMAND…   runs COMMAND with GREENROOM_TEST_POSTGRES set, then stops the server
#   postgres.sh attached        prints the address, serves until standard input ends
#   postgres.sh find            prints the folder of the server's programs
#
# Exit code 69 where no PostgreSQL is installed. As root the server runs as another user, because
# PostgreSQL refuses to run as root.
set -euo pipefail

unavailable=69
folder=

say() { echo "postgres.sh: $*" >&2; }

# The folder that has both programs: the PATH first, then where Debian, Fedora and Homebrew put them.
find_programs() {
  local postgres candidate
  if postgres=$(command -v postgres) && command -v initdb >/dev/null; then
    dirname "$postgres"
    return
  fi
  for candidate in $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin \
    /usr/local/opt/postgresql*/bin /home/linuxbrew/.linuxbrew/opt/postgresql*/bin 2>/dev/null | sort -rV); do
    if [ -x "$candidate/initdb" ] && [ -x "$candidate/postgres" ]; then
      echo "$candidate"
      return
    fi
  done
  say "no PostgreSQL server found. Install it: Debian and Ubuntu 'apt-get install postgresql',"
  say "Fedora 'dnf install postgresql-server', macOS 'brew install postgresql@17'."
  exit $unavailable
}

# Runs a command as the server's user: ourselves, or an unprivileged one when we are root.
unprivileged() {
  if [ "$(id -u)" != 0 ]; then
    "$@"
  elif command -v setpriv >/dev/null; then
    setpriv --reuid="$server_user" --regid="$server_group" --clear-groups "$@"
  elif command -v runuser >/dev/null; then
    runuser -u "$server_user" -- "$@"
  else
    su -s /bin/sh "$server_user" -c 'exec "$@"' -- sh "$@"
  fi
}

start() {
  # /tmp and not TMPDIR: a socket's path may have about a hundred characters only.
  folder=$(mktemp -d /tmp/greenroom-postgres.XXXXXX)
  trap stop EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  if [ "$(id -u)" = 0 ]; then
    server_user=nobody
    if id postgres >/dev/null 2>&1; then server_user=postgres; fi
    server_group=$(id -gn "$server_user")
    chown "$server_user:$server_group" "$folder"
  fi
  cd "$folder"
  unprivileged "$programs/initdb" --pgdata="$folder/data" --username=greenroom --auth=trust --encoding=UTF8 \
    --locale=C --no-sync >"$folder/initdb.log" 2>&1 </dev/null || fail initdb
  cd - >/dev/null
  unprivileged "$programs/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off \
    -c synchronous_commit=off -c full_page_writes=off -c max_connections=400 -c shared_buffers=128MB \
    -c max_wal_size=4GB -c autovacuum_naptime=10s >"$folder/postgres.log" 2>&1 </dev/null &
  local starter=$!
  # The server writes "ready" as the eighth line of its pid file.
  until [ "$(sed -n 8p "$folder/data/postmaster.pid" 2>/dev/null | tr -d ' ')" = ready ]; do
    kill -0 "$starter" 2>/dev/null || fail postgres
    sleep 0.05
  done
  address="postgres://greenroom@localhost/postgres?host=$folder"
}

fail() {
  say "$1 failed:"
  cat "$folder/$1.log" >&2
  exit 1
}

# Asks the server by its pid to end at once, waits for it, and removes its folder.
stop() {
  local pid
  pid=$(head -n 1 "$folder/data/postmaster.pid" 2>/dev/null || true)
  if [ -n "$pid" ]; then
    kill -INT "$pid" 2>/dev/null || true
    for _ in $(seq 200); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.05
    done
    kill -KILL "$pid" 2>/dev/null || true
  fi
  rm -rf "$folder"
}

case "${1:-}" in
find)
  find_programs
  ;;
with)
  shift
  programs=$(find_programs)
  start
  GREENROOM_TEST_POSTGRES=$address "$@"
  ;;
attached)
  # Whoever asked says it in one line.
  programs=$(find_programs 2>/dev/null)
  start
  echo "$address"
  cat >/dev/null
  ;;
*)
  say "usage: postgres.sh with COMMAND… | attached | find"
  exit 2
  ;;
esac
