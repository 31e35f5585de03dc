"""The work of `cargo bench --bench engine` by numba and JAX, on this machine; run both when it is idle and quote ratios.

    pip install numpy numba jax
    python benches/against_peers.py
"""
import os
import time

os.environ.setdefault("JAX_PLATFORMS", "cpu")
import numba
import numpy as np

STEPS, H = 100, 0.01


def best_rate(run, particle_steps, repeats=3):
    """Particle-steps per second in millions, the best of some runs after one that compiles."""
    run()
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return particle_steps / best / 1e6


@numba.njit(fastmath=True)
def mixture(count, d, means):
    """Langevin steps in a mixture of Gaussians of variance 1/2 at `means`."""
    x, score, offsets = np.zeros((count, d)), np.empty(d), np.empty(means.shape[0])
    scale = np.sqrt(2 * H)
    for i in range(count):
        for _ in range(STEPS):
            top = -np.inf
            for k in range(means.shape[0]):
                square = 0.0
                for j in range(d):
                    square += (x[i, j] - means[k, j]) ** 2
                offsets[k] = -square
                top = max(top, -square)
            total = 0.0
            score[:] = 0.0
            for k in range(means.shape[0]):
                weight = np.exp(offsets[k] - top)
                total += weight
                for j in range(d):
                    score[j] += 2 * weight * (means[k, j] - x[i, j])
            for j in range(d):
                x[i, j] += H * score[j] / total + scale * np.random.standard_normal()
    return x


def corners(d):
    means = np.zeros((8, d))
    for k in range(8):
        for i in range(min(d, 3)):
            means[k, i] = 6.0 * (k >> i & 1) - 3.0
    return means


for d, count in [(2, 4096), (10, 2048)]:
    rate = best_rate(lambda: mixture(count, d, corners(d)), count * STEPS)
    print(f"numba, mixture of 8, d = {d}, one thread: {rate:.2f} M particle-steps/s")

try:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    COUNT = 1_000_000

    @jax.jit
    def well(key):
        def body(state, k):
            x, w = state
            noise = jax.random.normal(k, (COUNT,))
            return (x - H * (x**3 - x) + np.sqrt(2 * H) * noise, w - 0.5 * H * x * x), None

        return jax.lax.scan(body, (jnp.full(COUNT, -1.0), jnp.zeros(COUNT)), jax.random.split(key, STEPS))[0]

    key = jax.random.PRNGKey(0)
    rate = best_rate(lambda: well(key)[0].block_until_ready(), COUNT * STEPS)
    print(f"JAX, double well with weights, whole machine: {rate:.1f} M particle-steps/s")
except ImportError:
    print("JAX is not installed")
