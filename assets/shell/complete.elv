# Completion of genkan: each line of the answer is a word.
set edit:completion:arg-completer[genkan] = {|@words|
    try { (external genkan) complete elvish -- $@words 2>/dev/null | from-lines } catch { }
}
