//! Screens as SVG pictures: one of them, or several after each other as an animation that needs no script. Knows cells
//! and colours, not what they mean.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use genkan::domain::text::text_width;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// Width and height of a cell, in pixels.
const CELL: (f64, f64) = (8.4, 18.0);
const MARGIN: f64 = 14.0;
/// The bar on top of the window.
const BAR: f64 = 30.0;

/// What a terminal makes of the names of colours.
pub struct Palette {
    ground: &'static str,
    bar: &'static str,
    edge: &'static str,
    text: &'static str,
    dim: &'static str,
    red: &'static str,
    green: &'static str,
    blue: &'static str,
    magenta: &'static str,
    cyan: &'static str,
}

pub const DARK: Palette = Palette {
    ground: "#1b1f24",
    bar: "#252a31",
    edge: "#363d46",
    text: "#e6e2da",
    dim: "#8f96a0",
    red: "#ff8b82",
    green: "#8fd6a6",
    blue: "#8ab4f8",
    magenta: "#e3a6e6",
    cyan: "#7fd0c8",
};

pub const LIGHT: Palette = Palette {
    ground: "#fbf9f4",
    bar: "#efece4",
    edge: "#d8d3c7",
    text: "#22262b",
    dim: "#777d86",
    red: "#b3261e",
    green: "#1f6b3a",
    blue: "#1f4fa3",
    magenta: "#8a2f8f",
    cyan: "#1f5f5b",
};

/// A screen, how long it is seen, and where the cursor is.
pub struct Frame {
    pub buffer: Buffer,
    pub cursor: Option<(u16, u16)>,
    pub seconds: f64,
}

impl Palette {
    fn name(&self, color: Color) -> &'static str {
        match color {
            Color::Red | Color::LightRed => self.red,
            Color::Green => self.green,
            Color::Blue | Color::LightBlue => self.blue,
            Color::Magenta | Color::LightMagenta => self.magenta,
            Color::Cyan => self.cyan,
            Color::White | Color::Rgb(255, 255, 255) => "#ffffff",
            Color::Black | Color::Rgb(0, 0, 0) => "#000000",
            _ => self.text,
        }
    }

    /// The colours of a cell: of what is written, and behind it.
    fn of(&self, cell: &Cell) -> (&'static str, Option<&'static str>) {
        let ink = self.name(cell.fg);
        let ground = (cell.bg != Color::Reset).then(|| self.name(cell.bg));
        if cell.modifier.contains(Modifier::REVERSED) {
            (self.ground, Some(ink))
        } else if cell.modifier.contains(Modifier::DIM) {
            (self.dim, ground)
        } else {
            (ink, ground)
        }
    }
}

/// One screen.
pub fn still(buffer: &Buffer, palette: &Palette) -> String {
    let rows: String = (0..buffer.area.height)
        .map(|y| row(buffer, y, None, palette))
        .collect();
    window(buffer, palette, "", &rows)
}

/// Screens of one size after each other, again and again. A viewer who wants no motion sees the one of that number.
pub fn film(frames: &[Frame], palette: &Palette, at_rest: usize) -> String {
    let seconds: f64 = frames.iter().map(|frame| frame.seconds).sum();
    let mut starts = vec![0.0];
    for frame in frames {
        starts.push(starts[starts.len() - 1] + frame.seconds);
    }
    // A line that is the same in several screens is written once, with the times at which it is seen.
    let mut lines: BTreeMap<(u16, String), Vec<usize>> = BTreeMap::new();
    for (number, frame) in frames.iter().enumerate() {
        for y in 0..frame.buffer.area.height {
            let drawn = row(&frame.buffer, y, frame.cursor, palette);
            lines.entry((y, drawn)).or_default().push(number);
        }
    }
    let mut times: Vec<&[usize]> = Vec::new();
    let mut rows = String::new();
    for ((_, drawn), seen) in lines.iter().filter(|((_, drawn), _)| !drawn.is_empty()) {
        if seen.len() == frames.len() {
            rows += drawn;
            continue;
        }
        let known = times.iter().position(|time| time == seen);
        let time = known.unwrap_or_else(|| {
            times.push(seen);
            times.len() - 1
        });
        let rest = if seen.contains(&at_rest) { " z" } else { "" };
        let _ = write!(rows, "<g class=\"f k{time}{rest}\">\n{drawn}</g>\n");
    }
    let mut style = format!(
        ".f{{visibility:hidden;animation:{seconds:.2}s step-end infinite}}\n\
         @media (prefers-reduced-motion:reduce){{.f{{animation:none!important}}.z{{visibility:visible}}}}\n"
    );
    for (number, seen) in times.iter().enumerate() {
        let _ = write!(
            style,
            ".k{number}{{animation-name:k{number}}}@keyframes k{number}{{"
        );
        let seen: BTreeSet<usize> = seen.iter().copied().collect();
        let mut was = None;
        for (frame, start) in starts.iter().take(frames.len()).enumerate() {
            let is_seen = seen.contains(&frame);
            if was != Some(is_seen) {
                let word = if is_seen { "visible" } else { "hidden" };
                let _ = write!(style, "{:.2}%{{visibility:{word}}}", 100.0 * start / seconds);
                was = Some(is_seen);
            }
        }
        style += "}\n";
    }
    window(&frames[0].buffer, palette, &style, &rows)
}

