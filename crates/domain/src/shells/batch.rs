//! The output of one command in many targets, arranged so that it says what came from where.
//!
//! Targets end in any order; what is printed has the order of the targets, however fast each was, unless lines are
//! prefixed. Pure: pieces go in, pieces to print come out.

use serde_json::json;

use crate::Target;
use crate::values::count::format_count;

/// How outputs are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The output of each target under a heading.
    Grouped,
    /// Each line with the name of its target in front, as it comes.
    Prefixed,
    /// One line of JSON for each target.
    Json,
}

/// A stream of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Out,
    Err,
}

/// How a command ended in one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Exited(u8),
    /// It did not run: a sentence, and hints.
    Failed(String, Vec<String>),
    /// Its turn did not come.
    NotStarted,
}

/// Something to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Printed {
    /// What the command wrote.
    Output(Stream, Vec<u8>),
    /// A heading or a result.
    Words(String),
}

/// A line that is longer is printed in parts.
const LONGEST_LINE: usize = 64 * 1024;
/// A prefix is padded to this width at most.
const WIDEST_PREFIX: usize = 48;

/// Arranges what comes from many targets.
#[derive(Debug)]
pub struct Arranger {
    layout: Layout,
    slots: Vec<Slot>,
    /// The target whose turn it is to be printed.
    head: usize,
    prefix_width: usize,
    /// The last piece of output did not end its line.
    is_mid_line: bool,
}

#[derive(Debug)]
struct Slot {
    target: Target,
    label: String,
    pieces: Vec<(Stream, Vec<u8>)>,
    open_out: Vec<u8>,
    open_err: Vec<u8>,
    outcome: Option<Outcome>,
    is_begun: bool,
}

impl Arranger {
    #[must_use]
    pub fn new(layout: Layout, targets: &[Target]) -> Self {
        let several = targets.windows(2).any(|pair| match pair {
            [one, other] => one.session != other.session,
            _ => false,
        });
        let slots: Vec<Slot> = targets
            .iter()
            .map(|target| Slot {
                label: if several {
                    format!("{}:{target}", target.session)
                } else {
                    target.to_string()
                },
                target: target.clone(),
                pieces: Vec::new(),
                open_out: Vec::new(),
                open_err: Vec::new(),
                outcome: None,
                is_begun: false,
            })
            .collect();
        let widths = slots.iter().map(|slot| crate::text::text_width(&slot.label));
        Self {
            layout,
            prefix_width: widths.max().unwrap_or_default().min(WIDEST_PREFIX),
            slots,
            head: 0,
            is_mid_line: false,
        }
    }

    /// The number of the target whose output is printed as it comes. The output of later ones is kept until then.
    #[must_use]
    pub fn head(&self) -> usize {
        match self.layout {
            Layout::Prefixed => self.slots.len(),
            Layout::Grouped | Layout::Json => self.head,
        }
    }

    /// Begins a target that has the terminal for itself.
    pub fn begin(&mut self, at: usize) -> Vec<Printed> {
        let mut printed = Vec::new();
        self.heading(at, &mut printed);
        printed
    }

