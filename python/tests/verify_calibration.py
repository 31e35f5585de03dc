"""How often right code is called wrong: run by hand, `python verify_calibration.py [RUNS [NAME]] > ../../reports/verify-python.md`.

Each run has a seed of its own. A row misses its target if the share of failures is above the level by more than three standard
errors of the level.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import test_verify_parts as parts
import verify_steps as own

import wfr
from wfr.verify import _step
from wfr.verify._calls import Stepper
from wfr.verify._causes import Catalogue
from wfr.verify._expansion import Expansion
from wfr.verify._resampling import Resampler, unbiased

LEVELS = (0.05, 0.01)
Run = Callable[[int, float], str]


def steps(step: Any, problem: wfr.Problem, order: int, *, weight: bool = False, coupled: bool = True) -> Run:
    """Steps that draw their noise, with the series made once. Uncoupled, noise of a tiny step says nothing, so all looks are used."""
    points = problem.places(2)
    expansions = [Expansion(problem, x, problem.time, order + 3) for x in points]
    catalogue = Catalogue(expansions, problem.interpretation == "stratonovich")
    largest = _step.timescale(expansions)

    def drawn(x: Any, t: float, h: float, rng: np.random.Generator) -> Any:
        rng = rng if coupled else np.random.default_rng([int(rng.integers(2**62)), int(1e15 * h)])
        return step(x, t, h, rng.normal(size=x.shape))

    def run(seed: int, level: float) -> str:
        stepper = Stepper(drawn, problem.dimension, weight)
        checks, _ = _step.by_draws(
            stepper, problem, expansions, catalogue, points, order, largest, None, 20_000, seed, level
        )
        return wfr.Verdict("", tuple(checks), level).verdict

    return run


def resampling(resample: Any, variance: str) -> Run:
    def run(seed: int, level: float) -> str:
        checks = unbiased(Resampler(resample, 8, False, False), variance, 256, seed, level)
        return wfr.Verdict("", tuple(checks), level).verdict

    return run


def evidence(sigma: float) -> Run:
    """Log-normal estimates, as those of filters nearly are."""

    def run(seed: int, level: float) -> str:
        def sampler(own_seed: int) -> float:
            return sigma * float(np.random.default_rng([seed, own_seed]).normal()) - 0.5 * sigma**2

        return wfr.verify_log_evidence(sampler, truth=0.0, modes=(), samples=400, level=level).verdict

    return run


def seeds(count: int) -> Run:
    def run(seed: int, level: float) -> str:
        def sampler(own_seed: int) -> Any:
            rng = np.random.default_rng([seed, own_seed])
            return rng.normal() + 0.5 * rng.normal(size=count)

        return wfr.verify_seeds(sampler, level=level).verdict

    return run


def planted(name: str, level: float, runs: int) -> tuple[float, float, float]:
    """The detectable amount that right code prints, and how often it is found when it is planted: (amount, share, inconclusive)."""
    make, check = PLANTED[name]
    printed = [check(make(0.0)(seed, level)) for seed in range(20)]
    amount = float(np.median([own for own in printed if own is not None]))
    words = [make(amount)(seed + 1000, level).verdict for seed in range(runs)]
    return amount, words.count("fail") / runs, words.count("inconclusive") / runs


def too_small_noise(amount: float) -> Any:
    """Noise whose variance lacks this share of a half."""
    factor = np.sqrt(1.0 - 0.5 * amount)

    def run(seed: int, level: float) -> wfr.Verdict:
        def step(x: Any, t: float, h: float, rng: np.random.Generator) -> Any:
            return own.euler(x, t, h, factor * rng.normal(size=x.shape))

        return wfr.verify_step(step, own.WELL, order=1, samples=20_000, seed=10 * seed, level=level)

    return run


def biased_evidence(amount: float) -> Any:
    def run(seed: int, level: float) -> wfr.Verdict:
        def sampler(own_seed: int) -> float:
            return 0.3 * float(np.random.default_rng([seed, own_seed]).normal()) - 0.045 + np.log1p(amount)

        return wfr.verify_log_evidence(sampler, truth=0.0, modes=(), samples=400, level=level)

    return run


def detectable_of(words: str) -> Any:
    """The detectable amount of the check whose name holds these words."""
    return lambda found: next(check.detectable for check in found.checks if words in check.name)


PLANTED: dict[str, tuple[Any, Any]] = {
    "step: variance of the noise": (too_small_noise, detectable_of("variance is halved")),
    "evidence: E[Ẑ]/Z": (biased_evidence, detectable_of("E[Ẑ]/Z")),
}


SUBJECTS: dict[str, Run] = {
    "step: Euler–Maruyama, order 1": steps(own.euler, own.WELL, 1),
    "slow step: Euler–Maruyama, noise not coupled": steps(own.euler, own.WELL, 1, coupled=False),
    "step: Heun, order 2": steps(own.heun, own.WELL, 2),
    "slow step: Heun, noise not coupled": steps(own.heun, own.WELL, 2, coupled=False),
    "step: Itô noise, order 1": steps(own.ito_euler, own.ITO, 1),
    "resampling: systematic": resampling(parts.systematic, "systematic"),
    "resampling: multinomial": resampling(parts.multinomial, "multinomial"),
    "resampling: residual": resampling(parts.residual, "residual"),
    "evidence: log-normal, σ = 0.3": evidence(0.3),
    "evidence: log-normal, σ = 0.7": evidence(0.7),
    "seeds: one number": seeds(1),
    "seeds: twenty dependent numbers": seeds(20),
}


def power(runs: int, only: str = "") -> None:
    print("\n# Power\n")
    print(
        f"What right code prints as detectable, planted in {runs} runs at the default level 10⁻⁴: to be found with probability 0.99.\n"
    )
    print("| subject | planted | found | inconclusive |")
    print("|---|---|---|---|", flush=True)
    for name in (own for own in PLANTED if only in own):
        amount, share, undecided = planted(name, 1e-4, runs)
        print(f"| {name} | {amount:.3g} | {share:.4f} | {undecided:.4f} |", flush=True)


def main() -> None:
    if len(sys.argv) > 2 and sys.argv[2] == "power":
        power(int(sys.argv[1]), *sys.argv[3:])
        return
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    print("# False alarms of `wfr.verify_…`\n")
    print(
        f"`python python/tests/verify_calibration.py {runs}`: right code, {runs} seeds for each row and level. Failures are false"
    )
    print(
        "alarms; a share may be above its level by three standard errors of the level. Inconclusive runs are no alarms.\n"
    )
    print(
        "| subject | " + " | ".join(f"failed at {level:.3g}" for level in LEVELS) + " | inconclusive | seconds a run |"
    )
    print("|---|" + "---|" * (len(LEVELS) + 2), flush=True)
    for name, run in SUBJECTS.items():
        if len(sys.argv) > 2 and sys.argv[2] not in name:
            continue
        started, cells, undecided = time.process_time(), [], 0
        for index, level in enumerate(LEVELS):
            words = [run(seed + index * runs, level) for seed in range(runs)]
            share = words.count("fail") / runs
            undecided += words.count("inconclusive")
            allowed = level + 3.0 * np.sqrt(level * (1.0 - level) / runs)
            cells.append(f"{share:.4f}" + (" 🔴" if share > allowed else ""))
        each = (time.process_time() - started) / (runs * len(LEVELS))
        print(
            f"| {name} | " + " | ".join(cells) + f" | {undecided / (runs * len(LEVELS)):.2f} | {each:.2g} |", flush=True
        )
    if len(sys.argv) < 3:
        power(min(runs, 1000))


if __name__ == "__main__":
    main()
