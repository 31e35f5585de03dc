"""What run.py and mutants.py share: a copy of the tree, and the switch behind which a change sits."""
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PARTS = ["src", "examples", "benches", "tests", "validation", "docs", "Cargo.toml", "Cargo.lock", "README.md", "schema"]
SWITCH = """
/// Whether the change with this number is planted.
#[inline]
pub fn planted(number: u32) -> bool {
    static PLANTED: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    let read = || std::env::var("WFR_FAULT").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    *PLANTED.get_or_init(read) == number
}
"""


def copy(tree, more=""):
    """Copies what builds into `tree`, with the switch, and `more`, at the end of the library."""
    for part in PARTS:
        source, target = ROOT / part, tree / part
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target)
        elif source.exists():
            shutil.copy2(source, target)
    with open(tree / "src/lib.rs", "a") as file:
        file.write(SWITCH + more)
