"""Evidence and posterior means of the galaxy mixture by importance sampling; independent of wfr.

y_i ~ sum_k w_k N(mu_k, s_k),  mu_k ~ N(20, 100),  s_k ~ InverseGamma(3, 20),  w ~ Dirichlet(1, 1, 1)   (Chib 1995, section 4.2.1).
Proposal: Student mixtures on (mu, log s, additive log-ratios of w), fitted to relabelled Gibbs draws, and summed over the six labellings, so that
the target may have further modes only if the weights show it (the largest share of one weight is printed).
"""
import itertools, sys
import numpy as np
from math import lgamma, log, pi

rng = np.random.default_rng(1)
y = np.loadtxt(sys.argv[1], skiprows=int(sys.argv[2]))
n, K = len(y), 3

def log_target(mu, ls, a):
    """log(prior x likelihood) in (mu, log s, a), a_k = log(w_k/w_K), k < K; rows are draws."""
    a = np.concatenate([a, np.zeros((len(a), 1))], axis=1)
    lw = a - np.log(np.exp(a - a.max(1, keepdims=True)).sum(1, keepdims=True)) - a.max(1, keepdims=True)
    s = np.exp(ls)
    prior = (-0.5 * (mu - 20) ** 2 / 100 - 0.5 * log(2 * pi * 100)).sum(1)
    prior += (3 * log(20) - lgamma(3) - 3 * ls - 20 / s).sum(1)          # inverse gamma, with the Jacobian s of log s
    prior += lgamma(3) + lw.sum(1)                                      # Dirichlet(1,1,1), with the Jacobian prod w
    like = 0.0
    for yi in y:
        t = lw - 0.5 * np.log(2 * pi * s) - 0.5 * (yi - mu) ** 2 / s
        m = t.max(1, keepdims=True)
        like = like + m[:, 0] + np.log(np.exp(t - m).sum(1))
    return prior + like

def gibbs(count, burn):
    mu, s, w = np.array([9.7, 21.4, 33.0]), np.ones(3), np.ones(3) / 3
    out = []
    for it in range(count + burn):
        p = np.log(w) - 0.5 * np.log(s) - 0.5 * (y[:, None] - mu) ** 2 / s
        p = np.exp(p - p.max(1, keepdims=True)); p /= p.sum(1, keepdims=True)
        z = (p.cumsum(1) < rng.random((n, 1))).sum(1)
        for k in range(3):
            yk = y[z == k]; m = len(yk)
            v = 1 / (1 / 100 + m / s[k]); mu[k] = v * (20 / 100 + yk.sum() / s[k]) + np.sqrt(v) * rng.standard_normal()
            s[k] = (20 + 0.5 * ((yk - mu[k]) ** 2).sum()) / rng.gamma(3 + m / 2)
        w = rng.dirichlet(1 + np.bincount(z, minlength=3))
        if it >= burn:
            o = np.argsort(mu)
            out.append(np.concatenate([mu[o], np.log(s[o]), np.log(w[o][:2] / w[o][2])]))
    return np.array(out)

draws = gibbs(40000, 1000)
print("Gibbs: means of ordered mu, s, w:", draws[:, :3].mean(0), np.exp(draws[:, 3:6]).mean(0))
# Components of the proposal: k-means of the draws, so that skew and minor modes are covered.
scale = draws.std(0)
centres = draws[rng.choice(len(draws), 12, replace=False)]
for _ in range(30):
    d = (((draws[:, None] - centres) / scale) ** 2).sum(2); who = d.argmin(1)
    centres = np.array([draws[who == k].mean(0) for k in range(12)])
shares = np.bincount(who, minlength=12) / len(who)
chols = [np.linalg.cholesky(1.6 * np.cov(draws[who == k].T) + 0.05 * np.diag(scale ** 2)) for k in range(12)]
nu, D = 6.0, 8
def log_q(x):
    terms = []
    for share, c, L in zip(shares, centres, chols):
        z = np.linalg.solve(L, (x - c).T)
        terms.append(log(share) + lgamma((nu + D) / 2) - lgamma(nu / 2) - D / 2 * log(nu * pi) - np.log(np.diag(L)).sum()
                     - (nu + D) / 2 * np.log1p((z ** 2).sum(0) / nu))
    t = np.array(terms); m = t.max(0)
    return m + np.log(np.exp(t - m).sum(0))
def relabel(x, perm):
    mu, ls = x[:, perm], x[:, 3:6][:, perm]
    a = np.concatenate([x[:, 6:8], np.zeros((len(x), 1))], 1)[:, perm]
    return np.concatenate([mu, ls, (a - a[:, 2:])[:, :2]], 1)
logs, orders = [], []
for batch in range(40):
    N = 10000
    k = rng.choice(12, N, p=shares)
    z = rng.standard_normal((N, D)) / np.sqrt(rng.chisquare(nu, (N, 1)) / nu)
    x = np.array([centres[j] + chols[j] @ zz for j, zz in zip(k, z)])
    q = np.array([log_q(relabel(x, list(p))) for p in itertools.permutations(range(3))])
    m = q.max(0); q = m + np.log(np.exp(q - m).sum(0))
    logs.append(log_target(x[:, :3], x[:, 3:6], x[:, 6:]) - q + log(6)); orders.append(np.sort(x[:, :3], 1))
logs, orders = np.array(logs), np.concatenate(orders)
top = logs.max(); w = np.exp(logs - top)
Z = w.mean(1)
print("log evidence", top + log(w.mean()), "+-", Z.std(ddof=1) / np.sqrt(len(Z)) / w.mean(), "ESS", w.sum() ** 2 / (w ** 2).sum(), "largest share", w.max() / w.sum())
w = w.ravel() / w.sum()
for k in range(3):
    m = (w * orders[:, k]).sum(); e = np.sqrt((w ** 2 * (orders[:, k] - m) ** 2).sum())
    print("mean of ordered mu", k + 1, m, "+-", e)
print("mean of mu (any label)", (w[:, None] * orders).sum() / 3)
