#compdef genkan
# Completion of genkan and @NAME@: each line of the answer is a word, a tab, and what it is.
__genkan_complete() {
    local after="${words[(I)--]}"
    if [[ "$service" == genkan ]] && (( after > 1 && after < CURRENT )); then
        # The command that exec runs completes as itself.
        shift $after words
        (( CURRENT -= after ))
        _normal
        return
    fi
    local -a ask lines finals final_texts opens open_texts
    [[ "$service" == genkan ]] || ask=(--gk)
    lines=("${(@f)$(command genkan complete zsh $ask -- "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    local line value text
    for line in "${lines[@]}"; do
        [[ -n "$line" ]] || continue
        value="${line%%$'\t'*}"
        text="$value"
        [[ "$line" == *$'\t'?* ]] && text="$value  -- ${line#*$'\t'}"
        if [[ "$value" == */ ]]; then
            opens+=("$value") open_texts+=("$text")
        else
            finals+=("$value") final_texts+=("$text")
        fi
    done
    (( $#opens )) && compadd -V genkan -S '' -l -d open_texts -a opens
    (( $#finals )) && compadd -V genkan -l -d final_texts -a finals
    (( $#opens + $#finals ))
}
if [[ "$funcstack[1]" == _genkan ]]; then
    __genkan_complete "$@"
elif (( $+functions[compdef] )); then
    compdef __genkan_complete genkan
    [[ -z "${__genkan_named-}" ]] || compdef __genkan_complete @NAME@
fi
