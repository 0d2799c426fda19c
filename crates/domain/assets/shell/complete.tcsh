# Completion of genkan and @NAME@: genkan reads the line itself. A blank follows a command; behind anything else it
# would be in the way where a permission set is still to be typed.
complete genkan 'p/1/`\genkan complete tcsh -- "$COMMAND_LINE"`/' 'p/*/`\genkan complete tcsh -- "$COMMAND_LINE"`//'
if ( ! $?__genkan_kind ) set __genkan_kind = 'completion alone'
if ( "$__genkan_kind" == '' ) complete @NAME@ 'p/*/`\genkan complete tcsh --gk -- "$COMMAND_LINE"`//'
