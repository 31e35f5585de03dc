#!/usr/bin/env python3
"""A confusion matrix of the verdicts: right and wrong things, and what `wfr run` says of each.

Right and wrong things are the trials in validation/trials (and in further FOLDERs, with the same heads), the planted faults of
reports/faults.md, unstable and coarse steps, and variants that are drawn here: flows and equations with closed moments, with
the right value as a reference, and with one that is off by ten standard errors or more. Writes reports/confusion.md; exits with 1 if
something wrong passed or something right failed.  usage: validation/confusion.py BINARY [FOLDER]... [--seed N] [--jobs N]"""
import collections, concurrent.futures, json, math, pathlib, platform, random, re, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
KINDS = ["tail", "rare", "groups", "step", "stiff", "bias", "box", "continuous", "boundary", "feature", "jump", "integra"]
# Says what was done, not that something is amiss.
NEWS = "[grid] without lower and upper"


def run(binary, text, args=()):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "scenario.toml"
        path.write_text(text)
        try:
            done = subprocess.run([binary, "run", path, "--out", f"{folder}/out", *args], capture_output=True, text=True, timeout=600)
        except subprocess.TimeoutExpired:
            return "timeout", {}, ""
        file = pathlib.Path(folder) / "out/result.json"
        return done.returncode, json.loads(file.read_text()) if file.exists() else {}, done.stderr


def outcome(exit, result):
    if exit == 0:
        told = [w for w in result.get("warnings", []) if not w.startswith(NEWS)]
        return "warned" if told else "passed"
    return {1: "failed", 2: "refused", 3: "broke down", 4: "inconclusive"}.get(exit, "no end")


def holds(musts, exit, r, err):
    """The words of the heads, as tests/scenarios/trials_hold.rs has them."""
    def pair(part, name):
        own = (r.get(part) or {}).get("observables", {}).get(name)
        return own and (own["value"], own.get("error", own.get("stderr")))
    within = lambda times: lambda own, truth: bool(own) and None not in own and abs(own[0] - truth) <= times * own[1]
    warned = lambda *words: any(word in told and told[:30] in err for told in r.get("warnings", []) for word in words)
    judged = any(not c["passed"] for c in r.get("checks", [])) or any(s["verdict"] != "pass" for s in r.get("studies", []))
    unpassed = exit in (1, 4) and judged or exit == 3 and bool(r.get("breakdown"))
    honest = lambda own, truth, *words: within(1)(own, truth) or unpassed or warned(*words) or exit == 2 and any(w in err for w in words)
    studies = lambda kind, **fields: [s for s in r.get("studies", []) if s["kind"] == kind and all(s.get(k) == v for k, v in fields.items())]
    words = dict(exit=exit, r=r, err=err, seconds=0, files=[], math=math, grid=lambda n: pair("grid", n), particles=lambda n: pair("particles", n),
                 covers=within(1), near=within(5), warned=warned, unpassed=unpassed, honest=honest, studies=studies)
    def true(must):
        try:
            return bool(eval(must, {}, words))
        except Exception:
            return False
    return all(true(must) for must in musts)


def trials(folder):
    for path in sorted(folder.glob("*.toml")):
        text = path.read_text()
        args = " ".join(re.findall(r"^# args: *(.*)", text, re.M)).split()
        right = path.stem.startswith("c-")
        yield f"{folder.name}/{path.stem}", "easy twins" if right else "trials", right, text, args, re.findall(r"^# must: *(.*)", text, re.M)


def gaussian(m, v, horizon, reaction, transport=1.0, steps=4000):
    """Mean and variance along the flow to N(0, 1): m' = -(α + βv)m, v' = (2α + βv)(1 - v), by Runge and Kutta."""
    slope = lambda m, v: (-(transport + reaction * v) * m, (2 * transport + reaction * v) * (1 - v))
    h = horizon / steps
    for _ in range(steps):
        a = slope(m, v); b = slope(m + h / 2 * a[0], v + h / 2 * a[1]); c = slope(m + h / 2 * b[0], v + h / 2 * b[1])
        d = slope(m + h * c[0], v + h * c[1])
        m += h / 6 * (a[0] + 2 * b[0] + 2 * c[0] + d[0]); v += h / 6 * (a[1] + 2 * b[1] + 2 * c[1] + d[1])
    return m, v


