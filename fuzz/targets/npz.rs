#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wfr_fuzz::npz(bytes));
