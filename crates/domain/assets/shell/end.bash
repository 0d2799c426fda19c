\builtin shopt "$__genkan_aliases" expand_aliases
\builtin unset -v __genkan_aliases
