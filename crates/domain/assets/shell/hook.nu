# The prompt says where we are, in front of the user's own. A theme may set it later: before each prompt ours is put
# around it.
def --env __genkan_wrap_prompt [] {
    let before = $env.PROMPT_COMMAND?
    if ($before | describe) == "closure" and (view source $before | str contains genkan_prompt) { return }
    $env.PROMPT_COMMAND = {||
        let own = (if ($before | describe) == "closure" { do $before } else { $before | default "" })
        let place = (genkan_prompt)
        let production = ($env.GENKAN_PRODUCTION? | default "") != ""
        # In colour, unless NO_COLOR or the terminal forbids it.
        let colored = ($env.NO_COLOR? | default "" | into string) == ""
        let style = (if $place == "" or ($env.TERM? | default "") == "dumb" { "" } else if $production {
            if $colored { ansi red_bold } else { ansi attr_bold }
        } else if $colored { ansi cyan } else { "" })
        let plain = (if $style == "" { "" } else { ansi reset })
        # The title of the window says where production is, and when the sign-in ends soon, behind the one that the
        # shell sets.
        let ends = (if ($env.GENKAN_ACCOUNT_NAME? | default "") == "" { "" } else { __genkan_ends })
        let has_title = ($env.TERM? | default "") not-in ["dumb" "linux"]
        let title = (if $has_title and ($production or $ends != "") {
            let name = ($env.GENKAN_PERMISSION_SET? | default '' | split row ' via ' | first | split row '/' | last)
            let place = ($"($env.GENKAN_ACCOUNT_NAME? | default '')/($name)" | __genkan_clean)
            let words = (if $production { [$"PROD ($place)" $ends] } else { [$ends $place] })
            $"(char --unicode '1b')]2;($words | where $it != '' | str join ', ')(char --unicode '07')"
        } else { "" })
        $"($style)($place)($plain)($own)($title)"
    }
}
__genkan_wrap_prompt
$env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt? | default [] | append {|| __genkan_wrap_prompt })
