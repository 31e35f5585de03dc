#!/bin/sh
# Fuzzes one reader with libFuzzer, guided by coverage: on the stable toolchain, with the flags that cargo-fuzz would give.
#
#     fuzz/coverage.sh NAME [RUNS] [FURTHER OPTIONS OF LIBFUZZER]
#
# NAME is formula, scenario, table, npz, checkpoint or result. What is found is kept in fuzz/findings, the corpus in
# $CORPUS/NAME (/tmp/fuzz-corpus, unless it is set). No address sanitizer: the readers have no unsafe code.
set -eu
name=${1:?expected formula, scenario, table, npz, checkpoint or result}
runs=${2:-10000000}
[ $# -lt 2 ] || shift
shift
here=$(cd "$(dirname "$0")" && pwd)
triple=$(rustc -vV | sed -n 's/^host: //p')
target=${CARGO_TARGET_DIR:-$here/../target/coverage}
corpus=${CORPUS:-/tmp/fuzz-corpus}/$name
case $name in formula | table) longest=4096 ;; *) longest=16384 ;; esac
# Seconds by the clock. Reading a guided diffusion takes 0.3 s, and 1.5 s with the instrumentation.
case $name in scenario) patience=20 ;; *) patience=2 ;; esac

cd "$here"
llvm=-Cllvm-args=-sanitizer-coverage
RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$target \
    RUSTFLAGS="-Cpasses=sancov-module $llvm-level=4 $llvm-inline-8bit-counters $llvm-pc-table $llvm-trace-compares --cfg fuzzing \
-Cdebug-assertions=yes -Ccodegen-units=16" \
    cargo build --release --target "$triple" --bin "$name"

# In an empty folder, so that a scenario finds no files beside it.
mkdir -p "$corpus" findings "$corpus.empty"
cd "$corpus.empty"
exec "$target/$triple/release/$name" -runs="$runs" -timeout=$patience -report_slow_units=5 -rss_limit_mb=1024 -max_len=$longest -print_final_stats=1 \
    -artifact_prefix="$here/findings/$name-" "$@" "$corpus" "$here/seeds/$name"
