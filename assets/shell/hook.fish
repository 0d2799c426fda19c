# The prompt says where we are, in front of the person's own, which may show the last status.
if not functions -q __genkan_own_prompt
    functions -q fish_prompt; and functions -c fish_prompt __genkan_own_prompt
    function fish_prompt
        set -l last $status
        genkan_prompt
        functions -q __genkan_own_prompt; and begin; __genkan_set_status $last; __genkan_own_prompt; end
    end
end
function __genkan_set_status
    return $argv[1]
end
