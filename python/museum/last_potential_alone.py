"""Fk-Diffusion-Steering: a weight was the last potential alone, which is right only if particles are resampled each time."""

from common import verify_evidence
from weights_refilled import mended, wrong

LINK = "https://github.com/zacharyhorvitz/Fk-Diffusion-Steering/issues/12"
SEEN_BY = "only if particles are resampled at every step"

__all__ = ["mended", "wrong"]

verify = verify_evidence
