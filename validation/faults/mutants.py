#!/usr/bin/env python3
"""Mutation testing with one build: every mutant sits behind a switch that the environment variable WFR_FAULT turns on.

cargo-mutants builds once for each mutant, which takes minutes here; this takes one build for all of them, at the price of
fewer kinds of mutants: a literal or a rational coefficient changed, a sign flipped, a condition negated, an index moved.
Mutants that do not compile are dropped. Of the tests of QUICK, those that come to the place of a mutant (each is run once to
see) run, quickest first, until one fails; a run that does not end counts as caught.
Writes reports/mutants.md.  usage: validation/faults/mutants.py [COUNT]   (default 240; chosen evenly over the files)"""
import json, os, re, subprocess, sys, tempfile, time
from pathlib import Path

import planting
from planting import ROOT

# A test that takes so many times as long, and so many seconds, does not end.
PATIENCE = (8, 20)
FILES = """
src/schemes/*.rs src/schemes/kinetic/*.rs src/particles/weights.rs src/particles/coupled.rs src/particles/population.rs
src/particles/population/*.rs src/particles/resampling/*.rs src/particles/birth_death/*.rs src/particles/ensemble/moves.rs
src/pde/stencil.rs src/pde/generator.rs src/pde/reaction.rs src/pde/unsplit.rs src/pde/uniformization.rs src/pde/implicit.rs
src/pde/tridiagonal.rs src/pde/time_rule.rs src/pde/circulation.rs src/pde/kinetic.rs src/pde/wasserstein.rs
src/pde/diffusion.rs src/pde/quantities.rs src/symbolic/polynomial.rs src/symbolic/monomial.rs src/symbolic/operator.rs
src/symbolic/expectation.rs src/algebra/series.rs
""".split()
# Tests of some seconds; the quickest go first.
QUICK = """
discrete_laws_are_exact weak_orders_are_proved structure_is_kept grid_orders resampling_is_unbiased weights_count
exact_algebra_is_a_ring identities_are_decided stencils_are_proved tails_are_right steps_choose_themselves
wasserstein_distances many_right_hand_sides gibbs_is_stationary fisher_rao_path kl_is_dissipated two_particles_are_exact
moves_carry_everything stationary_laws_are_exact invariant_measures_are_known wrong_schemes_are_refuted
error_operators_predict_constants identities_hold_numerically splittings_beat_the_flow sides_of_the_box invariance
adjusted_steps_keep_the_target divergences_are_told_or_not three_dimensions birth_death_follows_the_flow
variates_have_their_laws chi_squared_reaction_is_exact multilevel_estimates_are_honest annealing_is_unbiased
coupled_levels_are_right reverse_diffusion_has_its_target summaries_are_those_of_the_weights double_well_reference monte_carlo_tells_the_order kinetic_reaction_follows_the_flow limits_are_the_exact_values
extrapolation_raises_the_order spectra law_shows_the_order kinetic_grids manufactured_solutions constants_are_predicted
""".split()
SWITCHES = """
/// Adds the number of a place to the file that WFR_REACHED names, when the place is come to.
#[inline]
fn reach(number: u32) {
    use std::io::Write;
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    static SEEN: [AtomicBool; 10_000] = [const { AtomicBool::new(false) }; 10_000];
    static FILE: std::sync::OnceLock<Option<std::fs::File>> = std::sync::OnceLock::new();
    if !SEEN[number as usize].load(Relaxed) && !SEEN[number as usize].swap(true, Relaxed) {
        let open = || std::env::var("WFR_REACHED").ok().map(|name| std::fs::File::create(name).unwrap());
        if let Some(mut file) = FILE.get_or_init(open).as_ref() {
            file.write_all(format!("{number}\\n").as_bytes()).unwrap();
        }
    }
}
fn changed(number: u32) -> bool {
    reach(number);
    planted(number)
}
/// −1 if it is planted, 1 otherwise.
#[inline]
pub fn sign(number: u32) -> f64 {
    if changed(number) { -1.0 } else { 1.0 }
}
/// Half as much again if it is planted.
#[inline]
pub fn literal(number: u32, value: f64) -> f64 {
    if changed(number) { 1.5 * value } else { value }
}
/// One more if it is planted.
#[inline]
pub fn whole<T: std::ops::Add<Output = T> + From<u8>>(number: u32, value: T) -> T {
    if changed(number) { value + T::from(1) } else { value }
}
/// The contrary if it is planted.
#[inline]
pub fn condition(number: u32, value: bool) -> bool {
    value ^ changed(number)
}
"""


