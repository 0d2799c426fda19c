if (eq $__genkan_kind '') {
    set edit:completion:arg-completer[@NAME@] = {|@words| __genkan_candidates --gk -- $@words }
}
