//! Keys as slow links and multiplexers deliver them: in pieces, with pauses.

use std::time::{Duration, Instant};

use crate::support::env::TestEnv;
use crate::support::screen::Screen;
use crate::support::wait::at_pace;

fn signed_in() -> (TestEnv, Screen) {
    let env = TestEnv::new();
    env.sign_in();
    let screen = Screen::genkan(&env, &[]);
    screen.wait("updated");
    (env, screen)
}

/// The line of the screen with the cursor.
fn selected(screen: &Screen) -> usize {
    screen
        .text()
        .lines()
        .position(|line| line.starts_with('▌'))
        .unwrap_or_default()
}

/// Types a sequence byte by byte with a pause between; false where this machine was too busy to do so in time.
fn type_slowly(screen: &mut Screen, sequence: &[&str], pause: u64) -> bool {
    let mut last = Instant::now();
    let mut in_time = true;
    for (at, piece) in sequence.iter().enumerate() {
        if at > 0 {
            std::thread::sleep(Duration::from_millis(pause));
        }
        screen.type_keys(piece);
        in_time &= at == 0 || last.elapsed() < Duration::from_millis(25);
        last = Instant::now();
    }
    in_time
}

#[test]
fn arrow_key_with_an_early_escape_byte_is_an_arrow() {
    let cases: [(&[&str], usize); 4] = [
        (&["\x1b", "[B"], 1),
        (&["\x1b", "[", "B"], 1),
        (&["\x1b", "OB"], 1),
        (&["\x1b", "[", "6", "~"], 19),
    ];
    for (sequence, rows) in cases {
        for pause in [1, 5, 20] {
            let mut times_esc = 0;
            at_pace(|| {
                let (_env, mut screen) = signed_in();
                let before = selected(&screen);
                if !type_slowly(&mut screen, sequence, pause) {
                    return false;
                }
                let wanted = (before + rows).min(21);
                // Written in time, it may still be read too late; not time after time.
                let mut took_esc = false;
                screen.wait_until(&format!("{sequence:?} after {pause} ms"), |screen| {
                    took_esc = screen.has_ended();
                    took_esc || selected(screen) == wanted
                });
                if took_esc {
                    times_esc += 1;
                    assert!(times_esc < 4, "{sequence:?} after {pause} ms is no Esc");
                    return false;
                }
                screen.type_keys("\x03");
                assert_eq!(screen.exit(), 0);
                screen.is_whole();
                true
            });
        }
    }
}

#[test]
fn lone_escape_byte_becomes_the_esc_key() {
    let (_env, mut screen) = signed_in();
    let pressed = Instant::now();
    screen.type_keys("\x1b");
    assert_eq!(screen.exit(), 0);
    assert!(pressed.elapsed() > Duration::from_millis(25));
    screen.is_whole();
}

/// Pasted text is text, wherever reads cut it.
#[test]
fn paste_split_across_reads_is_one_text() {
    let (_env, mut screen) = signed_in();
    for piece in ["\x1b[200~pay", "ments-dev", " \x1b[B", "adm\x1b[2", "01~"] {
        screen.type_keys(piece);
        std::thread::sleep(Duration::from_millis(60));
    }
    screen.wait("› payments-dev");
    screen.type_keys("\x03");
    assert_eq!(screen.exit(), 0);
}