def reference(name, value):
    return f'[[study]]\nkind = "reference"\nobservable = "{name}"\nvalue = {value!r}\nsource = "closed form"\n'


def flow(m, v, horizon, reaction, rest, potential="x^2/2"):
    return (f'observables = ["x", "x^2"]\n[target]\npotential = "{potential}"\n[initial]\nmean = [{m!r}]\ncovariance = [[{v!r}]]\n'
            f'[flow]\nreaction = {reaction!r}\nhorizon = {horizon!r}\n{rest}')


GRID = "[grid]\nlower = [-10.0]\nupper = [12.0]\ncells = [320]\n"
COMPARE = '[[study]]\nkind = "compare"\n'


def drawn(random):
    """(name, group, right, text, args, musts) of variants: each right one has a wrong twin."""
    def both(name, text, quantity, value, off):
        yield name, "drawn, right value", True, text + reference(quantity, value), (), None
        yield name, "drawn, wrong value", False, text + reference(quantity, value + off), (), None
    for k in range(12):
        m, v, β, horizon = random.uniform(0.5, 2), random.uniform(0.3, 1.5), random.uniform(0.2, 1.2), random.uniform(0.3, 1.0)
        (mean, variance), seed = gaussian(m, v, horizon, β), random.randrange(10**6)
        particles = f'[particles]\ncount = 20000\nstep = 0.02\nscheme = "platen"\nseed = {seed}\n'
        mode = ["", 'mode = "birth-death"\n', 'resampling = "multinomial"\n', 'resampling = "none"\n'][k % 4]
        yield from both(f"flow {k}", flow(m, v, horizon, β, GRID + particles + mode + COMPARE), "x", mean, 0.1)
        ensemble = f'[particles]\ncount = 2000\nreplicates = 16\nstep = 0.02\nscheme = "platen"\nseed = {seed}\n'
        density = ['density = "gaussian"\n', 'density = "transition-mixture"\n'][k % 2]
        yield from both(f"ensemble {k}", flow(m, v, horizon, β, ensemble + density), "x", mean, 0.1)
    for k in range(10):
        a, σ, x, horizon = random.uniform(0.5, 2), random.uniform(0.5, 1.5), random.uniform(-2, 2), random.uniform(0.5, 2)
        mean, variance = x * math.exp(-a * horizon), σ * σ / (2 * a) * -math.expm1(-2 * a * horizon)
        particles = f'[particles]\ncount = 20000\nstep = 0.02\nscheme = "{["platen", "debrabant"][k % 2]}"\nseed = {random.randrange(10**6)}\n'
        text = (f'observables = ["x^2"]\n[initial]\npoint = [{x!r}]\n[sde]\ndrift = ["-{a!r}*x"]\ndiffusion = [["{σ!r}"]]\nhorizon = {horizon!r}\n'
                + particles)
        yield from both(f"Ornstein-Uhlenbeck {k}", text, "x^2", mean**2 + variance, 0.1 * variance + 0.1 * mean**2)
    for k in range(8):
        μ, σ, horizon = random.uniform(-0.5, 0.5), random.uniform(0.2, 0.6), random.uniform(0.3, 1.0)
        text = (f'observables = ["x"]\n[initial]\npoint = [1.0]\n[sde]\ndrift = ["{μ!r}*x"]\ndiffusion = [["{σ!r}*x"]]\nhorizon = {horizon!r}\n'
                f'[particles]\ncount = 20000\nstep = 0.01\nscheme = "milstein"\nseed = {random.randrange(10**6)}\n')
        yield from both(f"geometric {k}", text, "x", math.exp(μ * horizon), 0.1)
    for k in range(6):
        q, horizon = random.uniform(0.3, 2), random.uniform(0.4, 1.0)
        text = (f'observables = ["1"]\n[initial]\npoint = [0.0]\n[sde]\ndrift = ["0"]\ndiffusion = [["1"]]\nrate = "{q!r}*x^2"\nhorizon = {horizon!r}\n'
                f'{GRID}[particles]\ncount = 20000\nstep = 0.01\nscheme = "platen"\nseed = {random.randrange(10**6)}\n{COMPARE}')
        yield from both(f"killed {k}", text, "1", math.cosh(math.sqrt(2 * q) * horizon) ** -0.5, 0.03)
    yield from wells(random)
    # Steps: x^2/(2s) has the rate 1/s, so that Euler-Maruyama is stable below 2s, and off by a share h/(4s) at least.
    for k in range(12):
        s, factor = random.uniform(0.5, 2), [2.1, 2.5, 4.0, 1.0, 0.6, 1.5][k % 6]
        scheme = ["euler-maruyama", "euler-maruyama", "platen"][k % 3]
        factor = max(factor, 2.05) if scheme == "platen" else factor
        h = factor * s
        rest = f'[particles]\ncount = 5000\nstep = {h!r}\nscheme = "{scheme}"\nseed = {k + 1}\n[grid]\nlower = [-12.0]\nupper = [12.0]\ncells = [240]\n{COMPARE}'
        yield f"{scheme}, h = {factor:.2f} of the relaxation time", "coarse and unstable steps", False, flow(0.0, s, 24 * h, 0.0, rest, f"x^2/(2*{s!r})"), (), None
    # Orders, by Monte Carlo and by the noise-free expectation.
    for k in range(6):
        a, σ = random.uniform(0.6, 1.2), random.uniform(0.5, 1.2)
        scheme = ["euler-maruyama", "platen", "debrabant"][k % 3]
        text = (f'observables = ["x^2"]\n[initial]\npoint = [1.5]\n[sde]\ndrift = ["-{a!r}*x"]\ndiffusion = [["{σ!r}"]]\nhorizon = 1.0\n'
                f'[[study]]\nkind = "weak-order"\nobservable = "x^2"\nschemes = ["{scheme}"]\nmethods = ["proof", "law"]\n')
        yield f"order of {scheme} {k}", "orders", True, text, (), None


