//! The pictures of the README, drawn by the portal's own views into SVG files.
//!
//! `GENKAN_UPDATE_PICTURES=1 cargo test --test it pictures` makes them again; without the variable
//! the test says which are no longer what the portal looks like.

use std::fmt::Write as _;
use std::path::Path;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

use crate::support::driver::{Driver, Scene};

/// Width and height of a cell, in pixels.
const CELL: (f64, f64) = (8.4, 18.0);
const MARGIN: f64 = 14.0;

/// What a terminal makes of the names of colours.
struct Palette {
    ground: &'static str,
    text: &'static str,
    dim: &'static str,
    red: &'static str,
    green: &'static str,
    blue: &'static str,
    magenta: &'static str,
    cyan: &'static str,
}

const DARK: Palette = Palette {
    ground: "#1b1f24",
    text: "#e6e2da",
    dim: "#8f96a0",
    red: "#ff8b82",
    green: "#8fd6a6",
    blue: "#8ab4f8",
    magenta: "#e3a6e6",
    cyan: "#7fd0c8",
};

const LIGHT: Palette = Palette {
    ground: "#fbf9f4",
    text: "#22262b",
    dim: "#777d86",
    red: "#a3221f",
    green: "#1f6b3a",
    blue: "#1f4fa3",
    magenta: "#8a2f8f",
    cyan: "#1f5f5b",
};

impl Palette {
    fn name(&self, color: Color) -> &'static str {
        match color {
            Color::Red => self.red,
            Color::Green => self.green,
            Color::Blue => self.blue,
            Color::Magenta => self.magenta,
            Color::Cyan => self.cyan,
            Color::White => "#ffffff",
            Color::Black => "#000000",
            _ => self.text,
        }
    }
}

fn svg(buffer: &Buffer, palette: &Palette) -> String {
    let area = buffer.area;
    let (w, h) = CELL;
    let width = f64::from(area.width) * w + 2.0 * MARGIN;
    let height = f64::from(area.height) * h + 2.0 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" \
         font-family=\"ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,'Noto Sans Mono CJK JP',monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>\n",
        palette.ground
    );
    for y in 0..area.height {
        let mut x = 0;
        while x < area.width {
            let cell = &buffer[(x, y)];
            let columns = u16::try_from(genkan::domain::text::width(cell.symbol()))
                .unwrap()
                .max(1);
            let (mut ink, mut ground) = (palette.name(cell.fg), None);
            if cell.bg != Color::Reset {
                ground = Some(palette.name(cell.bg));
            }
            if cell.modifier.contains(Modifier::REVERSED) {
                (ink, ground) = (palette.ground, Some(ink));
            } else if cell.modifier.contains(Modifier::DIM) {
                ink = palette.dim;
            }
            let (left, top) = (MARGIN + f64::from(x) * w, MARGIN + f64::from(y) * h);
            // A run of cells that look alike is one piece of text.
            let mut text = cell.symbol().to_owned();
            let mut end = x + columns;
            if columns == 1 && shape(&text).is_none() {
                while end < area.width {
                    let next = &buffer[(end, y)];
                    let alike = next.style() == cell.style() && shape(next.symbol()).is_none();
                    if !alike || genkan::domain::text::width(next.symbol()) != 1 {
                        break;
                    }
                    text.push_str(next.symbol());
                    end += 1;
                }
            }
            let wide = f64::from(end - x) * w;
            if let Some(ground) = ground {
                // A hair of overlap, so that no seam shows.
                let _ = writeln!(
                    out,
                    "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{ground}\" shape-rendering=\"crispEdges\"/>",
                    wide + 0.2,
                    h + 0.2
                );
            }
            if let Some(parts) = shape(&text) {
                for (px, py, pw, ph) in parts {
                    let _ = writeln!(
                        out,
                        "<rect x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{:.2}\" fill=\"{ink}\" shape-rendering=\"crispEdges\"/>",
                        left + px * w,
                        top + py * h,
                        pw * w + 0.2,
                        ph * h + 0.2
                    );
                }
            } else if !text.trim().is_empty() {
                let mut style = String::new();
                if cell.modifier.contains(Modifier::BOLD) {
                    style += " font-weight=\"bold\"";
                }
                if cell.modifier.contains(Modifier::UNDERLINED) {
                    style += " text-decoration=\"underline\"";
                }
                let shown = text.trim_end();
                let length = f64::from(u16::try_from(genkan::domain::text::width(shown)).unwrap()) * w;
                let _ = writeln!(
                    out,
                    "<text x=\"{left:.1}\" y=\"{:.1}\" xml:space=\"preserve\" textLength=\"{length:.1}\" \
                     lengthAdjust=\"spacingAndGlyphs\" fill=\"{ink}\"{style}>{}</text>",
                    top + h * 0.76,
                    shown.replace('&', "&amp;").replace('<', "&lt;")
                );
            }
            x = end;
        }
    }
    out + "</svg>\n"
}

/// Blocks and lines as rectangles, in parts of a cell: text would leave gaps between rows.
fn shape(symbol: &str) -> Option<Vec<(f64, f64, f64, f64)>> {
    const THIN: f64 = 0.06;
    let across = |from: f64, to: f64| (from, 0.5 - THIN / 4.0, to - from, THIN / 2.0);
    let down = |from: f64, to: f64| (0.5 - THIN / 2.0, from, THIN, to - from);
    Some(match symbol {
        "█" => vec![(0.0, 0.0, 1.0, 1.0)],
        "▀" => vec![(0.0, 0.0, 1.0, 0.5)],
        "▄" => vec![(0.0, 0.5, 1.0, 0.5)],
        "▌" => vec![(0.0, 0.0, 0.5, 1.0)],
        "▐" => vec![(0.5, 0.0, 0.5, 1.0)],
        "▏" => vec![(0.0, 0.0, 0.15, 1.0)],
        "─" => vec![across(0.0, 1.0)],
        "│" => vec![down(0.0, 1.0)],
        "┬" => vec![across(0.0, 1.0), down(0.5, 1.0)],
        "┴" => vec![across(0.0, 1.0), down(0.0, 0.5)],
        "╭" => vec![across(0.5, 1.0), down(0.5, 1.0)],
        "╮" => vec![across(0.0, 0.5), down(0.5, 1.0)],
        "╰" => vec![across(0.5, 1.0), down(0.0, 0.5)],
        "╯" => vec![across(0.0, 0.5), down(0.0, 0.5)],
        _ => return None,
    })
}

#[test]
fn pictures_match_the_portal() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src/images");
    let mut stale = Vec::new();
    let pictures = [
        ("sign-in", Driver::scene(Scene::SignIn), (92, 24), &DARK),
        ("list", Driver::scene(Scene::List), (112, 26), &DARK),
        ("search", Driver::scene(Scene::Search), (112, 18), &DARK),
        ("export", Driver::scene(Scene::Export), (80, 24), &DARK),
        ("light", Driver::scene(Scene::Light), (80, 24), &LIGHT),
    ];
    for (name, mut driver, size, palette) in pictures {
        let picture = svg(&driver.buffer(size), palette);
        let path = folder.join(format!("{name}.svg"));
        if std::fs::read_to_string(&path).is_ok_and(|old| old == picture) {
            continue;
        }
        if crate::support::env::updates_pictures() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(path, picture).unwrap();
        } else {
            stale.push(name);
        }
    }
    assert!(
        stale.is_empty(),
        "{stale:?} are stale; GENKAN_UPDATE_PICTURES=1 cargo test --test it pictures"
    );
}
