# genkan in zsh: gk takes credentials into this shell.
# What genkan prints is run only when it ended well; a failure changes nothing here.
gk() {
    emulate -L zsh
    local __genkan_lines
    __genkan_lines="$(command genkan assume zsh "$@")" || return
    eval "$__genkan_lines"
}
