//! What `wfr init` writes.

/// A commented scenario that runs in seconds.
pub const STARTER: &str = r##"# A scenario for `wfr run`. Every key is shown once; what is commented out has that value by default.
# Formulas know x (or x, y, z; or x1, x2, …), t in [sde], + - * / ^ ( ) < >, numbers, pi,
# exp log sqrt sin cos tan sinh cosh tanh abs sign, and the names in [constants].

name = "double-well"          # letters, digits, - _ . ; also the name of its folder in reports/
dimension = 1
observables = ["x", "x^2", "x > 0"]   # a comparison is 1 or 0, so its mean is a probability

[constants]
b = 1.0                       # height of the barrier

[target]                      # the invariant law is proportional to exp(-potential)
potential = "b*(x^2 - 1)^2"
# mixture = [{ weight = 1.0, mean = [0.0], covariance = [[1.0]] }]    # instead of a formula

[initial]                     # a Gaussian; or mixture = [...]; or point = [...]
mean = [-1.0]
covariance = [[0.04]]

[flow]                        # gradient flow of KL in the Wasserstein-Fisher-Rao geometry
transport = 1.0               # 0: Fisher-Rao (reaction only)
reaction = 1.0                # 0: Wasserstein (Langevin)
# normalized = true           # false: Hellinger-Kantorovich, the mass moves
# energy = "kl"               # of the reaction: "kl" | "chi-squared", then beside a formula [target] log-evidence = log ∫exp(-V)
# dynamics = "overdamped"     # "underdamped": positions x and momenta p; then with
# friction = 1.0              #   and, beside a reaction and a density from the particles,
# reads = "joint"             #   "joint" | "marginal": the density of (x, p) or of x alone
#                             # or "annealed": along the geometric means of start and target, with moves; then, without
#                             #   reaction and grid,
# schedule = "t/1"            #   a formula of t from 0 to 1, or "adaptive", which keeps in every step
# schedule-ess = 0.99         #   this share of the effective sample size
# force = ["0"]               # beside reaction = 0: what drives the flow beside the gradient
horizon = 1.0

[grid]                        # the deterministic solution, of up to three axes; underdamped: one of x and one of p
lower = [-3.5]
upper = [3.5]
cells = [400]
step = 0.02
# sides = ["reflecting"]      # one for each axis: "reflecting" | "periodic" | "absorbing"
# spacing = ["1"]             # one formula for each axis: the size of a cell is proportional to it
# method = "strang"           # "strang" | "richardson" | "w-fr" | "fr-w"
# transport = "time-exact"    # "time-exact" | "tr-bdf2" | "crank-nicolson" | "backward-euler"

[particles]                   # the weighted SDE
count = 100000
step = 0.02
scheme = "platen"             # "euler-maruyama" | "platen"
# weight = "trapezoidal"      # "trapezoidal" | "left"
# density = "oracle"          # log(density) for the reaction: from the grid; or from the particles themselves:
#                             # "transition-mixture" | "kernel" | "gaussian", then with
# replicates = 16             #   independent ensembles of count (then 10000) particles, for the standard errors
# splitting = "strang"        #   "strang" | "w-fr"
# density-tolerance = 1e-3    #   error of the sums in log(density)
# bandwidth = "silverman"     #   of a kernel: "silverman" | "scott" | "cross-validated" | a standard deviation
# leave-one-out = false       #   of a kernel
# mode = "weights"            # "weights" | "birth-death": jumps after every step, and weights that stay 1
# resampling = "systematic"   # "systematic" | "ssp" | "stratified" | "residual" | "multinomial" | "none"
# ess-threshold = 0.5         # resample when the effective sample size falls below this share
# birth-death = "minimal"     # with that mode: "minimal" | "pairwise" | "moran"
# seed = 1

[[study]]
kind = "compare"              # particles against grid: densities and observables

[[study]]
kind = "weak-order"           # orders of the schemes, by several independent methods
schemes = ["euler-maruyama", "platen"]
observable = "x^2"
steps = [0.125, 0.0625, 0.03125, 0.015625]
methods = ["proof", "law", "prediction", "monte-carlo"]

# [[study]]
# kind = "grid-order"         # observed orders in cell width and splitting step
# [[study]]
# kind = "manufactured"       # the same toward a solution that is made one by a rate from exact derivatives
# solution = "exp(-b*(x^2 - 1)^2)*(1 + 0.5*cos(3*t)*tanh(x))"
# [[study]]
# kind = "barrier"            # decay rates of KL for the potential times each of these
# heights = [1, 2, 4, 8]
# friction = 2.0              # of kinetic Langevin dynamics beside it
# [[study]]
# kind = "spectrum"           # smallest eigenvalues of the generator
# count = 4
# [[study]]
# kind = "ensemble-order"     # with a density from the particles, and the grid or the value of the flow:
# reference = -0.5
# counts = [8, 16, 32]        #   bias and variance by the number of particles
# steps = [0.5, 0.25, 0.125]  #   error by the step
# bandwidths = [0.4, 0.3, 0.2]    # error by the kernel
# against = "itself"          #   counts against the next level, or against the "flow"
# [[study]]
# kind = "reference"          # the particles against a value from elsewhere
# observable = "x"            #   or "log-evidence"
# value = -0.5
# error = 0.0
# source = "where it is from"
# [[study]]
# kind = "decay"              # late-time exponential rate of KL
# [[study]]
# kind = "divergences"        # KL, χ² and others at the horizon, where doubling the box settles them
# infinite = []               #   those that it should not
"##;
