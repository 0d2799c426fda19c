# The prompt says where we are, in front of the user's own. A theme may set it later: before each prompt ours is put
# around it.
def --env __genkan_wrap_prompt [] {
    let before = $env.PROMPT_COMMAND?
    if ($before | describe) == "closure" and (view source $before | str contains genkan_prompt) { return }
    $env.PROMPT_COMMAND = {||
        let own = (if ($before | describe) == "closure" { do $before } else { $before | default "" })
        $"(ansi cyan)(genkan_prompt)(ansi reset)($own)"
    }
}
__genkan_wrap_prompt
$env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt? | default [] | append {|| __genkan_wrap_prompt })
