# Start-up file of an elvish that genkan opened: the user's own, then what follows here. What the user's file defines is
# there at the prompt.
use path
use runtime
if (and $runtime:rc-path (path:is-regular &follow-symlink=$true $runtime:rc-path)) {
    try {
        eval (slurp < $runtime:rc-path) &on-end={|names|
            for name [(keys $names)] { edit:add-var $name $names[$name] }
        }
    } catch reason {
        echo $runtime:rc-path': '(to-string $reason[reason]) >&2
    }
}
