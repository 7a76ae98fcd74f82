# A private PostgreSQL for tests and benchmarks, on a free loopback port in a folder of its own. Source it, then:
#   start_postgres FOLDER [setting=value …]   sets $postgres to its connection string
#   stop_postgres

start_postgres() {
  local folder=$1 bin owner=() port setting options
  shift
  if ! bin=$(postgres_programs) && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing PostgreSQL"
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql; } >/dev/null 2>&1
    bin=$(postgres_programs)
  fi
  [ -n "$bin" ] || return 1
  mkdir -p "$folder/postgres" || return 1
  if [ "$(id -u)" = 0 ]; then # which the server refuses to run as
    chmod 711 "$folder"
    chown postgres "$folder/postgres"
    owner=(runuser -u postgres --)
  fi
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  options="-p $port -k $folder/postgres -c listen_addresses=127.0.0.1 -c max_connections=300"
  for setting in "${@:-fsync=off}"; do options="$options -c $setting"; done
  "${owner[@]}" "$bin/initdb" -D "$folder/postgres/data" -A trust -U postgres -E UTF8 --locale=C.UTF-8 >"$folder/postgres.log" 2>&1 &&
    "${owner[@]}" "$bin/pg_ctl" -D "$folder/postgres/data" -w -o "$options" -l "$folder/postgres/log" start >>"$folder/postgres.log" 2>&1 ||
    { cat "$folder/postgres.log"; return 1; }
  postgres_control=("${owner[@]}" "$bin/pg_ctl" -D "$folder/postgres/data")
  postgres="Host=127.0.0.1;Port=$port;Username=postgres;Database=postgres"
}

stop_postgres() { [ -z "${postgres_control:-}" ] || "${postgres_control[@]}" -m immediate stop >/dev/null 2>&1; }

postgres_programs() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1 | grep . ; }
