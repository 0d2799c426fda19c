# genkan in zsh: @NAME@ takes credentials into this shell.
# What genkan prints is run only when it ended well; a failure changes nothing here.
__genkan_take() {
    emulate -L zsh
    local __genkan_lines
    __genkan_lines="$(command genkan assume zsh --called @NAME@ --process "$$" "$@")" || return
    eval "$__genkan_lines"
}
# What a name means in this shell already, unless genkan gave it that meaning.
__genkan_meaning() {
    typeset -g __genkan_kind=""
    if (( $+aliases[$1] || $+galiases[$1] )); then
        __genkan_kind="alias"
    elif (( $+functions[$1] )); then
        [[ "$functions[$1]" == *__genkan_* ]] || __genkan_kind="function"
    elif (( $+builtins[$1] || $+reswords[$1] )); then
        __genkan_kind="shell command"
    elif (( $+commands[$1] )); then
        __genkan_kind="program"
    fi
}
# A name that means something else stays as it is; that is said once in a terminal. Before the first prompt a theme may
# be waiting for a silent start.
__genkan_look_at_name() {
    add-zsh-hook -d precmd __genkan_look_at_name
    __genkan_meaning @NAME@
    if [[ -z "$__genkan_kind" ]]; then
        unset GENKAN_NAMES_TAKEN
    elif [[ "${GENKAN_NAMES_TAKEN-}" != "@NAME@=$__genkan_kind" ]]; then
        export GENKAN_NAMES_TAKEN="@NAME@=$__genkan_kind"
        print -r -u2 -- "genkan: \`@NAME@\` is an existing $__genkan_kind, so genkan did not replace it; choose another name with \`genkan init zsh --name NAME\`"
    fi
}
zmodload zsh/parameter
autoload -Uz add-zsh-hook
add-zsh-hook precmd __genkan_look_at_name
__genkan_meaning @NAME@
typeset -g __genkan_named=""
if [[ -z "$__genkan_kind" ]]; then
    __genkan_named=1
    functions[@NAME@]="__genkan_take \"\$@\""
fi
