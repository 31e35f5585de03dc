//! What `wfr init` writes.

use crate::keys::{Key, Type};
use crate::study::{KINDS, Kind};

/// Column of the comments.
const COLUMN: usize = 30;

/// A commented scenario that runs in seconds, and a block in comments for each kind of study that it does not run.
pub fn starter() -> String {
    let shown = |kind: &&&Kind| !STARTER.contains(&format!("\nkind = \"{}\"", kind.name));
    KINDS.iter().filter(shown).fold(STARTER.into(), |text, kind| text + &block(kind))
}

/// A study in comments. A key without a default that can be written down has an ellipsis for the value.
fn block(kind: &Kind) -> String {
    let commented = |start: String, comment: &str| format!("{start:<COLUMN$}# {comment}\n");
    let mut text = "# [[study]]\n".to_string();
    text += &commented(format!("# kind = \"{}\"", kind.name), kind.summary);
    for key in kind.keys {
        let written = key.default.and_then(|default| written(key, default));
        let start = format!("# {} = {}", key.name, written.as_deref().unwrap_or("…"));
        let default = match (key.default, written) {
            (_, Some(_)) => String::new(),
            (Some(default), None) => format!(" Default: {default}."),
            (None, None) => " Required.".into(),
        };
        text += &commented(start, &(key.meaning.to_string() + &default));
    }
    text
}

/// The default as TOML, if it is a value.
fn written(key: &Key, default: &str) -> Option<String> {
    let quoted = || format!("\"{default}\"");
    match key.holds {
        Type::Name(names) => names().contains(&default).then(quoted),
        _ => format!("x = {default}").parse::<toml::Table>().is_ok().then(|| default.into()),
    }
}

const STARTER: &str = r##"# The WFR flow from the left well of a double well toward both.
# A scenario for `wfr run`: every key is shown; those that are commented out have their default, or an example of a value.
# `wfr explain KEY` tells what a key means and its default, `wfr check FILE` what a scenario would run.
# Formulas know x (or x, y, z; or x1, x2, …), t in [sde], + - * / ^ ( ) < >, numbers, pi,
# exp log sqrt sin cos tan sinh cosh tanh atan asinh erf floor abs sign, max(a, b), min(a, b), atan2(y, x),
# sum(i, x[i]^2) and product(i, …) over the coordinates, and the names in [constants] and [definitions].

name = "double-well"          # letters, digits, - _ . ; also the name of its folder in out/
dimension = 1
observables = ["x", "x^2", "x > 0"]   # a comparison is 1 or 0, so its mean is a probability
# large = false               # true: a quick validation leaves it out

[constants]
b = 1.0                       # height of the barrier

# [definitions]               # named formulas, which may read x and t
# r2 = "sum(i, x[i]^2)"

[target]                      # the invariant law is proportional to exp(-potential)
potential = "b*(x^2 - 1)^2"
# mixture = [{ weight = 1.0, mean = [0.0], covariance = [[1.0]] }]    # instead of a formula
# log-evidence = 0.0          # log ∫exp(-V), where it is known
# data = "points.csv"         # a posterior: the potential is -log of the prior, and for each row of the data
# likelihood = "-(y - x)^2/2" #   this is the log-likelihood; columns of the data are names in it
# code = "name"               # a potential in the code of a program that uses wfr as a library
# factors = [{ power = 1.0, mixture = [] }]   # of reverse diffusions: a product of powers of mixtures
# power = 1.0                 #   of them with one mixture: its power
# reward = "x"                #   of them: the target is tilted by exp of this

[initial]                     # a Gaussian
mean = [-1.0]
covariance = [[0.04]]
# mixture = [{ weight = 1.0, mean = [0.0], covariance = [[1.0]] }]    # or a mixture of them
# point = [-1.0]              # or all mass in one point
# file = "samples.npz"        # or samples x (n, d), with a Gaussian around each, whose width is
# bandwidth = 0.2             #   this share of their spread

[flow]                        # gradient flow of KL in the Wasserstein-Fisher-Rao geometry
transport = 1.0               # 0: Fisher-Rao (reaction only)
reaction = 1.0                # 0: Wasserstein (Langevin)
# normalized = true           # false: Hellinger-Kantorovich, the mass moves
# energy = "kl"               # of the reaction: "kl" | "chi-squared", then beside a formula [target] log-evidence = log ∫exp(-V)
# dynamics = "overdamped"     # "underdamped": positions x and momenta p; then with
# friction = 1.0              #   and, beside a reaction and a density from the particles,
# rate = "0"                  #   a Feynman-Kac rate, or
# reads = "joint"             #   "joint" | "marginal": the density of (x, p) or of x alone
#                             # or "annealed": along the geometric means of start and target, with moves; then, without
#                             #   reaction and grid,
# schedule = "t/1"            #   a formula of t from 0 to 1, or "adaptive", which keeps in every step
# schedule-ess = 0.99         #   this share of the effective sample size
#                             # or "reverse-diffusion": from noise back to the target, a mixture; then
# schedule = "1 + t"          #   the noise of the forward process, a formula of t from the data on
# forward = "variance-preserving"     # | "variance-exploding" | "kinetic"
# churn = 1.0                 #   the noise of the paths back; 0 is the probability flow
# corrected = true            #   weights that make the target exact
# reward-schedule = "1 - t"   #   the share of the reward at noise level t
# toward = "marginal"         #   beside a reaction: "marginal" | "data"
# force = ["0"]               # beside reaction = 0: what drives the flow beside the gradient
horizon = 1.0

# [sde]                       # in the place of [target] and [flow]: dX = b dt + σ dW with weights exp(-∫c dt)
# drift = ["-x"]
# diffusion = [["sqrt(2)"]]
# rate = "x^2/2"
# interpretation = "ito"      # | "stratonovich"
# horizon = 1.0

[grid]                        # the deterministic solution, of up to three axes; underdamped: one of x and one of p
lower = [-3.5]
upper = [3.5]
cells = [400]
step = 0.02
# sides = ["reflecting"]      # one for each axis: "reflecting" | "periodic" | "absorbing"
# spacing = ["1"]             # one formula for each axis: the size of a cell is proportional to it
# method = "strang"           # "unsplit" | "strang" | "richardson" | "w-fr" | "fr-w"
# tolerance = 1e-8            # in the place of step: steps are chosen for this error
# times = [0.5]               # times at which series.npz has the density
# transport = "time-exact"    # "time-exact" | "tr-bdf2" | "crank-nicolson" | "backward-euler"

[particles]                   # the weighted SDE
count = 100000
step = 0.02
scheme = "platen"             # "euler-maruyama" | "platen" | …: `wfr list schemes`
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
# save = true                 # false: the particles are not written to particles.npz

[[study]]
kind = "compare"              # particles against grid: densities and observables

[[study]]
kind = "weak-order"           # orders of the schemes, by several independent methods
schemes = ["euler-maruyama", "platen"]
observable = "x^2"
steps = [0.0625, 0.03125, 0.015625, 0.0078125]
methods = ["proof", "law", "prediction"]   # and "monte-carlo", by random paths: a minute more
# weight = "trapezoidal"
# extrapolate = false         # also the extrapolation of Talay and Tubaro
# max-paths = 1e6             # by Monte Carlo, at most, on one level
# seed = 1

"##;
