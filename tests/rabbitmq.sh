# A private RabbitMQ for tests, on free loopback ports in a folder of its own. Source it, then:
#   start_rabbitmq FOLDER    sets $rabbitmq to its address
#   stop_rabbitmq

start_rabbitmq() {
  local folder=$1/rabbitmq server port distribution names
  if ! server=$(rabbitmq_program) && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing RabbitMQ"
    install_rabbitmq >/dev/null 2>&1
    server=$(rabbitmq_program)
  fi
  [ -n "$server" ] || return 1
  mkdir -p "$folder" || return 1
  read -r port distribution names < <(python3 -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
ports = [s.getsockname()[1] for s in held]
for s in held: s.close()
print(*ports)')
  printf 'loopback_users.guest = true\nlisteners.tcp.1 = 127.0.0.1:%s\n' "$port" >"$folder/rabbitmq.conf"
  # Its own name service, or Erlang would leave one behind for the whole machine.
  ERL_EPMD_ADDRESS=127.0.0.1 epmd -port "$names" >/dev/null 2>&1 &
  rabbitmq_names=$!
  env HOME="$folder" ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$names" RABBITMQ_NODENAME="test$port@localhost" RABBITMQ_DIST_PORT="$distribution" \
    RABBITMQ_CONF_ENV_FILE="$folder/none" RABBITMQ_CONFIG_FILE="$folder/rabbitmq.conf" RABBITMQ_ADVANCED_CONFIG_FILE="$folder/none" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$folder/plugins" RABBITMQ_MNESIA_BASE="$folder/data" RABBITMQ_LOG_BASE="$folder/log" RABBITMQ_PID_FILE="$folder/pid" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none' \
    "$server" >"$folder/output" 2>&1 &
  rabbitmq_server=$!
  rabbitmq="amqp://guest:guest@127.0.0.1:$port"
  for _ in $(seq 300); do
    kill -0 "$rabbitmq_server" 2>/dev/null || break
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return 0 # it listens when all else is ready
    sleep 0.2
  done
  cat "$folder/output"
  return 1
}

stop_rabbitmq() {
  local process
  for process in ${rabbitmq_server:-} ${rabbitmq_names:-}; do
    kill "$process" 2>/dev/null && wait "$process" 2>/dev/null
  done
}

# Installed for its program, not to run beside the machine's services.
install_rabbitmq() {
  local policy=/usr/sbin/policy-rc.d placed=
  [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && placed=$policy; }
  apt-get update -qq && apt-get install -y -qq --no-install-recommends rabbitmq-server
  [ -z "$placed" ] || rm "$placed"
}

rabbitmq_program() { ls -d /usr/lib/rabbitmq/lib/*/sbin/rabbitmq-server 2>/dev/null | sort -V | tail -1 | grep . ; }