def wells(random):
    """Two normal wells of known shares by a formula: met by all particles, or one of them by none, with its values for those of the target."""
    for k in range(8):
        d, w, a = [1, 2, 3, 6][k % 4], random.uniform(0.25, 0.75), random.uniform(4.5, 6)
        square = lambda sign: f"(x1 {sign} {a!r})^2" + "".join(f" + x{i}^2" for i in range(2, d + 1))
        potential = f'-log({w!r}*exp(-({square("-")})/2) + {1 - w!r}*exp(-({square("+")})/2))'
        log_mass, T = d / 2 * math.log(2 * math.pi), random.uniform(2, 5)
        def text(mean, variance, flow, scheme, rest):
            covariance = [[variance if i == j == 0 else float(i == j) for j in range(d)] for i in range(d)]
            return (f'dimension = {d}\nobservables = ["x1"]\n[target]\npotential = "{potential}"\n[initial]\nmean = {[mean] + [0.0] * (d - 1)}\n'
                    f'covariance = {covariance}\n[flow]\n{flow}\n[particles]\ncount = 8000\nstep = 0.02\nscheme = "{scheme}"\nseed = {k + 1}\n{rest}')
        annealed = 'dynamics = "annealed"\nschedule = "t/2"\nhorizon = 2.0'
        langevin = f"reaction = 0.0\nhorizon = {T!r}"
        name = f"wells in {d} dimensions {k}"
        yield name, "wells, all met", True, text(0.0, a * a + 1, annealed, "mala", reference("log-evidence", log_mass)), (), None
        yield name, "wells, all met, wrong value", False, text(0.0, a * a + 1, annealed, "mala", reference("log-evidence", log_mass + 0.4)), (), None
        yield name, "wells, one missed", False, text(-a, 1.0, annealed, "mala", reference("log-evidence", log_mass + math.log(1 - w))), (), None
        yield name + " by Langevin", "wells, one missed", False, text(-a, 0.5, langevin, "platen", reference("x1", -a)), (), None
        yield name + " by Langevin", "wells, law at the horizon", True, text(-a, 0.5, langevin, "platen", reference("x1", -a) + 'law = "flow"\n'), (), None
        if k < 4:
            ensemble = f'density = "{["gaussian", "kernel", "transition-mixture", "gaussian"][k]}"\nreplicates = 8\n'
            yield name + " by ensembles", "wells, one missed", False, text(-a, 0.5, f"horizon = {T!r}", "platen", ensemble + reference("x1", -a)).replace("count = 8000", "count = 500"), (), None


