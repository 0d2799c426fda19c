# genkan in nushell: @NAME@ takes credentials into this shell.
# Nushell runs no text that was just made, so genkan prints what to change as JSON.
# A failure raises an error before anything was changed.
def --env --wrapped @NAME@ [...words: string@__genkan_complete_gk] {
    let text = (^genkan assume nushell --called @NAME@ --process $nu.pid ...$words)
    let change = ($text | from json)
    # A record, because programs don't get variables that are no text.
    let saved = ($change.save | reduce --fold ($env.__genkan_saved? | default {}) {|name, kept|
        $kept | upsert $name ($env | get $name)
    })
    let back = ($change.restore | where {|name| $name in $saved })
    hide-env --ignore-errors ...$change.unset
    load-env $change.set
    load-env ($back | reduce --fold {} {|name, all| $all | insert $name ($saved | get $name) })
    $env.__genkan_saved = ($back | reduce --fold $saved {|name, kept| $kept | reject $name })
}
