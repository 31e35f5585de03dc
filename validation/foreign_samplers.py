#!/usr/bin/env python3
"""Samples of programs that wfr did not write, held by `wfr verify` against four targets: right uses and wrong ones.

    pip install emcee particles joblib blackjax numpyro
    validation/foreign_samplers.py WFR --commit HASH [--work FOLDER] [--report reports/foreign-samplers.md] [--only NAME]...

A library that is not installed is left out, and the report says so. Samples are kept in the work folder; those that are there are not
drawn again. Exit status 1 if a right use failed, or a wrong one passed, or neither could be found out.
"""
import argparse
import dataclasses
import importlib.metadata
import json
import pathlib
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]
LogDensity = Callable[[Any, Any], Any]  # (numpy or jax.numpy, x of shape (..., d)) -> (...)
SEED = 31
EXITS = {0: "passed", 1: "failed", 2: "refused", 3: "broke down", 4: "inconclusive"}

WEIGHTS = (0.7, 0.3)
MEANS = ((1.5, 0.5), (-1.5, -0.5))
COVARIANCES = (((0.3, 0.1), (0.1, 0.4)), ((0.5, 0.0), (0.0, 0.25)))
CORRELATED = [[round(0.6 ** abs(i - j), 12) for j in range(10)] for i in range(10)]


@dataclasses.dataclass(frozen=True)
class Target:
    """A law on R^d, as a scenario and as an unnormalised log-density."""

    name: str
    dimension: int
    log_density: LogDensity
    law: str  # The lines of [target].
    observables: tuple[str, ...]

    def scenario(self) -> str:
        """The scenario. `verify` reads only the target and the observables; the rest has to be there."""
        eye = np.eye(self.dimension).tolist()
        return (
            f"dimension = {self.dimension}\nobservables = {json.dumps(self.observables)}\n[target]\n{self.law}\n"
            f"[initial]\nmean = {[0.0] * self.dimension}\ncovariance = {eye}\n[flow]\nhorizon = 1.0\n"
        )


def mixture_log_density(xp: Any, x: Any) -> Any:
    parts = []
    for weight, mean, covariance in zip(WEIGHTS, MEANS, COVARIANCES):
        precision = np.linalg.inv(covariance)
        y = x - xp.asarray(mean)
        parts.append(np.log(weight) - 0.5 * np.log(np.linalg.det(covariance)) - 0.5 * ((y @ precision) * y).sum(-1))
    return xp.logaddexp(*parts)


def gaussian(precision: np.ndarray) -> LogDensity:
    return lambda xp, x: -0.5 * ((x @ xp.asarray(precision)) * x).sum(-1)


def components(weights: Any, means: Any, covariances: Any) -> str:
    rows = [f"{{ weight = {w}, mean = {list(m)}, covariance = {[list(r) for r in c]} }}" for w, m, c in zip(weights, means, covariances)]
    return "mixture = [" + ", ".join(rows) + "]"


TARGETS = [
    Target("quartic", 1, lambda xp, x: -(x[..., 0] ** 4) / 4, 'potential = "x^4/4"', ("x", "x^2", "x > 1")),
    Target("double-well", 1, lambda xp, x: -((x[..., 0] ** 2 - 1) ** 2), 'potential = "(x^2 - 1)^2"', ("x", "x^2", "x > 0")),
    Target("two-modes", 2, mixture_log_density, components(WEIGHTS, MEANS, COVARIANCES), ("x", "y", "x*y", "x > 0")),
    Target("gaussian-10d", 10, gaussian(np.linalg.inv(CORRELATED)), components([1.0], [[0.0] * 10], [CORRELATED]), ("x1", "x10", "x1*x2", "x1^2")),
]
BY_NAME = {t.name: t for t in TARGETS}
# A user's error: the covariance where the precision belongs.
INVERTED = dataclasses.replace(BY_NAME["gaussian-10d"], log_density=gaussian(np.array(CORRELATED)))


# -- emcee: ensembles of walkers; defaults but for the numbers of walkers and steps --

def walkers(t: Target, seed: int, steps: int, discard: int, start: float = 0.0) -> np.ndarray:
    """One ensemble of 32 walkers that start from N(start, 1): positions (walkers, steps, d)."""
    import emcee

    rng = np.random.default_rng(seed)
    first = start + rng.standard_normal((32, t.dimension))
    sampler = emcee.EnsembleSampler(32, t.dimension, lambda x: t.log_density(np, x), vectorize=True)
    sampler.random_state = np.random.RandomState(seed).get_state()
    sampler.run_mcmc(first, steps)
    return np.ascontiguousarray(np.swapaxes(sampler.get_chain(discard=discard), 0, 1))


def walkers_as_chains(t: Target) -> Arrays:
    return {"positions": walkers(t, SEED, 3000, 500)}


def ensembles_as_groups(t: Target) -> Arrays:
    """Sixteen ensembles; walkers of one move by each other, ensembles are independent."""
    return {"positions": np.stack([walkers(t, SEED + k, 600, 200).reshape(-1, t.dimension) for k in range(16)])}


