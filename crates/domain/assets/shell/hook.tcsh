# The prompt says where we are, in front of the user's own, which may be set later. Outside of genkan no program is started.
set __genkan_drawn = ''
set __genkan_own = ''
alias __genkan_prompt_hook 'if ( "$prompt:q" != "$__genkan_drawn:q" ) set __genkan_own = "$prompt:q"; set __genkan_mark = ""; if ( $?GENKAN_ACCOUNT_NAME ) set __genkan_mark = "`\genkan prompt --format tcsh`"; set prompt = "$__genkan_mark:q$__genkan_own:q"; set __genkan_drawn = "$prompt:q"'
set __genkan_before = "`alias precmd`"
if ( "$__genkan_before:q" == '' ) alias precmd __genkan_prompt_hook
if ( "$__genkan_before:q" != '' && "$__genkan_before:q" !~ *__genkan_prompt_hook* ) alias precmd "$__genkan_before:q; __genkan_prompt_hook"
unset __genkan_before
