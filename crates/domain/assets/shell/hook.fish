# The prompt says where we are, in front of the user's own, which may show the last status. A theme may define
# fish_prompt again: before each prompt ours is put around it, and where it isn't called a line says the same.
function __genkan_set_status
    return $argv[1]
end
function __genkan_wrap_prompt
    functions -q fish_prompt; and functions fish_prompt | string match -q '*__genkan_mark*'; and return
    functions -e __genkan_own_prompt
    functions -q fish_prompt; and functions -c fish_prompt __genkan_own_prompt
    function fish_prompt
        set -l last $status
        set -g __genkan_seen 1
        __genkan_mark
        functions -q __genkan_own_prompt; and begin; __genkan_set_status $last; __genkan_own_prompt; end
    end
end
# The title of the window says where production is, and when the sign-in ends soon, in front of the user's own.
function __genkan_wrap_title
    functions -q fish_title; and functions fish_title | string match -q '*__genkan_own_title*'; and return
    functions -e __genkan_own_title
    functions -q fish_title; and functions -c fish_title __genkan_own_title
    function fish_title
        if test -n "$GENKAN_ACCOUNT_NAME"
            set -l said (__genkan_ends)
            set -l name (string replace -r ' via .*' '' -- "$GENKAN_PERMISSION_SET" | string replace -r '.*/' '' | string join ' ')
            set -l place (__genkan_clean "$GENKAN_ACCOUNT_NAME/$name" | string join ' ')
            if test -n "$GENKAN_PRODUCTION"
                echo (string join ', ' -- "PROD $place" $said)"  "
            else if test -n "$said"
                echo "$said, $place  "
            end
        end
        functions -q __genkan_own_title; and __genkan_own_title $argv
    end
end
function __genkan_prompt_hook --on-event fish_prompt
    set -l last $status
    if test -n "$__genkan_note"
        echo $__genkan_note >&2
        set -g __genkan_note ''
    end
    if test -n "$GENKAN_ACCOUNT_NAME" -a -z "$__genkan_seen"
        __genkan_mark
        echo
    end
    set -g __genkan_seen ''
    __genkan_wrap_prompt
    __genkan_wrap_title
    return $last
end
set -g __genkan_seen 1
__genkan_wrap_title
__genkan_wrap_prompt