/// The window around the rows.
fn window(buffer: &Buffer, palette: &Palette, style: &str, rows: &str) -> String {
    let (w, h) = CELL;
    let wide = f64::from(buffer.area.width) * w + 2.0 * MARGIN;
    let high = f64::from(buffer.area.height) * h + 2.0 * MARGIN + BAR;
    let Palette {
        ground, bar, edge, ..
    } = palette;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide:.1} {high:.1}\" width=\"{wide:.0}\" \
         height=\"{high:.0}\" font-family=\"ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,'Noto Sans Mono CJK \
         JP',monospace\" font-size=\"14\">\n"
    );
    if !style.is_empty() {
        let _ = write!(out, "<style>\n{style}</style>\n");
    }
    let _ = write!(
        out,
        "<rect x=\"0.5\" y=\"0.5\" width=\"{:.1}\" height=\"{:.1}\" rx=\"9.5\" fill=\"{ground}\" stroke=\"{edge}\"/>\n\
         <path d=\"M1 {BAR}V10a9 9 0 0 1 9-9H{:.1}a9 9 0 0 1 9 9V{BAR}z\" fill=\"{bar}\"/>\n",
        wide - 1.0,
        high - 1.0,
        wide - 10.0,
    );
    for (number, color) in [palette.red, palette.magenta, palette.green]
        .into_iter()
        .enumerate()
    {
        let x = 20 + 18 * number;
        let _ = writeln!(
            out,
            "<circle cx=\"{x}\" cy=\"15.5\" r=\"5\" fill=\"{color}\" opacity=\"0.75\"/>"
        );
    }
    out + rows + "</svg>\n"
}

/// Whether a symbol may be in one text with its neighbours: other signs may come from another font, whose letters are
/// wider.
fn joins(symbol: &str) -> bool {
    symbol.chars().all(|c| c.is_alphanumeric() || c.is_ascii())
}

/// What is written on one row.
fn row(buffer: &Buffer, y: u16, cursor: Option<(u16, u16)>, palette: &Palette) -> String {
    let mut out = String::new();
    let mut paths: BTreeMap<&str, String> = BTreeMap::new();
    let mut texts = String::new();
    let (w, h) = CELL;
    let top = BAR + MARGIN + f64::from(y) * h;
    let left = |x: u16| MARGIN + f64::from(x) * w;
    let mut x = 0;
    while x < buffer.area.width {
        let cell = &buffer[(x, y)];
        let columns = u16::try_from(text_width(cell.symbol())).unwrap().max(1);
        let (ink, ground) = palette.of(cell);
        if let Some(ground) = ground {
            // As far as the cells behind it look the same.
            let end = alike(buffer, x, y, |next| palette.of(next).1 == Some(ground));
            if x == 0 || palette.of(&buffer[(x - 1, y)]).1 != Some(ground) {
                add(&mut paths, ground, (left(x), top, f64::from(end - x) * w, h));
            }
        }
        if let Some(parts) = shape(cell.symbol()) {
            let same = |next: &Cell| next.symbol() == cell.symbol() && palette.of(next).0 == ink;
            let end = alike(buffer, x, y, same);
            let cells = f64::from(end - x);
            for (px, py, pw, ph) in parts {
                if px == 0.0 && pw >= 1.0 {
                    add(&mut paths, ink, (left(x), top + py * h, cells * w, ph * h));
                } else {
                    for at in x..end {
                        add(&mut paths, ink, (left(at) + px * w, top + py * h, pw * w, ph * h));
                    }
                }
            }
            x = end;
            continue;
        }
        let mut text = cell.symbol().to_owned();
        let mut end = x + columns;
        while joins(&text) && end < buffer.area.width {
            let next = &buffer[(end, y)];
            let alike =
                next.style() == cell.style() && shape(next.symbol()).is_none() && joins(next.symbol());
            if !alike
                || text_width(next.symbol()) != usize::from(columns)
                || (text.ends_with(' ') && next.symbol() == " ")
            {
                break;
            }
            text.push_str(next.symbol());
            end += columns;
        }
        let shown = text.trim();
        if !shown.is_empty() {
            let before = text_width(&text) - text_width(text.trim_start());
            let mut style = String::new();
            if cell.modifier.contains(Modifier::BOLD) {
                style += " font-weight=\"bold\"";
            }
            if cell.modifier.contains(Modifier::UNDERLINED) {
                style += " text-decoration=\"underline\"";
            }
            let _ = writeln!(
                texts,
                "<text x=\"{:.1}\" y=\"{:.1}\" xml:space=\"preserve\" textLength=\"{:.1}\" \
                 lengthAdjust=\"spacingAndGlyphs\" fill=\"{ink}\"{style}>{}</text>",
                left(x + u16::try_from(before).unwrap()),
                top + h * 0.74,
                f64::from(u16::try_from(text_width(shown)).unwrap()) * w,
                shown.replace('&', "&amp;").replace('<', "&lt;")
            );
        }
        x = end;
    }
    for (color, path) in paths {
        let _ = writeln!(out, "<path fill=\"{color}\" d=\"{path}\"/>");
    }
    out += &texts;
    if let Some((x, _)) = cursor.filter(|(_, at)| *at == y) {
        let _ = writeln!(
            out,
            "<rect x=\"{:.1}\" y=\"{top:.1}\" width=\"{w}\" height=\"{h}\" fill=\"{}\" opacity=\"0.6\"/>",
            left(x),
            palette.text
        );
    }
    out
}

