//! Completion: what genkan answers, and what the real shells make of it when the user presses Tab.

use genkan::domain::shells::shell::Shell;

use crate::support::env::{TestEnv, peer};
use crate::support::screen::Screen;
use crate::support::shells::{HOSTILE_NAME, on_path, program, run_script, shell_env};

fn answer(env: &TestEnv, arguments: &[&str]) -> String {
    let mut all = vec!["complete"];
    all.extend(arguments);
    let result = env.run(&all);
    assert_eq!(
        (result.code, result.stderr.as_str()),
        (Some(0), ""),
        "{arguments:?}"
    );
    result.stdout
}

/// The first words of the lines.
fn words(env: &TestEnv, arguments: &[&str]) -> Vec<String> {
    answer(env, arguments)
        .lines()
        .map(|line| line.split('\t').next().unwrap().to_owned())
        .collect()
}

#[test]
fn matching_candidates_are_offered() {
    let env = TestEnv::new();
    env.sign_in();
    env.output(&["list"]);
    let zsh = |line: &[&str]| {
        let mut arguments = vec!["zsh", "--", "genkan"];
        arguments.extend(line);
        words(&env, &arguments)
    };
    assert_eq!(zsh(&["e"]), ["export", "exec"]);
    assert_eq!(
        zsh(&["export", "payments-d"]),
        ["payments-dev/AdministratorAccess", "payments-dev/PowerUserAccess"]
    );
    assert_eq!(
        zsh(&["exec", "310660284419"]),
        ["310660284419/AdministratorAccess", "310660284419/PowerUserAccess"]
    );
    assert_eq!(
        zsh(&["shell", "demo:payments-dev/a"]),
        ["demo:payments-dev/AdministratorAccess"]
    );
    assert_eq!(zsh(&["console", "決済-検証/Re"]), ["決済-検証/ReadOnlyAccess"]);
    assert_eq!(zsh(&["login", ""]), ["demo"]);
    // Behind the dashes of exec stands a program, and behind that what is the program's own.
    let behind = |words: &[&str]| zsh(&[&["exec", "payments-dev/adm", "--"], words].concat());
    assert!(behind(&["sh"]).contains(&"sh".to_owned()));
    assert_eq!(behind(&["no-program-is-called-so"]), Vec::<String>::new());
    assert_eq!(behind(&[""]), Vec::<String>::new());
    assert_eq!(behind(&["sh", "s"]), Vec::<String>::new());
    assert_eq!(zsh(&["list", "--session", "d"]), ["demo"]);
    assert!(zsh(&["export", "--format", ""]).contains(&"nushell".to_owned()));
    assert_eq!(zsh(&["export", "--format=nu"]), ["--format=nushell"]);
    assert_eq!(zsh(&["export", "--uns"]), ["--unset"]);
    assert_eq!(zsh(&["init", "p"]), ["powershell"]);
    assert_eq!(zsh(&["init", "x"]), ["xonsh"]);
    // A hundred targets are narrowed by their account; options wait until they are begun.
    let accounts = zsh(&["export", ""]);
    assert_eq!(accounts.len(), 40);
    assert!(accounts.iter().all(|word| word.ends_with('/')), "{accounts:?}");
    assert!(
        !zsh(&[""]).iter().any(|w| w == "assume" || w == "complete"),
        "hidden"
    );
    assert_eq!(
        words(&env, &["fish", "--gk", "--", "gk", "--"]),
        ["--unset", "--region", "--credentials", "--confirm", "--help"]
    );
    assert_eq!(
        words(&env, &["fish", "--gk", "--", "gk", "payments-dev/A"]).len(),
        1
    );
    assert_eq!(
        answer(&env, &["powershell", "--index", "2", "--", "genkan", "login"]),
        format!("demo\tdemo\t{}\n", env.sandbox.start_url())
    );
}

