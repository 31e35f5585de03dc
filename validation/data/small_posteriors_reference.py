"""References of beetles.toml and eight-schools.toml by quadrature; independent of wfr.

beetles: eta = a + b (dose - 1.8) / 0.05, a and b ~ N(0, 9); y ~ Binomial(n, 1/(1 + e^-eta)) without its coefficient.
eight schools: mu ~ N(0, 25), log tau ~ N(log 5, 1), theta_j ~ N(mu, tau^2), y_j ~ N(theta_j, s_j^2); given tau everything is Gaussian.
"""
import numpy as np
from math import log, pi

dose = np.array([1.6907, 1.7242, 1.7552, 1.7842, 1.8113, 1.8369, 1.8610, 1.8839])
n = np.array([59, 60, 62, 56, 63, 59, 62, 60]); y = np.array([6, 13, 18, 28, 52, 53, 61, 60])
for m in [1001, 2001]:
    a, b = np.meshgrid(np.linspace(-3, 5, m), np.linspace(-1, 6, m), indexing="ij")
    lp = -(a ** 2 + b ** 2) / 18 - log(2 * pi * 9)
    for d, ni, yi in zip(dose, n, y):
        eta = a + b * (d - 1.8) / 0.05
        lp += yi * eta - ni * np.logaddexp(0, eta)
    top = lp.max(); w = np.exp(lp - top); cell = 8 / (m - 1) * 7 / (m - 1); s = w.sum()
    print("beetles", m, "log evidence", top + log(s * cell), "a", (w * a).sum() / s, "b", (w * b).sum() / s)

y = np.array([28, 8, -3, 7, -1, 1, 18, 12.0]); s = np.array([15, 10, 16, 11, 9, 11, 10, 18.0])
for m in [4001, 8001]:
    lt = np.linspace(log(5) - 9, log(5) + 9, m); tau2 = np.exp(2 * lt)[:, None]
    v = s ** 2 + tau2                                   # y_j | mu, tau
    p, q = 1 / 25 + (1 / v).sum(1), (y / v).sum(1)      # precision and precision * mean of mu
    log_like = -0.5 * np.log(2 * pi * v).sum(1) - 0.5 * (y ** 2 / v).sum(1) - 0.5 * log(25) - 0.5 * np.log(p) + 0.5 * q ** 2 / p
    lp = log_like - 0.5 * (lt - log(5)) ** 2 - 0.5 * log(2 * pi)
    top = lp.max(); w = np.exp(lp - top); h = lt[1] - lt[0]; t = w.sum()
    theta1 = (y[0] / s[0] ** 2 + (q / p) / tau2[:, 0]) / (1 / s[0] ** 2 + 1 / tau2[:, 0])
    print("schools", m, "log evidence", top + log(t * h), "mu", (w * q / p).sum() / t, "log tau", (w * lt).sum() / t, "theta1", (w * theta1).sum() / t,
          "P(log tau < 0)", (w * (lt < 0)).sum() / t)
