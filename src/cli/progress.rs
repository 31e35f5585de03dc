use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;

/// Progress on standard error: a bar on a terminal, one line for each stage otherwise.
pub struct Display {
    title: String,
    bar: Option<ProgressBar>,
    stage: Mutex<String>,
    quiet: bool,
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
        Self { title: title.into(), bar, stage: Mutex::default(), quiet }
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
                if *current != stage {
                    *current = stage.into();
                    super::terminal::note(&format!("{}: {stage}", self.title));
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
