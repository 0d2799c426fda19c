# genkan in elvish: @NAME@ takes credentials into this shell.
# genkan prints what to change as JSON. A failure raises an exception before anything was changed.
use str
var __genkan_saved = [&]
fn __genkan_take {|@words|
    var change = ((external genkan) assume elvish --called @NAME@ --process $pid $@words | from-json)
    for name $change[save] {
        if (has-env $name) { set __genkan_saved[$name] = (get-env $name) }
    }
    for name $change[unset] { unset-env $name }
    for name [(keys $change[set])] { set-env $name $change[set][$name] }
    for name $change[restore] {
        if (has-key $__genkan_saved $name) {
            set-env $name $__genkan_saved[$name]
            set __genkan_saved = (dissoc $__genkan_saved $name)
        }
    }
}
# What a name means in this shell already, unless genkan gave it that meaning.
var __genkan_found = (resolve @NAME@)
var __genkan_body = (eval (
    if (str:has-prefix $__genkan_found '$') {
        put 'try { put $@NAME@~[body] } catch { put builtin }'
    } else {
        put 'put ""'
    }
))
var __genkan_kind = (
    if (eq $__genkan_found special) {
        put 'shell command'
    } elif (str:has-prefix $__genkan_found '$') {
        if (str:contains $__genkan_body __genkan_take) { put '' } else { put function }
    } elif (has-external @NAME@) {
        put program
    } else {
        put ''
    }
)
