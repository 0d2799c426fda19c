//! What is typed, pasted or shown: pure text.

use std::collections::BTreeSet;

use genkan::domain::search::{SearchIndex, SearchRow};
use genkan::domain::sessions::start_url::may_open;
use genkan::domain::shells::completion::{Known, answer, bash, complete_target};
use genkan::domain::shells::export::{ExportFormat, format_assignments, quote_value};
use genkan::domain::targets::profile::{
    Template, command_word, name_profiles, process_command, target_of_command,
};
use genkan::domain::targets::target::{Resolution, resolve_target};
use genkan::domain::text::{
    clean_lines, clean_text, fit_text, is_unchanged_by_cleaning, pad_text, sanitize_line, text_width,
    wrap_text,
};
use genkan::domain::web::console::{partition_of, shortcut_link};
use genkan::domain::web::console_pages::find_page;
use genkan::domain::web::console_url::ConsoleUrl;
use genkan::domain::{Account, AccountId, PermissionSetName, Region, SsoSession, StartUrl, Target};
use genkan::settings::mistakes_of_preferences;
use genkan::store::ConfigFile;
use genkan::tui::input::keymap::{key_name, parse_key, short_name};

use super::{readers, target};

/// Rows of a list, and accounts of a catalog: more say nothing more.
const MOST_NAMES: usize = 16;

/// The preferences: read, or named with the line.
pub fn settings(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for (line, reason) in mistakes_of_preferences(text) {
        assert!(line >= 1 && line <= text.lines().count() + 1, "{line}");
        assert!(reason.chars().all(|c| !c.is_control()), "{reason:?}");
    }
}

/// Keys as people write them, a line each: what is read can be named.
pub fn keys(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for key in text.lines().filter_map(|line| parse_key(line).ok()) {
        assert!(
            !key_name(key).is_empty() && !short_name(key).is_empty(),
            "{key:?}"
        );
    }
}

/// A query and a written target: each row is found once at most, and a word said twice says no more.
pub fn search(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (query, names) = text.split_once('\n').unwrap_or((&text, ""));
    let mut rows: Vec<Target> = names
        .lines()
        .take(MOST_NAMES)
        .zip(1_u64..)
        .map(|(name, number)| target(number, clean_text(name), "ReadOnlyAccess"))
        .collect();
    rows.push(target(
        999_999_999_999,
        "決済-本番 Zürich".to_owned(),
        "AdministratorAccess",
    ));
    let accounts: Vec<Account> = rows
        .iter()
        .map(|t| Account {
            id: t.account_id.clone(),
            name: t.account_name.clone(),
            email: "someone@example.com".into(),
        })
        .collect();
    let sets = rows.iter().map(|t| t.permission_set.as_str());
    let mut index = SearchIndex::new(
        accounts
            .iter()
            .zip(sets)
            .map(|(account, permission_set)| SearchRow {
                session: "tanuki",
                account,
                permission_set,
            }),
    );
    let corrected = index.corrected(query);
    let order: Vec<usize> = (0..rows.len()).collect();
    let found = index.find_rows(query, &order);
    for row in &found {
        let marks = index.marks(query, *row);
        let name = rows.get(*row).map_or(0, |t| t.account_name.chars().count());
        assert!(marks.account_name.iter().all(|at| *at < name.max(1)), "{marks:?}");
    }
    if let Some(corrected) = corrected {
        assert!(!index.find_rows(&corrected, &order).is_empty(), "{corrected}");
    }
    let once: BTreeSet<usize> = found.iter().copied().collect();
    assert!(once.len() == found.len() && found.iter().all(|row| *row < rows.len()));
    if !query.contains('\\') {
        let twice = index.find_rows(&format!("{query} {query}"), &order);
        assert_eq!(twice, found, "{query:?}");
    }
    if let Resolution::One(target) = resolve_target(query, &rows) {
        assert!(rows.contains(&target));
    }
}