/// A key press asks no network, and says nothing whatever is wrong.
#[test]
fn completion_is_offline_and_silent() {
    let env = TestEnv::new();
    env.sign_in();
    env.output(&["list"]);
    let asked = env.sandbox.counts().connections;
    assert_eq!(
        words(&env, &["zsh", "--", "genkan", "export", "payments-dev/"]).len(),
        2
    );
    assert_eq!(env.sandbox.counts().connections, asked);
    let nothing = |env: &TestEnv| {
        assert_eq!(
            words(env, &["zsh", "--", "genkan", "export", "pay"]),
            Vec::<String>::new()
        );
    };
    let catalogs = env.path(".cache/genkan/catalog");
    for entry in std::fs::read_dir(catalogs).unwrap() {
        std::fs::write(entry.unwrap().path(), "{").unwrap();
    }
    nothing(&env);
    env.write(".aws/config", "[sso-session \u{1b}[31m\nnonsense");
    nothing(&env);
    let mut homeless = TestEnv::new();
    homeless.environment.insert("HOME".into(), "/nowhere".into());
    nothing(&homeless);
    for words in [
        &["zsh"][..],
        &["bash"],
        &["nushell", "--gk"],
        &["fish", "--index", "9", "--", "genkan"],
    ] {
        answer(&env, words);
    }
}

/// A name that would run something comes out of bash as it went in, however the word was begun.
#[test]
fn bash_quotes_candidates_for_their_position() {
    let env = shell_env();
    let whole = format!("{HOSTILE_NAME}/Admin");
    for (typed, begun) in [
        ("it", ""),
        ("'it", "'"),
        ("\"it", "\""),
        ("it\\'s\\ ", ""),
        ("demo:it", "demo:"),
        ("'demo:it", "'"),
    ] {
        let line = format!("gk {typed}");
        env.write("line", &line);
        // Readline puts the answer behind the last word break, and closes a quote.
        let script = format!(
            "COMP_LINE=$(cat line) COMP_POINT=${{#COMP_LINE}}\n\
             __genkan_complete_gk\n\
             [ \"${{#COMPREPLY[@]}}\" = 1 ] || echo \"several: ${{COMPREPLY[@]}}\"\n\
             begun={begun}\nquote=${{begun%%demo:}}\n\
             eval \"set -- $begun${{COMPREPLY[0]}}$quote\"\nprintf '%s' \"$1\" > word\n",
            begun = begun.replace('\'', "\\'").replace('"', "\\\""),
        );
        let Some(result) = run_script(&env, Shell::Bash, &script) else {
            return;
        };
        assert_eq!(
            (result.stdout.as_str(), result.stderr.as_str()),
            ("", ""),
            "{typed}"
        );
        let expected = if typed.contains("demo:") {
            format!("demo:{whole}")
        } else {
            whole.clone()
        };
        assert_eq!(env.read("word"), expected, "{typed}");
    }
    assert!(!env.path("pwned").exists());
}

/// Tab in the real shells: the command gets the very name.
#[test]
fn tab_completes_in_a_terminal() {
    let mut env = shell_env();
    env.environment.insert("PS1".into(), "> ".into());
    env.write("zfunc/.keep", "");
    let compinit = "autoload -Uz compinit; compinit -u -d zcompdump";
    let show = "gk() { print -r -- \"<$1>\" }; genkan() { print -r -- \"<$2>\" }";
    let bash_show = "gk() { printf '<%s>\\n' \"$1\"; }; genkan() { printf '<%s>\\n' \"$2\"; }";
    let fish_show = "function gk; echo \"<$argv[1]>\"; end; function genkan; echo \"<$argv[2]>\"; end";
    for (shell, line, load) in [
        (
            "bash",
            "bash --norc --noprofile -i",
            format!("eval \"$(genkan init bash)\"; {bash_show}"),
        ),
        (
            "zsh",
            "zsh -f -i",
            format!("{compinit}; eval \"$(genkan init zsh)\"; {show}"),
        ),
        (
            // As a file of the function path, the way that packages bring it.
            "zsh",
            "zsh -f -i",
            format!("genkan completions zsh > zfunc/_genkan; fpath=($PWD/zfunc $fpath); {compinit}; {show}"),
        ),
        (
            "fish",
            "fish --no-config -i",
            format!("genkan init fish | source; {fish_show}"),
        ),
        (
            "elvish",
            "elvish -norc",
            "eval (genkan init elvish | slurp)\r\
             fn gk {|@a| echo '<'$a[0]'>' }; fn genkan {|@a| echo '<'$a[1]'>' }"
                .to_owned(),
        ),
        (
            "tcsh",
            "tcsh -f -i",
            "eval \"`genkan init tcsh`\"\ralias gk 'echo \"<\\!:1>\"'; alias genkan 'echo \"<\\!:2>\"'"
                .to_owned(),
        ),
    ] {
        if !peer(shell) {
            continue;
        }
        let mut screen = Screen::script(&env, line);
        screen.resize(200, 24);
        screen.type_keys(&format!("{load}; echo load''ed\r"));
        screen.wait("loaded");
        for typed in [
            "gk it",
            "gk 'it",
            "genkan export pl",
            "genkan shell 100000000002/",
        ] {
            // A file of the function path knows genkan only: `gk` may be another program.
            if load.contains("zfunc") && typed.starts_with("gk") {
                continue;
            }
            // elvish quotes a word itself; tcsh completes no name with blanks.
            if shell == "elvish" && typed.contains('\'') || shell == "tcsh" && typed.contains("it") {
                continue;
            }
            screen.type_keys(&format!("{typed}\t"));
            let whole = if typed.contains("it") {
                format!("<{HOSTILE_NAME}/Admin>")
            } else if typed.contains("pl") {
                "<plain/Read>".to_owned()
            } else {
                "<100000000002/Read>".to_owned()
            };
            // The completed word shows before Enter is pressed, so that Tab has done its work.
            screen.wait(if typed.contains("it") { "/Admin" } else { "/Read" });
            // elvish shows what it completed until Enter.
            screen.type_keys(if shell == "elvish" { "\r\r" } else { "\r" });
            screen.wait(&whole);
            screen.type_keys("clear\r");
            screen.gone(&whole);
        }
        screen.type_keys("exit 0\r");
        screen.exit();
    }
    assert!(!env.path("pwned").exists());
}

