# Completion of genkan and @NAME@. genkan reads the line itself, because bash splits words at colons and keeps
# their quotes; what it answers is quoted for the place where it goes.
__genkan_complete() {
    local __genkan_word
    COMPREPLY=()
    while IFS= read -r __genkan_word; do
        [ -z "$__genkan_word" ] || COMPREPLY+=("$__genkan_word")
    done <<<"$(command genkan complete bash "$@" -- "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)"
}
__genkan_complete_genkan() { __genkan_complete; }
__genkan_complete_gk() { __genkan_complete --gk; }
complete -o nospace -o bashdefault -o default -F __genkan_complete_genkan genkan
[ -z "${__genkan_named-}" ] || complete -o nospace -F __genkan_complete_gk @NAME@
