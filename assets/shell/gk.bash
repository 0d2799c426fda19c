# genkan in bash 3.2 and newer: gk takes credentials into this shell.
# What genkan prints is run only when it ended well; a failure changes nothing here.
gk() {
    local __genkan_lines
    __genkan_lines="$(command genkan assume bash "$@")" || return
    eval "$__genkan_lines"
}
