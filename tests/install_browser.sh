#!/usr/bin/env bash
# Gets the programs that tests use: browser, Alertmanager, faketime and Pango from Debian as root, else Playwright's Chromium.
set -euo pipefail

python="${PYTHON:-.venv/bin/python}"

is_missing() { ! command -v "$1" >/dev/null 2>&1; }

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    packages=()
    if is_missing chromium; then packages+=(chromium); fi
    if is_missing prometheus-alertmanager; then packages+=(prometheus-alertmanager); fi
    if is_missing faketime; then packages+=(faketime); fi
    # What PDFs are set with.
    for library in libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; do
        if ! dpkg -s "$library" >/dev/null 2>&1; then packages+=("$library"); fi
    done
    if [ "${#packages[@]}" -gt 0 ]; then
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq </dev/null
        apt-get install -qq -y --no-install-recommends "${packages[@]}" </dev/null
    fi
elif is_missing chromium; then
    "$python" -m playwright install chromium </dev/null
fi
