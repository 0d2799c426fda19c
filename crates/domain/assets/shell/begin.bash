# bash expands aliases where a script is read: without them every word below means what it says.
\builtin shopt -q expand_aliases && __genkan_aliases=-s || __genkan_aliases=-u
\builtin shopt -u expand_aliases
