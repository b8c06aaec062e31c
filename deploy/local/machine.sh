# What a machine must have before anything here can be built, run or tested; sourced by ./run, ./test and .ci/run.
# The sourcing script sets $root.

# System packages that the tests start as real peers. The product itself needs the first one only.
test_packages=(postgresql chromium kannel rabbitmq-server kamailio kamailio-utils-modules kamailio-extra-modules
  kamailio-postgres-modules kamailio-tls-modules kamailio-websocket-modules kamailio-autheph-modules sip-tester
  strace mosquitto mosquitto-clients nginx systemd nftables iproute2)

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "$@"
  exit 1
}

# The .NET tools want a home they can write to; a container or a daemon may have none.
usable_home() {
  if [ -z "${HOME:-}" ] || [ ! -w "${HOME:-/}" ]; then
    export HOME="$root/artifacts/home"
    mkdir -p "$HOME"
  fi
  export DOTNET_CLI_HOME="${DOTNET_CLI_HOME:-$HOME}" DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
}

need_dotnet() {
  command -v dotnet >/dev/null ||
    fail "The .NET SDK is not on the PATH. Install .NET 10 (package dotnet-sdk-10.0, or from https://dot.net) and start again."
  (cd "$root" && dotnet --version >/dev/null 2>&1) ||
    fail "The installed .NET SDK is too old: global.json asks for $(sed -n 's/.*"version": "\([^"]*\)".*/\1/p' "$root/global.json") or newer."
}

# publish PROJECT FOLDER ENGINE: ready to run, so that a start need not compile what was compiled before; where the
# compiler for that cannot be had, as it is.
publish() {
  local command=(dotnet publish "$1" -c Release --use-current-runtime --self-contained false -o "$2"
    -p:GrainEngine="$3" -v quiet --nologo)
  mkdir -p "$root/artifacts"
  "${command[@]}" -p:PublishReadyToRun=true </dev/null >"$root/artifacts/build.log" 2>&1 ||
    "${command[@]}" </dev/null >"$root/artifacts/build.log" 2>&1 ||
    { grep -E 'error|warning' "$root/artifacts/build.log" | sort -u | head -n 20 >&2; fail "The build failed: artifacts/build.log"; }
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

can_install() {
  command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
}

# Installs those of the named packages that are missing.
install_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing ${missing[*]} ..."
  # Ours is a private server: the package need not start one for the whole machine.
  if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    as_root mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends
    -o Dpkg::Options::=--force-confold "${missing[@]}")
  as_root "${install[@]}" </dev/null >"$root/artifacts/install.log" 2>&1 ||
    { as_root apt-get update </dev/null >>"$root/artifacts/install.log" 2>&1 &&
      as_root "${install[@]}" </dev/null >>"$root/artifacts/install.log" 2>&1; } ||
    { tail -n 20 "$root/artifacts/install.log" >&2; return 1; }
}

have_postgres() {
  local folder
  for folder in "${IOT_PG_BIN:-}" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin \
    "$(dirname -- "$(command -v postgres || echo /none/postgres)")" "$(pg_config --bindir 2>/dev/null || true)"; do
    if [ -x "$folder/postgres" ] && [ -x "$folder/initdb" ]; then return 0; fi
  done
  return 1
}

# Without the right to install, the packages can still be unpacked into our own folder.
unpack_postgres() {
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 1
  local folder="$root/artifacts/postgresql" package
  package=$(apt-cache depends postgresql 2>/dev/null | grep -oE 'postgresql-[0-9]+' | head -n 1)
  [ -n "$package" ] || return 1
  if [ ! -d "$folder/usr" ]; then
    say "Unpacking $package into $folder ..."
    mkdir -p "$folder"
    (cd "$folder" && apt-get download "$package" libpq5 >/dev/null 2>&1 &&
      for archive in *.deb; do dpkg -x "$archive" . || exit 1; done) || { rm -rf "$folder"; return 1; }
  fi
  IOT_PG_BIN=$(dirname -- "$(ls "$folder"/usr/lib/postgresql/*/bin/postgres)")
  LD_LIBRARY_PATH="$(dirname -- "$(ls "$folder"/usr/lib/*/libpq.so.5)")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  export IOT_PG_BIN LD_LIBRARY_PATH
  "$IOT_PG_BIN/initdb" --version >/dev/null 2>&1 && "$IOT_PG_BIN/postgres" --version >/dev/null 2>&1
}

need_postgres() {
  have_postgres && return 0
  mkdir -p "$root/artifacts"
  if can_install && install_packages postgresql && have_postgres; then return 0; fi
  unpack_postgres && return 0
  fail "PostgreSQL is not installed and could not be fetched. Install it (Debian, Ubuntu: apt-get install postgresql)," \
    "or set IOT_PG_BIN to the folder of 'postgres' and 'initdb', or set ConnectionStrings__Postgres to a server's."
}
