# A name that means something else stays as it is; that is said once in a terminal.
if (eq $__genkan_kind '') {
    unset-env GENKAN_NAMES_TAKEN
    edit:add-var @NAME@~ {|@words| __genkan_take $@words }
} elif (not-eq $E:GENKAN_NAMES_TAKEN '@NAME@='$__genkan_kind) {
    set-env GENKAN_NAMES_TAKEN '@NAME@='$__genkan_kind
    echo 'genkan: `@NAME@` is an existing '$__genkan_kind', so genkan did not replace it; choose another name with `genkan init elvish --name NAME`' >&2
}
