//! Kernel densities of N(0, I) at the points themselves, bandwidth 0.14: growth in N by dimension. Nothing here is
//! asserted.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64Dxsm;
use wfr::kernel::{Cloud, GaussianSum};

fn gaussian_sums(c: &mut Criterion) {
    let mut group = c.benchmark_group("gaussian sums");
    group.sample_size(10);
    // Beyond two dimensions the larger sizes take minutes.
    for (dimension, tolerance, most) in
        [(1, 1e-6, 1_000_000), (2, 1e-4, 1_000_000), (3, 1e-4, 100_000), (5, 1e-4, 10_000)]
    {
        for count in [1000, 10_000, 100_000, 1_000_000].into_iter().filter(|&count| count <= most) {
            let normals = StandardNormal.sample_iter(Pcg64Dxsm::seed_from_u64(1));
            let points: Vec<f64> = normals.take(dimension * count).collect();
            let log_weights = vec![-(count as f64).ln(); count];
            let cloud = Cloud { dimension, points: &points, log_weights: &log_weights };
            group.throughput(Throughput::Elements(count as u64));
            group.bench_function(BenchmarkId::new(format!("{dimension}-D, {tolerance:e}"), count), |b| {
                b.iter(|| {
                    GaussianSum::new(cloud, 0.0196).and_then(|sum| sum.log_density(&points, tolerance))
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, gaussian_sums);
criterion_main!(benches);
