#!/bin/sh
# What pip cannot install: Chromium for the browser tests and, on Linux, bubblewrap for the grader's
# sandbox. Debian's packages where the user is root, else Playwright's own Chromium.
# Usage: tools/system_packages.sh PYTHON
set -u
python=$1

chromium_runs() {
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null 2>&1 && "$name" --version >/dev/null 2>&1 && return 0
    done
    return 1
}

wanted=""
chromium_runs || wanted="chromium"
if [ "$(uname -s)" = Linux ] && ! command -v bwrap >/dev/null 2>&1; then
    wanted="$wanted bubblewrap"
fi
[ -z "$wanted" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing Debian's packages: $wanted"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086  # a list of words
    apt-get install -y -qq --no-install-recommends $wanted >/dev/null
fi
if ! chromium_runs; then
    echo "installing Playwright's Chromium"
    "$python" -m playwright install chromium || echo "no Chromium: the browser tests will fail"
fi
if [ "$(uname -s)" = Linux ] && ! command -v bwrap >/dev/null 2>&1; then
    echo "no bubblewrap (not root, or no apt-get): install it to grade hostile submissions"
fi
exit 0
