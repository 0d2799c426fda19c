# Completion of genkan and @NAME@: each line of the answer is a word, a tab, and what it is.
function __genkan_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    if contains -- -- $words; and test "$argv[1]" != --gk
        # The command that exec runs completes as itself.
        set -l after (contains -i -- -- $words)
        set -l rest $words[(math $after + 1)..-1]
        complete -C (string join ' ' -- (string escape -- $rest) $token)
        return
    end
    # A word in quotes that are still open is meant without them.
    set -l plain (string unescape -- $token 2>/dev/null)
    or set plain (string sub -s 2 -- $token)
    command genkan complete fish $argv -- $words "$plain" 2>/dev/null
end
complete -c genkan -e
complete -c genkan -f -k -a '(__genkan_complete)'
if test -n "$__genkan_named"
    complete -c @NAME@ -e
    complete -c @NAME@ -f -k -a '(__genkan_complete --gk)'
end
