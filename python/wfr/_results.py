"""What a run found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _wfr

if TYPE_CHECKING:
    import xarray

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """The solution on the grid at the horizon. The axes of ``density`` are those of ``axes``, in their order."""

    time: float
    axes: tuple[Array, ...]
    log_density: Array
    #: log π of the target on the cells, normalised there; None where there is no target.
    log_target: Array | None

    @property
    def density(self) -> Array:
        """ρ at the cell centres."""
        return np.asarray(np.exp(self.log_density))

    @property
    def x(self) -> Array:
        """The cell centres along the first axis."""
        return self.axes[0]


@dataclass(frozen=True)
class Particles:
    """The weighted particles at the horizon."""

    #: (N, d); of dynamics with momenta, positions and then momenta.
    positions: Array
    #: (N,), whose mean in exponentials estimates the normaliser.
    log_weights: Array
    #: (N,), the number of the particle at time 0 from which each descends.
    ancestors: npt.NDArray[np.uint32]

    @property
    def weights(self) -> Array:
        """(N,), with the sum 1."""
        weights = np.exp(self.log_weights - self.log_weights.max())
        return np.asarray(weights / weights.sum())

    @property
    def ess(self) -> float:
        """The effective sample size, (Σw)²/Σw²."""
        return float(1.0 / np.sum(self.weights**2))

    def resampled(self, count: int | None = None, *, seed: int = 0) -> Array:
        """``count`` positions of even weights, by systematic resampling."""
        count = len(self.weights) if count is None else count
        places = (np.arange(count) + np.random.default_rng(seed).uniform()) / count
        cumulated = np.cumsum(self.weights)
        return self.positions[np.searchsorted(cumulated / cumulated[-1], places)]


@dataclass(frozen=True)
class Figure:
    """A picture of the report."""

    id: str
    title: str
    caption: str
    svg: str

    def _repr_svg_(self) -> str:
        return self.svg


class Run:
    """What a run found. ``findings`` are those of result.json, which the guide's page "Reports and results" describes."""

    def __init__(self, raw: _wfr.Result) -> None:
        self._raw = raw
        #: What was found, as plain dicts and lists.
        self.findings: dict[str, Any] = json.loads(raw.json())
        #: "pass", "fail", "inconclusive", or "incomplete" after a breakdown.
        self.verdict: str = raw.verdict()
        #: The seed of the particles; None without any.
        self.seed: int | None = raw.seed
        #: Seconds that each part took.
        self.timings: dict[str, float] = dict(raw.timings())
        #: {file of arrays: {name: array}}, as the .npz files of a report have them.
        self.arrays: dict[str, dict[str, Array]] = raw.arrays()
        #: {name: array} of what was followed in time, as series.npz has them; empty without grid and particles.
        self.series: dict[str, Array] = raw.series()
        self.grid: Grid | None = grid(self.arrays.get("density"))
        particles = raw.particles()
        self.particles: Particles | None = None if particles is None else Particles(*particles)

    @property
    def name(self) -> str:
        """The scenario's name."""
        return str(self.findings["name"])

    @property
    def passed(self) -> bool:
        """Whether nothing failed; what is inconclusive passes."""
        return bool(self.findings["passed"])

    @property
    def warnings(self) -> list[str]:
        """What should be known although nothing failed."""
        return list(self.findings["warnings"])

    @property
    def observables(self) -> dict[str, dict[str, dict[str, Any]]]:
        """{method: {observable: estimate}}: values with their errors, by grid and particles."""
        methods = ("grid", "particles")
        return {own: self.findings[own]["observables"] for own in methods if self.findings.get(own)}

    @property
    def figures(self) -> list[Figure]:
        """The pictures of the report."""
        return [Figure(*texts, self._raw.svg(k) or "") for k, texts in enumerate(self._raw.figures())]

    def html(self) -> str:
        """The report as one page that needs nothing else."""
        return self._raw.html()

    def save(self, folder: str | Path) -> Path:
        """Writes report.html, result.json and the arrays into a folder, which is made if it is not there."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.html").write_text(self.html(), encoding="utf-8")
        (folder / "result.json").write_text(self._raw.json(), encoding="utf-8")
        for name, arrays in {**self.arrays, **({"series": self.series} if self.series else {})}.items():
            np.savez(folder / f"{name}.npz", **arrays)  # type: ignore[arg-type]
        if self.particles is not None:
            own = self.particles
            np.savez(
                folder / "particles.npz",
                positions=own.positions,
                log_weights=own.log_weights,
                ancestors=own.ancestors,
            )
        return folder

    def to_xarray(self) -> xarray.Dataset:
        """Densities over the axes of the grid, and particles, as one dataset. Needs xarray."""
        try:
            import xarray
        except ImportError as error:
            raise ImportError("to_xarray needs xarray: pip install xarray") from error
        data = xarray.Dataset(attrs={"name": self.name, "verdict": self.verdict})
        if self.grid is not None:
            names = [f"x{k + 1}" for k in range(len(self.grid.axes))]
            for name, axis in zip(names, self.grid.axes, strict=True):
                data = data.assign_coords({name: axis})
            data["log_density"] = (names, self.grid.log_density)
            data["density"] = (names, self.grid.density)
            if self.grid.log_target is not None:
                data["log_target"] = (names, self.grid.log_target)
        if self.particles is not None:
            data["positions"] = (("particle", "component"), self.particles.positions)
            data["log_weights"] = ("particle", self.particles.log_weights)
            data["ancestors"] = ("particle", self.particles.ancestors)
        return data

    def to_arviz(self, *, seed: int = 0) -> Any:
        """The particles for ArviZ: a resampled posterior, with the weighted particles beside it in ``sample_stats``.

        Needs ArviZ. All particles are one chain; they come from one ensemble and not from chains that converge.
        """
        if self.particles is None:
            raise ValueError("to_arviz: found a run without particles; expected a scenario with [particles]")
        try:
            import arviz
        except ImportError as error:
            raise ImportError("to_arviz needs ArviZ: pip install arviz") from error
        own = self.particles
        posterior = {f"x{k + 1}": column[None, :] for k, column in enumerate(own.resampled(seed=seed).T)}
        weighted = {f"x{k + 1}": column[None, :] for k, column in enumerate(own.positions.T)}
        stats = {"log_weights": own.log_weights[None, :], "ancestors": own.ancestors[None, :], **weighted}
        groups: Mapping[str, Any] = {"posterior": posterior, "sample_stats": stats}
        # Before ArviZ 1, groups are arguments, and the first of these takes anything.
        return arviz.from_dict(**groups) if hasattr(arviz, "InferenceData") else arviz.from_dict(groups)

    def _lines(self) -> Iterator[str]:
        yield f"{self.name}: {self.verdict}"
        for method, observables in self.observables.items():
            for name, own in observables.items():
                error = own.get("error", own.get("stderr"))
                spread = "" if error is None else f" ± {error:.1g}"
                value = "not finite" if own["value"] is None else f"{own['value']:.6g}"
                yield f"  E[{name}] = {value}{spread} by {method}"
        for study in self.findings["studies"]:
            yield f"  {study['verdict']}: {study['kind']}"
        checks = self.findings["checks"]
        if checks:
            yield f"  {sum(check['passed'] for check in checks)} of {len(checks)} checks of single values passed"
        yield from (f"  warning: {warning}" for warning in self.warnings)

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        # A frame keeps the look of the report apart from that of the notebook.
        page = self.html().replace("&", "&amp;").replace('"', "&quot;")
        return f'<iframe srcdoc="{page}" style="width: 100%; height: 40em; border: 0"></iframe>'


def grid(arrays: Mapping[str, Array] | None) -> Grid | None:
    """The density of a run, from its arrays."""
    if arrays is None or "log_density" not in arrays:
        return None
    log_density = arrays["log_density"]
    known = ("time", "log_density", "log_target")
    axes = tuple(own for name, own in arrays.items() if name not in known)
    return Grid(float(arrays["time"]), axes[: log_density.ndim], log_density, arrays.get("log_target"))
