#!/usr/bin/env bash
# Machines that share one wire, each in a network namespace of its own and with the same firewall, try to reach each
# other. Runs in a namespace without any network, so nothing outside is touched.
#   Flows.sh RULES < lines
# "machine NAME ADDRESS" adds one; "try FROM TO PROTOCOL PORT SECONDS" says "FROM TO PROTOCOL PORT passed" or "... dropped".
set -euo pipefail
rules=$1
declare -A process address
trap 'kill "${process[@]}" 2>/dev/null || true' EXIT

ip link add wire type bridge
ip link set wire up

machine() {
  local said
  exec {said}< <(exec unshare -n bash -c 'echo alone; exec sleep 600')
  process[$1]=$!
  read -r -u "$said"
  address[$1]=$2
  ip link add "to-$1" type veth peer name eth0 netns "${process[$1]}"
  ip link set "to-$1" master wire up
  nsenter -t "${process[$1]}" -n bash -c "
    ip link set lo up && ip addr add $2/32 dev eth0 && ip link set eth0 up && ip route add default dev eth0 \
      && nft -f '$rules'"
}

# Nobody listens: who is let in is told so at once, who is not hears nothing.
attempt() {
  local how="exec 3<>/dev/tcp/${address[$2]}/$4"
  [[ $3 == tcp ]] || how="exec 3<>/dev/udp/${address[$2]}/$4; while echo >&3; do sleep 0.05; done"
  local said=passed code=0
  nsenter -t "${process[$1]}" -n timeout "$5" bash -c "$how" 2>/dev/null || code=$?
  [[ $code -ne 124 ]] || said=dropped
  echo "$1 $2 $3 $4 $said"
}

tries=()
while read -r what words; do
  read -ra words <<<"$words"
  if [[ $what == machine ]]; then
    machine "${words[@]}"
  else
    attempt "${words[@]}" &
    tries+=($!)
  fi
done
wait "${tries[@]}"
