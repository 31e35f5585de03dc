//! The .npz files: read back byte by byte as numpy does, and eigenfunctions that are what they say.

use crate::common::{close, scenario};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use wfr::report::write_arrays;
use wfr::study::run;

/// Shape and numbers of each array, the first axis running fastest.
fn read(path: &Path) -> BTreeMap<String, (Vec<usize>, Vec<f64>)> {
    let mut archive = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    (0..archive.len())
        .map(|k| {
            let mut file = archive.by_index(k).unwrap();
            let name = file.name().unwrap().strip_suffix(".npy").unwrap().to_string();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
            let data = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
            assert_eq!(data % 64, 0, "numpy aligns the data");
            let header = std::str::from_utf8(&bytes[10..data]).unwrap();
            assert!(header.starts_with("{'descr': '<f8', 'fortran_order': True, 'shape': ("), "{header}");
            assert!(header.ends_with('\n'));
            let shape = header.split(['(', ')']).nth(1).unwrap();
            let shape: Vec<usize> =
                shape.split(',').filter_map(|length| length.trim().parse().ok()).collect();
            let numbers: Vec<f64> = bytes[data..]
                .chunks_exact(8)
                .map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap()))
                .collect();
            assert_eq!(numbers.len(), shape.iter().product::<usize>(), "{name}");
            (name, (shape, numbers))
        })
        .collect()
}

/// Runs the scenario and writes its arrays into a folder of its own.
fn written(name: &str, text: &str) -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    let scenario = scenario(text);
    let run = run(&scenario.name, &scenario.plan, &scenario.warnings, &|_, _| ());
    write_arrays(&folder, &run.arrays).unwrap();
    folder
}

#[test]
fn a_density_in_the_plane_is_read_back() {
    let text = "dimension = 2\nobservables = [\"x\", \"y\"]\n\
        [target]\nmixture = [{ mean = [0.0, 1.0], covariance = [[1.0, 0.0], [0.0, 0.5]] }]\n\
        [initial]\nmean = [0.5, 0.0]\ncovariance = [[0.5, 0.0], [0.0, 0.5]]\n[flow]\nhorizon = 0.3\n\
        [grid]\nlower = [-6.0, -5.0]\nupper = [6.0, 6.0]\ncells = [32, 40]\nstep = 0.1\n";
    let folder = written("density-arrays", text);
    let arrays = read(&folder.join("density.npz"));
    assert_eq!(arrays["time"], (vec![], vec![0.3]));
    let (x, y, log) = (&arrays["x1"].1, &arrays["x2"].1, &arrays["log_density"]);
    assert_eq!((x.len(), y.len(), &log.0), (32, 40, &vec![32, 40]));
    // ∂ log π/∂x = −x: the first axis is x.
    let target = &arrays["log_target"].1;
    close(target[1] - target[0], -(x[1] * x[1] - x[0] * x[0]) / 2.0, 1e-12, "along x");
    close(target[32] - target[0], -(y[1] - 1.0).powi(2) + (y[0] - 1.0).powi(2), 1e-12, "along y");
    let volume = (x[1] - x[0]) * (y[1] - y[0]);
    for logs in [target, &log.1] {
        close(logs.iter().map(|log| log.exp()).sum::<f64>() * volume, 1.0, 1e-12, "mass");
    }
    let first = std::fs::read(folder.join("density.npz")).unwrap();
    let again = std::fs::read(written("density-arrays-again", text).join("density.npz")).unwrap();
    assert_eq!(first, again, "the same bytes each time");
}

#[test]
fn eigenfunctions_of_the_oscillator_are_those_of_hermite() {
    let folder = written(
        "spectrum-arrays",
        "[target]\npotential = \"x^2/2\"\n[initial]\nmean = [0.0]\ncovariance = [[1.0]]\n[flow]\nhorizon = 0.1\n\
         [grid]\nlower = [-9.0]\nupper = [9.0]\ncells = [1200]\n[[study]]\nkind = \"spectrum\"\ncount = 3\n",
    );
    let arrays = read(&folder.join("spectrum.npz"));
    let (x, functions) = (&arrays["x1"].1, &arrays["eigenfunctions"]);
    assert_eq!(functions.0, [1200, 3]);
    for (k, value) in arrays["eigenvalues"].1.iter().enumerate() {
        // Δx²/24 of −λ², some of it.
        close(*value, k as f64, 1e-3, "an eigenvalue");
    }
    // ψ = √π Heₖ/√k!, up to sign.
    for (k, exact) in [|_: f64| 1.0, |x: f64| x, |x: f64| (x * x - 1.0) / 2f64.sqrt()].iter().enumerate() {
        let own = &functions.1[1200 * k..1200 * (k + 1)];
        let exact: Vec<f64> = x
            .iter()
            .map(|x| (2.0 * std::f64::consts::PI).powf(-0.25) * (-x * x / 4.0).exp() * exact(*x))
            .collect();
        let sign = own.iter().zip(&exact).map(|(a, b)| a * b).sum::<f64>().signum();
        let miss = own.iter().zip(&exact).map(|(a, b)| (sign * a - b).abs()).fold(0.0, f64::max);
        assert!(miss < 1e-4, "order 2 in Δx = 0.015: mode {k} misses by {miss:e}");
    }
}
