# Sourced by ./run and ./test: installs Debian packages that are missing, and nothing else.
#
#   need_packages what_for package...
#
# As root, or with sudo. Says clearly what to do when neither is there or nothing can be fetched.

need_packages() {
    local what_for=$1 package missing=()
    shift
    for package in "$@"; do
        if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
            missing+=("$package")
        fi
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    if ! command -v apt-get >/dev/null; then
        echo "error: to $what_for, these Debian packages are missing: ${missing[*]}" >&2
        echo "       This system has no apt-get; install what they are called here, and run again." >&2
        return 1
    fi
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "error: to $what_for, packages are missing and there is neither root nor sudo. As root:" >&2
            echo "       apt-get install --no-install-recommends ${missing[*]}" >&2
            return 1
        fi
        as_root=(sudo)
    fi
    echo "Installing, to $what_for: ${missing[*]}"
    local install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y install
        --no-install-recommends "${missing[@]}")
    # The lists may be old or not there at all: then fetch them, and try once more.
    if "${install[@]}" >/dev/null 2>&1; then
        return 0
    fi
    if ! "${as_root[@]}" apt-get -qq update; then
        echo "error: the package lists can't be fetched: is there a network?" >&2
        return 1
    fi
    if ! "${install[@]}" >/dev/null; then
        echo "error: not all of these could be installed: ${missing[*]}" >&2
        return 1
    fi
}

# What it takes to build.
BUILD_PACKAGES=(gcc libc6-dev meson ninja-build pkg-config uthash-dev libsodium-dev libutf8proc-dev
    libyaml-dev liburing-dev libedit-dev libicu-dev libpcre2-dev libsqlite3-dev libssl-dev
    libc-ares-dev libjansson-dev liboath-dev
    libcurl4-openssl-dev)

# What ./test needs besides: a second compiler with its sanitizers, what checks the text, and the
# clients that people use.
TEST_PACKAGES=(python3 python3-pytest libcmocka-dev binutils clang libclang-rt-dev clang-format codespell
    git openssl tmux irssi weechat-curses hexchat xvfb xauth)
