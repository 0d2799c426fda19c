# genkan in fish: gk takes credentials into this shell.
# What genkan prints is run only when it ended well; a failure changes nothing here.
function gk --description 'Take credentials into this shell'
    set -l lines (command genkan assume fish $argv)
    or return
    string join \n -- $lines | source
end
