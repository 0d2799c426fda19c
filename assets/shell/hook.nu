# The prompt says where we are, in front of the user's own. A theme may set it later: before each prompt ours is put
# around it.
def --env __genkan_wrap_prompt [] {
    let before = $env.PROMPT_COMMAND?
    if ($before | describe) == "closure" and (view source $before | str contains genkan_prompt) { return }
    $env.PROMPT_COMMAND = {||
        let own = (if ($before | describe) == "closure" { do $before } else { $before | default "" })
        let production = ($env.GENKAN_PRODUCTION? | default "") != ""
        # The title of the window says where production is, behind the one that the shell sets.
        let title = (if $production {
            let place = ($"PROD ($env.GENKAN_ACCOUNT_NAME? | default '')/($env.GENKAN_PERMISSION_SET? | default '')" | __genkan_clean)
            $"(char --unicode '1b')]2;($place)(char --unicode '07')"
        } else { "" })
        $"(if $production { ansi red_bold } else { ansi cyan })(genkan_prompt)(ansi reset)($own)($title)"
    }
}
__genkan_wrap_prompt
$env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt? | default [] | append {|| __genkan_wrap_prompt })