    /// Takes what a command wrote.
    pub fn output(&mut self, at: usize, stream: Stream, bytes: &[u8]) -> Vec<Printed> {
        let mut printed = Vec::new();
        let is_head = at == self.head;
        let Some(slot) = self.slots.get_mut(at) else {
            return printed;
        };
        match self.layout {
            Layout::Grouped if is_head => {
                self.heading(at, &mut printed);
                self.pass_on(stream, bytes.to_vec(), &mut printed);
            }
            Layout::Grouped | Layout::Json => slot.pieces.push((stream, bytes.to_vec())),
            Layout::Prefixed => {
                let open = slot.open_line(stream);
                open.extend_from_slice(bytes);
                let end = open.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1);
                let end = end.unwrap_or(if open.len() > LONGEST_LINE { open.len() } else { 0 });
                let whole: Vec<u8> = open.drain(..end).collect();
                self.lines(at, stream, &whole, &mut printed);
            }
        }
        printed
    }

    /// Takes how a command ended. Each target ends once.
    pub fn ended(&mut self, at: usize, outcome: Outcome) -> Vec<Printed> {
        let mut printed = Vec::new();
        let Some(slot) = self.slots.get_mut(at) else {
            return printed;
        };
        slot.outcome = Some(outcome);
        if self.layout == Layout::Prefixed {
            let (out, err) = (
                std::mem::take(&mut slot.open_out),
                std::mem::take(&mut slot.open_err),
            );
            self.lines(at, Stream::Out, &out, &mut printed);
            self.lines(at, Stream::Err, &err, &mut printed);
            self.result(at, &mut printed);
            return printed;
        }
        while self
            .slots
            .get(self.head)
            .is_some_and(|slot| slot.outcome.is_some())
        {
            self.finish_head(&mut printed);
            self.head += 1;
        }
        // What comes next may have written already.
        if self.layout == Layout::Grouped {
            self.flush(self.head, &mut printed);
        }
        printed
    }

    /// How it ended in all targets, in one line and one more for each kind of failure.
    #[must_use]
    pub fn summary(&self) -> String {
        let outcomes = || self.slots.iter().map(|slot| (&slot.label, slot.outcome.as_ref()));
        let named = |test: &dyn Fn(&Outcome) -> bool| -> Vec<&str> {
            outcomes()
                .filter(|(_, outcome)| test(outcome.unwrap_or(&Outcome::NotStarted)))
                .map(|(label, _)| label.as_str())
                .collect()
        };
        let succeeded = named(&|outcome| *outcome == Outcome::Exited(0)).len();
        let mut text = format!(
            "{}: {succeeded} succeeded",
            format_count(self.slots.len(), "target")
        );
        let mut codes: Vec<u8> = outcomes()
            .filter_map(|(_, outcome)| match outcome {
                Some(Outcome::Exited(code)) if *code != 0 => Some(*code),
                _ => None,
            })
            .collect();
        codes.sort_unstable();
        codes.dedup();
        let mut lines = Vec::new();
        for code in codes {
            lines.push((
                format!("ended with exit code {code}"),
                named(&|outcome| *outcome == Outcome::Exited(code)),
            ));
        }
        lines.push((
            "did not run".to_owned(),
            named(&|outcome| matches!(outcome, Outcome::Failed(..))),
        ));
        lines.push((
            "not started".to_owned(),
            named(&|outcome| *outcome == Outcome::NotStarted),
        ));
        lines.retain(|(_, names)| !names.is_empty());
        for (what, names) in &lines {
            text = format!("{text} · {} {what}", names.len());
        }
        for (what, names) in lines {
            text = format!("{text}\n  {what}: {}", some_of(&names));
        }
        text
    }

    /// Whether the command succeeded in every target.
    #[must_use]
    pub fn all_succeeded(&self) -> bool {
        let succeeded = |slot: &Slot| slot.outcome == Some(Outcome::Exited(0));
        self.slots.iter().all(succeeded)
    }

    /// How many have ended.
    #[must_use]
    pub fn done(&self) -> usize {
        self.slots.iter().filter(|slot| slot.outcome.is_some()).count()
    }

    fn finish_head(&mut self, printed: &mut Vec<Printed>) {
        if self.layout == Layout::Grouped {
            // One that never began has nothing to be read under its heading.
            if self.slots.get(self.head).and_then(|slot| slot.outcome.as_ref()) != Some(&Outcome::NotStarted)
            {
                self.heading(self.head, printed);
            }
            self.flush(self.head, printed);
            self.result(self.head, printed);
        } else if let Some(slot) = self.slots.get_mut(self.head) {
            printed.push(Printed::Output(Stream::Out, slot.json_line()));
        }
    }

    fn heading(&mut self, at: usize, printed: &mut Vec<Printed>) {
        self.end_line(printed);
        let Some(slot) = self.slots.get_mut(at).filter(|slot| !slot.is_begun) else {
            return;
        };
        slot.is_begun = true;
        let blank = if at > 0 { "\n" } else { "" };
        let words = format!("{blank}── {} ({}) ──", slot.label, slot.target.account_id);
        printed.push(Printed::Words(words));
    }

    /// What was kept of a target.
    fn flush(&mut self, at: usize, printed: &mut Vec<Printed>) {
        let Some(slot) = self.slots.get_mut(at).filter(|slot| !slot.pieces.is_empty()) else {
            return;
        };
        let pieces = std::mem::take(&mut slot.pieces);
        self.heading(at, printed);
        for (stream, bytes) in pieces {
            self.pass_on(stream, bytes, printed);
        }
    }

    fn pass_on(&mut self, stream: Stream, bytes: Vec<u8>, printed: &mut Vec<Printed>) {
        self.is_mid_line = bytes.last().is_some_and(|byte| *byte != b'\n');
        printed.push(Printed::Output(stream, bytes));
    }

    /// Words begin on a line of their own.
    fn end_line(&mut self, printed: &mut Vec<Printed>) {
        if std::mem::take(&mut self.is_mid_line) {
            printed.push(Printed::Words(String::new()));
        }
    }

    /// A line about an end that is no success.
    fn result(&mut self, at: usize, printed: &mut Vec<Printed>) {
        let is_prefixed = self.layout == Layout::Prefixed;
        let Some(slot) = self.slots.get(at) else { return };
        let label = if is_prefixed {
            format!("{}: ", slot.label)
        } else {
            String::new()
        };
        let lines = match &slot.outcome {
            None | Some(Outcome::Exited(0) | Outcome::NotStarted) => return,
            Some(Outcome::Exited(code)) => vec![format!("{label}exit code {code}")],
            Some(Outcome::Failed(sentence, hints)) => {
                let error = format!("error: {label}{sentence}");
                let hints = hints.iter().map(|hint| format!("hint: {hint}"));
                std::iter::once(error).chain(hints).collect()
            }
        };
        self.end_line(printed);
        printed.extend(lines.into_iter().map(Printed::Words));
    }

    /// Lines with the name of their target in front.
    fn lines(&self, at: usize, stream: Stream, bytes: &[u8], printed: &mut Vec<Printed>) {
        let Some(slot) = self.slots.get(at).filter(|_| !bytes.is_empty()) else {
            return;
        };
        let prefix = format!("{} | ", crate::text::pad_text(&slot.label, self.prefix_width));
        let mut text = Vec::with_capacity(bytes.len() + prefix.len());
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            text.extend_from_slice(prefix.as_bytes());
            text.extend_from_slice(line);
        }
        if !text.ends_with(b"\n") {
            text.push(b'\n');
        }
        printed.push(Printed::Output(stream, text));
    }
}

