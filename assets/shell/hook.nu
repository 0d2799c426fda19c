# The prompt says where we are, in front of the person's own.
$env.PROMPT_COMMAND = (
    do {|before|
        {||
            let own = (if ($before | describe) == "closure" { do $before } else { $before | default "" })
            $"(ansi cyan)(genkan_prompt)(ansi reset)($own)"
        }
    } $env.PROMPT_COMMAND?
)