/// Tab knows services, Regions, sessions, aliases of rules, and the program behind `--`, in every shell.
#[test]
fn tab_knows_every_kind_of_word() {
    let mut env = shell_env();
    env.environment.insert("PS1".into(), "> ".into());
    env.write(
        ".config/genkan/config.toml",
        "[[rule]]\nmatch = { account = \"plain\" }\nalias = \"glass\"\n",
    );
    env.write_program("bin/program-of-mine", "#!/bin/sh\n");
    env.write("file-of-mine", "");
    let path = format!("{}:{}", env.path("bin").display(), env.environment["PATH"]);
    env.environment.insert("PATH".into(), path);
    let compinit = "autoload -Uz compinit; compinit -u -d zcompdump";
    let words = [
        ("genkan console --service dynam", "dynamodb"),
        ("genkan export --region il-", "il-central-1"),
        ("genkan login de", "demo"),
        ("genkan export gl", "glass/Read"),
        ("gk gl", "glass/Read"),
        ("gk --region il-", "il-central-1"),
        ("genkan exec plain/Read -- program-of", "program-of-mine"),
        ("genkan exec plain/Read -- ls file-of", "file-of-mine"),
    ];
    for (shell, line, load) in [
        (
            "bash",
            "bash --norc --noprofile -i",
            "eval \"$(genkan init bash)\"",
        ),
        (
            "zsh",
            "zsh -f -i",
            &format!("{compinit}; eval \"$(genkan init zsh)\""),
        ),
        ("fish", "fish --no-config -i", "genkan init fish | source"),
        ("elvish", "elvish -norc", "eval (genkan init elvish | slurp)"),
        ("tcsh", "tcsh -f -i", "eval \"`genkan init tcsh`\""),
    ] {
        if !peer(shell) {
            continue;
        }
        let mut screen = Screen::script(&env, line);
        screen.resize(200, 24);
        screen.type_keys(&format!("{load}\recho load''ed\r"));
        screen.wait("loaded");
        for (typed, word) in words {
            screen.type_keys(&format!("{typed}\t"));
            screen.wait(word);
            screen.type_keys("\x15clear\r");
            screen.gone(word);
        }
        screen.type_keys("exit 0\r");
        screen.exit();
    }
    // xonsh and nushell by their own completers.
    let lines: Vec<String> = words.iter().map(|(typed, _)| (*typed).to_owned()).collect();
    let script = format!(
        "from xonsh.completer import Completer\nfor line in {lines:?}:\n    print([str(c).strip() for c in Completer().complete_line(line)[0]])\n"
    );
    if let Some(result) = run_script(&env, Shell::Xonsh, &script) {
        let found: Vec<String> = words.iter().map(|(_, word)| format!("['{word}']")).collect();
        assert_eq!(
            result.stdout.lines().collect::<Vec<_>>(),
            found,
            "{}",
            result.stderr
        );
    }
    let asked = words
        .iter()
        .filter(|(typed, _)| typed.starts_with("genkan") && !typed.contains("file-of"));
    let (script, found): (Vec<_>, Vec<_>) = asked
        .map(|(typed, word)| {
            let words: Vec<&str> = typed.split(' ').collect();
            let line = format!(
                "print (do $env.config.completions.external.completer {words:?} | get value | str join ' ')\n"
            );
            (line.replace(',', ""), *word)
        })
        .unzip();
    if let Some(result) = run_script(&env, Shell::Nushell, &script.concat()) {
        assert_eq!(
            result.stdout.lines().collect::<Vec<_>>(),
            found,
            "{}",
            result.stderr
        );
    }
}

