# Nushell takes a definition where it reads a file, whatever the name meant before: ours waits until the start-up files
# have been read, and a name that means something else stays as it is. That is said once in a terminal.
$env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt? | default [] | append [
    {
        condition: {|| (which @NAME@ | is-empty) }
        code: r##'
@GK@'##
    }
    {
        condition: {||
            let found = (which @NAME@ | get 0? | default {})
            let kind = ($found.type? | default "" | str replace "custom" "command")
            let ours = (try { view source "@NAME@" | str contains "genkan assume" } catch { false })
            (not $ours) and $kind != "" and $env.GENKAN_NAMES_TAKEN? != $"@NAME@=($kind)"
        }
        code: r##'
$env.GENKAN_NAMES_TAKEN = $"@NAME@=(which @NAME@ | get 0.type | str replace "custom" "command")"
print --stderr $"genkan: `@NAME@` is an existing ($env.GENKAN_NAMES_TAKEN | split row "=" | last), so genkan did not replace it; choose another name with `genkan init nushell --name NAME`"
'##
    }
])