def no_burn_in(t: Target) -> Arrays:
    return {"positions": walkers(t, SEED, 400, 0, start=20.0)}


# -- particles: tempering by waste-free SMC from N(0, 3^2), as in its tutorial --

def particles_smc(t: Target, weighted: bool = True, count: int = 100) -> Arrays:
    """Sixteen independent runs; each has `count` resampled particles that make ten steps (the default of len_chain)."""
    import particles
    from particles import distributions as dists
    from particles import smc_samplers as ssp

    class Bridge(ssp.TemperingBridge):  # type: ignore[misc]
        def logtarget(self, theta: np.ndarray) -> np.ndarray:
            return np.asarray(t.log_density(np, np.reshape(theta, (-1, t.dimension))))

    base = dists.MvNormal(loc=np.zeros(t.dimension), scale=1.0, cov=9 * np.eye(t.dimension))
    np.random.seed(SEED)
    positions, log_weights = [], []
    for _ in range(16):
        run = particles.SMC(fk=ssp.AdaptiveTempering(model=Bridge(base_dist=base), len_chain=10), N=count)
        run.run()
        positions.append(np.reshape(run.X.theta, (-1, t.dimension)))
        log_weights.append(run.wgts.lw)
    arrays = {"positions": np.stack(positions)}
    return {**arrays, "log_weights": np.stack(log_weights)} if weighted else arrays


# -- blackjax --

def jax_x64() -> Any:
    import jax

    jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]
    return jax


def blackjax_nuts(t: Target) -> Arrays:
    """Four chains: 1000 steps of window adaptation, then 2000 of NUTS."""
    jax = jax_x64()
    import blackjax

    log_density = lambda x: t.log_density(jax.numpy, x)

    def chain(key: Any) -> Any:
        start, warm, draw = jax.random.split(key, 3)
        adaptation = blackjax.window_adaptation(blackjax.nuts, log_density)
        (state, parameters), _ = adaptation.run(warm, jax.random.normal(start, (t.dimension,)), num_steps=1000)
        kernel = blackjax.nuts(log_density, **parameters)

        def step(state: Any, key: Any) -> Any:
            state, _ = kernel.step(key, state)
            return state, state.position

        return jax.lax.scan(step, state, jax.random.split(draw, 2000))[1]

    return {"positions": np.asarray(jax.jit(jax.vmap(chain))(jax.random.split(jax.random.key(SEED), 4)))}


def blackjax_langevin(t: Target) -> Arrays:
    """Unadjusted Langevin (blackjax.sgld with the full gradient) with a step of 0.05: four chains of 5000 after 500."""
    jax = jax_x64()
    import blackjax

    gradient = jax.grad(lambda x: t.log_density(jax.numpy, x))
    sgld = blackjax.sgld(lambda x, _: gradient(x))

    def chain(key: Any) -> Any:
        def step(x: Any, key: Any) -> Any:
            x = sgld.step(key, x, None, 0.05)
            return x, x

        return jax.lax.scan(step, sgld.init(jax.numpy.ones(t.dimension)), jax.random.split(key, 5500))[1][500:]

    return {"positions": np.asarray(jax.jit(jax.vmap(chain))(jax.random.split(jax.random.key(SEED), 4)))}


def numpyro_nuts(t: Target) -> Arrays:
    """Four chains of NUTS with numpyro's defaults: 1000 steps of warm-up, then 2000."""
    jax = jax_x64()
    import numpyro.infer

    mcmc = numpyro.infer.MCMC(
        numpyro.infer.NUTS(potential_fn=lambda x: -t.log_density(jax.numpy, x)),
        num_warmup=1000, num_samples=2000, num_chains=4, chain_method="vectorized", progress_bar=False,
    )
    key, start = jax.random.split(jax.random.key(SEED))
    mcmc.run(key, init_params=jax.random.normal(start, (4, t.dimension)))
    return {"positions": np.asarray(mcmc.get_samples(group_by_chain=True))}


@dataclasses.dataclass(frozen=True)
class Use:
    """One use of a library: what it is, how `verify` is told, and on which targets."""

    library: str
    name: str
    draw: Callable[[Target], Arrays]
    arguments: tuple[str, ...] = ()
    right: bool = True
    targets: tuple[Target, ...] = tuple(TARGETS)


GROUPS = ("--arrangement", "groups")
ONE = {name: (target,) for name, target in BY_NAME.items()}
USES = [
    Use("emcee", "32 walkers as chains", walkers_as_chains),
    Use("emcee", "16 ensembles as groups", ensembles_as_groups, GROUPS),
    Use("emcee", "from 20, nothing discarded", no_burn_in, right=False, targets=ONE["two-modes"]),
    Use("particles", "tempering, 16 weighted runs", particles_smc),
    Use("particles", "weights dropped", lambda t: particles_smc(t, weighted=False), GROUPS, False, ONE["two-modes"]),
    Use("blackjax", "NUTS, 4 chains", blackjax_nuts),
    Use("blackjax", "unadjusted Langevin, step 0.05", blackjax_langevin, right=False, targets=ONE["double-well"]),
    Use("numpyro", "NUTS, 4 chains", numpyro_nuts),
    Use("numpyro", "covariance for precision", numpyro_nuts, right=False, targets=(INVERTED,)),
]


