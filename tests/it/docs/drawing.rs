//! The drawing of the modules, made from what they import. `GENKAN_UPDATE_PICTURES=1` draws it again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::support::documents::top;
use crate::support::{imports, sources};

/// Where the drawing is.
const PICTURE: &str = "docs/src/images/modules.svg";

/// Size of a box, in pixels.
const BOX: (i32, i32) = (176, 50);

/// Each module with the middle of its box and a few words.
const MODULES: &[(&str, i32, i32, &str)] = &[
    ("cli", 420, 45, "commands, output"),
    ("tui", 320, 145, "the portal on screen"),
    ("app", 320, 245, "what a user can do"),
    ("aws", 110, 345, "calls to AWS"),
    ("store", 320, 345, "files, locks"),
    ("settings", 530, 345, "preferences, paths"),
    ("sandbox", 740, 345, "the embedded AWS"),
    ("platform", 215, 455, "processes, clock, browser"),
    ("domain", 530, 455, "values without I/O"),
];

type Graph = BTreeMap<&'static str, BTreeSet<&'static str>>;

/// The modules that a file's text imports.
fn imported(code: &str) -> BTreeSet<&'static str> {
    let lines = imports::without_tests(code).lines();
    let code: Vec<&str> = lines
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let names = match rest.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap(),
            None => rest
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap(),
        };
        for name in names.split(',') {
            let first = name.trim().split("::").next().unwrap();
            found.extend(MODULES.iter().map(|m| m.0).find(|module| *module == first));
        }
    }
    found
}

/// The module that a file of the house belongs to.
fn module_of(name: &str) -> Option<&'static str> {
    let (first, _) = name.split_once('/')?;
    MODULES.iter().map(|m| m.0).find(|module| *module == first)
}

fn reaches(graph: &Graph, from: &str, to: &str) -> bool {
    let mut open = vec![from];
    let mut seen = BTreeSet::new();
    while let Some(at) = open.pop() {
        for next in graph.get(at).into_iter().flatten() {
            if *next == to {
                return true;
            }
            if seen.insert(*next) {
                open.push(next);
            }
        }
    }
    false
}

/// The imports that no other path implies.
fn arrows(graph: &Graph) -> Vec<(&'static str, &'static str)> {
    let mut arrows = Vec::new();
    for (from, all) in graph {
        for to in all {
            if !all.iter().any(|other| other != to && reaches(graph, other, to)) {
                arrows.push((*from, *to));
            }
        }
    }
    arrows
}

fn draw(arrows: &[(&str, &str)]) -> String {
    let place = |name: &str| {
        let (_, x, y, _) = MODULES.iter().find(|m| m.0 == name).unwrap();
        (*x, *y)
    };
    let mut out = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 850 500\" font-family=\"system-ui,sans-serif\" \
         text-anchor=\"middle\">\n\
         <title>The modules of genkan and what they import</title>\n\
         <defs><marker id=\"arrow\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto\"><path d=\"M0 0L10 5L0 10z\" fill=\"#5b6470\"/></marker></defs>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#fbf9f4\"/>\n",
    );
    for (from, to) in arrows {
        let ((x1, y1), (x2, y2)) = (place(from), place(to));
        // Leaves and arrives a little to the side of the middle, so that arrows to one box stay apart.
        let side = |dx: i32| (dx / 5).clamp(-60, 60);
        let _ = writeln!(
            out,
            "<path d=\"M{} {}L{} {}\" stroke=\"#5b6470\" stroke-width=\"1.4\" marker-end=\"url(#arrow)\"/>",
            x1 + side(x2 - x1),
            y1 + BOX.1 / 2,
            x2 + side(x1 - x2),
            y2 - BOX.1 / 2
        );
    }
    for (name, x, y, words) in MODULES {
        let _ = writeln!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\" fill=\"#fff\" stroke=\"#22262b\"/>\n\
             <text x=\"{x}\" y=\"{}\" font-size=\"16\" font-weight=\"600\" fill=\"#22262b\">{name}</text>\n\
             <text x=\"{x}\" y=\"{}\" font-size=\"12\" fill=\"#5b6470\">{words}</text>",
            x - BOX.0 / 2,
            y - BOX.1 / 2,
            BOX.0,
            BOX.1,
            y - 3,
            y + 15
        );
    }
    out + "</svg>\n"
}

#[test]
fn the_drawing_of_the_modules_shows_what_they_import() {
    let mut graph = Graph::new();
    for source in sources::sources() {
        let Some(module) = module_of(&source.name) else {
            continue;
        };
        let all = graph.entry(module).or_default();
        all.extend(imported(&source.text));
        all.remove(module);
    }
    for (from, all) in &graph {
        for to in all {
            assert!(
                !reaches(&graph, to, from),
                "`{from}` and `{to}` import each other"
            );
        }
    }
    let drawn = draw(&arrows(&graph));
    let path = top().join(PICTURE);
    if std::fs::read_to_string(&path).is_ok_and(|old| old == drawn) {
        return;
    }
    assert!(
        crate::support::env::updates_pictures(),
        "{PICTURE} is stale; GENKAN_UPDATE_PICTURES=1 cargo test --test it drawing"
    );
    std::fs::write(path, drawn).unwrap();
}

#[test]
fn every_module_is_in_the_drawing() {
    for source in sources::sources() {
        let is_in_a_folder = source.name.contains('/');
        assert!(
            !is_in_a_folder || module_of(&source.name).is_some(),
            "{} is not in the drawing",
            source.name
        );
    }
}