/// A name that would run something is quoted so that xonsh reads it back.
#[test]
fn xonsh_candidates_read_back_as_the_name() {
    let env = shell_env();
    let script = "from xonsh.completer import Completer\n\
        for line in ['gk it', \"gk 'it\", 'genkan export it']:\n\
        \x20   found, length = Completer().complete_line(line)\n\
        \x20   word = found[0]\n\
        \x20   execx('$[printf %s ' + str(word).strip() + ' >> words]')\n\
        \x20   print(len(found), word.prefix_len, word.description)\n";
    let Some(result) = run_script(&env, Shell::Xonsh, script) else {
        return;
    };
    assert_eq!(result.stderr, "");
    assert_eq!(env.read("words"), format!("{HOSTILE_NAME}/Admin").repeat(3));
    assert_eq!(
        result.stdout,
        "1 2 100000000001\n1 3 100000000001\n1 2 100000000001\n"
    );
    assert!(!env.path("pwned").exists());
}

#[test]
fn fish_lists_targets_with_descriptions() {
    let env = shell_env();
    let script = "complete -C 'gk pl'; complete -C 'genkan export --format nus'; complete -C 'genkan exec plain -- ech'\n";
    let Some(result) = run_script(&env, Shell::Fish, script) else {
        return;
    };
    let lines: Vec<&str> = result.stdout.lines().collect();
    assert!(lines.contains(&"plain/Read\t100000000002"), "{lines:?}");
    assert!(lines.contains(&"nushell"), "{lines:?}");
    assert!(
        lines.iter().any(|l| l.starts_with("echo")),
        "another command completes as itself: {lines:?}"
    );
}

/// Nushell's completers answer with literals that read back as the name.
#[test]
fn nushell_candidates_read_back_as_the_name() {
    let env = shell_env();
    let script = "let before = do $env.config.completions.external.completer [genkan export it]\n\
        $before | get value | first | from nuon | save --raw --force word\n\
        __genkan_complete_gk 'gk `it' | get value | first | from nuon | save --raw --force gk-word\n\
        print (do $env.config.completions.external.completer [genkan export pl] | to json --raw)\n\
        print (do $env.config.completions.external.completer [other x] | describe)\n";
    let Some(result) = run_script(&env, Shell::Nushell, script) else {
        return;
    };
    assert_eq!(result.stderr, "");
    assert_eq!(env.read("word"), format!("{HOSTILE_NAME}/Admin"));
    assert_eq!(env.read("gk-word"), format!("{HOSTILE_NAME}/Admin"));
    assert_eq!(
        result.stdout,
        "[{\"value\":\"plain/Read\",\"description\":\"100000000002\"}]\nnothing\n"
    );
}

/// A completer that was there before keeps every other command.
#[test]
fn nushell_keeps_an_existing_completer() {
    let mut env = TestEnv::new();
    on_path(&mut env);
    let Some((nu, arguments)) = program(Shell::Nushell) else {
        return;
    };
    env.write("init", &env.output(&["init", "nushell"]));
    env.write(
        "script",
        "$env.config.completions.external.completer = {|words| [$words.1] }\nsource ./init\n\
         print (do $env.config.completions.external.completer [other x] | first)\n",
    );
    let output = std::process::Command::new(nu)
        .args(arguments)
        .arg("script")
        .env_clear()
        .envs(&env.environment)
        .current_dir(env.home.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "x\n");
}
