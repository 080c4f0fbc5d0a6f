#!/bin/sh
# The steps of Containerfile and castline.def inside a bare Debian 12, with castline in /opt/castline.
set -eu

apt-get update
apt-get install --yes --no-install-recommends python3 python3-venv ca-certificates
rm -rf /var/lib/apt/lists/*

cd /opt/castline
python3 -m venv .venv
.venv/bin/pip install --no-cache-dir -r envs/requirements.txt
.venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

# What the image is for is tried before it is published.
export PATH=/opt/castline/.venv/bin:$PATH
castline init /tmp/demo
cd /tmp/demo
snakemake --dry-run --quiet
rm -rf /tmp/demo
