#!/bin/sh
# What pip cannot install: Chromium for the browser tests, PostgreSQL for the one of a gradebook in
# it and, on Linux, bubblewrap for the grader's sandbox. Debian's packages where the user is root,
# else Playwright's own Chromium.
# Usage: tools/system_packages.sh PYTHON
set -u
python=$1

chromium_runs() {
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null 2>&1 && "$name" --version >/dev/null 2>&1 && return 0
    done
    return 1
}

postgresql_there() {
    command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}

wanted=""
chromium_runs || wanted="chromium"
postgresql_there || wanted="$wanted postgresql"
if [ "$(uname -s)" = Linux ] && ! command -v bwrap >/dev/null 2>&1; then
    wanted="$wanted bubblewrap"
fi
[ -z "$wanted" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing Debian's packages: $wanted"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    for package in $wanted; do # one by one: where one is not to be had, the others are
        apt-get install -y -qq --no-install-recommends "$package" >/dev/null
    done
fi
if ! chromium_runs; then
    echo "installing Playwright's Chromium"
    "$python" -m playwright install chromium || echo "no Chromium: the browser tests will fail"
fi
postgresql_there || echo "no PostgreSQL (not root, or no apt-get): its test will fail"
if [ "$(uname -s)" = Linux ] && ! command -v bwrap >/dev/null 2>&1; then
    echo "no bubblewrap (not root, or no apt-get): install it to grade hostile submissions"
fi
exit 0