/// A word that is being typed, and the names that there are: what is offered means one target, on the
/// command line as well.
pub fn completion(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (typed, names) = text.split_once('\n').unwrap_or((&text, ""));
    let sets = ["Admin", "ReadOnly"].map(PermissionSetName::new);
    let accounts: Vec<(&str, Account)> = names
        .lines()
        .take(MOST_NAMES)
        .zip(0_u64..)
        .map(|(name, number)| {
            // The same account may be in two sessions, under another name.
            let session = if number % 2 == 0 { "lab" } else { "fuzz" };
            let account = Account {
                id: format!("{:012}", number / 2).parse().expect("an id"),
                name: clean_text(name).into(),
                email: "".into(),
            };
            (session, account)
        })
        .collect();
    let known: Vec<Known<'_>> = accounts
        .iter()
        .map(|(session, account)| Known {
            session,
            account,
            permission_sets: &sets,
            alias: None,
        })
        .collect();
    let all: Vec<Target> = known
        .iter()
        .flat_map(|known| {
            sets.iter().map(|set| Target {
                session: known.session.to_owned(),
                account_id: known.account.id.clone(),
                account_name: known.account.name.clone(),
                permission_set: set.clone(),
            })
        })
        .collect();
    let line = bash::read_line(&format!("gk {typed}"), BREAKS, bash::QUOTES);
    let word = line.words.last().cloned().unwrap_or_default();
    let offered = complete_target(&word, &known);
    for candidate in &offered {
        assert!(candidate.word.chars().all(|c| !c.is_control()), "{candidate:?}");
        if !candidate.is_open() {
            let meant = resolve_target(&candidate.word, &all);
            assert!(matches!(meant, Resolution::One(_)), "{candidate:?}: {meant:?}");
        }
        let Some(answer) = line.answer(&candidate.word, candidate.is_open()) else {
            continue;
        };
        // Where the answer goes is plain to see without quotes, or with one in front.
        let plain = !typed.contains(['\'', '"', '\\']);
        let kept = word.get(..line.kept).unwrap_or_default();
        if plain && typed == word {
            let whole = bash::read_line(&format!("gk {kept}{answer}"), BREAKS, bash::QUOTES);
            assert_eq!(whole.words.get(1), Some(&candidate.word), "{answer:?}");
        } else if let Some(quote) = line.quote
            && typed == format!("{quote}{word}")
        {
            let whole = bash::read_line(&format!("gk {quote}{answer}"), BREAKS, bash::QUOTES);
            assert_eq!(whole.words.last(), Some(&candidate.word), "{answer:?}");
            assert_eq!(whole.quote, Some(quote), "the quote stays open");
        }
    }
    assert_eq!(answer::format_lines(&offered).lines().count(), offered.len());
    let is_plain = |word: &str| !word.contains(char::is_whitespace) && !word.is_empty();
    assert!(answer::format_tcsh(&offered).lines().all(is_plain));
    assert_eq!(answer::format_powershell(&offered).lines().count(), offered.len());
    let records = serde_json::from_str::<Vec<serde_json::Value>>(&answer::format_nushell(&offered));
    assert_eq!(records.map(|records| records.len()).ok(), Some(offered.len()));
}

/// What bash sets `COMP_WORDBREAKS` to.
const BREAKS: &str = " \t\n\"'><=;|&(:";

/// A value that a shell, a reader of `.env` files or an SDK reads: it is that value again, and nothing
/// more.
pub fn export(data: &[u8]) {
    let text = String::from_utf8_lossy(data).into_owned();
    for format in ExportFormat::ALL {
        let variables = [("V", text.clone())];
        let Some(literal) = quote_value(format, &text) else {
            assert!(format_assignments(format, &variables).is_err(), "{format}");
            continue;
        };
        assert_eq!(
            readers::value(format, &literal).as_ref(),
            Some(&text),
            "{format}: {literal}"
        );
        let line = format_assignments(format, &variables).expect("it can be written");
        assert!(
            line.contains(&literal) && line.ends_with('\n'),
            "{format}: {line}"
        );
    }
    if let Ok(word) = command_word(&text) {
        assert!(
            [" #", " ;", "+="].iter().all(|s| !word.contains(s)) && !word.starts_with('"'),
            "{word}"
        );
        let command = format!("genkan credential-process {word}");
        if !text.starts_with('-') {
            assert_eq!(target_of_command(&command), Some(text.clone()), "{command}");
        }
    }
    let _ = target_of_command(&text);
    let place = Target {
        session: text.clone(),
        ..target(1, String::new(), "Admin")
    };
    if let Ok(command) = process_command(&text, &place) {
        assert!(command.chars().all(|c| !c.is_control()), "{command}");
        let file = format!("[profile p]\ncredential_process = {command}\nregion = eu-west-1\n");
        let profiles = ConfigFile::parse(file.as_bytes()).profiles();
        let read = profiles.first().and_then(|p| p.get("credential_process"));
        assert_eq!(read, Some(command.as_str()), "a config file can carry it");
    }
}

