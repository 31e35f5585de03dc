//! Loops compiled for the vectors of the machine at hand.
//!
//! The same Rust code is compiled for AVX-512, for AVX2 and for the baseline, and [`vectorized`] picks at run time. It
//! consists of IEEE operations that are rounded one by one, and of fused ones that are written as such, so all three give
//! the same bits.

use std::sync::atomic::{AtomicU8, Ordering};

/// Vector instructions that code is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Instructions {
    /// Those that every machine of the target has.
    Baseline,
    /// 256 bits, with fused operations.
    Avx2,
    /// 512 bits, with fused operations.
    Avx512,
}

/// 1 + the widest instructions that may be used; 0 before the first look.
static WIDEST: AtomicU8 = AtomicU8::new(0);

impl Instructions {
    /// Every choice, narrow to wide.
    pub const ALL: [Self; 3] = [Self::Baseline, Self::Avx2, Self::Avx512];

    /// What the machine has.
    pub fn detected() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            // Fused operations round as those of the baseline do, which are slow there.
            let fused = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            if fused
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl")
            {
                return Self::Avx512;
            }
            if fused {
                return Self::Avx2;
            }
        }
        Self::Baseline
    }

    /// Makes [`vectorized`] use these instructions, or narrower ones if the machine lacks them, in the whole process. Only
    /// the speed changes.
    pub fn restrict_to(self) {
        WIDEST.store(1 + self.min(Self::detected()) as u8, Ordering::Relaxed);
    }

    #[inline(always)]
    fn in_use() -> Self {
        match WIDEST.load(Ordering::Relaxed) {
            0 => {
                Self::Avx512.restrict_to();
                Self::in_use()
            }
            1 => Self::Baseline,
            2 => Self::Avx2,
            _ => Self::Avx512,
        }
    }
}

/// Runs `f` with the widest vectors of the machine. What `f` calls profits as far as it is inlined: mark it
/// `#[inline(always)]`.
#[inline(always)]
pub fn vectorized<R>(f: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    match Instructions::in_use() {
        // SAFETY: `in_use` never exceeds what was detected. Measured on the double well: AVX-512 takes a third of the
        // baseline's time, and crates that hide this call would switch faer's arithmetic as well.
        Instructions::Avx512 => return unsafe { x86::avx512(f) },
        // SAFETY: as above.
        Instructions::Avx2 => return unsafe { x86::avx2(f) },
        Instructions::Baseline => {}
    }
    f()
}

/// What `f` makes of all values: each of the first half with its partner in the second, and again until one is left. Their
/// number is a power of two.
#[inline(always)]
pub fn halved<T: Copy, const N: usize>(mut values: [T; N], f: impl Fn(T, T) -> T) -> T {
    const { assert!(N.is_power_of_two()) }
    let mut left = N;
    while left > 1 {
        left /= 2;
        for i in 0..left {
            values[i] = f(values[i], values[i + left]);
        }
    }
    values[0]
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
    #[inline]
    pub fn avx512<R>(f: impl FnOnce() -> R) -> R {
        f()
    }

    #[target_feature(enable = "avx2,fma")]
    #[inline]
    pub fn avx2<R>(f: impl FnOnce() -> R) -> R {
        f()
    }
}
