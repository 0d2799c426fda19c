# Completion of genkan: each line of the answer is a word, a tab, and what it is. elvish quotes the words.
use str
fn __genkan_candidates {|@arguments|
    try {
        (external genkan) complete elvish $@arguments 2>/dev/null | from-lines | each {|line|
            var parts = [(str:split "\t" $line)]
            var word = $parts[0]
            var shown = $word
            if (> (count $parts) 1) { set shown = $word'  -- '$parts[1] }
            var behind = ' '
            if (str:has-suffix $word /) { set behind = '' }
            edit:complex-candidate $word &display=$shown &code-suffix=$behind
        }
    } catch { }
}
set edit:completion:arg-completer[genkan] = {|@words|
    var dashes = 0
    for index [(range 1 (- (count $words) 1))] {
        if (and (eq $words[$index] --) (== $dashes 0)) { set dashes = $index }
    }
    if (> $dashes 0) {
        # The command that exec runs completes as itself.
        var program = $words[(+ $dashes 1)..]
        edit:complete-sudo sudo $@program
    } else {
        __genkan_candidates -- $@words
    }
}