/// Text from somewhere, on a screen.
pub fn text(data: &[u8]) {
    let (columns, rest) = data.split_first().unwrap_or((&0, &[]));
    let columns = usize::from(*columns % 100);
    let text = String::from_utf8_lossy(rest);
    let safe = clean_text(&text);
    assert!(safe.chars().count() <= 512 && safe.chars().all(|c| !c.is_control()));
    assert_eq!(clean_text(&safe), safe, "once is enough");
    assert!(!is_unchanged_by_cleaning(&text) || text.chars().take(512).eq(safe.chars()));
    let lines: Vec<_> = text.split('\n').map(sanitize_line).collect();
    assert_eq!(clean_lines(&text), lines.join("\n"), "each line by itself");
    assert!(text_width(&fit_text(&safe, columns)) <= columns, "{safe:?}");
    assert_eq!(text_width(&pad_text(&safe, columns)), columns, "{safe:?}");
    let lines = wrap_text(&safe, columns);
    // A wide character has more than one column, however few there are.
    for line in &lines {
        assert!(
            text_width(line) <= columns.max(2) || line.chars().count() > 1,
            "{line:?}"
        );
    }
    let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    assert_eq!(letters(&lines.concat()), letters(&safe), "nothing is lost");
}

/// A start URL, a Region, an account id, a template of names, as a user pastes them.
pub fn address(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if may_open(&text) {
        assert!(is_unchanged_by_cleaning(&text) && !text.contains(char::is_whitespace));
        assert!(text.to_ascii_lowercase().starts_with("http"), "{text:?}");
    }
    let _ = find_page(&text);
    if let Ok(pasted) = ConsoleUrl::parse(&text) {
        assert_eq!(
            partition_of(pasted.as_str()),
            Some(pasted.partition()),
            "{text:?}"
        );
        assert!(
            pasted
                .region()
                .is_none_or(|region| region.partition() == pasted.partition())
        );
    }
    if let Ok(id) = text.parse::<AccountId>() {
        assert!(id.as_str().len() == 12 && id.as_str().bytes().all(|b| b.is_ascii_digit()));
    }
    if let Ok(region) = text.parse::<Region>() {
        assert!(
            region
                .as_str()
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        );
    }
    if let Ok(url) = text.parse::<StartUrl>() {
        portal_at(&url);
    }
    if let Ok(template) = text.parse::<Template>() {
        assert_eq!(template.to_string().parse(), Ok(template.clone()));
        let region: Region = "eu-west-1".parse().expect("a Region");
        let targets = [
            target(1, "Zürich".to_owned(), "Admin"),
            target(2, "zurich".to_owned(), "admin"),
            target(3, "決済".to_owned(), "Read"),
        ];
        let pairs: Vec<_> = targets.iter().map(|target| (target, &region)).collect();
        let named = name_profiles(&template, &pairs, |_, _| false);
        let different: BTreeSet<_> = named.iter().flatten().collect();
        assert_eq!(different.len(), targets.len(), "{named:?}");
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@:+".contains(c);
        assert!(
            different
                .iter()
                .all(|name| !name.is_empty() && name.chars().all(plain))
        );
    }
}

fn portal_at(url: &StartUrl) {
    let written = url.as_str();
    assert!(
        is_unchanged_by_cleaning(written) && !written.contains(char::is_whitespace),
        "{written:?}"
    );
    assert_eq!(written.parse().as_ref(), Ok(url), "it is read as it was written");
    assert!(url.same_portal(url) && may_open(written), "{written:?}");
    let session = SsoSession::new(
        url.suggested_session_name(),
        url.clone(),
        url.region()
            .unwrap_or_else(|| "eu-west-1".parse().expect("a Region")),
    );
    let mut file = ConfigFile::parse(b"");
    assert!(file.add_sso_session(&session));
    assert_eq!(file.sso_sessions(), [session], "it is found where it was written");
    let link = shortcut_link(url, &target(1, "a b".to_owned(), "Admin"), None);
    assert!(may_open(&link), "{link}");
}
