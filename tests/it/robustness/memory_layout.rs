//! How the program lies in memory, as its ELF file says and the kernel does it: what `docs/src/security.md` promises.
#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]

use std::collections::BTreeSet;
use std::fs;

use crate::support::env::skipped;
use crate::support::sandbox_process::SandboxProcess;

const EXECUTABLE: u32 = 1;
const WRITABLE: u32 = 2;
const TYPE_FIXED: u16 = 2;
const SEGMENT_LOAD: u32 = 1;
const SEGMENT_DYNAMIC: u32 = 2;
const SEGMENT_STACK: u32 = 0x6474_e551;
const SEGMENT_RELRO: u32 = 0x6474_e552;
const TAG_FLAGS: u64 = 30;
const FLAG_BIND_NOW: u64 = 8;

/// A segment of the program: its kind, its flags, and its bytes in the file.
struct Segment {
    kind: u32,
    flags: u32,
    bytes: Vec<u8>,
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().unwrap()
}

fn long(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(number(bytes, at))
}

fn short(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(number(bytes, at))
}

fn program() -> Vec<u8> {
    fs::read(env!("CARGO_BIN_EXE_genkan")).unwrap()
}

/// The table of segments, as the ELF specification for 64 bits has it.
fn segments(program: &[u8]) -> Vec<Segment> {
    let index = |number: u64| usize::try_from(number).unwrap();
    let start = index(long(program, 32));
    (0..usize::from(short(program, 56)))
        .map(|nth| {
            let entry = &program[start + nth * usize::from(short(program, 54))..];
            let (offset, size) = (index(long(entry, 8)), index(long(entry, 32)));
            Segment {
                kind: u32::from_le_bytes(number(entry, 0)),
                flags: u32::from_le_bytes(number(entry, 4)),
                bytes: program[offset..offset + size].to_vec(),
            }
        })
        .collect()
}

/// The starts of a process's mappings with a name, and its mappings that can be written and run.
fn mappings(process: u32) -> (BTreeSet<(String, String)>, Vec<String>) {
    let text = fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let (mut starts, mut writable_code) = (BTreeSet::new(), Vec::new());
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words[1].contains("wx") {
            writable_code.push(line.to_owned());
        }
        if let Some(name) = words.get(5) {
            let start = words[0].split('-').next().unwrap();
            starts.insert(((*name).to_owned(), start.to_owned()));
        }
    }
    (starts, writable_code)
}

#[test]
fn program_is_at_a_fixed_address() {
    let flags = ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"].map(|name| std::env::var(name).unwrap_or_default());
    if flags.concat().contains("relocation-model") {
        return skipped("RUSTFLAGS says where the program lies");
    }
    assert_eq!(short(&program(), 16), TYPE_FIXED);
}

#[test]
fn tables_of_functions_are_read_only_after_the_start() {
    let segments = segments(&program());
    assert!(segments.iter().any(|segment| segment.kind == SEGMENT_RELRO));
    let dynamic = segments.iter().find(|segment| segment.kind == SEGMENT_DYNAMIC);
    let entries = dynamic.unwrap().bytes.chunks_exact(16);
    let flags = entries
        .filter(|entry| long(entry, 0) == TAG_FLAGS)
        .map(|entry| long(entry, 8));
    assert_eq!(
        flags.fold(0, |all, flags| all | flags) & FLAG_BIND_NOW,
        FLAG_BIND_NOW
    );
}

#[test]
fn program_has_no_page_that_can_be_written_and_run() {
    for segment in segments(&program()) {
        if [SEGMENT_LOAD, SEGMENT_STACK].contains(&segment.kind) {
            let both = EXECUTABLE | WRITABLE;
            assert_ne!(segment.flags & both, both, "{:#x}", segment.kind);
        }
    }
    let sandbox = SandboxProcess::start(&[]);
    assert_eq!(mappings(sandbox.id()).1, [""; 0]);
}

/// Each library costs page faults and system calls at every start: `docs/src/performance.md`, "Start". `libgcc_s` is left out
/// only where the C compiler has it as a static library.
#[test]
fn no_library_of_mathematics_is_loaded() {
    let names = mappings(SandboxProcess::start(&[]).id()).0;
    let is_loaded = |start: &str| {
        let mut files = names.iter().filter_map(|(name, _)| name.rsplit('/').next());
        files.any(|file| file.starts_with(start) && file.contains(".so"))
    };
    assert!(is_loaded("libc"), "{names:?}");
    assert!(!is_loaded("libm"), "{names:?}");
}

#[test]
fn stack_heap_and_libraries_are_elsewhere_in_each_process() {
    let kernel = fs::read_to_string("/proc/sys/kernel/randomize_va_space").unwrap_or_default();
    if kernel.trim() != "2" {
        return skipped("this system randomises no addresses");
    }
    // Two heaps of 8,192 are at the same address; three aren't.
    let [one, other, third] = [(); 3].map(|()| mappings(SandboxProcess::start(&[]).id()).0);
    let program = fs::canonicalize(env!("CARGO_BIN_EXE_genkan")).unwrap();
    let same: Vec<_> = one
        .intersection(&other)
        .filter(|mapping| third.contains(mapping))
        .filter(|(name, _)| name != "[vsyscall]" && *name != program.to_string_lossy())
        .collect();
    assert!(same.is_empty(), "{same:?}");
    for part in ["[stack]", "[heap]", "libc.so"] {
        assert!(one.iter().any(|(name, _)| name.contains(part)), "{part}: {one:?}");
    }
}