/// The column after the cells from `x` on that are as wanted.
fn alike(buffer: &Buffer, x: u16, y: u16, wanted: impl Fn(&Cell) -> bool) -> u16 {
    (x..buffer.area.width)
        .find(|at| !wanted(&buffer[(*at, y)]))
        .unwrap_or(buffer.area.width)
}

fn add(paths: &mut BTreeMap<&'static str, String>, color: &'static str, (x, y, w, h): (f64, f64, f64, f64)) {
    // A hair of overlap, so that no seam shows.
    let (w, h) = (w + 0.1, h + 0.1);
    let path = paths.entry(color).or_default();
    let _ = write!(path, "M{x:.1} {y:.2}h{w:.1}v{h:.2}h-{w:.1}z");
}

/// Lines, in parts of a cell's width.
const THIN: f64 = 0.12;
const HEAVY: f64 = 0.24;

/// Blocks and lines as rectangles, in parts of a cell: text would leave gaps between rows.
fn shape(symbol: &str) -> Option<Vec<(f64, f64, f64, f64)>> {
    let across = |from: f64, to: f64, thick: f64| (from, 0.5 - thick / 4.0, to - from, thick / 2.0);
    let down = |from: f64, to: f64, thick: f64| (0.5 - thick / 2.0, from, thick, to - from);
    Some(match symbol {
        "█" => vec![(0.0, 0.0, 1.0, 1.0)],
        "▀" => vec![(0.0, 0.0, 1.0, 0.5)],
        "▄" => vec![(0.0, 0.5, 1.0, 0.5)],
        "▌" => vec![(0.0, 0.0, 0.5, 1.0)],
        "▐" => vec![(0.5, 0.0, 0.5, 1.0)],
        "▏" => vec![(0.0, 0.0, 0.15, 1.0)],
        "─" => vec![across(0.0, 1.0, THIN)],
        "━" => vec![across(0.0, 1.0, HEAVY)],
        "│" => vec![down(0.0, 1.0, THIN)],
        "┃" => vec![down(0.0, 1.0, HEAVY)],
        "┬" => vec![across(0.0, 1.0, THIN), down(0.5, 1.0, THIN)],
        "┴" => vec![across(0.0, 1.0, THIN), down(0.0, 0.5, THIN)],
        "┳" => vec![across(0.0, 1.0, HEAVY), down(0.5, 1.0, HEAVY)],
        "┻" => vec![across(0.0, 1.0, HEAVY), down(0.0, 0.5, HEAVY)],
        "╭" => vec![across(0.5, 1.0, THIN), down(0.5, 1.0, THIN)],
        "╮" => vec![across(0.0, 0.5, THIN), down(0.5, 1.0, THIN)],
        "╰" => vec![across(0.5, 1.0, THIN), down(0.0, 0.5, THIN)],
        "╯" => vec![across(0.0, 0.5, THIN), down(0.0, 0.5, THIN)],
        "▰" => vec![(0.08, 0.33, 0.84, 0.34)],
        "▱" => vec![
            (0.08, 0.33, 0.84, 0.05),
            (0.08, 0.62, 0.84, 0.05),
            (0.08, 0.33, 0.1, 0.34),
            (0.82, 0.33, 0.1, 0.34),
        ],
        _ => return None,
    })
}
