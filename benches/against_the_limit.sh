#!/usr/bin/env bash
# Particle-steps per second of a hand-written C loop and of wfr on the same work (Euler–Maruyama with a Feynman–Kac weight on
# the 1-D double well, one thread), in turns on one machine, and their ratio.
#   benches/against_the_limit.sh PATH/TO/em_limit.c [ROUNDS]
set -euo pipefail
source=${1:?"usage: $0 PATH/TO/em_limit.c [ROUNDS]"}
rounds=${2:-3}
limit=$(mktemp)
trap 'rm -f "$limit"' EXIT
gcc -O3 -march=native -mprefer-vector-width=512 -fno-math-errno -fno-trapping-math "$source" -o "$limit" -lm
cd "$(dirname "$0")/.."
cargo bench --bench engine --no-run 2> /dev/null

# Millions of elements per second from criterion's estimate of the throughput.
ours() {
    cargo bench --bench engine -- --quick "paths/$1/1 threads" 2> /dev/null |
        awk '/thrpt:/ { scale = $5 ~ /Gelem/ ? 1000 : 1; print $4 * scale }'
}

printf '%10s %10s %10s %8s %8s   (M particle-steps/s)\n' C native formula ratio ratio
for _ in $(seq "$rounds"); do
    c=$("$limit" | awk '/C 1 thread/ { if ($4 > best) best = $4 } END { print best }')
    native=$(ours "native well")
    formula=$(ours "formula well")
    awk -v c="$c" -v n="$native" -v f="$formula" \
        'BEGIN { printf "%10.1f %10.1f %10.1f %8.2f %8.2f\n", c, n, f, n / c, f / c }'
done