def sites(line):
    """(kind, start, end, replacement with {k}) of what may change in a line of code."""
    code = re.sub(r'"[^"]*"', lambda m: "_" * len(m[0]), line.split("//")[0])
    if re.match(r"\s*(#|use |pub use |const |static |pub const |type |mod |pub mod |fn |pub fn |impl|\|)", code) or "assert" in code:
        return
    if m := re.match(r"(\s*(?:\} else )?if )(?!let\b)(.+)( \{\s*)$", code):
        if " let " not in m[2] and m[2].count("{") == m[2].count("}"):
            yield "condition", m.start(2), m.end(2), "crate::condition({k}, " + line[m.start(2) : m.end(2)] + ")"
            return
    for m in re.finditer(r"(?:ratio|times_h|times_root)\((-?\d+), (\d+)\)", code):
        yield "coefficient", m.start(1), m.end(1), "crate::whole({k}, " + m[1] + ")"
    for m in re.finditer(r"(?<![\w.])\d+\.\d+(?:e-?\d+)?(?![\w.])", code):
        if float(m[0]) != 0 and not re.search(r"\.\.=?$", code[: m.start()]) and not code[m.end() :].startswith(".."):
            yield "literal", m.start(), m.end(), "crate::literal({k}, " + m[0] + ")"
    for m in re.finditer(r" [+-] (?=[^\W\d]|\()", code):
        yield "sign", m.start(), m.end(), m[0] + "crate::sign({k}) * "
    for m in re.finditer(r" [+-] 1(?![\w.])", code):
        yield "index", m.start(), m.end(), m[0][:3] + "crate::whole({k}, 1)"


def candidates():
    for pattern in FILES:
        for path in sorted(ROOT.glob(pattern)):
            tests = False
            for number, line in enumerate(path.read_text().splitlines()):
                tests |= "#[cfg(test)]" in line
                if not tests:
                    for kind, start, end, new in sites(line):
                        yield path.relative_to(ROOT), number, kind, start, end, new, line.strip()


def write(tree, mutants):
    """Plants all of them; those of one line from its end on."""
    by_file = {}
    for k, mutant in mutants.items():
        by_file.setdefault(mutant[0], []).append((mutant, k))
    for path in {m[0] for m in mutants.values()} | set(ALL_PATHS):
        lines = (ROOT / path).read_text().splitlines()
        for (_, number, _, start, end, new, _), k in sorted(by_file.get(path, []), key=lambda m: (m[0][1], -m[0][3])):
            lines[number] = lines[number][:start] + new.replace("{k}", str(k)) + lines[number][end:]
        (tree / path).write_text("\n".join(lines) + "\n")


