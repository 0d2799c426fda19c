# Run in a fish that genkan opened: the prompt says where we are.
functions -q fish_prompt; and functions -c fish_prompt __genkan_own_prompt
function fish_prompt
    set -l last $status
    set_color cyan
    printf '[%s/%s] ' "$GENKAN_ACCOUNT_NAME" "$GENKAN_PERMISSION_SET"
    set_color normal
    # The person's prompt may show the last status.
    functions -q __genkan_own_prompt; and begin; __genkan_set_status $last; __genkan_own_prompt; end
end
function __genkan_set_status
    return $argv[1]
end
