# genkan in fish: @NAME@ takes credentials into this shell.
# What genkan prints is run only when it ended well; a failure changes nothing here.
function __genkan_take
    set -l lines (command genkan assume fish --called @NAME@ --process $fish_pid $argv)
    or return
    string join \n -- $lines | source
    for name in AWS_PROFILE AWS_DEFAULT_PROFILE
        set -qU $name; and test -n "$GENKAN_VARIABLES"
        and echo "note: $name is a universal variable and was not changed; `set -eU $name` removes it from all shells" >&2
    end
    return 0
end
# What a name means in this shell already, unless genkan gave it that meaning.
function __genkan_meaning
    if abbr -q -- $argv[1] 2>/dev/null
        echo abbreviation
    else if functions -q -- $argv[1]
        functions -- $argv[1] | string match -q '*__genkan_*'
        or echo function
    else if builtin -q -- $argv[1]
        echo 'shell command'
    else if command -sq -- $argv[1]
        echo program
    end
end
# A name that means something else stays as it is; that is said once in a terminal, after the start-up files.
function __genkan_look_at_name --on-event fish_prompt
    functions -e __genkan_look_at_name
    set -l kind (__genkan_meaning @NAME@)
    if test -z "$kind"
        set -eg GENKAN_NAMES_TAKEN
    else if test "$GENKAN_NAMES_TAKEN" != "@NAME@=$kind"
        set -gx GENKAN_NAMES_TAKEN "@NAME@=$kind"
        echo "genkan: `@NAME@` is an existing $kind, so genkan did not replace it; choose another name with `genkan init fish --name NAME`" >&2
    end
end
set -g __genkan_named ''
if test -z (__genkan_meaning @NAME@ | string collect; or true)
    set -g __genkan_named 1
    function @NAME@ --description 'Load credentials into this shell'
        __genkan_take $argv
    end
end
