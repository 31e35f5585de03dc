#!/usr/bin/env python3
"""Plants the faults of faults.toml, one at a time, and asks `wfr validate` to see them.

All are compiled into one copy of the tree, each behind a switch that the environment variable WFR_FAULT turns on, so that
one build serves all of them; `full = true` is a fault that quick runs have too few particles to see. Writes
reports/faults.md; exits with 1 if a fault goes unseen, or if something fails without one.  usage: validation/faults/run.py [--quick] [NUMBER...]"""
import os, re, subprocess, sys, tempfile, tomllib
from pathlib import Path

import planting
from planting import ROOT

HERE = Path(__file__).resolve().parent
# Seconds after which a run counts as one that does not end, which is not a fault seen.
PATIENCE = 1200


def replaced(text, right, new, nth, place):
    parts = text.split(right)
    if nth is None and len(parts) != 2:
        sys.exit(f"{place}: found {len(parts) - 1} times, expected once:\n{right}")
    nth = nth or 1
    return right.join(parts[:nth]) + new + right.join(parts[nth:])


def plant(tree, number, fault):
    switch = f"crate::planted({number})"
    edits = [fault] + ([fault["also"]] if "also" in fault else [])
    for edit in edits[:1] + [e for e in edits[1:] if e["right"] in (tree / fault["file"]).read_text()]:
        path, right = tree / fault["file"], edit["right"]
        if "raw" in edit:
            new = edit["raw"].replace("SWITCH", switch)
        elif right.rstrip().endswith(";"):
            new = f"if {switch} {{ {edit['wrong']} }} else {{ {right} }}"
        elif right.startswith("return"):
            new = f"if {switch} {{ {edit['wrong']} }} else {{ {right} }}"
        else:
            new = f"(if {switch} {{ {edit['wrong']} }} else {{ {right} }})"
        path.write_text(replaced(path.read_text(), right, new, edit.get("nth"), f"fault {number}, {fault['file']}"))


def validate(tree, binary, number, scenarios, out, quick):
    command = [binary, "validate", *[str(ROOT / f"validation/{name}.toml") for name in scenarios], "--out", out]
    environment = {**os.environ, "WFR_FAULT": str(number)}
    command += ["--quick"] * quick
    try:
        run = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tree, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return "does not end", []
    caught = []
    for line in run.stderr.splitlines():
        if match := re.match(r"\s*(FAIL|broke down:)\s+(.*)", line):
            what = match[2] if match[1] == "FAIL" else "broke down: " + match[2]
            caught.append(re.sub(r"\s+", " ", what.split(": ")[0] if match[1] == "FAIL" else what)[:110])
    return run.returncode, caught


def main():
    quick = "--quick" in sys.argv
    faults = tomllib.loads((HERE / "faults.toml").read_text())["fault"]
    chosen = [int(text) for text in sys.argv[1:] if text.isdigit()] or list(range(1, len(faults) + 1))
    tree = Path(os.environ.get("WFR_FAULT_TREE") or tempfile.mkdtemp(prefix="wfr-faults-"))
    planting.copy(tree)
    for number, fault in enumerate(faults, 1):
        plant(tree, number, fault)
    build = ["cargo", "build", "--release", "--locked", "--bin", "wfr", "--manifest-path", str(tree / "Cargo.toml")]
    if subprocess.run(build).returncode != 0:
        sys.exit("the tree with the switches does not build")
    target = Path(os.environ.get("CARGO_TARGET_DIR") or tree / "target")
    binary, out = str(target / "release/wfr"), str(tree / "out")

    used = sorted({name for number in chosen for name in faults[number - 1]["scenarios"]})
    status, caught = validate(tree, binary, 0, used, out, quick)
    print(f"without a fault: exit status {status} {caught}", flush=True)
    failed = status not in (0, 4)
    rows = []
    for number in chosen:
        fault = faults[number - 1]
        short = quick and not fault.get("full", False)
        status, caught = validate(tree, binary, number, fault["scenarios"], out, short)
        seen = status in (1, 3)
        failed |= not seen
        by = "; ".join(dict.fromkeys(caught)) if seen else "**nothing**"
        rows.append((number, fault, status, by, len(caught)))
        print(f"{number:3} {'seen' if seen else 'MISSED'} ({status}) {fault['name']}: {by[:150]}", flush=True)
    report = ROOT / "reports/faults.md"
    text = "# Planted faults\n\nWhat `wfr validate` says to each fault of validation/faults/faults.toml (exit status, what fails).\n\n"
    text += "| | fault | file | scenarios | status | what fails |\n|---|---|---|---|---|---|\n"
    for number, fault, status, by, count in rows:
        first = "; ".join(by.split("; ")[:3]) + (f" and {count - 3} more" if count > 3 else "")
        text += f"| {number} | {fault['name']} | `{fault['file']}` | {', '.join(fault['scenarios'])} | {status} | {first.replace('|', '∣')} |\n"
    seen = sum(status in (1, 3) for _, _, status, _, _ in rows)
    whole = ", ".join(str(number) for number, fault, *_ in rows if fault.get("full", False))
    runs = f"quick runs (full ones for {whole or 'none'})" if quick else "full runs"
    report.write_text(text + f"\n{seen} of {len(rows)} are seen; {runs}, without a fault nothing fails.\n")
    sys.exit(1 if failed else 0)


main()
