//! The plot of how costs grow with the number of targets, drawn from what `cargo bench --bench table -- --growth` has
//! measured. `GENKAN_UPDATE_PICTURES=1` draws it again.

use std::fmt::Write as _;
use std::path::Path;

const FIGURES: &str = "benches/growth.tsv";
const PICTURE: &str = "docs/src/images/growth.svg";

/// What is measured, in the order of the columns: the name in the plot, and its colour.
const LINES: [(&str, &str); 4] = [
    ("credential-process, cached", "#2f6f4f"),
    ("completion of a TARGET", "#8a5a00"),
    ("first frame", "#1f5fa8"),
    ("a key in the search", "#a03050"),
];
const LEFT: f64 = 70.0;
const RIGHT: f64 = 610.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 400.0;
/// Powers of ten: targets, and milliseconds.
const TARGETS: (i32, i32) = (2, 5);
const MILLISECONDS: (i32, i32) = (-2, 3);

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn x(targets: f64) -> f64 {
    let (least, most) = (f64::from(TARGETS.0), f64::from(TARGETS.1));
    LEFT + (targets.log10() - least) / (most - least) * (RIGHT - LEFT)
}

fn y(milliseconds: f64) -> f64 {
    let (least, most) = (f64::from(MILLISECONDS.0), f64::from(MILLISECONDS.1));
    BOTTOM - (milliseconds.log10().max(least) - least) / (most - least) * (BOTTOM - TOP)
}

/// The rows of the file: targets, and milliseconds of each line.
fn figures(text: &str) -> Vec<[f64; 5]> {
    text.lines()
        .skip(1)
        .map(|line| {
            let numbers: Vec<f64> = line.split('\t').map(|n| n.parse().unwrap()).collect();
            numbers.try_into().unwrap()
        })
        .collect()
}

fn draw(rows: &[[f64; 5]]) -> String {
    let mut out = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 850 450\" font-family=\"system-ui,sans-serif\" \
         font-size=\"13\">\n<title>Milliseconds by number of targets</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#fbf9f4\"/>\n",
    );
    for power in TARGETS.0..=TARGETS.1 {
        let (at, label) = (
            x(10_f64.powi(power)),
            ["100", "1,000", "10,000", "100,000 targets"],
        );
        let _ = writeln!(
            out,
            "<path d=\"M{at:.0} {TOP}V{BOTTOM}\" stroke=\"#d8d4ca\"/>\n<text x=\"{at:.0}\" y=\"{}\" \
             text-anchor=\"middle\" fill=\"#5b6470\">{}</text>",
            BOTTOM + 20.0,
            label[usize::try_from(power - TARGETS.0).unwrap()]
        );
    }
    for power in MILLISECONDS.0..=MILLISECONDS.1 {
        let (at, label) = (
            y(10_f64.powi(power)),
            ["0.01", "0.1", "1 ms", "10", "100", "1,000"],
        );
        let _ = writeln!(
            out,
            "<path d=\"M{LEFT} {at:.0}H{RIGHT}\" stroke=\"#d8d4ca\"/>\n<text x=\"{}\" y=\"{:.0}\" \
             text-anchor=\"end\" fill=\"#5b6470\">{}</text>",
            LEFT - 8.0,
            at + 4.0,
            label[usize::try_from(power - MILLISECONDS.0).unwrap()]
        );
    }
    // Names stand at the ends of their lines, apart from each other.
    let last = rows.last().unwrap();
    let mut names: Vec<(f64, usize)> = (0..LINES.len()).map(|line| (y(last[line + 1]), line)).collect();
    names.sort_by(|a, b| a.0.total_cmp(&b.0));
    for at in 1..names.len() {
        names[at].0 = names[at].0.max(names[at - 1].0 + 18.0);
    }
    for (at, line) in names {
        let (name, colour) = LINES[line];
        let points: Vec<String> = rows
            .iter()
            .map(|row| format!("{:.1},{:.1}", x(row[0]), y(row[line + 1])))
            .collect();
        let _ = writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n\
             <text x=\"{}\" y=\"{:.0}\" fill=\"{colour}\">{name}</text>",
            points.join(" "),
            RIGHT + 10.0,
            at + 4.0
        );
    }
    out + "</svg>\n"
}

#[test]
fn plot_of_growth_shows_what_was_measured() {
    let rows = figures(&std::fs::read_to_string(top().join(FIGURES)).unwrap());
    assert!(rows.len() >= 4, "{rows:?}");
    let drawn = draw(&rows);
    let path = top().join(PICTURE);
    if std::fs::read_to_string(&path).is_ok_and(|old| old == drawn) {
        return;
    }
    assert!(
        crate::support::env::updates_pictures(),
        "{PICTURE} is stale; GENKAN_UPDATE_PICTURES=1 cargo test --test it growth"
    );
    std::fs::write(path, drawn).unwrap();
}
