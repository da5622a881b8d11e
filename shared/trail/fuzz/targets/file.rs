#![no_main]

#[path = "../properties.rs"]
#[expect(dead_code, reason = "some of it is the other target's")]
mod properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::file(data));