impl Slot {
    /// The line of a stream that has not ended yet.
    fn open_line(&mut self, stream: Stream) -> &mut Vec<u8> {
        match stream {
            Stream::Out => &mut self.open_out,
            Stream::Err => &mut self.open_err,
        }
    }

    /// The shape is documented in the help and the reference, and kept by a test.
    fn json_line(&mut self) -> Vec<u8> {
        let pieces = std::mem::take(&mut self.pieces);
        let text = |wanted: Stream| {
            let of = pieces.iter().filter(|(stream, _)| *stream == wanted);
            let bytes: Vec<u8> = of.flat_map(|(_, bytes)| bytes.iter().copied()).collect();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let (exit_code, error) = match &self.outcome {
            Some(Outcome::Exited(code)) => (Some(*code), None),
            Some(Outcome::Failed(sentence, _)) => (None, Some(sentence.as_str())),
            Some(Outcome::NotStarted) | None => (None, Some("not started")),
        };
        let line = json!({
            "session": self.target.session,
            "account_id": self.target.account_id.as_str(),
            "account_name": self.target.account_name.as_str(),
            "permission_set": self.target.permission_set.as_str(),
            "exit_code": exit_code,
            "error": error,
            "stdout": text(Stream::Out),
            "stderr": text(Stream::Err),
        });
        format!("{line}\n").into_bytes()
    }
}

/// The first of some names, and how many there are beyond them.
fn some_of(names: &[&str]) -> String {
    const MOST: usize = 10;
    let shown = names.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        rest => format!("{shown} and {rest} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PermissionSetName;

    fn targets() -> Vec<Target> {
        let target = |(number, name): (usize, &str)| Target {
            session: "org".into(),
            account_id: format!("{number:012}").parse().expect("an ID"),
            account_name: name.into(),
            permission_set: PermissionSetName::new("Admin"),
        };
        (1..).zip(["one", "two", "three"]).map(target).collect()
    }

    fn text(printed: Vec<Printed>) -> String {
        let text = |printed| match printed {
            Printed::Words(words) => format!("{words}\n"),
            Printed::Output(_, bytes) => String::from_utf8(bytes).expect("UTF-8"),
        };
        printed.into_iter().map(text).collect()
    }

    /// The same things happen in another order than the targets have.
    fn run(layout: Layout) -> String {
        let mut arranger = Arranger::new(layout, &targets());
        let mut all = Vec::new();
        all.extend(arranger.output(2, Stream::Out, b"c1\nc"));
        all.extend(arranger.output(1, Stream::Err, b"b1"));
        all.extend(arranger.output(2, Stream::Out, b"2\n"));
        all.extend(arranger.ended(2, Outcome::Exited(0)));
        all.extend(arranger.output(0, Stream::Out, b"a1\n"));
        all.extend(arranger.ended(1, Outcome::Exited(3)));
        all.extend(arranger.output(0, Stream::Out, b"a2\n"));
        all.extend(arranger.ended(0, Outcome::Failed("no way".into(), vec!["go".into()])));
        text(all)
    }

    #[test]
    fn grouped_output_has_the_order_of_the_targets() {
        assert_eq!(
            run(Layout::Grouped),
            "── one/Admin (000000000001) ──\na1\na2\nerror: no way\nhint: go\n\n── two/Admin (000000000002) ──\nb1\n\
             exit code 3\n\n── three/Admin (000000000003) ──\nc1\nc2\n"
        );
    }

    #[test]
    fn prefixed_lines_are_whole_and_come_at_once() {
        assert_eq!(
            run(Layout::Prefixed),
            "three/Admin | c1\nthree/Admin | c2\none/Admin   | a1\ntwo/Admin   | b1\ntwo/Admin: exit code 3\n\
             one/Admin   | a2\nerror: one/Admin: no way\nhint: go\n"
        );
    }

    #[test]
    fn json_has_one_line_for_each_target_in_their_order() {
        let text = run(Layout::Json);
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        let names: Vec<_> = lines.iter().map(|line| line["account_name"].clone()).collect();
        assert_eq!(names, ["one", "two", "three"]);
        assert_eq!(
            (&lines[0]["exit_code"], &lines[0]["error"]),
            (&json!(null), &json!("no way"))
        );
        assert_eq!(
            (&lines[1]["exit_code"], &lines[1]["stderr"]),
            (&json!(3), &json!("b1"))
        );
        assert_eq!(lines[2]["stdout"], "c1\nc2\n");
    }

    #[test]
    fn the_summary_counts_and_names_what_failed() {
        let mut arranger = Arranger::new(Layout::Grouped, &targets());
        arranger.ended(0, Outcome::Exited(0));
        assert!(!arranger.all_succeeded());
        arranger.ended(1, Outcome::Exited(2));
        assert_eq!(
            arranger.summary(),
            "3 targets: 1 succeeded · 1 ended with exit code 2 · 1 not started\n  ended with exit code 2: two/Admin\n  not started: three/Admin"
        );
        for at in 0..3 {
            arranger.ended(at, Outcome::Exited(0));
        }
        assert_eq!(arranger.summary(), "3 targets: 3 succeeded");
        assert!(arranger.all_succeeded());
    }
}
