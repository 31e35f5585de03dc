from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

__version__: str

class Refused(Exception): ...

class Function:
    def __new__(
        cls,
        name: str,
        values: Callable[..., Any],
        slopes: Callable[..., Any] | None,
        dimension: int,
        outputs: int,
        timed: bool,
        smooth: bool,
    ) -> Function: ...

class Result:
    seed: int | None
    def json(self) -> str: ...
    def verdict(self) -> str: ...
    def arrays(self) -> dict[str, dict[str, npt.NDArray[np.float64]]]: ...
    def particles(
        self,
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.uint32]] | None: ...
    def series(self) -> dict[str, npt.NDArray[np.float64]]: ...
    def figures(self) -> list[tuple[str, str, str]]: ...
    def svg(self, number: int) -> str | None: ...
    def html(self) -> str: ...
    def timings(self) -> list[tuple[str, float]]: ...

class Scheme:
    def __new__(
        cls,
        name: str,
        reference: str,
        orders: list[int],
        noise: str,
        variates: list[str],
        record: Callable[[int, int, int], tuple[list[tuple[str, list[int]]], list[int]]],
    ) -> Scheme: ...

class Curve:
    def __new__(
        cls,
        x: npt.NDArray[np.float64],
        a: npt.NDArray[np.float64],
        y: npt.NDArray[np.float64],
        b: npt.NDArray[np.float64],
        delta: float,
        plan: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]],
    ) -> Curve: ...
    def at(self, t: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]: ...

def distance(
    kind: str,
    x: npt.NDArray[np.float64],
    a: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    b: npt.NDArray[np.float64],
    delta: float,
    tolerance: float,
) -> tuple[
    tuple[float, float],
    bool,
    tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]],
    tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
]: ...
def hellinger(
    x: npt.NDArray[np.float64],
    a: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    b: npt.NDArray[np.float64],
) -> float: ...
def run(
    text: str,
    file: str,
    overrides: list[str],
    functions: list[Function],
    schemes: list[Scheme],
    seed: int | None,
    threads: int | None,
    progress: Callable[[str, float], object] | None,
    alone: str | None = None,
) -> Result: ...
def shape(text: str, overrides: list[str]) -> tuple[int, list[float]]: ...
def prove(ids: list[str], schemes: list[Scheme], thorough: bool) -> str: ...
def list_schemes() -> list[tuple[str, str, str, int, int, str]]: ...
def scenario_schema() -> str: ...
