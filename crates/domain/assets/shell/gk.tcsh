# genkan in tcsh: @NAME@ takes credentials into this shell. genkan hands this script over without comments, each line
# ended by a semicolon: `eval` gets it as one line, in which there are no loops and no blocks.
# What genkan prints is run only when it ended well; a failure changes nothing here, and its code is that of @NAME@.
set __genkan_alias = "`alias @NAME@`"
set __genkan_kind = "`where @NAME@ | head -n 1`"
if ( "$__genkan_kind:q" =~ /* ) set __genkan_kind = program
if ( "$__genkan_kind:q" != '' && "$__genkan_kind:q" != program ) set __genkan_kind = 'shell command'
if ( "$__genkan_alias:q" != '' ) set __genkan_kind = alias
if ( "$__genkan_alias:q" =~ *genkan\ assume* ) set __genkan_kind = ''
# A name that means something else stays as it is; that is said once in a terminal.
if ( "$__genkan_kind" == '' ) alias @NAME@ 'set __genkan_any = $?anyerror; set anyerror; set __genkan_lines = "`\genkan assume tcsh --called @NAME@ --process $$ \!*`"; set __genkan_code = $status; if ( ! $__genkan_any ) unset anyerror; if ( $__genkan_code == 0 ) eval "$__genkan_lines:q"; unset __genkan_lines; (exit $__genkan_code)'
if ( ! $?GENKAN_NAMES_TAKEN ) setenv GENKAN_NAMES_TAKEN ''
if ( "$__genkan_kind" != '' && $?prompt && "$GENKAN_NAMES_TAKEN:q" != "@NAME@=$__genkan_kind" ) echo 'genkan: `@NAME@` is an existing '"$__genkan_kind"', so genkan did not replace it; choose another name with `genkan init tcsh --name NAME`'
setenv GENKAN_NAMES_TAKEN "@NAME@=$__genkan_kind"
if ( "$__genkan_kind" == '' ) unsetenv GENKAN_NAMES_TAKEN
