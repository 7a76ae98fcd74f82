#!/usr/bin/env bash
# The one test command: sets up what it needs, builds, runs every suite, and ends with "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }

command -v dotnet >/dev/null || { echo "The .NET 10 SDK is needed: https://dotnet.microsoft.com/download"; exit 1; }

# The page tests drive a real browser.
if ! command -v chromium >/dev/null; then
  say "Installing Chromium"
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >/dev/null 2>&1
  fi
  command -v chromium >/dev/null || echo "No Chromium: the page tests say so${CI:+ and fail}."
fi

# E-mail is tried on the servers that shops have.
if [ ! -x /usr/sbin/dovecot ] || [ ! -x /usr/sbin/postfix ]; then
  say "Installing Dovecot and Postfix"
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    # Postfix would ask how it shall be set up; the tests set up their own.
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends dovecot-imapd postfix; } >/dev/null 2>&1
  fi
fi

log=$(mktemp)
servers=$(mktemp -d)
. tests/postgres.sh
. tests/rabbitmq.sh
trap 'stop_postgres; stop_rabbitmq; rm -rf "$log" "$servers" "$memory"' EXIT

# Data that are gone in a second need no disk. The fault runs below do: they are about it.
room=$(df --output=avail -k /dev/shm 2>/dev/null | tail -1)
memory=$(TMPDIR=$([ "${room:-0}" -gt 4000000 ] && echo /dev/shm) mktemp -d)
chmod 711 "$memory" # servers run as other users

say "Building"
dotnet build ChannelHub.sln -c Release -v quiet --nologo || { echo "0 passed, 1 failed"; exit 1; }

say "Testing"
status=0
if start_rabbitmq "$servers"; then
  export TEST_RABBITMQ=$rabbitmq
else
  echo "RabbitMQ cannot be had here: its tests are left out${CI:+, which is a failure}."
  [ -z "${CI:-}" ] || status=1
fi
for project in tests/*.Tests/*.csproj; do
  TMPDIR=$memory dotnet test "$project" -c Release --no-build --nologo --filter "engine!=postgres" --logger "console;verbosity=minimal" 2>&1 | tee -a "$log"
  [ "${PIPESTATUS[0]}" = 0 ] || status=1
done

# The hub's own suite once more, on the other engine, without what never comes near the store or tries providers more than the hub.
if start_postgres "$memory"; then
  say "Testing on PostgreSQL"
  TMPDIR=$memory TEST_POSTGRES=$postgres dotnet test tests/ChannelHub.Tests/ChannelHub.Tests.csproj -c Release --no-build --nologo --filter "engine!=sqlite&FullyQualifiedName!~Simulat&FullyQualifiedName!~Browser&FullyQualifiedName!~.Security.&FullyQualifiedName!~.Options.&FullyQualifiedName!~PublisherTests" \
    --logger "console;verbosity=minimal" 2>&1 | tee -a "$log"
  [ "${PIPESTATUS[0]}" = 0 ] || status=1
else
  echo "PostgreSQL cannot be had here: its half of the tests is left out${CI:+, which is a failure}."
  [ -z "${CI:-}" ] || status=1
fi

# Short forms of the fault runs, each one test; tests/Faults/README.md has the long ones.
if ! { command -v strace && command -v faketime; } >/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends strace faketime; } >/dev/null 2>&1
fi
faults() {
  say "Faults: $*"
  timeout 180 dotnet artifacts/bin/ChannelHub.Faults/release/ChannelHub.Faults.dll "$@" | tee "$servers/faults"
  if [ "${PIPESTATUS[0]}" != 0 ]; then echo "Failed: 1"; elif grep -q ^SKIPPED "$servers/faults"; then echo "Skipped: 1"; else echo "Passed: 1"; fi >>"$log"
}
faults crash --engine sqlite --times 5
faults syscalls --call fdatasync,fsync --error EIO --most 3
faults syscalls --call pwrite64 --error ENOSPC --most 3
faults fast-clock --hours 1
if [ -n "$(postgres_programs)" ]; then
  faults crash --engine postgres --times 3
  faults paused --seconds 12
fi

sum() { grep -Eo "$1: +[0-9]+" "$log" | grep -Eo '[0-9]+$' | awk '{ n += $1 } END { print n + 0 }'; }
failed=$(sum Failed); passed=$(sum Passed); skipped=$(sum Skipped)
[ "$status" = 1 ] && [ "$failed" = 0 ] && failed=1   # a suite that could not run is a failure
[ "$passed" = 0 ] && failed=$((failed > 0 ? failed : 1))
line="$passed passed, $failed failed"
[ "$skipped" -gt 0 ] && line="$line, $skipped skipped"
echo
echo "$line"
[ "$failed" = 0 ]