def faults():
    """(number, what, seen) of the planted faults, from the report of validation/faults/run.py."""
    for line in (ROOT / "reports/faults.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0].isdigit():
            yield cells[0], cells[1], cells[4] != "0"


def verdict(right, got, musts, found):
    """Whether the run did what it has to: fully, with a doubt that is none, or not."""
    if musts is not None and not right:
        return "seen" if holds(musts, *found) else "passed"
    if not right:
        return "passed" if got == "passed" else "seen"
    if musts is not None and not holds(musts, *found):
        return "failed" if got in ("passed", "warned") else got
    return got


def main():
    args = sys.argv[1:]
    def option(name, usual):
        if name not in args:
            return usual
        at = args.index(name)
        value = int(args[at + 1])
        del args[at:at + 2]
        return value
    seed, jobs = option("--seed", 1), option("--jobs", 2)
    if not args:
        sys.exit(__doc__)
    binary, folders = str(pathlib.Path(args[0]).resolve()), [ROOT / "validation/trials", *map(pathlib.Path, args[1:])]
    things = [thing for folder in folders for thing in trials(folder)] + list(drawn(random.Random(seed)))
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = list(pool.map(lambda thing: run(binary, thing[3], thing[4]), things))
    table, misses = collections.defaultdict(collections.Counter), []
    for (name, group, right, _, _, musts), found in zip(things, runs):
        said = verdict(right, outcome(found[0], found[1]), musts, found)
        table[right, group][said] += 1
        if said != ("passed" if right else "seen"):
            told = [w for w in found[1].get("warnings", []) if not w.startswith(NEWS)]
            told += [s["why"] for s in found[1].get("studies", []) if s["verdict"] != "pass"]
            told += [c["name"] for c in found[1].get("checks", []) if not c["passed"]]
            misses.append(f"- {name} ({'right' if right else 'wrong'}): {said}. {'; '.join(told)[:300]}")
    for number, what, seen in faults():
        table[False, "planted faults"]["seen" if seen else "passed"] += 1
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    wrong = sum((c for (right, _), c in table.items() if not right), collections.Counter())
    rights = sum((c for (right, _), c in table.items() if right), collections.Counter())
    doubts, failures = rights["warned"] + rights["inconclusive"], rights.total() - rights["passed"] - rights["warned"] - rights["inconclusive"]
    lines = ["# Right and wrong things, and what `wfr` says of them", "",
             f"Made by `validation/confusion.py --seed {seed}` at commit {commit} on {platform.machine()}, {platform.system()}.", "",
             "| wrong things | seen | passed |", "|---|---|---|"]
    lines += [f"| {group} | {c['seen']} | {c['passed']} |" for (right, group), c in table.items() if not right]
    lines += [f"| **together** | **{wrong['seen']}** | **{wrong['passed']}** |", "", "| right things | passed | warned | inconclusive | failed, refused or broke down |", "|---|---|---|---|---|"]
    row = lambda c: f"{c['passed']} | {c['warned']} | {c['inconclusive']} | {c.total() - c['passed'] - c['warned'] - c['inconclusive']}"
    lines += [f"| {group} | {row(c)} |" for (right, group), c in table.items() if right] + [f"| **together** | {row(rights)} |", "",
             f"Of {rights.total()} right things {doubts} ({100 * doubts / rights.total():.1f} %) are inconclusive or warned of, {failures} fail; "
             f"of {wrong.total()} wrong ones {wrong['passed']} pass.", ""] + (["Not as it should be:", "", *misses, ""] if misses else [])
    (ROOT / "reports/confusion.md").write_text("\n".join(lines))
    print("\n".join(lines))
    return wrong["passed"] > 0 or failures > 0


if __name__ == "__main__":
    sys.exit(main())
