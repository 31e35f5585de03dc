use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Time between lines of one stage, where there is no terminal.
const SILENCE: Duration = Duration::from_secs(10);

/// Progress on standard error: a bar on a terminal, otherwise a line for each stage, and for what is done of a long one.
pub struct Display {
    title: String,
    bar: Option<ProgressBar>,
    stage: Mutex<Stage>,
    quiet: bool,
}

/// What was told last, where there is no terminal.
struct Stage {
    name: String,
    begun: Instant,
    told: Instant,
}

impl Display {
    /// A display among `bars`.
    pub fn new(title: &str, quiet: bool, bars: &MultiProgress) -> Self {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = bars.add(ProgressBar::new(1000));
            let style = ProgressStyle::with_template("{msg:40} [{bar:32}] {elapsed} passed, {eta} left");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
            bar
        });
        let now = Instant::now();
        let stage = Stage { name: String::new(), begun: now, told: now };
        Self { title: title.into(), bar, stage: Mutex::new(stage), quiet }
    }

    /// Hears that `share` of `stage` is done.
    pub fn report(&self, stage: &str, share: f64) {
        if self.quiet {
            return;
        }
        match &self.bar {
            Some(bar) => {
                bar.set_message(super::terminal::visible(&format!("{}: {stage}", self.title)));
                bar.set_position((share.clamp(0.0, 1.0) * 1000.0) as u64);
            }
            None => {
                let Ok(mut current) = self.stage.lock() else {
                    return;
                };
                let now = Instant::now();
                if current.name != stage {
                    *current = Stage { name: stage.into(), begun: now, told: now };
                    super::terminal::note(&format!("{}: {stage}", self.title));
                } else if now - current.told >= SILENCE && share > 0.0 {
                    current.told = now;
                    let left = (now - current.begun).mul_f64((1.0 / share.min(1.0) - 1.0).min(1e6));
                    super::terminal::note(&format!(
                        "{}: {stage}, {:.0} %, about {} s left",
                        self.title,
                        100.0 * share.min(1.0),
                        left.as_secs()
                    ));
                }
            }
        }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