def slug(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in name).split())


def drawn(use: Use, t: Target, path: pathlib.Path) -> float:
    """Draws the samples into `path`, unless they are there; seconds that it took."""
    note = path.with_suffix(".json")
    if not note.exists():
        start = time.perf_counter()
        arrays = use.draw(t)
        seconds = time.perf_counter() - start
        np.savez(path, **arrays)  # type: ignore[arg-type]
        note.write_text(json.dumps(seconds))
    return float(json.loads(note.read_text()))


def verified(wfr: str, use: Use, t: Target, samples: pathlib.Path) -> dict[str, Any]:
    """What `wfr verify` says of them."""
    scenario, out = samples.with_suffix(".toml"), samples.with_suffix("")
    scenario.write_text(t.scenario())
    start = time.perf_counter()
    done = subprocess.run([wfr, "verify", samples, "--against", scenario, "--out", out, *use.arguments], capture_output=True, text=True)
    row: dict[str, Any] = {"exit": done.returncode, "seconds": time.perf_counter() - start, "said": done.stdout, "errors": done.stderr}
    if done.returncode != 2:
        row["study"] = json.loads((out / "result.json").read_text())["studies"][0]
    return row


def verdict(row: dict[str, Any]) -> str:
    """What the study says, or the error, for a cell of a table."""
    return " ".join((row.get("study", {}).get("why") or row["errors"] or row["said"]).split()).replace("|", "\\|")


def line(use: Use, t: Target, drawing: float, row: dict[str, Any]) -> str:
    """The row of the table."""
    study = row.get("study", {})
    cells = [
        use.library, t.name, use.name, str(study.get("count", "")), f"{study['effective']:.0f}" if study.get("effective") else "",
        f"{drawing:.1f}", f"{row['exit']} {EXITS.get(row['exit'], '')}", verdict(row), f"{row['seconds']:.1f}",
    ]
    return "| " + " | ".join(cells) + " |"


HEADER = (
    "| library | target | use | samples | effective | drawn in s | exit status | what `verify` says, with what it could have seen | verified in s |\n"
    "|---|---|---|---|---|---|---|---|---|\n"
)


def report(commit: str, versions: dict[str, str], rows: dict[bool, list[str]], surprises: list[str]) -> str:
    """The page; `rows` of right and of wrong uses."""
    stamp = f"wfr {commit}, Python {platform.python_version()}, " + ", ".join(f"{k} {v}" for k, v in versions.items())
    parts = [
        "# Samples of other programs under `wfr verify`",
        f"Written by `validation/foreign_samplers.py`; seed {SEED}. {stamp}. Seconds are of one busy machine.",
        "## Right uses", HEADER + "\n".join(rows[True]),
        "## Wrong uses", HEADER + "\n".join(rows[False]),
        "## Otherwise than expected", "\n".join(f"- {s}" for s in surprises) or "Nothing: right uses passed, wrong ones failed.",
    ]
    return "\n\n".join(parts) + "\n"


def version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wfr", help="the binary")
    parser.add_argument("--commit", required=True, help="the commit it was built from")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("out/foreign"))
    parser.add_argument("--report", type=pathlib.Path, default=pathlib.Path("reports/foreign-samplers.md"))
    parser.add_argument("--only", action="append", help="a library; may be given again")
    parser.add_argument("--kept", action="store_true", help="only samples that are in the work folder already")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    versions = {package: found for package in ("numpy", "jax") if (found := version(package))}
    rows: dict[bool, list[str]] = {True: [], False: []}
    surprises: list[str] = []
    for use in USES:
        if given.only and use.library not in given.only:
            continue
        found = version(use.library)
        versions[use.library] = found or "not installed, left out"
        for t in use.targets if found else ():
            samples = given.work / f"{use.library}-{slug(use.name)}-{t.name}.npz"
            if given.kept and not samples.with_suffix(".json").exists():
                surprises.append(f"{use.library}, {use.name}, {t.name}: not drawn.")
                continue
            drawing = drawn(use, t, samples)
            row = verified(given.wfr, use, t, samples)
            rows[use.right].append(line(use, t, drawing, row))
            print(f"{use.library}, {use.name}, {t.name}: drawn in {drawing:.1f} s\n{row['said']}{row['errors']}", flush=True)
            if row["exit"] != (0 if use.right else 1):
                surprises.append(f"{use.library}, {use.name}, {t.name}: exit status {row['exit']}. {verdict(row)}")
    given.report.parent.mkdir(parents=True, exist_ok=True)
    given.report.write_text(report(given.commit, versions, rows, surprises))
    return 1 if surprises else 0


if __name__ == "__main__":
    sys.exit(main())
