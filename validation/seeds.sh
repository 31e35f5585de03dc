#!/usr/bin/env bash
# Runs the quick validation with many seeds: nothing may fail where all is right. usage: validation/seeds.sh [FIRST [LAST]]
set -uo pipefail
cd "$(dirname "$0")/.."
cargo build --release --locked || exit 2
out=$(mktemp -d); trap 'rm -rf "$out"' EXIT
first=${1:-1} last=${2:-100} failed=0 inconclusive=0
for seed in $(seq "$first" "$last"); do
    target/release/wfr validate --quick --seed "$seed" --out "$out" 2>"$out/log"
    case $? in
        0) ;;
        4) inconclusive=$((inconclusive + 1)); echo "seed $seed: inconclusive"; grep -E "inconclusive|^[a-z0-9-]+: [0-9.]+ s" "$out/log" ;;
        *) failed=$((failed + 1)); echo "seed $seed: FAILED"; grep -E "FAIL|broke down|^[a-z0-9-]+: [0-9.]+ s" "$out/log" ;;
    esac
done
echo "seeds $first to $last: $failed failed, $inconclusive inconclusive"
[ "$failed" -eq 0 ]
