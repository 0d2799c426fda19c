# genkan in nushell: gk takes credentials into this shell.
# Nushell runs no text that was just made, so genkan prints what to change as JSON.
# A failure raises an error before anything was changed.
export def --env --wrapped gk [...words: string@__genkan_complete_gk] {
    let text = (^genkan assume nushell ...$words)
    let change = ($text | from json)
    hide-env --ignore-errors ...$change.unset
    load-env $change.set
}
