# The prompt says where we are, in front of the user's own, in red where that is production. A theme may set the prompt
# later: before each prompt ours is put around it, unless it was drawn. The title of the window says where production is,
# and when the sign-in ends soon; the terminal keeps the title before it, where it can.
use str
if (not (try { str:contains $edit:prompt[body] __genkan_place } catch { put $false })) {
    var __genkan_place = $nil
    var __genkan_seen = $true
    var __genkan_titled = (has-env GENKAN_PRODUCTION)
    var __genkan_subshell = (eq '@SUBSHELL@' 1)
    var __genkan_own = $edit:prompt
    var __genkan_marked = {
        set __genkan_seen = $true
        if $__genkan_place {
            # In colour, unless NO_COLOR or the terminal forbids it.
            var style = []
            if (not-eq $E:TERM dumb) {
                if $__genkan_place[production] { set style = [bold] }
                if (eq $E:NO_COLOR '') {
                    set style = [$@style (if $__genkan_place[production] { put red } else { put cyan })]
                }
            }
            styled '['$__genkan_place[name]']' $@style
            if $__genkan_place[end] { put ' '$__genkan_place[end] }
            put ' '
        }
        $__genkan_own
    }
    fn __genkan_set_title {
        if (has-value ['' dumb linux] $E:TERM) { return }
        if (and $__genkan_place $__genkan_place[title]) {
            if (not (or $__genkan_titled $__genkan_subshell)) { print "\e[22;2t" > /dev/tty }
            set __genkan_titled = $true
            print "\e]2;"$__genkan_place[title]"\a" > /dev/tty
        } elif $__genkan_titled {
            print "\e[23;2t" > /dev/tty
            set __genkan_titled = $false
            set __genkan_subshell = $false
        }
    }
    fn __genkan_prompt_hook {
        set __genkan_place = $nil
        if (has-env GENKAN_ACCOUNT_NAME) {
            try { set __genkan_place = ((external genkan) prompt --format json 2>/dev/null | from-json) } catch { }
        }
        if (and (not-eq $edit:prompt $__genkan_marked) (not $__genkan_seen)) {
            set __genkan_own = $edit:prompt
            set edit:prompt = $__genkan_marked
        }
        set __genkan_seen = $false
        try { __genkan_set_title } catch { }
    }
    set edit:prompt = $__genkan_marked
    set edit:before-readline = (conj $edit:before-readline $__genkan_prompt_hook~)
}
