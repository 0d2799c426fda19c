# Completion of genkan and @NAME@: genkan answers with nushell's own records, words quoted where they need it.
# The completer that was there before keeps every other command.
def __genkan_complete_gk [line: string] {
    try { ^genkan complete nushell --gk -- $line | from json } catch { [] }
}
$env.config.completions.external.enable = true
$env.config.completions.external.completer = (
    do {|before|
        {|words|
            let dashes = ($words | enumerate | where item == "--" | get 0?.index? | default 0)
            if ($words.0? | default "" | path basename) == "genkan" and $dashes > 0 and ($words | length) > $dashes + 2 {
                # The command that exec runs completes as itself.
                if $before == null { null } else { do $before ($words | skip ($dashes + 1)) }
            } else if ($words.0? | default "" | path basename) == "genkan" {
                try { ^genkan complete nushell -- ...$words | from json } catch { null }
            } else if $before != null {
                do $before $words
            }
        }
    } $env.config.completions.external.completer?
)
