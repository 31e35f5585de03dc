//! The data of a picture as comma-separated values.

use crate::study::figure::{
    BandHistogram, DensityPlot, Figure, HistogramPlot, OrderPlot, PlanePlot, Plot, PowerPlot, SweepPlot,
    TimePlot,
};

/// Files (name, content) that hold what `figure` shows: one, or two for a density with a histogram.
pub fn csv(figure: &Figure) -> Vec<(String, String)> {
    let id = &figure.id;
    let mut files = Vec::new();
    let mut add = |stem: String, rows: Vec<Vec<String>>| files.push((format!("{stem}.csv"), table(&rows)));
    match &figure.plot {
        Plot::Density(plot) => {
            add(id.clone(), curves(plot));
            if let Some(histogram) = &plot.histogram {
                add(format!("{id}-histogram"), band(histogram));
            }
        }
        Plot::Plane(plot) => add(id.clone(), plane(plot)),
        Plot::Orders(plot) => add(id.clone(), orders(plot)),
        Plot::Time(plot) => add(id.clone(), times(plot)),
        Plot::Histogram(plot) => add(id.clone(), bars(plot)),
        Plot::Powers(plot) => add(id.clone(), powers(plot)),
        Plot::Sweep(plot) => add(id.clone(), sweep(plot)),
    }
    files
}

fn curves(plot: &DensityPlot) -> Vec<Vec<String>> {
    let head =
        [String::from("x")].into_iter().chain(plot.curves.iter().map(|(name, _)| name.clone())).collect();
    let rows = plot.x.iter().enumerate().map(|(k, x)| {
        [exact(*x)].into_iter().chain(plot.curves.iter().map(|(_, values)| entry(values, k))).collect()
    });
    [head].into_iter().chain(rows).collect()
}

fn band(histogram: &BandHistogram) -> Vec<Vec<String>> {
    let rows = histogram.edges.windows(2).enumerate().map(|(k, ends)| {
        vec![exact(ends[0]), exact(ends[1]), entry(&histogram.density, k), entry(&histogram.stderr, k)]
    });
    headed(&["lower", "upper", "density", "stderr"], rows)
}

fn plane(plot: &PlanePlot) -> Vec<Vec<String>> {
    let [columns, rows] = plot.bins;
    let center = |axis: usize, k: usize, n: usize| {
        plot.lower[axis] + (plot.upper[axis] - plot.lower[axis]) * (k as f64 + 0.5) / n as f64
    };
    let head =
        ["x", "y"].map(String::from).into_iter().chain(plot.panels.iter().map(|(name, _)| name.clone()));
    let cells = (0..rows).flat_map(|j| (0..columns).map(move |i| (i, j))).map(|(i, j)| {
        let place = [exact(center(0, i, columns)), exact(center(1, j, rows))];
        place
            .into_iter()
            .chain(plot.panels.iter().map(|(_, values)| entry(values, j * columns + i)))
            .collect()
    });
    [head.collect()].into_iter().chain(cells).collect()
}

fn orders(plot: &OrderPlot) -> Vec<Vec<String>> {
    let rows = plot.lines.iter().flat_map(|line| {
        line.points.iter().enumerate().map(|(k, point)| {
            let fitted = line.fitted.contains(&k).to_string();
            vec![line.label.clone(), exact(point.step), exact(point.error), exact(point.stderr), fitted]
        })
    });
    headed(&["line", "step", "error", "stderr", "fitted"], rows)
}

fn times(plot: &TimePlot) -> Vec<Vec<String>> {
    let rows = plot.lines.iter().flat_map(|(name, times, values)| {
        times.iter().enumerate().map(|(k, time)| vec![name.clone(), exact(*time), entry(values, k)])
    });
    headed(&["line", "time", &plot.quantity], rows)
}

fn powers(plot: &PowerPlot) -> Vec<Vec<String>> {
    let rows = plot.lines.iter().flat_map(|line| {
        line.x.iter().enumerate().map(|(k, x)| vec![line.label.clone(), exact(*x), entry(&line.y, k)])
    });
    headed(&["line", &plot.x_name, &plot.y_name], rows)
}

fn sweep(plot: &SweepPlot) -> Vec<Vec<String>> {
    let rows = plot.lines.iter().flat_map(|line| {
        line.x
            .iter()
            .enumerate()
            .map(|(k, x)| vec![line.label.clone(), exact(*x), entry(&line.y, k), entry(&line.stderr, k)])
    });
    headed(&["line", &plot.x_name, &plot.y_name, "stderr"], rows)
}

fn bars(plot: &HistogramPlot) -> Vec<Vec<String>> {
    let rows = plot
        .edges
        .windows(2)
        .enumerate()
        .map(|(k, ends)| vec![exact(ends[0]), exact(ends[1]), entry(&plot.shares, k)]);
    headed(&["lower", "upper", "share"], rows)
}

/// A particle's path.
pub fn path_csv(path: &crate::particles::Path) -> String {
    let d = path.positions.first().map_or(0, Vec::len);
    let components = (1..=d).map(|i| if d == 1 { "x".into() } else { format!("x{i}") });
    let head = ["t".into()].into_iter().chain(components).chain(["log-weight".into()]).collect();
    let rows = path.times.iter().zip(&path.positions).zip(&path.log_weights).map(|((t, x), log_weight)| {
        [t].into_iter().chain(x).chain([log_weight]).copied().map(exact).collect()
    });
    table(&[head].into_iter().chain(rows).collect::<Vec<_>>())
}

fn headed(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Vec<Vec<String>> {
    [head.iter().map(|name| name.to_string()).collect()].into_iter().chain(rows).collect()
}

/// As many digits as tell the number from all others.
pub fn exact(value: f64) -> String {
    format!("{value:?}")
}

fn entry(values: &[f64], k: usize) -> String {
    values.get(k).copied().map(exact).unwrap_or_default()
}

/// RFC 4180: fields with commas, quotes or line breaks are quoted.
pub fn table(rows: &[Vec<String>]) -> String {
    let field = |field: &String| {
        if field.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.clone()
        }
    };
    rows.iter().map(|row| row.iter().map(field).collect::<Vec<_>>().join(",") + "\n").collect()
}
