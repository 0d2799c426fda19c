# genkan in bash 3.2 and newer: @NAME@ takes credentials into this shell.
# What genkan prints is run only when it ended well; a failure changes nothing here.
__genkan_take() {
    local __genkan_lines
    __genkan_lines="$(command genkan assume bash --called @NAME@ --process "$$" "$@")" || return
    eval "$__genkan_lines"
}
# What a name means in this shell already, unless genkan gave it that meaning.
__genkan_meaning() {
    if builtin alias "$1" >/dev/null 2>&1; then
        __genkan_kind='alias'
        return 0
    fi
    __genkan_kind="$(builtin type -t "$1")" || __genkan_kind=''
    case "$__genkan_kind" in
        function) case "$(builtin declare -f "$1")" in *__genkan_*) __genkan_kind='' ;; esac ;;
        keyword | builtin) __genkan_kind='shell command' ;;
        file) __genkan_kind='program' ;;
    esac
}
# A name that means something else stays as it is; that is said once in a terminal.
__genkan_leave() {
    [ "${GENKAN_NAMES_TAKEN-}" != "$1=$2" ] || return 0
    export GENKAN_NAMES_TAKEN="$1=$2"
    case "$-" in
        *i*) printf 'genkan: `%s` is an existing %s, so genkan did not replace it; choose another name with `genkan init bash --name NAME`\n' "$1" "$2" >&2 ;;
    esac
}
__genkan_meaning @NAME@
__genkan_named=''
if [ -n "$__genkan_kind" ]; then
    __genkan_leave @NAME@ "$__genkan_kind"
else
    unset GENKAN_NAMES_TAKEN
    __genkan_named=1
    eval 'function @NAME@ { __genkan_take "$@"; }'
fi