def separate(mutants):
    """Keeps those that do not overlap."""
    last, kept = (None, None, None), []
    for mutant in sorted(mutants, key=lambda m: (str(m[0]), m[1], m[3])):
        if (mutant[0], mutant[1]) != last[:2] or mutant[3] >= last[2]:
            kept.append(mutant)
            last = (mutant[0], mutant[1], mutant[4])
    return kept


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 240
    found = separate(candidates())
    global ALL_PATHS
    ALL_PATHS = sorted({m[0] for m in found})
    tree = Path(os.environ.get("WFR_MUTANT_TREE") or tempfile.mkdtemp(prefix="wfr-mutants-"))
    planting.copy(tree, SWITCHES)
    # Twice as many as asked, as some do not compile.
    step = max(1.0, len(found) / (2 * count))
    mutants = {k + 1: found[int(k * step)] for k in range(min(len(found), 2 * count))}
    while True:
        write(tree, mutants)
        check = subprocess.run(
            ["cargo", "check", "--release", "--locked", "--lib", "--message-format=json", "--manifest-path", tree / "Cargo.toml"],
            capture_output=True, text=True)
        if check.returncode == 0:
            break
        wrong = set()
        for message in map(json.loads, check.stdout.splitlines()):
            if message.get("reason") == "compiler-message" and message["message"]["level"] == "error":
                for span in message["message"]["spans"]:
                    for text in span["text"]:
                        wrong |= {int(k) for k in re.findall(r"crate::(?:sign|literal|whole|condition)\((\d+)", text["text"])}
        if not wrong & mutants.keys():
            sys.exit(check.stderr[-3000:])
        print(f"{len(wrong & mutants.keys())} do not compile", flush=True)
        mutants = {k: mutant for k, mutant in mutants.items() if k not in wrong}
    step = max(1.0, len(mutants) / count)
    chosen = sorted(mutants)
    chosen = [chosen[int(i * step)] for i in range(min(count, len(chosen)))]
    mutants = {k: mutants[k] for k in chosen}
    write(tree, mutants)
    print(f"{len(mutants)} mutants of {len(found)} sites; building", flush=True)
    words = ["cargo", "test", "--release", "--locked", "--no-run", "--message-format=json", "--manifest-path", tree / "Cargo.toml"]
    for test in QUICK:
        words += ["--test", test]
    build = subprocess.run(words, stdout=subprocess.PIPE, text=True)
    if build.returncode != 0:
        sys.exit("the tests do not build")
    binaries = {}
    for message in map(json.loads, build.stdout.splitlines()):
        if message.get("reason") == "compiler-artifact" and message.get("executable"):
            binaries[message["target"]["name"]] = message["executable"]

    def failure(k, test, time_limit=None, **more):
        environment = {**os.environ, "WFR_FAULT": str(k), **more}
        try:
            run = subprocess.run([binaries[test]], env=environment, cwd=tree, capture_output=True, timeout=time_limit)
        except subprocess.TimeoutExpired:
            return f"{test} (does not end)"
        return test if run.returncode != 0 else None

    times, reached = {}, {}
    for test in QUICK:
        (tree / "reached").write_text("")
        begun = time.monotonic()
        if failure(0, test, WFR_REACHED=str(tree / "reached")):
            sys.exit(f"{test} fails without a mutant")
        times[test] = time.monotonic() - begun
        reached[test] = {int(k) for k in (tree / "reached").read_text().split()}
        print(f"{times[test]:5.1f} s, {len(reached[test]):4} places: {test}", flush=True)
    tests = sorted(QUICK, key=times.get)
    factor, least = PATIENCE
    rows, survivors = [], []
    for k, (path, number, kind, start, end, new, line) in mutants.items():
        there = [test for test in tests if k in reached[test]]
        failures = (failure(k, test, max(least, factor * times[test])) for test in there)
        caught = next(filter(None, failures), None)
        rows.append((path, number + 1, kind, line, caught))
        print(f"{k:4} {'caught' if caught else 'SURVIVES'} {path}:{number + 1} {kind} `{line[:90]}` {caught or ''}", flush=True)
        if not caught:
            survivors.append(rows[-1])
    total = len(rows)
    text = "# Mutants\n\nBy validation/faults/mutants.py: one change each, and the first quick test that fails.\n\n"
    text += f"{total - len(survivors)} of {total} are caught ({100 * (total - len(survivors)) / total:.0f} %).\n\n"
    text += "## Survivors\n\n| place | change | line |\n|---|---|---|\n"
    for path, number, kind, line, _ in survivors:
        text += f"| {path}:{number} | {kind} | `{line.replace('|', '∣')}` |\n"
    text += "\n## Caught\n\n| place | change | by |\n|---|---|---|\n"
    for path, number, kind, line, caught in rows:
        if caught:
            text += f"| {path}:{number} | {kind} | {caught} |\n"
    (ROOT / "reports/mutants.md").write_text(text)


main()
