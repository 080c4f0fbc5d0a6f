#!/bin/sh
# The steps of Containerfile and castline.def inside a bare Debian 12, with castline in /opt/castline.
set -eu

apt-get update
apt-get install --yes --no-install-recommends python3 python3-venv ca-certificates
rm -rf /var/lib/apt/lists/*

cd /opt/castline
python3 -m venv .venv
.venv/bin/pip install --no-cache-dir -r envs/requirements.txt
.venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --editable .

# What the image is for is tried before it is published.
.venv/bin/castline check config/demo.yaml
.venv/bin/snakemake --configfile config/demo.yaml --dry-run --quiet
rm -rf .snakemake
